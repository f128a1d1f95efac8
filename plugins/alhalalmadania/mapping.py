"""What alhalalmadania.ma says, in our words. Pure functions; the tables on top are for everybody's eyes. The other way
is `demand.py`.

The portal's words and shapes are assumed (README.md). What comes in has passed the WSDL's schema (`soap.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Final

import msgspec

from gateway.connectors.authoring import (
    CaseStatus,
    DocumentRef,
    Filed,
    Instant,
    Milestone,
    NotYet,
    PortalError,
    Progress,
    Refused,
    RequiredAction,
    ServerFailed,
    Statuses,
    Unavailable,
    motive,
    progress_by,
    same,
    step,
    with_key,
)

from . import soap

STATUSES: Final[Statuses] = {
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
    "requerant_non_habilite":         "requester_not_entitled",
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

REQUIRED_ACTIONS: Final[dict[str, str]] = {
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

FIELDS: Final[dict[str, str]] = {
    # the portal's element             the field of our form
    "registre.bureau":                "/register/office",
    "acte.numero":                    "/act/number",
    "acte.annee":                     "/act/register_year",
    "declaration.dateFait":           "/event/date",
    "declaration.jugement":           "/judgment",
    "titulaire":                      "/person",
    "enfant":                         "/child",
    "pere":                           "/father",
    "mere":                           "/mother",
    "epoux":                          "/husband",
    "epouse":                         "/wife",
    "defunt":                         "/deceased",
    "piece":                          "/evidence",
}  # fmt: skip


Number = Annotated[str, msgspec.Meta(pattern=r"^EC-[0-9]{4}-[0-9]{6}\Z")]
"""What may stand in a path: a demand under another number would be one that we cannot ask about."""


class _Event(msgspec.Struct, frozen=True):
    etat: str
    date: Instant
    libelle: str


class _Document(msgspec.Struct, frozen=True):
    id: str
    titre: str
    type: str


class _RequestedDocument(msgspec.Struct, frozen=True):
    nature: str
    avant: Instant


class _Dossier(msgspec.Struct, frozen=True):
    numero: Number
    referenceClient: str
    etat: str
    motif: str | None
    dateLimite: date | None
    """Last day for the declaration, by law. Part of the first event's label, which is how a person learns it."""
    attente: _RequestedDocument | None
    evenement: list[_Event]
    document: list[_Document]


def filed(key: str, answer: Mapping[str, Any], unknown: Sequence[str]) -> Filed:
    lodged = msgspec.convert(answer["dossier"], _Dossier)
    same(lodged.referenceClient, key, "key")
    return _filed(lodged, unknown)


def found(key: str, answer: Mapping[str, Any], unknown: Sequence[str]) -> Filed | None:
    """The first demand lodged with `key`. Compared here too: a portal that ignores its filter answers another's."""
    lodged = msgspec.convert(answer["dossier"], list[_Dossier])
    return with_key(lodged, key, lambda each: _filed(each, unknown), member="referenceClient")


def progress(answer: Mapping[str, Any], unknown: Sequence[str]) -> Progress:
    return _progress(msgspec.convert(answer["dossier"], _Dossier), unknown)


def failure(fault: soap.Fault, retry_after: float | None = None) -> PortalError:
    """The error for a SOAP fault; `retry_after` are the seconds of the answer's header."""
    if fault.subcode in SECURITY:
        return NotYet("portal_denied_gateway", fault.reason)
    if fault.code in PROTOCOL:
        return NotYet("portal_answer_unexpected", fault.reason)
    if fault.code == "Sender" and not fault.word:
        return Unavailable("portal_answer_unexpected")  # a policy in between, which has no detail of the portal's
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
    ask = _required_action(dossier.attente, warnings) if dossier.attente is not None else None
    steps = [step(STATUSES, event.etat, event.date, event.libelle) for event in dossier.evenement]
    documents = [DocumentRef(id=d.id, title=d.titre, media_type=d.type) for d in dossier.document]
    reason = motive(MOTIVES, dossier.motif)
    read = progress_by(
        STATUSES, dossier.numero, dossier.etat, steps, documents=documents, reason=reason, ask=ask, warnings=warnings
    )
    if read.status is not CaseStatus.ACTION_REQUIRED or ask is not None:
        return read
    warnings = [*read.warnings, "request_without_detail"]
    return msgspec.structs.replace(read, status=CaseStatus.IN_PROGRESS, warnings=warnings)


def _required_action(wanted: _RequestedDocument, warnings: list[str]) -> RequiredAction:
    if wanted.nature not in REQUIRED_ACTIONS:
        warnings.append(f"unknown_request:{wanted.nature[:40]}")
    return RequiredAction(
        type="provide_document", code=REQUIRED_ACTIONS.get(wanted.nature, "document_requested"), until=wanted.avant
    )
