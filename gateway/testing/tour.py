"""What a recording goes through: each capability of the connector, once from its beginning to its end."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, TypeVar

import msgspec

from gateway.connectors.contract import (
    Address,
    Booking,
    Callback,
    CaseStatus,
    DemandRef,
    Fee,
    Filed,
    Filing,
    Message,
    Messaging,
    Money,
    Parcel,
    Paying,
    Payment,
    Person,
    PortalError,
    Progress,
    RequiredAction,
    Shipping,
    Slot,
    StampOrder,
    Submission,
    Tracking,
    Window,
)
from gateway.connectors.contract_checks import implements
from gateway.connectors.services import Service, laid_over
from gateway.testing import samples
from gateway.testing.payer import card_entered
from gateway.testing.record import Recorder, Recording, file_word
from gateway.testing.rehearsal import bookable_services
from gateway.testing.requester import requester

T = TypeVar("T")

HOURS: Final = (0, 1, 1, 2, 2, 2, 4, 4, 4, 4, 24, 24, 24, 96, 240, 480, 960, 1920)
"""The clock goes on by these until a demand or a parcel has come to an end: at first by a few, so that no status of a
portal's first day is missed."""
ENDED: Final = (CaseStatus.COMPLETED, CaseStatus.REJECTED, CaseStatus.WITHDRAWN, CaseStatus.FAILED)
ABSENT: Final = "X-0"
"""A reference that no portal gave."""
STRANGE_WORD: Final = "a-word-that-is-new"
ELSEWHERE: Final = "key_of_somebody_else"


class Tour:
    """`references`: demands that the stand-in knows from the beginning, for `track`. `forms`: what to lay over the
    first service's example, however deep, for further demands, such as the stand-in refuses or rejects."""

    def __init__(self, references: tuple[str, ...] = (), forms: tuple[dict[str, Any], ...] = ()) -> None:
        self._references = references
        self._forms = forms
        self.nothing_new: list[tuple[dict[str, Any], list[str]]] = []
        """Forms whose demands said only what was there, and the files that have it."""

    async def __call__(self, recorder: Recorder) -> None:
        connector = recorder.found.plugin.connector_class
        ways: dict[type, Callable[[Recorder], Awaitable[None]]] = {
            Filing: self._filing,
            Tracking: self._tracking,
            Paying: _paying,
            Shipping: _shipping,
            Booking: _booking,
            Messaging: _messaging,
        }
        for capability, way in ways.items():
            if issubclass(connector, capability):
                await way(recorder)

    async def _filing(self, recorder: Recorder) -> None:
        services = [each for each in recorder.found.plugin.services.values() if each.example]
        for number, service in enumerate(services, start=1):
            await _demand(recorder, service, number)
        for number, form in enumerate(self._forms, start=1) if services else ():
            made, said = len(recorder.made), len(recorder.said)
            await _other_demand(recorder, services[0], f"key_of_form_{number}", form)
            if len(recorder.made) == made and recorder.said[said:]:
                same = [f"{name}.json" for name in dict.fromkeys(recorder.said[said:])]
                self.nothing_new.append((form, same))

    async def _tracking(self, recorder: Recorder) -> None:
        proof = dict.fromkeys(recorder.found.plugin.connector_class.tracking_proof, "x")  # type: ignore[attr-defined] # of a Tracking
        for reference in self._references:
            said = await recorder.call(
                Tracking.track, file_word(reference), "A demand that was not filed here", reference=reference, **proof
            )
            _with_strange_status(recorder, "track", file_word(reference), said)
        await recorder.call(Tracking.track, "unknown-reference", "There is no such demand", reference=ABSENT, **proof)


async def _demand(recorder: Recorder, service: Service, number: int) -> None:
    """One demand of this service, from its example to its end."""
    name, key = service.id.partition(".")[2], f"key_{number}"
    connector = recorder.found.plugin.connector_class
    filing = _submission(service, number, key)
    if implements(connector, Filing.check):
        asked = msgspec.structs.replace(filing, case_id="", key="", stamp=None, attachments=[])
        await recorder.call(Filing.check, name, "The example would be taken", filing=asked)
    await recorder.call(Filing.find, "nothing", "The portal does not know the key", idempotency_key=key)
    called = "accepted" if number == 1 else f"accepted-{name}"
    filed = await recorder.call(Filing.file, called, f"A demand for {name} is taken", filing=filing)
    if not isinstance(filed, Filed):
        return
    found = await recorder.call(Filing.find, "found", "A demand whose answer was lost is found", idempotency_key=key)
    if isinstance(found, Filed):
        _with_foreign_key(recorder, "find", key)
    await _follow(recorder, filed, key, service)
    await recorder.call(Filing.progress, "unknown-reference", "There is no such demand", reference=ABSENT)
    if implements(connector, Filing.document):
        await recorder.call(
            Filing.document, "not-found", "There is no such document", reference=filed.reference, id="x"
        )
    if implements(connector, Filing.notice):
        unsigned = Callback(method="POST", path="changes", headers={}, body=b"{}")
        await recorder.call(Filing.notice, "unsigned", "A push without a signature is refused", callback=unsigned)
    if implements(connector, Filing.withdraw):
        await recorder.call(Filing.withdraw, "too-late", "What is done stays", reference=filed.reference)
        other = await _another(recorder, _submission(service, number, f"{key}_again"))
        if other is not None:
            await recorder.call(Filing.withdraw, "taken-back", "A demand is taken back", reference=other.reference)


async def _another(recorder: Recorder, filing: Submission) -> Filed | None:
    """A further demand of the same content; None if the portal takes only one, such as the declaration of a birth."""
    return await _unless_refused(recorder.found.call(Filing.file, filing))


async def _unless_refused(call: Awaitable[T]) -> T | None:
    """What an error stands for is not what this step is there to record."""
    try:
        return await call
    except PortalError:
        return None


async def _other_demand(recorder: Recorder, service: Service, key: str, form: dict[str, Any]) -> None:
    filing = _submission(service, 1, key, laid_over(service.example, form))
    try:
        filed = await recorder.found.call(Filing.file, filing)
    except PortalError as refused:
        await recorder.call(Filing.file, file_word(refused.code), f"The portal says no: {refused.code}", filing=filing)
        return
    await _follow(recorder, filed, key, service)


async def _follow(recorder: Recorder, filed: Filed, key: str, service: Service) -> None:
    connector = recorder.found.plugin.connector_class
    seen, said = set(), filed.progress
    for hours in HOURS:
        recorder.pass_time(hours)
        found = await recorder.found.call(Filing.progress, filed.reference, **filed.access)
        if found.portal_status not in seen:
            seen.add(found.portal_status)
            about = f"The portal says “{found.portal_status}”"
            said = await recorder.call(
                Filing.progress, file_word(found.portal_status), about, reference=filed.reference, **filed.access
            )
            if not isinstance(said, Progress):
                return
            _with_strange_status(recorder, "progress", file_word(found.portal_status), said)
            if said.ask is not None and implements(connector, Filing.act):
                await _answer(recorder, filed, said.ask, _submission(service, 1, f"{key}_not_asked"))
        if said.status in ENDED:
            break
    if implements(connector, Filing.progress_many):
        refs = [DemandRef(reference=filed.reference, key=key, access=filed.access)]
        await recorder.call(Filing.progress_many, "one", "Several demands by one request", demands=refs)
    for document in said.documents:
        about = f"The document “{document.title}”"
        await recorder.call(Filing.document, file_word(document.id), about, reference=filed.reference, id=document.id)
        begun = await _another(recorder, _submission(service, 1, f"{key}_begun_{document.id}"))
        if begun is not None:
            about = "The document is not made yet"
            await recorder.call(Filing.document, "too-early", about, reference=begun.reference, id=document.id)


async def _answer(recorder: Recorder, filed: Filed, ask: RequiredAction, other: Submission) -> None:
    """What was asked of the person; and the same answer to `other`, of which nothing was asked yet."""
    answers: dict[str, dict[str, Any]] = {
        "pay": {"stamp": _stamp(f"{filed.reference}:{ask.code}")},
        "choose_slot": {"booking": "B-1"},
        "provide_document": {"attachments": [samples.attachment("att_1")]},
        "confirm": {"choice": (ask.options or ["yes"])[0], "text": ""},
        "rate": {"choice": (ask.options or ["5"])[-1]},
        "appeal": {"choice": (ask.options or [""])[0], "text": "I do not agree."},
    }
    answer = answers[ask.type] | ({"id": ask.id} if ask.id else {})
    about = f"The person answers {ask.code}"
    await recorder.call(
        Filing.act, file_word(ask.code), about, reference=filed.reference, action=ask.type, answer=answer
    )
    begun = await _another(recorder, other)
    if begun is not None and begun.progress.ask is None:
        about = "Nothing was asked"
        await recorder.call(Filing.act, "not-asked", about, reference=begun.reference, action=ask.type, answer=answer)


async def _paying(recorder: Recorder) -> None:
    fee = Fee(
        case_id="case_1",
        oid="order_1",
        amount=Money(amount=2000),
        payer_name="A. Person",
        payer_email="person@example.org",
        return_url="https://gateway.invalid/return",
    )
    await recorder.call(Paying.payment, "unknown", "No card page was opened", oid=fee.oid)
    checkout = await recorder.call(Paying.checkout, "card-page", "The card page for one attempt", fee=fee)
    forged = Callback(method="POST", path="payment", headers={}, body=b"{}")
    await recorder.call(Paying.settle, "unsigned", "A callback without a signature is refused", callback=forged)
    if isinstance(checkout, PortalError) or not await card_entered(recorder.found, fee):
        return
    settled = await recorder.call(Paying.payment, "paid", "The card was taken", oid=fee.oid)
    if settled is None or isinstance(settled, PortalError):
        return
    payment = Payment(case_id=fee.case_id, oid=fee.oid, amount=fee.amount, transaction=settled.transaction)
    order = StampOrder(key="key_1", payment=payment, service="service")
    await recorder.call(Paying.find_stamp, "nothing", "The portal does not know the key", idempotency_key="key_1")
    stamp = await recorder.call(Paying.issue, "issued", "A payment becomes a stamp", order=order)
    if isinstance(stamp, PortalError):
        return
    await recorder.call(Paying.find_stamp, "found", "A stamp whose answer was lost is found", idempotency_key="key_1")
    _with_foreign_key(recorder, "find_stamp", "key_1")
    await recorder.call(Paying.stamp, "issued", "The stamp is there", serial=stamp.serial)
    absent = "9" * len(stamp.serial)
    await recorder.call(Paying.stamp, "unknown", "There is no such stamp", serial=absent)
    await recorder.call(Paying.consume, "used", "The stamp is used for a demand", serial=stamp.serial, reference="D-1")
    again = {"serial": stamp.serial, "reference": "D-2"}
    await recorder.call(Paying.consume, "used-already", "Another demand has used it", **again)
    await recorder.call(Paying.void, "used-already", "What was used stays", serial=stamp.serial)
    other = await _unless_refused(recorder.found.call(Paying.issue, msgspec.structs.replace(order, key="key_2")))
    if other is not None:
        await recorder.call(Paying.void, "cancelled", "A stamp is cancelled", serial=other.serial)
    await recorder.call(Paying.refund, "given-back", "The money is given back", payment=payment)
    unknown = msgspec.structs.replace(payment, oid="order_2")
    await recorder.call(Paying.refund, "unknown", "There is no such payment", payment=unknown)


async def _shipping(recorder: Recorder) -> None:
    home = Address(name="A. Person", lines=["1 rue de la Paix"], city="Lyon", postcode="69001", country="FR")
    parcel = Parcel(case_id="case_1", key="key_1", recipient=home, content="Document", sender="An administration")
    await recorder.call(Shipping.find_shipment, "nothing", "The portal does not know the key", idempotency_key="key_1")
    shipment = await recorder.call(Shipping.ship, "taken", "A parcel is handed over", parcel=parcel)
    if isinstance(shipment, PortalError):
        return
    about = "A parcel whose answer was lost is found"
    await recorder.call(Shipping.find_shipment, "found", about, idempotency_key="key_1")
    _with_foreign_key(recorder, "find_shipment", "key_1")
    seen = set()
    for hours in HOURS:
        recorder.pass_time(hours)
        found = await recorder.found.call(Shipping.trace, shipment.number)
        if found.portal_status not in seen:
            seen.add(found.portal_status)
            about = f"The portal says “{found.portal_status}”"
            said = await recorder.call(Shipping.trace, file_word(found.portal_status), about, number=shipment.number)
            _with_strange_status(recorder, "trace", file_word(found.portal_status), said)
        if found.status in ENDED:
            break
    await recorder.call(Shipping.trace, "unknown", "There is no such parcel", number="RR000000005MA")


async def _booking(recorder: Recorder) -> None:
    service, post, window = await _free(recorder)
    await recorder.call(Booking.posts, "all", "Where appointments are given", service=service)
    if not post:
        return
    about, days = "Free slots of some days", {"service": service, "window": window}
    slots = await recorder.call(Booking.slots, "free", about, post=post, **days)
    await recorder.call(Booking.slots, "unknown-post", "There is no such post", post="no-such-post", **days)
    await recorder.call(Booking.find_booking, "nothing", "The portal does not know the key", idempotency_key="key_1")
    if isinstance(slots, PortalError) or not slots:
        return
    slot: Slot = slots[0]
    person = Person(key="key_1", name="A. Person", national_id="AB123456")
    made = await recorder.call(Booking.book, "booked", "A slot is booked", slot=slot, person=person)
    late = msgspec.structs.replace(person, key="key_2")
    await recorder.call(Booking.book, "taken", "Somebody else has the slot", slot=slot, person=late)
    about = "A booking whose answer was lost is found"
    await recorder.call(Booking.find_booking, "found", about, idempotency_key="key_1")
    _with_foreign_key(recorder, "find_booking", "key_1")
    if not isinstance(made, PortalError):
        await recorder.call(Booking.cancel, "cancelled", "A booking is cancelled", booking=made.reference)
    await recorder.call(Booking.cancel, "unknown", "There is no such booking", booking=ABSENT)


async def _free(recorder: Recorder) -> tuple[str, str, Window]:
    """Where and when something is free: a service as the portal calls it, a post (empty if it has none), some days."""
    services = bookable_services(recorder.found.plugin.services.values()) or ["service"]
    later = datetime.now(UTC).date()
    usual = Window(first=date(2026, 1, 12), last=date(2026, 1, 16))
    # Of a calendar that is people's own, whatever the stand-in's clock says.
    real = Window(first=later + timedelta(days=7), last=later + timedelta(days=13))
    with_post = services[0], ""
    for service in services:
        posts = await _unless_refused(recorder.found.call(Booking.posts, service))
        if not posts:
            continue
        with_post = with_post if with_post[1] else (service, posts[0].id)
        if await _unless_refused(recorder.found.call(Booking.slots, service, posts[0].id, usual)):
            return service, posts[0].id, usual
        if slots := await _unless_refused(recorder.found.call(Booking.slots, service, posts[0].id, real)):
            day = slots[0].start.date()
            return service, posts[0].id, Window(first=day, last=day)
    return *with_post, usual


async def _messaging(recorder: Recorder) -> None:
    message = Message(key="key_1", to="+33612345678", language="fr", text="Une démarche vous attend.", subject="MRE")
    await recorder.call(Messaging.find_message, "nothing", "Nobody knows the key", idempotency_key="key_1")
    sent = await recorder.call(Messaging.send, "taken", "A message is handed over", message=message)
    about = "A message whose answer was lost is found"
    await recorder.call(Messaging.find_message, "found", about, idempotency_key="key_1")
    _with_foreign_key(recorder, "find_message", "key_1")
    if not isinstance(sent, PortalError) and implements(recorder.found.plugin.connector_class, Messaging.delivery):
        await recorder.call(Messaging.delivery, "on-its-way", "It may yet arrive", reference=sent.reference)
        recorder.pass_time(1)
        await recorder.call(Messaging.delivery, "arrived", "It has arrived", reference=sent.reference)
        await recorder.call(Messaging.delivery, "unknown", "There is no such message", reference=ABSENT)


def _service(recorder: Recorder) -> Service:
    return next(each for each in recorder.found.plugin.services.values() if each.example)


def _submission(service: Service, number: int, key: str, form: dict[str, Any] | None = None) -> Submission:
    form = service.example if form is None else form
    return Submission(
        case_id=f"case_{number}",
        key=key,
        service=service.id,
        form=form,
        stamp=_stamp(key) if service.fee_for(service.example) else None,
        attachments=samples.attachments(service, form),
        requester=requester(service, service.example),
    )


def _stamp(used_for: str) -> str:
    """The number of a stamp: another for each demand, because portals take a stamp once; the same in each run."""
    return f"{int.from_bytes(sha256(used_for.encode()).digest()[:7]) % 10**16:016d}"


def _with_strange_status(recorder: Recorder, operation: str, name: str, said: Any) -> None:
    """From the exchange of this name one with a word that is new: in progress, with a warning."""
    if not isinstance(said, Progress) or "portal_status_unknown" in said.warnings:
        return
    model = recorder.made[f"{operation}-{name}"]
    wire = [
        {**turn, "response": _with_value(turn["response"], said.portal_status, STRANGE_WORD)} for turn in model.wire
    ]
    if wire == model.wire:
        return  # the word is not a value of its own in the answer
    end = {"result": {"status": "in_progress", "warnings": ["portal_status_unknown"]}}
    about = "A status that nobody knows is in progress, with a warning"
    recorder.add(Recording("unknown-status", about, operation, deepcopy(model.arguments), wire, end))


def _with_foreign_key(recorder: Recorder, operation: str, key: str) -> None:
    """From an exchange in which something was found one where the portal ignored our key."""
    model = recorder.made[f"{operation}-found"]
    wire = [{**turn, "response": _with_value(turn["response"], key, ELSEWHERE)} for turn in model.wire]
    if wire != model.wire:
        about = "A search that ignored the key gives us nothing of somebody else's"
        recorder.add(Recording("foreign", about, operation, deepcopy(model.arguments), wire, {"result": None}))


def _with_value(response: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    if "json" not in response:
        return response
    text = json.dumps(response["json"], ensure_ascii=False)
    told = json.dumps(old, ensure_ascii=False)
    return {**response, "json": json.loads(text.replace(f": {told}", f": {json.dumps(new)}"))}
