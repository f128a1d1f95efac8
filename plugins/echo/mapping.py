"""Echo's words <-> the gateway's words. Pure: values in, values out; the two tables are what an agency reviews."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from gateway.connectors.authoring import (
    Appointment,
    CaseStatus,
    Document,
    DocumentRef,
    Filed,
    Instant,
    Milestone,
    Money,
    Person,
    Post,
    Progress,
    RequiredAction,
    Slot,
    Statuses,
    Submission,
    UnexpectedAnswer,
    progress_by,
    same,
    step,
    with_key,
)

STATUSES: Final[Statuses] = {
    # Echo says       how the case stands     what has been reached
    "accepted": (CaseStatus.RECEIVED, Milestone.CREATED),
    "in_hand": (CaseStatus.IN_PROGRESS, Milestone.PROCESSING),
    "ready": (CaseStatus.IN_PROGRESS, Milestone.READY),
    "done": (CaseStatus.COMPLETED, Milestone.READY),
    "turned_down": (CaseStatus.REJECTED, Milestone.REFUSED),
    "waiting": (CaseStatus.ACTION_REQUIRED, Milestone.PROCESSING),
    "taken_back": (CaseStatus.WITHDRAWN, None),
}

REFUSALS: Final = {
    # Echo says          what the gateway tells the person
    "as_you_asked": "demand_refused",
    "stamp_missing": "stamp_missing",
    "unknown_service": "service_unknown",
    "too_late": "too_late",
    "no_such_action": "action_not_supported",
    "no_such_demand": "not_found_at_portal",
    "no_such_document": "document_not_found",
    "answer_unfit": "answer_refused",
    "no_such_post": "post_not_found",
    "no_such_booking": "not_found_at_portal",
    "somebody_was_faster": "slot_taken",
}

REFERENCE: Final = re.compile(r"E[0-9]{8}")
BOOKING: Final = re.compile(r"B[0-9]{6}")


class Entry(msgspec.Struct):
    status: str
    at: Instant


class RequestedAction(msgspec.Struct):
    """What Echo wants of the person; `amount` in centimes."""

    type: Literal["pay", "choose_slot", "provide_document", "confirm", "rate", "appeal"]
    code: str
    options: list[str] = []
    amount: int | None = None
    optional: bool = False


class Demand(msgspec.Struct):
    """Echo's answer about one demand."""

    reference: str
    client_reference: str
    history: list[Entry]
    """Oldest first, never empty; the last one is the present status."""
    documents: list[DocumentRef]
    reason: str = ""
    wanted: RequestedAction | None = None

    def __post_init__(self) -> None:
        if not self.history or not REFERENCE.fullmatch(self.reference):
            raise ValueError("a demand without a history or a reference")


class Demands(msgspec.Struct):
    demands: list[Demand]


class Standing(msgspec.Struct):
    """An answer about several: each is read by itself, so that one that is odd does not hide the others."""

    demands: list[msgspec.Raw]


class Place(msgspec.Struct):
    id: str
    name: dict[str, str]
    city: str
    country: str
    timezone: str


class Places(msgspec.Struct):
    posts: list[Place]


class Hour(msgspec.Struct):
    id: str
    post: str
    start: Instant
    end: Instant


class Hours(msgspec.Struct):
    slots: list[Hour]


class Booked(msgspec.Struct):
    reference: str
    client_reference: str
    slot: Hour


class Bookings(msgspec.Struct):
    bookings: list[Booked]


class Cancelled(msgspec.Struct):
    reference: str
    state: Literal["cancelled"]


class Change(msgspec.Struct):
    """What Echo pushes."""

    reference: str


def demand(filing: Submission) -> dict[str, Any]:
    return {
        "client_reference": filing.key,
        "service": filing.service.removeprefix("echo."),
        "language": filing.language,
        "form": filing.form,
        "stamp": filing.stamp,
        "booking": filing.appointment.reference if filing.appointment else None,
        "related": msgspec.to_builtins(filing.related) if filing.related else None,
        "attachments": msgspec.to_builtins(filing.attachments),
        "requester": msgspec.to_builtins(filing.requester) if filing.requester else None,
        **({"priority": True} if filing.priority else {}),
    }


def answer(answer: dict[str, Any]) -> dict[str, Any]:
    """What the person answered, as JSON: files in Base64. Echo knows its own slots by the booking."""
    said: dict[str, Any] = msgspec.to_builtins({name: value for name, value in answer.items() if name != "slot"})
    return said


def wish(slot: Slot, person: Person) -> dict[str, Any]:
    return {"slot": slot.id, "client_reference": person.key, "name": person.name, "about": person.reference}


def posts(answer: bytes) -> list[Post]:
    found = msgspec.json.decode(answer, type=Places).posts
    return [Post(**msgspec.structs.asdict(each), illustrative=True) for each in found]


def slots(answer: bytes, service: str) -> list[Slot]:
    return [_slot(hour, service) for hour in msgspec.json.decode(answer, type=Hours).slots]


def booked(answer: bytes, slot: Slot, key: str) -> Appointment:
    """Raises `ValueError` for an answer about another slot, or to somebody else's request."""
    made = msgspec.json.decode(answer, type=Booked)
    if (made.slot.id, made.client_reference) != (slot.id, key):
        raise UnexpectedAnswer("another booking than the one asked for")
    return _booked(made, slot.service)


def cancelled(answer: bytes, booking: str) -> None:
    """Raises `ValueError` unless Echo says that this booking is cancelled."""
    same(msgspec.json.decode(answer, type=Cancelled).reference, booking, "booking")


def first_booked(answer: bytes, key: str) -> Appointment | None:
    return with_key(msgspec.json.decode(answer, type=Bookings).bookings, key, _booked)


def changed(body: bytes) -> str:
    """The reference that a push is about. Raises `ValueError` for a body of another shape."""
    return msgspec.json.decode(body, type=Change).reference


def _booked(found: Booked, service: str = "") -> Appointment:
    return Appointment(reference=found.reference, slot=_slot(found.slot, service))


def _slot(hour: Hour, service: str) -> Slot:
    return Slot(service=service, **msgspec.structs.asdict(hour))


def filed(answer: bytes, key: str) -> Filed:
    demand = msgspec.json.decode(answer, type=Demand)
    same(demand.client_reference, key, "key")
    return _filed(demand)


def first_filed(answer: bytes, key: str) -> Filed | None:
    """The oldest demand with this key in the answer to a search, or None. A search that ignored the key must not give
    us another person's demand."""
    return with_key(msgspec.json.decode(answer, type=Demands).demands, key, _filed)


def progress(answer: bytes, reference: str, check_after: float | None = None) -> Progress:
    demand = msgspec.json.decode(answer, type=Demand)
    same(demand.reference, reference, "demand")
    return _progress(demand, check_after)


def standing(answer: bytes, keys: Mapping[str, str]) -> list[Progress]:
    """Of an answer about several demands, by the key that each reference was filed with. One that cannot be read, or
    that was filed with another key, is left out; what nobody asked about is not: the gateway judges that."""
    found = []
    for raw in msgspec.json.decode(answer, type=Standing).demands:
        try:
            demand = msgspec.json.decode(raw, type=Demand)
        except msgspec.ValidationError:
            continue
        if keys.get(demand.reference, demand.client_reference) == demand.client_reference:
            found.append(_progress(demand))
    return found


def document(answer: bytes) -> Document:
    return msgspec.json.decode(answer, type=Document)


def _filed(demand: Demand) -> Filed:
    return Filed(reference=demand.reference, progress=_progress(demand))


def _progress(demand: Demand, check_after: float | None = None) -> Progress:
    return progress_by(
        STATUSES,
        demand.reference,
        demand.history[-1].status,
        [step(STATUSES, entry.status, entry.at, entry.status) for entry in demand.history],
        documents=demand.documents,
        reason=demand.reason,
        ask=_required_action(demand.wanted) if demand.wanted else None,
        check_after=check_after,
    )


def _required_action(wanted: RequestedAction) -> RequiredAction:
    return RequiredAction(
        type=wanted.type,
        code=wanted.code,
        options=wanted.options,
        amount=Money(amount=wanted.amount) if wanted.amount is not None else None,
        optional=wanted.optional,
    )
