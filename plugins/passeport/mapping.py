"""Words of passeport.ma <-> words of the gateway. Pure functions; the tables on top are meant for everybody's eyes.

The portal's shapes are assumed (README.md). Answers are parsed strictly: a field that is renamed, missing or of another
type raises `msgspec.ValidationError`, which the core reports as an answer it did not expect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from gateway.connectors.authoring import (
    CaseStatus,
    CheckFinding,
    DocumentRef,
    Filed,
    Instant,
    Milestone,
    Progress,
    Reference,
    Statuses,
    check_findings,
    in_address,
    motive,
    progress_by,
    same,
    step,
    with_key,
)

STATUSES: Final[Statuses] = {
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
    "requerant_non_habilite":         "requester_not_entitled",
    "pre_demande_invalide":           "form_not_accepted",
    "dossier_inconnu":                "not_found_at_portal",
    "document_inconnu":               "document_not_found",
    "annulation_tardive":             "too_late",
    "refabrication_impossible":       "action_not_supported",
    "rendez_vous_tardif":             "too_late",
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
    "tuteur.cnie":                    "/guardian/cnie",
    "tuteur.consentement":            "/guardian/consent",
    "ancien_passeport.numero":        "/passport/number",
    "declaration.date":               "/declaration/on",
    "declaration.lieu":               "/declaration/place",
    "declaration.police.piece":       "/declaration/police_report",
    "remise.adresse":                 "/delivery/address",
}  # fmt: skip

# --- To the portal ------------------------------------------------------------------------------------------------


def tracking(reference: str, proof: Mapping[str, str]) -> dict[str, Any]:
    """The body of `POST /suivi`."""
    return {
        "numero": in_address(reference),
        "nom": proof["last_name"],
        "prenom": proof["first_name"],
        "date_naissance": proof["birth_date"],
    }


# --- From the portal ----------------------------------------------------------------------------------------------


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

    numero: Reference
    statut: str
    motif: str | None
    historique: list[_Event]


class _File(_Tracked, frozen=True):
    """The answer of `POST /pre-demandes` and `GET /pre-demandes/{number}`."""

    reference_client: str
    documents: list[_Document]


class _Files(msgspec.Struct, frozen=True):
    pre_demandes: list[_File]


def objections(body: bytes) -> list[CheckFinding]:
    return check_findings(body, REFUSALS, FIELDS, fields_member="champs")


def filed(key: str, body: bytes) -> Filed:
    lodged = msgspec.json.decode(body, type=_File)
    same(lodged.reference_client, key, "key")
    return _filed(lodged)


def found(key: str, body: bytes) -> Filed | None:
    """The first one lodged with `key`. Compared here too: a portal that ignores its filter would answer another's."""
    return with_key(msgspec.json.decode(body, type=_Files).pre_demandes, key, _filed, member="reference_client")


def progress(body: bytes) -> Progress:
    file = msgspec.json.decode(body, type=_File)
    return _progress(file, file.documents)


def tracked(reference: str, body: bytes) -> Progress:
    said = msgspec.json.decode(body, type=_Tracked)
    same(said.numero, reference, "demand")
    return _progress(said)


def _filed(file: _File) -> Filed:
    return Filed(reference=file.numero, progress=_progress(file, file.documents))


def _progress(file: _Tracked, documents: Sequence[_Document] = ()) -> Progress:
    status, _ = STATUSES.get(file.statut, (CaseStatus.IN_PROGRESS, None))
    refused = status is CaseStatus.REJECTED
    return progress_by(
        STATUSES,
        file.numero,
        file.statut,
        [step(STATUSES, event.statut, event.le, event.libelle, event.lieu) for event in file.historique],
        documents=[DocumentRef(id=d.id, title=d.titre, media_type=d.type_mime) for d in documents],
        reason=motive(MOTIVES, file.motif) if refused else EXPIRED,
        warnings=["unknown motive of a refusal"] if refused and file.motif not in MOTIVES else [],
    )
