"""Words of the consular appointment portal <-> words of the gateway. Pure functions; the tables on top are for all.
Here are requests and their documents; posts, slots and appointments are in `appointments.py`.

The portal's shapes are assumed (README.md). Answers are parsed strictly: a field that is renamed, missing or of another
type raises `msgspec.ValidationError`, which the core reports as an answer it did not expect.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal

import msgspec

from gateway.connectors.authoring import (
    Attachment,
    CaseStatus,
    CheckFinding,
    DocumentRef,
    Filed,
    Instant,
    Milestone,
    Progress,
    Refused,
    RequiredAction,
    Statuses,
    Submission,
    arabic_or_french,
    check_findings,
    file_in_json,
    in_address,
    motive,
    offered,
    progress_by,
    same,
    step,
    under_names,
    with_key,
)

STATUSES: Final[Statuses] = {
    # the portal says      the person's case is            and the demand stands at
    "deposee":            (CaseStatus.RECEIVED,            Milestone.CREATED),
    "en_verification":    (CaseStatus.IN_PROGRESS,         Milestone.PROCESSING),
    "pieces_a_completer": (CaseStatus.ACTION_REQUIRED,     Milestone.PROCESSING),
    "validee":            (CaseStatus.ACTION_REQUIRED,     Milestone.PROCESSING),
    "rendez_vous_pris":   (CaseStatus.IN_PROGRESS,         Milestone.PROCESSING),
    "absence":            (CaseStatus.ACTION_REQUIRED,     Milestone.PROCESSING),
    "honoree":            (CaseStatus.COMPLETED,           None),
    "refusee":            (CaseStatus.REJECTED,            Milestone.REFUSED),
    "classee_absence":    (CaseStatus.REJECTED,            Milestone.REFUSED),
    "annulee":            (CaseStatus.WITHDRAWN,           None),
}  # fmt: skip
"""A word that is not here is `in_progress` with a warning."""

REQUIRED_ACTIONS: Final[dict[str, tuple[Literal["choose_slot", "provide_document"], str]]] = {
    # the portal says      the person is asked to    and why
    "pieces_a_completer": ("provide_document",      "document_missing"),
    "validee":            ("choose_slot",           "request_validated"),
    "absence":            ("choose_slot",           "appointment_missed"),
}  # fmt: skip

REFUSALS: Final[dict[str, str]] = {
    # the portal objects               the gateway says
    "immatriculation_requise":        "consular_registration_required",
    "poste_inconnu":                  "post_not_found",
    "prestation_inconnue":            "service_not_offered",
    "creneau_inconnu":                "slot_not_found",
    "creneau_passe":                  "slot_past",
    "creneau_pris":                   "slot_taken",
    "version_perimee":                "slot_taken",
    "reservation_expiree":            "hold_expired",
    "reservation_inconnue":           "hold_expired",
    "demande_non_validee":            "request_not_open",
    "demande_close":                  "too_late",
    "timbre_manquant":                "stamp_missing",
    "timbre_invalide":                "stamp_invalid",
    "timbre_deja_utilise":            "stamp_already_used",
    "demandeur_non_habilite":         "requester_not_entitled",
    "demande_invalide":               "form_not_accepted",
    "demande_inconnue":               "not_found_at_portal",
    "rendez_vous_inconnu":            "not_found_at_portal",
    "document_inconnu":               "document_not_found",
    "annulation_tardive":             "too_late",
}  # fmt: skip
"""A word that is not here is `portal_refused`."""

MOTIVES: Final[dict[str, str]] = {
    # the consulate refused because    the gateway says
    "dossier_incoherent":             "file_inconsistent",
    "hors_competence":                "not_competent",
}  # fmt: skip
"""A motive that is not here is `officer_refused`."""

NO_SHOW: Final = "no_show"
"""The reason when the portal closes a request after missed appointments."""

SERVICES: Final[dict[str, str]] = {
    "consular-registration":    "immatriculation",
    "cnie":                     "cnie",
    "passport":                 "passeport",
    "legalisation":             "legalisation",
    "adoul-act":                "acte_adoulaire",
    "residence-attestation":    "attestation_residence",
    "life-attestation":         "attestation_vie",
}  # fmt: skip
"""What one can come for. `passport` is no request here: its demand is another portal's."""

DOCUMENTS: Final[dict[str, str]] = {
    "identity":           "identite",
    "proof_of_address":   "justificatif_domicile",
    "photo":              "photo",
    "birth_extract":      "extrait_naissance",
    "previous_card":      "ancienne_carte",
    "loss_declaration":   "declaration_perte",
    "to_legalise":        "document_a_legaliser",
    "other":              "autre",
}  # fmt: skip

FIELDS: Final[dict[str, str]] = {
    # the portal's field     the field of our form
    "post":                 "/post",
    "applicant.cnie":       "/person/cnie",
}  # fmt: skip

CALENDAR: Final = "calendar"
"""The paper that an appointment has by itself, without a request."""

REQUESTER: Final = {
    "cnie": "national_id",
    "last_name_latin": "family_name",
    "first_name_latin": "given_name",
    "birth_date": "birth_date",
}
"""The portal's members for who signed in, as the identity provider has verified it."""
COMMON: Final = frozenset({"post", "person", "contact", "documents"})
"""Members of every form; the others are the service's own."""

SERVICES_HERE: Final = {word: name for name, word in SERVICES.items()}
_DOCUMENTS_HERE: Final = {word: name for name, word in DOCUMENTS.items()}


# --- To the portal ------------------------------------------------------------------------------------------------


def request(filing: Submission) -> dict[str, Any]:
    """The body of `POST /requests`. The form has passed its schema in services.toml."""
    form = filing.form
    if service_name(filing.service) == "passport":
        raise Refused("service_not_offered")
    files = {each.id: each for each in filing.attachments}
    named = [(kind, files[id]) for kind, id in form.get("documents", {}).items() if id in files]
    rest = [("other", each) for id, each in files.items() if id not in form.get("documents", {}).values()]
    return {
        "client_reference": filing.key,
        "service": offered(SERVICES, filing.service),
        "language": arabic_or_french(filing.language),
        "post": form["post"],
        "applicant": {"cnie": None, **form["person"]},
        "requester": under_names(REQUESTER, filing.requester),
        "contact": form["contact"],
        "details": {name: value for name, value in form.items() if name not in COMMON},
        "stamp": filing.stamp,
        "documents": [_document(DOCUMENTS[kind], each) for kind, each in [*named, *rest]],
    }


def sought(filing: Submission) -> dict[str, Any]:
    """The body of `POST /requests/check`: who, where and for what."""
    form = filing.form
    if service_name(filing.service) == "passport":
        raise Refused("service_not_offered")
    return {
        "service": offered(SERVICES, filing.service),
        "post": form["post"],
        "applicant": {"cnie": None, **form["person"]},
        "requester": under_names(REQUESTER, filing.requester),
        "details": {name: value for name, value in form.items() if name not in COMMON},
    }


def more_documents(answer: dict[str, Any]) -> dict[str, Any]:
    """The body of `POST /requests/{number}/documents`: the portal knows what it asked for."""
    files = [each for each in answer.get("attachments", ()) if isinstance(each, Attachment)]
    if not files:
        raise Refused("document_missing")
    return {"documents": [_document("", each) for each in files]}


def chosen(answer: dict[str, Any]) -> dict[str, Any]:
    """The body of `PUT /requests/{number}/appointment`."""
    return {"appointment": in_address(str(answer.get("booking", "")))}


def service_name(service: str) -> str:
    """`rendezvous.cnie` and `cnie` are the same."""
    return service.removeprefix("rendezvous.")


def _document(kind: str, file: Attachment) -> dict[str, str]:
    return {"kind": kind, **file_in_json(file, name="name", media_type="media_type", content="content")}


# --- From the portal ----------------------------------------------------------------------------------------------

Opaque = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9-]{1,80}\Z")]


class _Event(msgspec.Struct, frozen=True):
    state: str
    at: Instant
    label: str


class _Paper(msgspec.Struct, frozen=True):
    id: str
    title: str
    media_type: str


class _Request(msgspec.Struct, frozen=True):
    """All members are required, so that a renamed one is noticed."""

    number: Opaque
    client_reference: str
    state: str
    motive: str | None
    missing: list[str]
    history: list[_Event]
    papers: list[_Paper]


class _Requests(msgspec.Struct, frozen=True):
    requests: list[_Request]


class Objection(msgspec.Struct, frozen=True):
    error: str = ""
    fields: list[str] = []
    version: str | None = None


def objections(body: bytes) -> list[CheckFinding]:
    return check_findings(body, REFUSALS, FIELDS)


def filed(key: str, body: bytes) -> Filed:
    lodged = msgspec.json.decode(body, type=_Request)
    same(lodged.client_reference, key, "key")
    return _filed(lodged)


def found(key: str, body: bytes) -> Filed | None:
    """The first request lodged with `key`. Compared here too: a portal may ignore its filter and answer another's."""
    return with_key(msgspec.json.decode(body, type=_Requests).requests, key, _filed)


def progress(body: bytes) -> Progress:
    return _progress(msgspec.json.decode(body, type=_Request))


def objection(body: bytes) -> Objection:
    try:
        return msgspec.json.decode(body, type=Objection)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Objection()


def _filed(answer: _Request) -> Filed:
    return Filed(reference=answer.number, progress=_progress(answer))


def _progress(answer: _Request) -> Progress:
    return progress_by(
        STATUSES,
        answer.number,
        answer.state,
        [step(STATUSES, event.state, event.at, event.label) for event in answer.history],
        documents=[DocumentRef(id=p.id, title=p.title, media_type=p.media_type) for p in answer.papers],
        reason=NO_SHOW if answer.state == "classee_absence" else motive(MOTIVES, answer.motive),
        ask=_required_action(answer),
        warnings=list(_warnings(answer)),
    )


def _required_action(answer: _Request) -> RequiredAction | None:
    if answer.state not in REQUIRED_ACTIONS:
        return None
    kind, code = REQUIRED_ACTIONS[answer.state]
    wanted = [_DOCUMENTS_HERE.get(word, "other") for word in answer.missing] if kind == "provide_document" else []
    return RequiredAction(type=kind, code=code, options=wanted)


def _warnings(answer: _Request) -> Iterable[str]:
    for word in answer.missing:
        if word not in _DOCUMENTS_HERE:
            yield f"unknown kind of document: {word[:60]}"
