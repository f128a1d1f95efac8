"""A case whose stored state cannot be read as a whole: it can be looked at, and nothing is done about it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.audit.entry import Entry
from gateway.cases.appointments import Appointments
from gateway.cases.model import now
from gateway.cases.state import Part
from gateway.cases.store import Damaged
from gateway.cases.worker import Worker
from gateway.connectors.contract import Booking, Filing
from gateway.settings import Journeys
from gateway.storage.notices import Notices
from tests.waiting import eventually

from .conftest import CaseHarness, Damage
from .states import state_of
from .test_required_actions import MADE, WANTED


async def follow(harness: CaseHarness) -> None:
    """The case is at its portal, which is to be asked next."""
    await harness.become(state_of(parts=[Part.FILING, Part.FOLLOW], portal="echo", reference="E00000001"))


async def test_step_asks_nothing(harness: CaseHarness, damage: Damage) -> None:
    await follow(harness)
    mend = await damage(harness)
    with pytest.raises(Damaged):
        await harness.step()
    assert not harness.portals.called
    await mend()
    await harness.step()
    assert harness.portals.called[Filing.progress] == 1


async def test_booking_is_not_cancelled_that_may_be_in_the_case(harness: CaseHarness, damage: Damage) -> None:
    await damage(harness)
    appointments: Appointments = harness.services.appointments
    harness.portals.says(Booking.cancel, None)
    with pytest.raises(Damaged):
        await appointments.reread(harness.case_id, "key", WANTED, MADE, Entry(call_id="call_1", kind="call"))
    assert not harness.portals.called


async def test_demand_about_a_damaged_case_waits(harness: CaseHarness, damage: Damage) -> None:
    """What the portal would be told of the other case is not known."""
    first = harness.case_id
    harness.case_id = "case_2"
    state = state_of(parts=[Part.FILING, Part.FOLLOW], portal="echo")
    state.filing.related_case = first
    await harness.begin(state)
    harness.case_id = first
    await damage(harness)
    harness.case_id = "case_2"
    with pytest.raises(Damaged, match=first):
        await harness.step()
    assert not harness.portals.called


async def test_worker_leaves_it_alone_for_long(harness: CaseHarness, damage: Damage) -> None:
    await follow(harness)
    await damage(harness)
    settings = Journeys(lease_seconds=60.0, tick_seconds=0.05, retry_max_seconds=7200.0)
    notices = Notices(harness.services.cases.storage, "journeys_due")
    worker = Worker(harness.services.journey(), harness.services.cases, settings, notices)
    await worker.start()

    async def put_off() -> bool:
        case = await harness.case()
        return case.claimed_by is None and case.due_at is not None and case.due_at > now() + timedelta(hours=1)

    try:
        await eventually(put_off)
    finally:
        await worker.stop()
    assert not harness.portals.called
