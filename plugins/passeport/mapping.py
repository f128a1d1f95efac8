"""Words of passeport.ma <-> words of the gateway. Pure functions; the tables on top are meant for everybody's eyes.

The portal's shapes are assumed (README.md). Answers are parsed strictly: a field that is renamed, missing or of another
type raises `msgspec.ValidationError`, which the core reports as an answer it did not expect.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

from gateway.connectors.contract import (
    CaseStatus,
    Document,
    DocumentRef,
    Filed,
    Milestone,
    Progress,
    Refused,
    Step,
)

STATUSES: Final[dict[str, tuple[CaseStatus, Milestone | None]]] = {
    # the portal says      the person's case is      and the demand stands at
    "pre_enregistree":    (CaseStatus.RECEIVED,      Milestone.CREATED),
    "deposee":            (CaseStatus.IN_PROGRESS,   Milestone.PROCESSING),
    "en_production":      (CaseStatus.IN_PROGRESS,   Milestone.PROCESSING),
    "prete":              (CaseStatus.IN_PROGRESS,   Milestone.READY),
    "expediee":           (CaseStatus.IN_PROGRESS,   Milestone.POSTED),
    "retiree":            (CaseStatus.COMPLETED,     Milestone.DELIVERED),
    "livree":             (CaseStatus.COMPLETED,     Milestone.DELIVERED),
    "refusee":            (CaseStatus.REJECTED,      Milestone.REFUSED),
    "expiree":            (CaseStatus.FAILED,        None),
    "annulee":            (CaseStatus.WITHDRAWN,     None),
}  # fmt: skip
"""A word that is not here is `in_progress` with a warning."""

REFUSALS: Final[dict[str, str]] = {
    # the portal objects               the gateway says
    "timbre_manquant":                "stamp_missing",
    "timbre_invalide":                "stamp_invalid",
    "timbre_deja_utilise":            "stamp_already_used",
    "timbre_montant":                 "amount_mismatch",
    "immatriculation_introuvable":    "consular_registration_not_found",
    "passeport_inconnu":              "passport_not_found",
    "passeport_declare_perdu":        "passport_reported_lost",
    "tuteur_manquant":                "guardian_missing",
    "consentement_manquant":          "guardian_consent_missing",
    "mineur_exige":                   "minor_only",
    "majeur_exige":                   "adult_only",
    "declaration_invalide":           "declaration_not_accepted",
    "pre_demande_invalide":           "form_not_accepted",
    "dossier_inconnu":                "not_found_at_portal",
    "document_inconnu":               "document_not_found",
    "annulation_tardive":             "too_late",
    "refabrication_impossible":       "action_not_supported",
}  # fmt: skip
"""A word that is not here is `portal_refused`."""

MOTIVES: Final[dict[str, str]] = {
    # the counter refused because      the gateway says
    "photo_non_conforme":             "photo_not_accepted",
    "timbre_invalide":                "stamp_invalid",
    "identite_non_conforme":          "identity_mismatch",
}  # fmt: skip
"""A motive that is not here is `officer_refused`."""

EXPIRED: Final = "pre_application_expired"

FIELDS: Final[dict[str, str]] = {
    # the portal's field               the field of our form
    "lieu.poste":                     "/lodging/consulate",
    "immatriculation.numero":         "/registration/number",
    "immatriculation.poste":          "/registration/consulate",
    "demandeur.cnie":                 "/person/cnie",
    "demandeur.date_naissance":       "/person/birth_date",
    "tuteur":                         "/guardian",
    "tuteur.consentement":            "/guardian/consent",
    "ancien_passeport.numero":        "/passport/number",
    "declaration.date":               "/declaration/on",
    "declaration.lieu":               "/declaration/place",
    "declaration.police.piece":       "/declaration/police_report",
    "remise.adresse":                 "/delivery/address",
}  # fmt: skip

# --- To the portal ------------------------------------------------------------------------------------------------


def reissue(action: str, answer: dict[str, Any]) -> dict[str, Any]:
    """The body of `POST /pre-demandes/{number}/refabrication`."""
    if action != "reissue" or not isinstance(answer.get("parcel"), str):
        raise Refused("action_not_supported")
    return {"colis": answer["parcel"]}


def tracking(reference: str, proof: Mapping[str, str]) -> dict[str, Any]:
    """The body of `POST /suivi`."""
    return {
        "numero": file_number(reference),
        "nom": proof["last_name"],
        "prenom": proof["first_name"],
        "date_naissance": proof["birth_date"],
    }


def file_number(reference: str) -> str:
    """`reference` if it may stand in a path, so that nobody's input becomes another address."""
    if not re.fullmatch(r"[A-Za-z0-9-]{1,40}", reference):
        raise Refused("not_found_at_portal")
    return reference


def document_id(id: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]{1,40}", id):
        raise Refused("document_not_found")
    return id


# --- From the portal ----------------------------------------------------------------------------------------------

Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class _Event(msgspec.Struct, frozen=True):
    statut: str
    le: Instant
    libelle: str
    lieu: str = ""


class _Document(msgspec.Struct, frozen=True):
    id: str
    titre: str
    type_mime: str


class _Tracked(msgspec.Struct, frozen=True):
    """The answer of `POST /suivi`: all members are required, so that a renamed one is noticed."""

    numero: str
    statut: str
    motif: str | None
    historique: list[_Event]


class _File(_Tracked, frozen=True):
    """The answer of `POST /pre-demandes` and `GET /pre-demandes/{number}`."""

    reference_client: str
    documents: list[_Document]


class _Files(msgspec.Struct, frozen=True):
    pre_demandes: list[_File]


class _Objection(msgspec.Struct, frozen=True):
    champs: list[str] = []


def filed(body: bytes) -> Filed:
    return _filed(msgspec.json.decode(body, type=_File))


def found(key: str, body: bytes) -> Filed | None:
    """The first one lodged with `key`. Compared here too: a portal that ignores its filter would answer another's."""
    for file in msgspec.json.decode(body, type=_Files).pre_demandes:
        if file.reference_client == key:
            return _filed(file)
    return None


def progress(body: bytes) -> Progress:
    file = msgspec.json.decode(body, type=_File)
    return _progress(file, file.documents)


def tracked(body: bytes) -> Progress:
    return _progress(msgspec.json.decode(body, type=_Tracked))


def document(reference: str, id: str, media_type: str, content: bytes) -> Document:
    """Only PDF is expected, and by its first bytes too: an error page under a PDF's address is not a document."""
    if media_type.partition(";")[0].strip().lower() != "application/pdf" or not content.startswith(b"%PDF-"):
        raise msgspec.ValidationError("the document is not a PDF")
    return Document(id=id, filename=f"{reference}-{id}.pdf", media_type="application/pdf", content=content)


def objections(code: str, body: bytes) -> dict[str, str]:
    """The fields a refusal names, as pointers into our form; a field that we do not know is left out."""
    try:
        names = msgspec.json.decode(body, type=_Objection).champs
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return {FIELDS[name]: code for name in names if name in FIELDS}


def _filed(file: _File) -> Filed:
    return Filed(reference=file.numero, progress=_progress(file, file.documents))


def _progress(file: _Tracked, documents: Sequence[_Document] = ()) -> Progress:
    status, milestone = STATUSES.get(file.statut, (CaseStatus.IN_PROGRESS, None))
    warnings = [] if file.statut in STATUSES else [f"unknown portal status: {file.statut[:60]}"]
    reason = EXPIRED if status is CaseStatus.FAILED else ""
    if status is CaseStatus.REJECTED:
        reason = MOTIVES.get(file.motif or "", "officer_refused")
        if file.motif not in MOTIVES:
            warnings.append("unknown motive of a refusal")  # not its words: they may speak of the person
    return Progress(
        reference=file.numero,
        status=status,
        portal_status=file.statut,
        milestone=milestone,
        steps=[_step(event) for event in file.historique],
        documents=[DocumentRef(id=d.id, title=d.titre, media_type=d.type_mime) for d in documents],
        reason=reason,
        warnings=warnings,
    )


def _step(event: _Event) -> Step:
    _, milestone = STATUSES.get(event.statut, (None, None))
    return Step(at=event.le, label=event.libelle, milestone=milestone, place=event.lieu)
