"""Words of chikaya.ma <-> words of the gateway. Pure functions; the tables on top are meant for everybody's eyes.

The portal's shapes are assumed (README.md). Answers are parsed strictly: a field that is renamed, missing or of another
type raises `msgspec.ValidationError`, which the core reports as an answer it did not expect.
"""

from __future__ import annotations

import hashlib
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
    Refused,
    RequiredAction,
    Statuses,
    Submission,
    arabic_or_french,
    check_findings,
    motive,
    offered,
    progress_by,
    same,
    step,
    with_key,
)

from . import cascade

STATUSES: Final[Statuses] = {
    # the portal says          the person's case is      and the demand stands at
    "deposee":                (CaseStatus.RECEIVED,      Milestone.CREATED),
    "en_tri":                 (CaseStatus.IN_PROGRESS,   Milestone.CREATED),
    "recevable":              (CaseStatus.IN_PROGRESS,   Milestone.PROCESSING),
    "reorientee":             (CaseStatus.IN_PROGRESS,   Milestone.PROCESSING),
    "en_instruction":         (CaseStatus.IN_PROGRESS,   Milestone.PROCESSING),
    "repondue":               (CaseStatus.COMPLETED,     Milestone.READY),
    "rouverte":               (CaseStatus.IN_PROGRESS,   Milestone.PROCESSING),
    "transmise_mediateur":    (CaseStatus.IN_PROGRESS,   Milestone.PROCESSING),
    "recommandation":         (CaseStatus.COMPLETED,     Milestone.READY),
    "irrecevable":            (CaseStatus.REJECTED,      Milestone.REFUSED),
    "retiree":                (CaseStatus.WITHDRAWN,     None),
}  # fmt: skip
"""A word that is not here is `in_progress` with a warning."""

REFUSALS: Final[dict[str, str]] = {
    # the portal objects         the gateway says
    "affaire_en_justice":       "before_court",
    "piece_refusee":            "attachment_refused",
    "rubrique_inconnue":        "category_unknown",
    "demandeur_non_habilite":   "requester_not_entitled",
    "demande_invalide":         "form_not_accepted",
    "demande_inconnue":         "not_found_at_portal",
    "document_inconnu":         "document_not_found",
    "retrait_tardif":           "too_late",
    "evaluation_fermee":        "rating_not_open",
    "deja_evaluee":             "already_rated",
    "recours_ferme":            "appeal_not_open",
}  # fmt: skip
"""A word that is not here is `portal_refused`."""

MOTIVES: Final[dict[str, str]] = {
    # inadmissible because       the gateway says
    "affaire_en_justice":       "before_court",
    "hors_competence":          "not_competent",
    "objet_imprecis":           "too_vague",
    "deja_traitee":             "already_answered",
}  # fmt: skip
"""A motive that is not here is `inadmissible`."""

OFFERS: Final[dict[str, str]] = {
    # the portal offers          which is the option of an appeal, or a rating
    "evaluation":               "rate",
    "reouverture":              "reopen",
    "mediateur":                "mediator",
}  # fmt: skip
"""A word that is not here is left out, with a warning."""

SCORES: Final = ("1", "2", "3", "4", "5")

FIELDS: Final[dict[str, str]] = {
    # the portal's field         the field of our form
    "before_court":             "/before_court",
    "target.administration":    "/about/administration",
    "target.type":              "/about/type",
    "target.theme":             "/about/theme",
    "target.sub_theme":         "/about/sub_theme",
    "target.place":             "/about/place",
    "subject":                  "/message/subject",
    "text":                     "/message/text",
    "attachments":              "/evidence",
    "contact.email":            "/contact/email",
    "person.cnie":              "/person/cnie",
}  # fmt: skip

KINDS: Final[dict[str, str]] = {
    "complaint":                "reclamation",
    "complaint-consulate":      "reclamation",
    "observation":              "observation",
    "suggestion":               "suggestion",
}  # fmt: skip


# --- To the portal ------------------------------------------------------------------------------------------------

Part = tuple[str, tuple[str | None, bytes, str]]
"""A part of a multipart message as httpx takes it: field, (file name, content, media type)."""


def parts(filing: Submission, *, notify_url: str) -> list[Part]:
    """The body of `POST /complaints`. The form has passed its schema in services.toml."""
    files: list[Part] = [("attachment", (a.filename, a.content, a.media_type)) for a in filing.attachments]
    return [("complaint", (None, msgspec.json.encode(demand(filing, notify_url)), "application/json")), *files]


def demand(filing: Submission, notify_url: str) -> dict[str, Any]:
    """The part `complaint`. The digests tie the files to it, whatever a proxy does to their names."""
    form = filing.form
    message = form["message"]
    return {
        "client_reference": filing.key,
        "kind": offered(KINDS, filing.service),
        "language": arabic_or_french(filing.language),
        "target": _target(filing),
        "subject": message["subject"],
        "text": message["text"],
        "since": message.get("since"),
        "wish": message.get("wish"),
        "before_court": form.get("before_court", False),
        "related": filing.related.case_id if filing.related is not None else form["about"].get("case"),
        "person": form["person"],
        "requester": filing.requester.national_id if filing.requester else None,
        "contact": form["contact"],
        "notify_url": notify_url,
        "attachments": [
            {"name": a.filename, "media_type": a.media_type, "sha256": hashlib.sha256(a.content).hexdigest()}
            for a in filing.attachments
        ],
    }


def sought(filing: Submission) -> dict[str, Any]:
    """The body of `POST /complaints/check`: whether such a demand is admissible, without its words."""
    form = filing.form
    return {
        "target": _target(filing),
        "before_court": form.get("before_court", False),
        "person": form["person"],
        "requester": filing.requester.national_id if filing.requester else None,
    }


def _target(filing: Submission) -> dict[str, Any]:
    about = filing.form["about"]
    return cascade.consulate(about) if filing.service == "chikaya.complaint-consulate" else cascade.target(about)


def deed(action: str, answer: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """What the person does about an answer, or for want of one: last part of the address, and the body."""
    choice = answer.get("choice")
    if action == "rate" and choice in SCORES:
        return "rating", {"score": int(choice)}
    text = answer.get("text", "")
    if action == "appeal" and choice in ("reopen", "mediator") and isinstance(text, str):
        return ("reopening" if choice == "reopen" else "mediation"), {"text": text}
    raise Refused("action_not_supported")


# --- From the portal ----------------------------------------------------------------------------------------------


class _Event(msgspec.Struct, frozen=True):
    state: str
    at: Instant
    label: str
    body: str
    """The administration that has the demand in hand."""


class _Document(msgspec.Struct, frozen=True):
    id: str
    title: str
    media_type: str


class _Offer(msgspec.Struct, frozen=True):
    offer: str
    until: Instant | None


class _Tracked(msgspec.Struct, frozen=True):
    """The answer of `POST /tracking`: all members are required, so that a renamed one is noticed."""

    number: Reference
    state: str
    motive: str | None
    history: list[_Event]


class _Demand(_Tracked, frozen=True):
    """Every other answer about one demand."""

    client_reference: str
    documents: list[_Document]
    offers: list[_Offer]


class _Demands(msgspec.Struct, frozen=True):
    complaints: list[_Demand]


class _Told(msgspec.Struct, frozen=True):
    number: Reference


def objections(body: bytes) -> list[CheckFinding]:
    return check_findings(body, REFUSALS, FIELDS)


def filed(key: str, body: bytes) -> Filed:
    said = msgspec.json.decode(body, type=_Demand)
    same(said.client_reference, key, "demand")
    return _filed(said)


def found(key: str, body: bytes) -> Filed | None:
    """The first demand with `key`. Compared here too: a portal that ignores its filter would answer another's."""
    return with_key(msgspec.json.decode(body, type=_Demands).complaints, key, _filed)


def progress(reference: str, body: bytes) -> Progress:
    said = msgspec.json.decode(body, type=_Demand)
    same(said.number, reference, "demand")
    return _progress(said)


def tracked(reference: str, body: bytes) -> Progress:
    said = msgspec.json.decode(body, type=_Tracked)
    same(said.number, reference, "demand")
    return _read(said)


def told(body: bytes) -> str:
    """The number that an authentic notice is about. What else it says is not read: the core asks."""
    try:
        return msgspec.json.decode(body, type=_Told).number
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refused("malformed_callback") from None


def _filed(said: _Demand) -> Filed:
    return Filed(reference=said.number, progress=_progress(said))


def _progress(said: _Demand) -> Progress:
    answered = STATUSES.get(said.state, (None,))[0] is CaseStatus.COMPLETED
    return _read(
        said,
        documents=[DocumentRef(id=d.id, title=d.title, media_type=d.media_type) for d in said.documents],
        ask=_required_action(said.offers, answered=answered),
        warnings=[f"unknown offer: {o.offer[:60]}" for o in said.offers if o.offer not in OFFERS],
    )


def _read(said: _Tracked, **more: Any) -> Progress:
    steps = [step(STATUSES, event.state, event.at, event.label, event.body) for event in said.history]
    reason = motive(MOTIVES, said.motive, "inadmissible")
    return progress_by(STATUSES, said.number, said.state, steps, reason=reason, **more)


def _required_action(offers: list[_Offer], *, answered: bool) -> RequiredAction | None:
    """The rating first, while it is open: who is not satisfied is then offered what can be done about it."""
    until = {OFFERS[each.offer]: each.until for each in offers if each.offer in OFFERS}
    if "rate" in until:
        return RequiredAction(
            type="rate", code="answer_received", until=until["rate"], options=list(SCORES), optional=True
        )
    options = [option for option in OFFERS.values() if option in until]
    if not options:
        return None
    code = "answer_contested" if answered else "answer_overdue"
    return RequiredAction(type="appeal", code=code, until=until[options[0]], options=options, optional=True)
