"""Booking while the person waits: what the portal has booked is kept, and a case that others keep changing ends it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from gateway.audit.entry import Entry
from gateway.cases import store
from gateway.cases.commands.choose_slot import ChooseSlot
from gateway.cases.store import Conflict

BOOKED, UNBOOKED = object(), object()
ENTRY = Entry(call_id="call_1", kind="call")


@dataclass
class Booking:
    """Appointments, cases and storage in one, as far as keeping a booking knows them."""

    conflicts: int
    """How often somebody else saves the case first."""
    saved: list[object] = field(default_factory=list)
    tried: int = 0

    async def reread(self, case_id: str, key: str, wanted: Any, made: Any, entry: Entry) -> tuple[object, list[str]]:
        return (UNBOOKED, []) if made is None else (BOOKED, ["booked"])

    def save(self, tx: Any, case: object, events: list[str]) -> None:
        self.tried += 1
        if self.tried <= self.conflicts:
            raise Conflict
        self.saved.append(case)

    async def run_write(self, work: Any) -> Any:
        return work(None)


def choose(booking: Booking) -> ChooseSlot:
    services = {name: cast("Any", booking) for name in ("writes", "appointments", "cases")}
    others = {name: cast("Any", None) for name in ("access", "catalogue", "mandates")}
    return ChooseSlot(**services, **others, call_seconds=1.0)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(_: float) -> None:
        return None

    monkeypatch.setattr(store.asyncio, "sleep", at_once)


@pytest.fixture
def booking(monkeypatch: pytest.MonkeyPatch) -> Booking:
    made = Booking(conflicts=3)
    made.storage = made  # type: ignore[attr-defined]
    return made


async def test_booking_is_kept_though_the_case_changes(booking: Booking) -> None:
    case = await choose(booking)._keep("case_1", "key", cast("Any", None), cast("Any", BOOKED), ENTRY)
    assert (case, booking.saved, booking.tried) == (BOOKED, [BOOKED], 4)


async def test_booking_ends_where_every_attempt_meets_a_change(booking: Booking) -> None:
    """The case is told as it is, with the booking under way; the journey asks the portal by its key."""
    booking.conflicts = 10_000
    case = await choose(booking)._keep("case_1", "key", cast("Any", None), cast("Any", BOOKED), ENTRY)
    assert (case, booking.saved) == (UNBOOKED, [])
    assert 2 <= booking.tried <= 50
