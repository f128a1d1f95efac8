"""Words of alhalalmadania.ma <-> words of the gateway. Pure functions; the tables on top are for everybody's eyes.

The portal's words and shapes are assumed (README.md). What comes in has passed the WSDL's schema (`soap.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final

import msgspec

from gateway.connectors.contract import (
    Ask,
    Attachment,
    CaseStatus,
    Document,
    DocumentRef,
    Filed,
    Milestone,
    PortalError,
    Progress,
    Refused,
    ServerFailed,
    Step,
    Submission,
    Unavailable,
)

from . import soap

STATUSES: Final[dict[str, tuple[CaseStatus, Milestone | None]]] = {
    # the portal says      the person's case is         and the demand stands at
    "depose":             (CaseStatus.RECEIVED,         Milestone.CREATED),
    "verification":       (CaseStatus.IN_PROGRESS,      Milestone.PROCESSING),
    "pieces_demandees":   (CaseStatus.ACTION_REQUIRED,  Milestone.PROCESSING),
    "pieces_recues":      (CaseStatus.IN_PROGRESS,      Milestone.PROCESSING),
    "delivre":            (CaseStatus.COMPLETED,        Milestone.READY),
    "enregistre":         (CaseStatus.COMPLETED,        Milestone.READY),
    "rejete":             (CaseStatus.REJECTED,         Milestone.REFUSED),
    "caduc":              (CaseStatus.REJECTED,         Milestone.REFUSED),
    "retire":             (CaseStatus.WITHDRAWN,        None),
}  # fmt: skip
"""A word that is not here is `in_progress` with a warning."""

REFUSALS: Final[dict[str, str]] = {
    # the portal objects               the gateway says
    "acte_introuvable":               "act_not_found",
    "identite_non_conforme":          "identity_mismatch",
    "hors_delai":                     "declaration_too_late",
    "date_future":                    "date_in_the_future",
    "deja_declare":                   "already_declared",
    "demande_invalide":               "form_not_accepted",
    "piece_trop_lourde":              "attachment_too_large",
    "piece_non_attendue":             "action_not_supported",
    "dossier_inconnu":                "not_found_at_portal",
    "document_inconnu":               "document_not_found",
    "retrait_tardif":                 "too_late",
}  # fmt: skip
"""The detail of a fault with the code `Sender`. A word that is not here is `portal_refused`."""

TROUBLES: Final[dict[str, str]] = {
    # the portal cannot, because       the gateway says
    "surcharge":                      "portal_busy",
    "maintenance":                    "portal_busy",
}  # fmt: skip
"""The detail of a fault with the code `Receiver`, where nothing was done. Any other is `portal_failed`."""

SECURITY: Final = frozenset(
    {
        "FailedAuthentication", "FailedCheck", "InvalidSecurity", "InvalidSecurityToken", "MessageExpired",
        "SecurityTokenUnavailable", "UnsupportedAlgorithm", "UnsupportedSecurityToken",
    }
)  # fmt: skip
"""Subcodes of WS-Security 1.1 (section 12): the portal does not accept our certificate, signature or clock, and has
looked at nothing else. All are `portal_denied_gateway`."""

PROTOCOL: Final = frozenset({"VersionMismatch", "MustUnderstand", "DataEncodingUnknown"})
"""Codes of SOAP 1.2: the portal speaks another SOAP than we do, and did nothing: `portal_answer_unexpected`."""

MOTIVES: Final[dict[str, str]] = {
    # the officer rejected because     the gateway says
    "acte_illisible":                 "act_unreadable",
    "rectification_en_cours":         "act_under_correction",
    "declaration_inexacte":           "declaration_inaccurate",
    "pieces_non_fournies":            "documents_not_provided",
}  # fmt: skip
"""A motive that is not here is `officer_refused`."""

ASKS: Final[dict[str, str]] = {
    # the officer asks for             the gateway says
    "certificat_naissance":           "birth_certificate_missing",
    "livret_famille":                 "family_booklet_missing",
    "acte_mariage":                   "marriage_document_missing",
    "jugement_divorce":               "divorce_judgment_missing",
    "certificat_deces":               "death_certificate_missing",
    "jugement_declaratif":            "court_judgment_missing",
    "preuve_qualite":                 "proof_of_capacity_missing",
}  # fmt: skip
"""A word that is not here is `document_requested` with a warning."""

OBJECTS: Final[dict[str, str]] = {
    "birth-copy":                     "copie_naissance",
    "marriage-copy":                  "copie_mariage",
    "death-copy":                     "copie_deces",
    "birth-declaration":              "declaration_naissance",
    "marriage-declaration":           "declaration_mariage",
    "divorce-declaration":            "declaration_divorce",
    "death-declaration":              "declaration_deces",
}  # fmt: skip

ROLES: Final[dict[str, str]] = {
    # our form has                     the portal calls
    "person":                         "titulaire",
    "child":                          "enfant",
    "father":                         "pere",
    "mother":                         "mere",
    "husband":                        "epoux",
    "wife":                           "epouse",
    "deceased":                       "defunt",
}  # fmt: skip

EVIDENCE: Final[dict[str, str]] = {
    # our form has                     the portal calls
    "birth_certificate":              "certificat_naissance",
    "family_booklet":                 "livret_famille",
    "marriage_document":              "acte_mariage",
    "divorce_judgment":               "jugement_divorce",
    "death_certificate":              "certificat_deces",
    "court_judgment":                 "jugement_declaratif",
    "proof_of_capacity":              "preuve_qualite",
    "other":                          "autre",
}  # fmt: skip

CAPACITIES: Final[dict[str, str]] = {
    "self":                           "interesse",
    "parent":                         "parent",
    "father":                         "pere",
    "mother":                         "mere",
    "child":                          "enfant",
    "spouse":                         "conjoint",
    "heir":                           "heritier",
    "relative":                       "proche",
    "guardian":                       "tuteur",
    "representative":                 "mandataire",
}  # fmt: skip

FIELDS: Final[dict[str, str]] = {
    # the portal's element             the field of our form
    "registre.bureau":                "/register/office",
    "acte.numero":                    "/act/number",
    "acte.annee":                     "/act/register_year",
    "declaration.dateFait":           "/event/date",
    "declaration.jugement":           "/judgment",
    "titulaire":                      "/person",
    "enfant":                         "/child",
    "epoux":                          "/husband",
    "epouse":                         "/wife",
    "defunt":                         "/deceased",
    "piece":                          "/evidence",
}  # fmt: skip

SOURCES: Final = {"commune": "commune", "consular": "izdiyad"}
FORMS: Final = {"extract": "extrait", "full": "integrale"}
LANGUAGES: Final = {"ar": "ar", "fr": "fr"}
"""Documents exist in these two; whoever reads another language gets French."""


# --- To the portal ------------------------------------------------------------------------------------------------


def demand(filing: Submission, piece_bytes: int) -> dict[str, Any]:
    """The values of `Deposer`. The form has passed its schema in services.toml."""
    form = filing.form
    name = filing.service.rpartition(".")[2]
    if name not in OBJECTS:
        raise Refused("service_not_offered")
    register = form["register"]
    return {
        "referenceClient": filing.key,
        "objet": OBJECTS[name],
        "langue": LANGUAGES.get(filing.language, "fr"),
        "registre": {
            "source": SOURCES[register["source"]],
            "region": register.get("region"),
            "province": register.get("province"),
            "commune": register.get("commune"),
            "pays": register.get("country"),
            "bureau": register["office"],
        },
        **({"copie": _copy(form)} if "act" in form else {"declaration": _declaration(form)}),
        "personne": [_person(role, form[name]) for name, role in ROLES.items() if name in form],
        "courriel": form["contact"]["email"],
        "telephone": form["contact"]["phone"],
        "piece": list(_evidence(form, filing.attachments, piece_bytes)),
    }


def completion(reference: str, action: str, answer: Mapping[str, Any], piece_bytes: int) -> dict[str, Any]:
    """The values of `Completer`: what the officer asked for."""
    files = answer.get("attachments")
    if action != "provide_document" or not files:
        raise Refused("action_not_supported")
    if any(len(each.content) > piece_bytes for each in files):
        raise Refused("attachment_too_large")
    return {"numero": number(reference), "piece": [_piece("piece_demandee", each) for each in files]}


def number(reference: str) -> str:
    if not re.fullmatch(r"EC-[0-9]{4}-[0-9]{6}", reference):
        raise Refused("not_found_at_portal")
    return reference


def document_id(id: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]{1,40}", id):
        raise Refused("document_not_found")
    return id


def _copy(form: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "forme": FORMS[form["copy"]],
        "acte": {"numero": form["act"]["number"], "annee": form["act"]["register_year"]},
        "qualiteDemandeur": CAPACITIES[form["capacity"]],
    }


def _declaration(form: Mapping[str, Any]) -> dict[str, Any]:
    event, judgment = form["event"], form.get("judgment")
    values = {
        "dateFait": date.fromisoformat(event["date"]),
        "lieuFait": event["place"],
        "paysFait": event["country"],
        "qualiteDeclarant": CAPACITIES[form["capacity"]],
    }
    if judgment:
        values["jugement"] = {
            "tribunal": judgment["court"],
            "numero": judgment["number"],
            "date": date.fromisoformat(judgment["date"]),
        }
    return values


def _person(role: str, person: Mapping[str, Any]) -> dict[str, Any]:
    born = person.get("birth_date")
    return {
        "role": role,
        "nomLatin": person["last_name_latin"],
        "prenomLatin": person["first_name_latin"],
        "nomArabe": person["last_name_arabic"],
        "prenomArabe": person["first_name_arabic"],
        "sexe": {"female": "F", "male": "M"}.get(person.get("sex", "")),
        "dateNaissance": date.fromisoformat(born) if born else None,
        "cnie": person.get("cnie"),
        "idcs": person.get("idcs"),
    }


def _evidence(form: Mapping[str, Any], files: Sequence[Attachment], piece_bytes: int) -> Iterator[dict[str, Any]]:
    by_id = {each.id: each for each in files}
    for index, named in enumerate(form.get("evidence", [])):
        file = by_id.get(named["file"])
        if file is None:
            raise Refused("form_not_accepted", fields={f"/evidence/{index}/file": "attachment_unknown"})
        if len(file.content) > piece_bytes:
            raise Refused("attachment_too_large", fields={f"/evidence/{index}/file": "attachment_too_large"})
        yield _piece(EVIDENCE[named["kind"]], file)


def _piece(nature: str, file: Attachment) -> dict[str, Any]:
    return {
        "reference": file.id,
        "nature": nature,
        "nomFichier": file.filename,
        "type": file.media_type,
        "contenu": file.content,
    }


# --- From the portal ----------------------------------------------------------------------------------------------


Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class _Event(msgspec.Struct, frozen=True):
    etat: str
    date: Instant
    libelle: str


class _Document(msgspec.Struct, frozen=True):
    id: str
    titre: str
    type: str


class _Wanted(msgspec.Struct, frozen=True):
    nature: str
    avant: Instant


class _Dossier(msgspec.Struct, frozen=True):
    numero: str
    referenceClient: str
    etat: str
    motif: str | None
    dateLimite: date | None
    """Last day for the declaration, by law. Part of the first event's label, which is how a person learns it."""
    attente: _Wanted | None
    evenement: list[_Event]
    document: list[_Document]


def filed(answer: Mapping[str, Any], unknown: Sequence[str]) -> Filed:
    return _filed(msgspec.convert(answer["dossier"], _Dossier), unknown)


def found(key: str, answer: Mapping[str, Any], unknown: Sequence[str]) -> Filed | None:
    """The first demand lodged with `key`. Compared here too: a portal that ignores its filter answers another's."""
    for each in msgspec.convert(answer["dossier"], list[_Dossier]):
        if each.referenceClient == key:
            return _filed(each, unknown)
    return None


def progress(answer: Mapping[str, Any], unknown: Sequence[str]) -> Progress:
    return _progress(msgspec.convert(answer["dossier"], _Dossier), unknown)


def document(reference: str, id: str, answer: Mapping[str, Any]) -> Document:
    """Only PDF is expected, by its first bytes too."""
    content = answer["contenu"]
    if answer["id"] != id or answer["type"] != "application/pdf" or not content.startswith(b"%PDF-"):
        raise msgspec.ValidationError("the document is not the PDF that was asked for")
    return Document(id=id, filename=f"{reference}-{id}.pdf", media_type="application/pdf", content=content)


def failure(fault: soap.Fault, retry_after: float | None = None) -> PortalError:
    """The error for a SOAP fault; `retry_after` are the seconds of the answer's header."""
    if fault.subcode in SECURITY:
        return Unavailable("portal_denied_gateway", fault.reason)
    if fault.code in PROTOCOL:
        return Unavailable("portal_answer_unexpected", fault.reason)
    if fault.code == "Sender":
        code = REFUSALS.get(fault.word, "portal_refused")
        return Refused(code, fault.reason, fields={FIELDS[each]: code for each in fault.fields if each in FIELDS})
    if fault.word in TROUBLES:
        return Unavailable(TROUBLES[fault.word], fault.reason, retry_after=retry_after)
    return ServerFailed("portal_failed", fault.reason, retry_after=retry_after)


def _filed(dossier: _Dossier, unknown: Sequence[str]) -> Filed:
    return Filed(reference=dossier.numero, progress=_progress(dossier, unknown))


def _progress(dossier: _Dossier, unknown: Sequence[str]) -> Progress:
    warnings = list(unknown)
    if dossier.etat not in STATUSES:
        warnings.append(f"unknown_status:{dossier.etat[:40]}")
    status, milestone = STATUSES.get(dossier.etat, (CaseStatus.IN_PROGRESS, None))
    ask = _ask(dossier.attente, warnings) if dossier.attente is not None else None
    if status is CaseStatus.ACTION_REQUIRED and ask is None:
        status = CaseStatus.IN_PROGRESS
        warnings.append("request_without_detail")
    return Progress(
        reference=dossier.numero,
        status=status,
        portal_status=dossier.etat,
        milestone=milestone,
        steps=[_step(event) for event in dossier.evenement],
        documents=[DocumentRef(id=d.id, title=d.titre, media_type=d.type) for d in dossier.document],
        reason=MOTIVES.get(dossier.motif or "", "officer_refused") if status is CaseStatus.REJECTED else "",
        ask=ask,
        warnings=warnings,
    )


def _ask(wanted: _Wanted, warnings: list[str]) -> Ask:
    if wanted.nature not in ASKS:
        warnings.append(f"unknown_request:{wanted.nature[:40]}")
    return Ask(type="provide_document", code=ASKS.get(wanted.nature, "document_requested"), until=wanted.avant)


def _step(event: _Event) -> Step:
    _, milestone = STATUSES.get(event.etat, (None, None))
    return Step(at=event.date, label=event.libelle, milestone=milestone)
