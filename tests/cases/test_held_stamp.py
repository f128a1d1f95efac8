"""A stamp that is used up only when the portal has the file in hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import pytest

from gateway.cases.state import State
from gateway.connectors.contract import CaseStatus, Filing, Milestone, Paying, Refund, Unavailable
from gateway.connectors.services import FeeRule, Service

from .conftest import CaseHarness, filed, paid, progress

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)

CREATED = progress(Milestone.CREATED, status=CaseStatus.RECEIVED)
IN_HAND = progress(Milestone.CREATED, Milestone.PROCESSING)
REFUSED = progress(Milestone.CREATED, Milestone.REFUSED, status=CaseStatus.REJECTED, reason="photo_not_accepted")
EXPIRED = progress(Milestone.CREATED, status=CaseStatus.FAILED, reason="pre_application_expired")


class Priced:
    """A catalogue whose services have a fee that says when its stamp is used up."""

    def __init__(self, catalogue: Any, used: Literal["filing", "lodging"]) -> None:
        self._catalogue, self._used = catalogue, used

    def service(self, id: str) -> Service:
        rule = FeeRule(portal="etimbre", unit_amount=1000, used=self._used)
        found: Service = replace(self._catalogue.service(id), fee=rule)
        return found


@pytest.fixture
async def lodging(harness: CaseHarness) -> CaseHarness:
    """Paid and stamped, on the way to a portal that wants the file brought."""
    held = replace(harness, services=replace(harness.services, catalogue=Priced(harness.services.catalogue, "lodging")))
    await held.become(paid(on_lodging=True))
    held.portals.says(Filing.file, filed())
    held.portals.says(Filing.progress, CREATED)
    held.portals.says(Paying.consume, None)
    held.portals.says(Paying.void, None)
    held.portals.says(Paying.refund, Refund(oid="pay_1", reference="R1", amount=paid().fee))
    return held


async def state(harness: CaseHarness) -> State:
    return (await harness.case()).state


async def test_it_is_held_while_the_demand_waits_for_the_person(lodging: CaseHarness) -> None:
    case = await lodging.run()
    assert case.state.fee.stamp_used is False
    assert lodging.portals.called[Paying.consume] == 0
    assert (await lodging.codes())[0] == "filed"


@pytest.mark.parametrize("milestone", [Milestone.PROCESSING, Milestone.READY, Milestone.POSTED])
async def test_it_is_used_once_when_the_file_is_in_hand(lodging: CaseHarness, milestone: Milestone) -> None:
    await lodging.run()
    lodging.portals.says(Filing.progress, progress(Milestone.CREATED, milestone))
    for _ in range(3):
        await lodging.run()
    assert (await state(lodging)).fee.stamp_used is True
    assert lodging.portals.called[Paying.consume] == 1
    assert (await lodging.codes()).count("stamp_used") == 1


async def test_while_the_stamps_portal_is_away_nothing_of_the_answer_is_lost(lodging: CaseHarness) -> None:
    await lodging.run()
    before = await lodging.codes()
    lodging.portals.says(Filing.progress, IN_HAND)
    lodging.portals.says(Paying.consume, Unavailable(), None)
    await lodging.run()
    assert (await state(lodging)).fee.stamp_used is False
    await lodging.run()
    assert (await lodging.codes())[len(before) :] == ["portal_step", "portal_unavailable", "stamp_used"]


@pytest.mark.parametrize(("end", "status"), [(REFUSED, CaseStatus.REJECTED), (EXPIRED, CaseStatus.FAILED)])
async def test_what_is_never_taken_in_hand_costs_nothing(lodging: CaseHarness, end: Any, status: CaseStatus) -> None:
    await lodging.run()
    lodging.portals.says(Filing.progress, end)
    case = await lodging.run()
    assert (case.status, case.state.ending.reason, case.state.fee.refunded) == (status, end.reason, "R1")
    assert (await lodging.codes())[-4:] == ["refused", "stamp_voided", "refunded", status.value]
    assert lodging.portals.called[Paying.consume] == 0


async def test_a_stamp_that_is_not_held_is_used_on_filing(harness: CaseHarness) -> None:
    harness = replace(
        harness, services=replace(harness.services, catalogue=Priced(harness.services.catalogue, "filing"))
    )
    await harness.become(paid())
    harness.portals.says(Filing.file, filed())
    harness.portals.says(Filing.progress, CREATED)
    harness.portals.says(Paying.consume, None)
    case = await harness.run()
    assert case.state.fee.stamp_used is True
