"""Appointments: posts and free slots as the booking portal has them now; a slot booked once, while the person waits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta, tzinfo
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from sqlalchemy import Connection

from gateway.audit.entry import Entry
from gateway.cases.actions import Busy, NotAnOption, expect
from gateway.cases.creation_keys import creation_key
from gateway.cases.model import Case, Event, now
from gateway.cases.portals import NotAvailable, Portals
from gateway.cases.slot_ids import SlotId, SlotInvalid
from gateway.cases.state import Action, ActionType, BookedAppointment, Intent, PendingBooking, QueuedReply
from gateway.cases.store import Cases, Conflict, Damaged, attempts
from gateway.connectors.catalogue import Catalogue
from gateway.connectors.contract import (
    Appointment,
    Booking,
    CaseStatus,
    Person,
    Post,
    Refused,
    Slot,
    Unavailable,
    Unknown,
    Window,
)
from gateway.connectors.services import Service, value_at
from gateway.settings import Journeys

BOOK: Final = Booking.book.name
CHANGE: Final = "slot_change"
"""Code of an action that only exists because an appointment may be moved."""


class SlotTaken(Exception):
    """Somebody else has it, or it is no longer offered. The action stays open."""


@dataclass(frozen=True, slots=True)
class BookingProvider:
    """The portal that gives appointments for a service, and its own name for that service."""

    portal: str
    service: str


def zone_of(post: Post) -> tzinfo:
    """The post's time zone; UTC where the portal's name for it is not an IANA one."""
    try:
        return ZoneInfo(post.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def changeable(case: Case) -> bool:
    """An appointment may be moved until it begins."""
    state = case.state
    if case.ended or state.ending.status is not None or state.intents:
        return False
    return state.action is None and state.appointment.booked is not None and state.appointment.booked.ahead


def post_of(service: Service, form: Mapping[str, Any]) -> str:
    """The post that the form names, where the appointment is to be; empty where any may serve. A service that declares
    an appointment says so in its rule. Another one was lodged with the post of its form, which then asks for a slot."""
    rule = service.appointment
    if rule is None:
        return str(service.post_in(form))
    return str(value_at(form, rule.post, "")) if rule.post is not None else ""


class Appointments:
    def __init__(self, cases: Cases, portals: Portals, journeys: Journeys) -> None:
        self._cases = cases
        self._portals = portals
        self._journeys = journeys

    def provider(self, service: Service) -> BookingProvider | None:
        """Where appointments for this service are given: as it declares, or at its own portal; None if nowhere."""
        if service.appointment is not None:
            return BookingProvider(service.appointment.portal, service.appointment.service)
        return BookingProvider(service.plugin, service.id) if self._portals.has(service.plugin, Booking) else None

    def all(self, catalogue: Catalogue) -> list[BookingProvider]:
        """Every portal that gives appointments."""
        return [BookingProvider(portal, "") for portal in catalogue.able(Booking)]

    async def posts(self, provider: BookingProvider, entry: Entry, budget: float) -> list[Post]:
        return await self._portals.recorded_in(entry, budget=budget).call(
            provider.portal, Booking.posts, provider.service
        )

    async def slots(
        self, provider: BookingProvider, post: Post, window: Window, entry: Entry, budget: float
    ) -> list[Slot]:
        """Free slots that have not begun, the earliest first, in the post's own time."""
        calls = self._portals.recorded_in(entry, budget=budget)
        found = await calls.call(provider.portal, Booking.slots, provider.service, post.id, window)
        moment = now()
        ahead = [local(slot, post) for slot in found if slot.start > moment]
        return sorted(ahead, key=lambda slot: (slot.start, slot.id))

    async def find(
        self, case: Case, service: Service, form: Mapping[str, Any], wanted: SlotId, entry: Entry, budget: float
    ) -> PendingBooking:
        """The slot as the portal offers it now, for a service that has a `provider`.

        Raises `SlotTaken`, `SlotInvalid` for one of another portal, `NotAnOption` for one of another post.
        """
        provider = self.provider(service)
        assert provider is not None
        if wanted.portal != provider.portal:
            raise SlotInvalid
        named = post_of(service, form)
        if named and wanted.post != named:
            raise NotAnOption([named], "/slot")
        posts = await self.posts(provider, entry, budget)
        post = next((each for each in posts if each.id == wanted.post), None)
        if post is None:
            raise NotAnOption([each.id for each in posts], "/slot")
        day = wanted.starts_at.astimezone(zone_of(post)).date()
        for slot in await self.slots(provider, post, Window(first=day, last=day), entry, budget):
            if slot.id == wanted.slot:
                return PendingBooking(portal=provider.portal, slot=slot, post=post)
        raise SlotTaken

    async def announce(
        self, case: Case, pending_booking: PendingBooking, permitted: Callable[[Connection], None] | None = None
    ) -> str:
        """Store the booking's intent before the request is sent; returns the key of this attempt.

        Nothing is stored if `permitted`, called in the same transaction, raises. If this process dies, the journey
        queries the portal by that key once the lease is over.
        """
        state = case.state
        state.appointment.attempts += 1
        key = creation_key(case.id, "book", state.appointment.attempts)
        state.appointment.pending, state.intents[BOOK] = (
            pending_booking,
            Intent(portal=pending_booking.portal, key=key, at=case.clock()),
        )
        case.due_at = now() + timedelta(seconds=self._journeys.lease_seconds)

        def work(tx: Connection) -> None:
            if permitted is not None:
                permitted(tx)
            self._cases.save(tx, case)

        await self._cases.storage.run_write(work)
        return key

    async def book(
        self,
        case: Case,
        pending_booking: PendingBooking,
        key: str,
        permit: Callable[[], Awaitable[None]],
        *,
        entry: Entry,
        budget: float,
    ) -> Appointment | None:
        """Book the slot of the stored intent; None if the outcome is not known yet.

        `permit` is called right before the request is sent. Raises `SlotTaken`, the portal's other refusals, its errors
        that say that nothing happened, and what `permit` raised: then the case is as it was before.
        """
        personal = await self._cases.personal(case)
        person = Person(
            key=key,
            name=(personal.requester.name if personal.requester else "") or personal.contact.name,
            national_id=personal.national_id,
            email=personal.contact.email,
            # Another portal's calendar does not know the demand: it would not find it.
            reference=case.state.filing.reference if pending_booking.portal == case.state.filing.portal else "",
        )
        try:
            calls = self._portals.recorded_in(entry, budget=budget, permit=permit)
            made = await calls.call(pending_booking.portal, Booking.book, pending_booking.slot, person)
        except Unknown:
            await self._change(case.id, key, _hurry)
            return None
        except (Refused, Unavailable, NotAvailable) as error:
            await self._change(case.id, key, _forget)
            if isinstance(error, Refused) and error.code == "slot_taken":
                raise SlotTaken from error
            raise
        except Exception:  # nothing was sent
            await self._change(case.id, key, _forget)
            raise
        return made

    async def reread(
        self, case_id: str, key: str, pending_booking: PendingBooking, made: Appointment | None, entry: Entry
    ) -> tuple[Case, list[Event]]:
        """The case with the booking in it, to be saved; without events if there is nothing to save, because the journey
        has found the booking first or the outcome is not known yet. A booking that came too late for the case is
        cancelled."""
        case = await self._cases.get(case_id)
        assert case is not None
        if made is None:
            return case, []
        if case.damaged:  # whether the booking is in it cannot be seen
            raise Damaged(case.id)
        if BOOK in case.state.intents and case.state.intents[BOOK].key == key:
            return case, [booked(case, key, made)]
        if case.state.appointment.booked is None or case.state.appointment.booked.key != key:
            await self._portals.recorded_in(entry).call(pending_booking.portal, Booking.cancel, made.reference)
        return case, []

    async def _change(self, case_id: str, key: str, change: Callable[[Case], None]) -> None:
        async for _ in attempts():
            case = await self._cases.get(case_id)
            if case is None or BOOK not in case.state.intents or case.state.intents[BOOK].key != key:
                return
            change(case)
            try:
                await self._cases.storage.run_write(partial(self._cases.save, case=case))
            except Conflict:
                continue
            return


def _hurry(case: Case) -> None:
    case.state.intents[BOOK] = msgspec.structs.replace(case.state.intents[BOOK], at=case.clock())
    if not case.ended and case.state.ending.status is None:
        case.move(CaseStatus.IN_PROGRESS)
    case.due_at = now()


def _forget(case: Case) -> None:
    del case.state.intents[BOOK]
    case.state.appointment.pending = None
    case.due_at = now()


def may_book(case: Case) -> Action:
    """The action that choosing a slot answers. Raises as `expect` does, `Busy` while a booking is under way."""
    if case.state.appointment.pending is not None:
        raise Busy
    if changeable(case):
        return Action(type=ActionType.CHOOSE_SLOT, code=CHANGE, optional=True)
    return expect(case, ActionType.CHOOSE_SLOT)


def booked(case: Case, key: str, made: Appointment) -> Event:
    """Store the appointment in the case: it replaces the previous one, and the filing portal is informed."""
    state, pending_booking = case.state, case.state.appointment.pending
    assert pending_booking is not None
    before, action = state.appointment.booked, state.action
    if before is not None and before.ahead and before.reference != made.reference:
        state.appointment.replaced = [*state.appointment.replaced, before.reference]
    state.appointment.booked = BookedAppointment(
        key=key,
        reference=made.reference,
        portal=pending_booking.portal,
        slot=local(made.slot, pending_booking.post),
        post=pending_booking.post,
    )
    state.intents.pop(BOOK, None)
    state.appointment.pending = None
    if action is not None and action.type is ActionType.CHOOSE_SLOT:
        state.action = None
    if state.ending.status is None and not case.ended:
        case.move(CaseStatus.IN_PROGRESS)
        if state.filing.reference:
            told = action if action is not None and action.asked else None
            told = told or Action(type=ActionType.CHOOSE_SLOT, code=CHANGE, portal=state.filing.portal, optional=True)
            state.answers = [*state.answers, QueuedReply(action=told, booking=made.reference)]
    case.due_at = now()
    start = state.appointment.booked.slot.start.isoformat()
    return Event(
        code="appointment_booked", portal=pending_booking.portal, data={"post": pending_booking.post.id, "start": start}
    )


def not_booked(case: Case) -> Event:
    """The portal does not know the booking: the action to choose a slot is open again."""
    state, pending_booking = case.state, case.state.appointment.pending
    assert pending_booking is not None
    state.appointment.pending = None
    if state.action is not None and state.ending.status is None:
        case.move(CaseStatus.ACTION_REQUIRED)
    return Event(code="appointment_not_booked", portal=pending_booking.portal)


def local(slot: Slot, post: Post) -> Slot:
    zone = zone_of(post)
    return msgspec.structs.replace(slot, start=slot.start.astimezone(zone), end=slot.end.astimezone(zone))
