"""What the kit does at the plugin's stand-in, over TCP and through the gateway's own outbound layers.

TCP, because what the stand-in checks (certificates, signatures over the address, lost connections) is not there without
it. Each call is kept with what went over the wire, as the connector saw it: the checks read these calls, and the
attacks (`attacks`) play them again with other answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
import msgspec

from gateway.connectors.contract import (
    Booking,
    CaseStatus,
    DemandRef,
    DocumentRef,
    Filed,
    Filing,
    Message,
    MessageReceipt,
    Messaging,
    Milestone,
    Operation,
    P,
    Parcel,
    PortalError,
    Progress,
    R,
    RequiredAction,
    Shipment,
    Shipping,
    Slot,
    Submission,
    Tracking,
    Window,
    operations,
)
from gateway.connectors.contract_checks import implements
from gateway.connectors.services import Service
from gateway.ids import new_id
from gateway.testing import samples
from gateway.testing.examination import Examination
from gateway.testing.harness import Harness, harness

FINAL: Final = frozenset({CaseStatus.COMPLETED, CaseStatus.REJECTED, CaseStatus.WITHDRAWN, CaseStatus.FAILED})
HANDED_OVER: Final = frozenset({Milestone.READY, Milestone.POSTED, Milestone.IN_TRANSIT, Milestone.DELIVERED})
"""Where the portal's part ends if a parcel brings the result: its arrival ends the case."""
ROUNDS: Final = 60
"""So often a demand is queried, and simulated time let pass, before the kit says that it comes to no end."""
_FIRST_WAIT: Final = 6 * 3600.0
_GROWTH: Final = 1.2
_LATER: Final = 2 * 86400.0

_turns: ContextVar[list[Turn] | None] = ContextVar("turns", default=None)


@dataclass(frozen=True, slots=True)
class Turn:
    """One request of the connector's and what it was answered."""

    request: httpx.Request
    response: httpx.Response


@dataclass(slots=True, kw_only=True)
class Call:
    """One call of an operation, and what came of it."""

    operation: Operation[..., Any]
    args: tuple[Any, ...]
    words: Mapping[str, str]
    """Arguments by name: `Filed.access`, what proves a right to track."""
    result: Any = None
    error: PortalError | None = None
    turns: list[Turn] = field(default_factory=list)
    service: str = ""
    """Of the demand that it is about."""

    @property
    def name(self) -> str:
        return self.operation.name

    def said(self) -> str:
        """What was raised, in a finding's words."""
        if self.error is None:
            return "came to a result"
        fields = f" {self.error.fields}" if self.error.fields else ""
        return f"{type(self.error).__name__}({self.error.code!r}){fields}"


@dataclass(slots=True, kw_only=True)
class Demand:
    """One example, filed and followed."""

    service: Service
    sample: Submission
    lodged: Call
    last: Progress | None = None
    stuck: str = ""
    """Why it came to no end."""
    documents: list[tuple[DocumentRef, Call]] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    """The kinds of action that the portal asked for."""

    @property
    def filed(self) -> Filed | None:
        return self.lodged.result if isinstance(self.lodged.result, Filed) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """A call that came to a result, made once more, as the gateway does when it does not know of the first."""

    again: Call
    effects: Sequence[str]
    """Kinds of what the second one did at the portal."""


@dataclass(slots=True)
class Rehearsal:
    """All that was done at the stand-in so far."""

    exam: Examination
    found: Harness
    calls: list[Call] = field(default_factory=list)
    demands: list[Demand] = field(default_factory=list)
    withdrawn: list[Call] = field(default_factory=list)
    bookings: list[Call] = field(default_factory=list)
    parcels: list[Call] = field(default_factory=list)
    messages: list[Call] = field(default_factory=list)
    repeated: list[Repeated] = field(default_factory=list)

    async def call(self, operation: Operation[P, R], *args: P.args, **kwargs: P.kwargs) -> Call:
        """Call the connector as the gateway does. Whatever comes of it is in the call."""
        return await self.call_on(self.found, operation, args, kwargs)

    async def call_twice(self, operation: Operation[P, R], *args: P.args, **kwargs: P.kwargs) -> Call:
        """The first of the two."""
        first = await self.call(operation, *args, **kwargs)
        if first.error is None:
            before = len(self.found.effects())
            again = await self.call(operation, *args, **kwargs)
            effects = [each["kind"] for each in self.found.effects()[before:]]
            self.repeated.append(Repeated(again=again, effects=effects))
        return first

    async def call_on(
        self, found: Harness, operation: Operation[..., Any], args: tuple[Any, ...], words: Mapping[str, Any]
    ) -> Call:
        made = Call(operation=operation, args=args, words=dict(words))
        token = _turns.set(made.turns)
        try:
            made.result = await found.call(operation, *args, **words)
        except PortalError as problem:
            made.error = problem
        finally:
            _turns.reset(token)
        if found is self.found:
            self.calls.append(made)
        return made

    def key(self, what: str = "key") -> str:
        return new_id(what)

    def pass_time(self, seconds: float) -> None:
        self.found.host.clock.set(advance=seconds)

    async def free_slot(self) -> Slot | None:
        """A slot that can be booked, of whatever service."""
        return await _free_slot(self, bookable_services(self.exam.plugin.services.values()))

    def good(self, operation: Operation[..., Any] | None = None) -> list[Call]:
        return [each for each in self.calls if each.error is None and (operation in (None, each.operation))]


@asynccontextmanager
async def rehearsal(exam: Examination) -> AsyncIterator[Rehearsal]:
    """The stand-in runs until the end of the block. Raises `NoSandbox`."""
    async with harness(exam.plugin) as plain:
        found = replace(plain, hops=[])
        client = found.connector.http
        client.send = _noted(client.send)  # type: ignore[method-assign, assignment] # each call keeps its turns
        done = Rehearsal(exam, found)
        has = operations(exam.plugin.connector_class)
        if Booking.book.name in has:
            await _book(done)
        if Filing.file.name in has:
            for service in exam.plugin.services.values():
                if service.example:
                    await _demand(done, service)
            await _withdraw(done)
            await _extras(done)
        if Shipping.ship.name in has:
            await _ship(done)
        if Messaging.send.name in has:
            await _send(done)
        yield done


def _noted(send: Callable[..., Awaitable[httpx.Response]]) -> Callable[..., Awaitable[httpx.Response]]:
    async def noting(request: httpx.Request, **given: Any) -> httpx.Response:
        response = await send(request, **given)
        turns = _turns.get()
        if turns is not None:
            turns.append(Turn(request, response))
        return response

    return noting


async def _demand(done: Rehearsal, service: Service) -> None:
    key = done.key()
    sample = samples.submission(service, key, done.exam.chance(service.id))
    if implements(done.exam.plugin.connector_class, Filing.check):
        await done.call(Filing.check, unlodged(sample))
    demand = Demand(service=service, sample=sample, lodged=await done.call(Filing.file, sample))
    demand.lodged.service = service.id
    done.demands.append(demand)
    if demand.filed is not None:
        await done.call(Filing.find, key)
        await _follow(done, demand, demand.filed)


async def _follow(done: Rehearsal, demand: Demand, filed: Filed) -> None:
    """Query and answer until the portal's part is at its end."""
    wait, known = _FIRST_WAIT, set[str]()
    for _ in range(ROUNDS):
        asked = await done.call(Filing.progress, filed.reference, **filed.access)
        asked.service = demand.service.id
        if not isinstance(asked.result, Progress):
            demand.stuck = f"`progress`: {asked.said()}"
            return
        now = demand.last = asked.result
        for ref in now.documents:
            if ref.id not in known:
                known.add(ref.id)
                demand.documents.append((ref, await done.call(Filing.document, filed.reference, ref.id)))
        if at_its_end(demand.service, demand.sample.form, now):
            if now.ask is not None:
                await _act(done, demand, filed, now.ask)
            return
        if now.ask is not None and not now.ask.optional:
            demand.asked.add(now.ask.type)
            answered = await _act(done, demand, filed, now.ask)
            if answered.error is not None:
                demand.stuck = f"`{answered.name}` with an answer to {now.ask.code!r}: {answered.said()}"
                return
        done.pass_time(wait)
        wait *= _GROWTH
    state = demand.last.portal_status if demand.last else ""
    demand.stuck = f"is still {state!r} after {ROUNDS} questions and {wait / 86400:.0f} days between the last two"


def at_its_end(service: Service, form: Mapping[str, Any], now: Progress) -> bool:
    return now.status in FINAL or (service.ships(form) and now.milestone in HANDED_OVER)


async def _act(done: Rehearsal, demand: Demand, filed: Filed, ask: RequiredAction) -> Call:
    chance = done.exam.chance(f"{demand.service.id}/{ask.code}")
    numbered = {"id": ask.id} if ask.id else {}
    if ask.type != "choose_slot":
        return await done.call_twice(Filing.act, filed.reference, ask.type, samples.reply(ask, chance) | numbered)
    answer: dict[str, Any] = {"booking": "RV-1"}
    if Booking.book.name in operations(done.exam.plugin.connector_class):
        slot = await _free_slot(done, _bookable(demand.service))
        if slot is not None:
            booked = await done.call(Booking.book, slot, samples.person(done.key(), filed.reference))
            if booked.error is not None:
                return booked
            answer = {"booking": booked.result.reference, "slot": booked.result.slot}
    return await done.call_twice(Filing.act, filed.reference, ask.type, answer | numbered)


async def _withdraw(done: Rehearsal) -> None:
    """A second demand of each service, taken back before anything has happened."""
    if not implements(done.exam.plugin.connector_class, Filing.withdraw):
        return
    for demand in [each for each in done.demands if each.filed is not None]:
        sample = samples.submission(demand.service, done.key(), done.exam.chance(f"{demand.service.id}/withdraw"))
        lodged = await done.call(Filing.file, sample)
        if isinstance(lodged.result, Filed):
            done.withdrawn.append(await done.call_twice(Filing.withdraw, lodged.result.reference))


async def _extras(done: Rehearsal) -> None:
    """Tracking, and several demands at once."""
    kind = done.exam.plugin.connector_class
    lodged = [(each, each.filed) for each in done.demands if each.filed is not None]
    if issubclass(kind, Tracking) and implements(kind, Tracking.track):
        for demand, filed in lodged[:2]:
            proofs = samples.proofs(demand.sample.form, kind.tracking_proof)
            if proofs is not None:
                await done.call(Tracking.track, filed.reference, **proofs)
    if implements(kind, Filing.progress_many) and lodged:
        refs = [
            DemandRef(reference=filed.reference, key=each.sample.key, access=filed.access) for each, filed in lodged[:2]
        ]
        await done.call(Filing.progress_many, refs)


async def _book(done: Rehearsal) -> None:
    kind = done.exam.plugin.connector_class
    for service in bookable_services(done.exam.plugin.services.values()):
        if service is None or (slot := await _free_slot(done, [service])) is None:
            continue
        key = done.key()
        booked = await done.call(Booking.book, slot, samples.person(key))
        done.bookings.append(booked)
        if booked.error is None:
            await done.call(Booking.find_booking, key)
            if implements(kind, Booking.cancel):
                await done.call_twice(Booking.cancel, booked.result.reference)
            return


def bookable_services(services: Iterable[Service]) -> list[str]:
    return list(dict.fromkeys(name for each in services for name in _bookable(each)))


def _bookable(service: Service) -> list[str]:
    """What a portal of appointments may call what is to be done there."""
    rule = service.appointment
    return [*([rule.service] if rule is not None else []), service.id.partition(".")[2]]


async def _free_slot(done: Rehearsal, services: list[str]) -> Slot | None:
    today = datetime.now(UTC).date()  # appointments stand in the calendar, whatever time was let pass
    window = Window(first=today + timedelta(days=1), last=today + timedelta(days=28))
    for service in services:
        posts = await done.call(Booking.posts, service)
        for post in (posts.result or ())[:3]:
            slots = await done.call(Booking.slots, service, post.id, window)
            if slots.result:
                return slots.result[0]  # type: ignore[no-any-return] # a list of slots
    return None


async def _ship(done: Rehearsal) -> None:
    sample: Parcel = samples.parcel(done.key())
    sent = await done.call(Shipping.ship, sample)
    done.parcels.append(sent)
    if not isinstance(sent.result, Shipment):
        return
    await done.call(Shipping.find_shipment, sample.key)
    for _ in range(ROUNDS):
        asked = await done.call(Shipping.trace, sent.result.number)
        if asked.error is not None or asked.result.status in FINAL:
            break
        done.pass_time(_LATER)
    kind = done.exam.plugin.connector_class
    if issubclass(kind, Tracking) and implements(kind, Tracking.track) and not kind.tracking_proof:
        await done.call(Tracking.track, sent.result.number)


async def _send(done: Rehearsal) -> None:
    sample: Message = samples.message(done.key("msg"))
    sent = await done.call(Messaging.send, sample)
    done.messages.append(sent)
    if not isinstance(sent.result, MessageReceipt):
        return
    await done.call(Messaging.find_message, sample.key)
    done.pass_time(_LATER)
    if implements(done.exam.plugin.connector_class, Messaging.delivery):
        await done.call(Messaging.delivery, sent.result.reference)


def unlodged(sample: Submission) -> Submission:
    """The same before there is a case, a stamp or a file: what `check` gets."""
    return msgspec.structs.replace(sample, case_id="", key="", stamp=None, attachments=[], appointment=None)


async def together(*calls: Awaitable[Call]) -> list[Call]:
    """Calls that are under way at the same time."""
    return list(await asyncio.gather(*calls))
