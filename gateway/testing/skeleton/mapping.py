"""The portal's words and the gateway's."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec

from gateway.connectors.authoring import (
    Appointment,
    CaseStatus,
    DocumentRef,
    Fee,
    Filed,
    Instant,
    Message,
    MessageReceipt,
    MessageState,
    Milestone,
    Money,
    Parcel,
    Payment,
    PaymentState,
    Person,
    Post,
    Progress,
    Reference,
    Refund,
    Refused,
    Reply,
    RequiredAction,
    Settlement,
    Shipment,
    Slot,
    Stamp,
    StampOrder,
    StampState,
    Statuses,
    Submission,
    UnexpectedAnswer,
    Verdict,
    centimes,
    decimal,
    decoded,
    file_in_json,
    motive,
    progress_by,
    same,
    step,
    with_key,
)

# [filing tracking]
STATUSES: Final[Statuses] = {
    "open": (CaseStatus.RECEIVED, Milestone.CREATED),
    "working": (CaseStatus.IN_PROGRESS, Milestone.PROCESSING),
    # [question]
    "waiting": (CaseStatus.ACTION_REQUIRED, Milestone.PROCESSING),
    # [/]
    "done": (CaseStatus.COMPLETED, Milestone.READY),
    "refused": (CaseStatus.REJECTED, Milestone.REFUSED),
}

# [/]
# [shipping]
PARCELS: Final[Statuses] = {
    "handed_over": (CaseStatus.IN_PROGRESS, Milestone.POSTED),
    "on_its_way": (CaseStatus.IN_PROGRESS, Milestone.IN_TRANSIT),
    "delivered": (CaseStatus.COMPLETED, Milestone.DELIVERED),
    "returned": (CaseStatus.FAILED, Milestone.RETURNED),
}

# [/]
# [paying]
PAYMENTS: Final = {
    "open": PaymentState.PENDING,
    "paid": PaymentState.PAID,
    "declined": PaymentState.DECLINED,
    "refunded": PaymentState.REFUNDED,
}
STAMPS: Final = {
    "issued": StampState.ISSUED,
    "used": StampState.CONSUMED,
    "cancelled": StampState.CANCELLED,
}
ANSWERS: Final = {
    Verdict.CAPTURE: b"TAKEN",
    Verdict.NOTED: b"NOTED",
    Verdict.REJECTED: b"REJECTED",
}
ORDER: Final = "[A-Za-z0-9_-]{1,64}"
CARD_PAGE: Final = "skeleton card page v1"
PUSH: Final = "skeleton push v1"
"""What is signed, as the first line of it: a signature stands for nothing else."""

# [/]
# [messaging]
MESSAGES: Final = {
    "taken": MessageState.ACCEPTED,
    "arrived": MessageState.DELIVERED,
    "failed": MessageState.UNDELIVERABLE,
}

# [/]
# [person]
MOTIVES: Final = {
    "not_on_record": "record_not_found",
}
"""Why the portal rejects -> what people are told: a code of [errors] in plugin.toml, or one that has a text already
(`docs/reference/connector-codes.md`)."""

# [/]
# [question]
QUESTIONS: Final = {
    "old_identity_card": "old_identity_card_missing",
}
"""The document that the portal waits for -> why, as people are told: a code of [errors] in plugin.toml."""

# [/]
REFUSALS: Final = {
    # [filing]
    # [not person]
    "subject_empty": "form_not_accepted",
    # [/]
    # [person]
    "form_invalid": "form_not_accepted",
    "not_the_holder": "requester_not_entitled",
    "no_such_document": "document_not_found",
    # [question]
    "not_asked": "action_not_supported",
    # [/]
    # [/]
    # [/]
    # [filing tracking]
    "no_such_demand": "not_found_at_portal",
    # [/]
    # [paying]
    "no_such_payment": "payment_not_found",
    "not_paid": "payment_not_captured",
    "no_such_stamp": "stamp_not_found",
    "stamp_used": "stamp_already_used",
    "stamp_cancelled": "stamp_cancelled",
    # [/]
    # [shipping]
    "no_such_parcel": "not_found_at_portal",
    # [/]
    # [booking]
    "no_such_post": "post_not_found",
    "slot_taken": "slot_taken",
    "no_such_booking": "not_found_at_portal",
    # [/]
    # [messaging]
    "no_such_number": "number_unreachable",
    "no_such_message": "message_unknown",
    # [/]
}

# [filing]
FIELDS: Final = {
    # [person]
    "family_name": "/person/family_name",
    # [/]
    # [not person]
    "subject": "/subject",
    # [/]
}
"""What the portal objects to, as it calls it -> the form's member."""
# [/]


# [question]
class _Question(msgspec.Struct):
    number: Reference
    wants: str
    text: str


# [/]
# [filing]
class _Demand(msgspec.Struct, rename={"reference": "number"}):
    """What the portal says of a demand; `rename`: our name of a member -> the portal's."""

    reference: Reference
    key: str
    status: str
    # [person]
    reason: str | None
    documents: list[str]
    # [/]
    # [question]
    question: _Question | None
    # [/]


def demand(filing: Submission) -> dict[str, Any]:
    """Who asks goes with it: whether this person may is the portal's to decide too. None for a demand about nobody."""
    who = msgspec.to_builtins(filing.requester) if filing.requester else None
    # [not person]
    return {"key": filing.key, "subject": filing.form["subject"], "requester": who}
    # [/]
    # [person]
    # [file]
    scan = next(each for each in filing.attachments if each.id == filing.form["scan"])
    file = file_in_json(scan, name="name", media_type="type", content="content")
    return {**filing.form, "scan": file, "requester": who}
    # [/]
    # [not file]
    return {**filing.form, "requester": who}
    # [/]
    # [/]


def filed(body: bytes, key: str) -> Filed:
    lodged = decoded(body, _Demand)
    same(lodged.key, key, "key")
    return _filed(lodged)


def progress(body: bytes, reference: str) -> Progress:
    said = decoded(body, _Demand)
    same(said.reference, reference, "demand")
    return _progress(said)


def found(body: bytes, key: str) -> Filed | None:
    """The demand with our key, or None. A portal that ignores the key in the search answers somebody else's."""
    return with_key(decoded(body, list[_Demand]), key, _filed, member="key")


def _filed(demand: _Demand) -> Filed:
    return Filed(reference=demand.reference, progress=_progress(demand))


def _progress(demand: _Demand) -> Progress:
    # [not person]
    return progress_by(STATUSES, demand.reference, demand.status, [])
    # [/]
    # [person]
    documents = [DocumentRef(id=id, title="Certificat") for id in demand.documents]
    why = motive(MOTIVES, demand.reason)
    # [not question]
    return progress_by(STATUSES, demand.reference, demand.status, [], documents=documents, reason=why)
    # [/]
    # [question]
    ask = _required_action(demand.question) if demand.status == "waiting" else None
    return progress_by(STATUSES, demand.reference, demand.status, [], documents=documents, reason=why, ask=ask)
    # [/]
    # [/]


# [question]
def _required_action(question: _Question | None) -> RequiredAction:
    if question is None:
        raise UnexpectedAnswer("the demand waits, and the portal does not say for what")
    code = QUESTIONS.get(question.wants, "document_missing")
    return RequiredAction(type="provide_document", code=code, id=question.number, message=question.text)


def answered(action: str, answer: dict[str, Any]) -> dict[str, Any]:
    """The files for what the portal asked, and the number of its question."""
    if action != "provide_document":
        raise Refused("action_not_supported")
    files = [file_in_json(each, name="name", media_type="type", content="content") for each in answer["attachments"]]
    return {"question": answer["id"], "files": files}


# [/]
# [/]
# [tracking]
class _Tracked(msgspec.Struct):
    number: Reference
    status: str


def tracked(body: bytes, reference: str) -> Progress:
    said = decoded(body, _Tracked)
    same(said.number, reference, "demand")
    return progress_by(STATUSES, said.number, said.status, [])


# [/]
# [paying]
class _Payment(msgspec.Struct):
    order: str
    status: str
    amount: str
    transaction: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{0,80}\Z")]


class _Refund(msgspec.Struct):
    order: str
    reference: Reference
    amount: str


class _Stamp(msgspec.Struct):
    serial: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{16}\Z")]
    key: str
    status: Literal["issued", "used", "cancelled"]
    amount: str


def card_page(fee: Fee, callback_url: str) -> dict[str, str]:
    """What the payer's browser posts to the card page, in the order in which it is signed."""
    return {
        "order": fee.oid,
        "amount": decimal(fee.amount),
        "return_url": fee.return_url or f"{callback_url}/return",
        "callback_url": f"{callback_url}/payment",
    }


def pushed(body: bytes) -> Settlement:
    """Raises `ValueError` for a body of another shape."""
    return _settlement(decoded(body, _Payment))


def settlement(body: bytes, oid: str) -> Settlement:
    said = decoded(body, _Payment)
    same(said.order, oid, "payment")
    return _settlement(said)


def _settlement(said: _Payment) -> Settlement:
    """A status that is not in the table is pending, never paid."""
    state = PAYMENTS.get(said.status, PaymentState.PENDING)
    amount = Money(amount=centimes(said.amount))
    return Settlement(oid=said.order, state=state, amount=amount, transaction=said.transaction)


def reply(verdict: Verdict) -> Reply:
    return Reply(body=ANSWERS[verdict])


def refund_request(payment: Payment) -> dict[str, Any]:
    return {"amount": decimal(payment.amount)}


def refund(body: bytes, payment: Payment) -> Refund:
    said = decoded(body, _Refund)
    amount = Money(amount=centimes(said.amount))
    same((said.order, amount), (payment.oid, payment.amount), "refund")
    return Refund(oid=said.order, reference=said.reference, amount=amount)


def stamp_request(order: StampOrder) -> dict[str, Any]:
    amount = decimal(order.payment.amount)
    return {"key": order.key, "order": order.payment.oid, "amount": amount, "service": order.service}


def issued(body: bytes, key: str) -> Stamp:
    said = decoded(body, _Stamp)
    same(said.key, key, "key")
    return _stamp(said)


def stamp(body: bytes, serial: str) -> Stamp:
    said = decoded(body, _Stamp)
    same(said.serial, serial, "stamp")
    return _stamp(said)


def found_stamp(body: bytes, key: str) -> Stamp | None:
    return with_key(decoded(body, list[_Stamp]), key, _stamp, member="key")


def _stamp(said: _Stamp) -> Stamp:
    return Stamp(serial=said.serial, state=STAMPS[said.status], amount=Money(amount=centimes(said.amount)))


# [/]
# [shipping]
class _Event(msgspec.Struct):
    status: str
    at: Instant


class _Taken(msgspec.Struct):
    number: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}[0-9]{9}MA\Z")]
    key: str


class _Parcel(_Taken):
    events: Annotated[list[_Event], msgspec.Meta(min_length=1)]
    """Oldest first; the last one is the present status."""


def parcel(parcel: Parcel) -> dict[str, Any]:
    recipient = msgspec.to_builtins(parcel.recipient)
    return {"key": parcel.key, "recipient": recipient, "content": parcel.content, "sender": parcel.sender}


def shipment(body: bytes, key: str) -> Shipment:
    taken = decoded(body, _Taken)
    same(taken.key, key, "key")
    return _shipment(taken)


def found_shipment(body: bytes, key: str) -> Shipment | None:
    return with_key(decoded(body, list[_Taken]), key, _shipment, member="key")


def way(body: bytes, number: str) -> Progress:
    said = decoded(body, _Parcel)
    same(said.number, number, "parcel")
    steps = [step(PARCELS, each.status, each.at, each.status) for each in said.events]
    return progress_by(PARCELS, said.number, said.events[-1].status, steps)


def _shipment(said: _Taken) -> Shipment:
    return Shipment(number=said.number)


# [/]
# [booking]
class _Post(msgspec.Struct):
    id: str
    name: dict[str, str]
    city: str
    country: str
    timezone: str


class _Hour(msgspec.Struct):
    id: str
    post: str
    start: Instant
    end: Instant


class _Booking(msgspec.Struct):
    number: Reference
    key: str
    slot: _Hour


class _Cancelled(msgspec.Struct):
    number: Reference
    status: Literal["cancelled"]


def booking(slot: Slot, person: Person) -> dict[str, Any]:
    return {"key": person.key, "slot": slot.id, "name": person.name, "demand": person.reference}


def posts(body: bytes) -> list[Post]:
    found = decoded(body, list[_Post])
    return [Post(**msgspec.structs.asdict(each), illustrative=True) for each in found]


def slots(body: bytes, service: str) -> list[Slot]:
    return [_slot(hour, service) for hour in decoded(body, list[_Hour])]


def booked(body: bytes, slot: Slot, key: str) -> Appointment:
    said = decoded(body, _Booking)
    same((said.slot.id, said.key), (slot.id, key), "booking")
    return Appointment(reference=said.number, slot=_slot(said.slot, slot.service))


def found_booking(body: bytes, key: str) -> Appointment | None:
    return with_key(decoded(body, list[_Booking]), key, _appointment, member="key")


def cancelled(body: bytes, booking: str) -> None:
    same(decoded(body, _Cancelled).number, booking, "booking")


def _appointment(said: _Booking) -> Appointment:
    return Appointment(reference=said.number, slot=_slot(said.slot, ""))


def _slot(hour: _Hour, service: str) -> Slot:
    return Slot(service=service, **msgspec.structs.asdict(hour))


# [/]
# [messaging]
class _Message(msgspec.Struct):
    number: Reference
    key: str
    status: str


def message(message: Message) -> dict[str, Any]:
    return {"key": message.key, "to": message.to, "text": message.text}


def sent(body: bytes, key: str) -> MessageReceipt:
    taken = decoded(body, _Message)
    same(taken.key, key, "key")
    return _receipt(taken)


def receipt(body: bytes, reference: str) -> MessageReceipt:
    said = decoded(body, _Message)
    same(said.number, reference, "message")
    return _receipt(said)


def found_message(body: bytes, key: str) -> MessageReceipt | None:
    return with_key(decoded(body, list[_Message]), key, _receipt, member="key")


def _receipt(said: _Message) -> MessageReceipt:
    """A word that is not in the table says nothing: the message was taken, and may yet arrive."""
    return MessageReceipt(reference=said.number, state=MESSAGES.get(said.status, MessageState.ACCEPTED))


# [/]
