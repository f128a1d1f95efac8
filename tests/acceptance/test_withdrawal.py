"""A case taken back at every stage: what is undone, what is too late, and that the money comes back once."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import httpx
import pytest

from gateway.audit.entry import Entry
from gateway.cases.portals import PortalCalls
from gateway.connectors.contract import Filing
from tests.database_sessions import transaction
from tests.waiting import PATIENCE

from .conftest import CARD, FAST, World
from .evidence import advance, at_speed, ended, happens, ledger, order, payments_of, sent_to, timeline
from .shared import IN_ONE_LOOP, problem, shared_world, to_do

pytestmark = IN_ONE_LOOP
world = shared_world(
    journeys=FAST | {"embedded": True, "poll_seconds": 0.25},
    outbound={"breaker": {"minimum_calls": 100_000}, "retry": {"base_seconds": 0.01}},
    portals={"echo": {"base_url": "http://127.0.0.1:9/echo"}},  # nobody there: no demand ever reaches it
)
REAL_TIME = 1.0


async def withdraw(world: World, case_id: str) -> httpx.Response:
    return await world.post(f"/v1/cases/{case_id}/actions/withdraw", None)


async def paid(world: World, service: str = "watiqa.birth-extract", **changes: Any) -> str:
    case_id = await order(world, service, **changes)
    await world.pay(case_id)
    return case_id


async def reached(world: World, case_id: str, *codes: str) -> None:
    """Return once the timeline has all these."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not set(codes) <= set(found := await timeline(world, case_id)):
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(found) from None


async def version(world: World, case_id: str) -> str:
    return (await world.get(f"/v1/cases/{case_id}")).headers["etag"]


async def test_with_a_card_page_open_it_ends_and_the_page_is_worth_nothing(world: World) -> None:
    case_id = await order(world)
    checkout = await world.checkout(case_id)
    page = await world.web.post(checkout["url"], data=checkout["fields"])
    assert (await withdraw(world, case_id)).status_code == 200
    assert await ended(world, case_id) == ("withdrawn", "withdrawn_by_person")
    await world.enter_card(page, CARD)
    await happens(world, case_id, "void")
    assert await ledger(world, case_id) == {"void": 1}


async def test_paid_and_not_filed_the_stamp_is_cancelled_and_the_fee_refunded(world: World) -> None:
    case_id = await paid(world, "echo.stamped")
    await reached(world, case_id, "stamp_issued", "portal_unavailable")
    answer = await withdraw(world, case_id)
    assert (answer.status_code, to_do(answer.json())) == (200, [])
    assert await ended(world, case_id) == ("withdrawn", "withdrawn_by_person")
    assert await ledger(world, case_id) == {"capture": 1, "stamp": 1, "stamp_cancelled": 1, "refund": 1}
    assert list((await payments_of(world, case_id)).values()) == ["refunded"]


async def test_a_filing_of_unknown_outcome_is_looked_for_before_it_is_undone(world: World) -> None:
    async with at_speed(world, REAL_TIME):
        await world.fault("watiqa", "none")
        case_id = await order(world)
        await world.get("/v1/tracking/watiqa/WQ-2024-900017")  # so that the token is there already
        await world.fault("watiqa", "commit_then_drop")
        await world.pay(case_id)
        await happens(world, case_id, "order")
        await world.fault("watiqa", "error")
        assert (await withdraw(world, case_id)).status_code == 200
        assert (await world.get(f"/v1/cases/{case_id}")).json()["status"] == "in_progress"
        await world.fault("watiqa", "none")
        assert await ended(world, case_id) == ("withdrawn", "withdrawn_by_person")
    happened = await ledger(world, case_id)
    assert (happened["order"], happened["cancellation"], happened["capture"], happened["refund"]) == (1, 1, 1, 1)
    assert happened["stamp_cancelled"] + happened["stamp_consumed"] == 1


async def test_filed_and_still_allowed_it_is_taken_back_at_the_portal_first(world: World) -> None:
    async with at_speed(world, REAL_TIME):
        case_id = await paid(world)
        await reached(world, case_id, "filed", "stamp_used")
        assert (await withdraw(world, case_id)).status_code == 200
        assert await ended(world, case_id) == ("withdrawn", "withdrawn_by_person")
    happened = await ledger(world, case_id)
    assert (happened["order"], happened["cancellation"], happened["capture"], happened["refund"]) == (1, 1, 1, 1)
    codes = await world.codes(case_id)
    assert codes.index("withdrawal_asked") < codes.index("withdrawn_at_portal") < codes.index("refunded")


async def test_filed_and_no_longer_allowed_the_case_goes_on(world: World) -> None:
    async with at_speed(world, REAL_TIME):
        case_id = await paid(world)
        await reached(world, case_id, "filed", "stamp_used")
        await advance(world, 1.5)
        problem(await withdraw(world, case_id), 409, "withdrawal_too_late")
        assert "withdrawal_asked" not in await world.codes(case_id)
    assert await ended(world, case_id) == ("completed", None)
    happened = await ledger(world, case_id)
    assert (happened["cancellation"], happened["refund"], happened["shipment"]) == (0, 0, 1)
    problem(await withdraw(world, case_id), 409, "case_finished")


async def test_once_shipped_it_is_too_late_even_if_the_parcel_gets_lost(world: World) -> None:
    case_id = await paid(world, **sent_to("LOST"))
    await reached(world, case_id, "shipped")
    before = await withdraw(world, case_id)
    problem(before, 409, "withdrawal_too_late")
    await reached(world, case_id, "parcel_lost")
    problem(await withdraw(world, case_id), 409, "withdrawal_too_late")
    await world.post(f"/v1/cases/{case_id}/actions/confirm", {"choice": "refund"})
    assert await ended(world, case_id) == ("failed", "parcel_lost")
    problem(await withdraw(world, case_id), 409, "case_finished")
    assert (await ledger(world, case_id))["refund"] == 1


async def in_flight(world: World, case_id: str) -> None:
    """Return while the demand is on its way to a slow portal."""
    async with asyncio.timeout(PATIENCE):
        while True:
            case = await world.gateway.cases.get(case_id)
            assert case is not None
            if "file" in case.state.intents:
                return
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(("speed", "end"), [(REAL_TIME, "withdrawn"), (864_000.0, "completed")])
async def test_a_withdrawal_that_overtakes_the_filing_catches_it_or_is_told_so(
    world: World, speed: float, end: str
) -> None:
    """The portal is asked only after the demand has arrived there. By then it may be too late, and the case goes on."""
    async with at_speed(world, speed):
        await world.fault("watiqa", "slow", seconds=0.4)
        case_id = await paid(world)
        await in_flight(world, case_id)
        assert (await withdraw(world, case_id)).status_code == 200
        again = await withdraw(world, case_id)
        assert again.status_code == 200
        await world.until(case_id, lambda case: case["filing"]["reference"])
        assert (await ended(world, case_id))[0] == end
        await world.fault("watiqa", "none")
    happened = await ledger(world, case_id)
    taken_back = 1 if end == "withdrawn" else 0
    assert (happened["order"], happened["capture"]) == (1, 1)
    assert (happened["cancellation"], happened["refund"]) == (taken_back, taken_back)
    assert ("withdrawal_refused" in await world.codes(case_id)) is not bool(taken_back)
    receipt = (await world.get(f"/v1/cases/{case_id}/receipt")).json()["claims"]
    assert receipt["portal"]["reference"].startswith("WQ-")


@pytest.mark.parametrize("mode", ["error", "reset", "garbage"])
async def test_a_withdrawal_that_may_have_arrived_is_bound(world: World, mode: str) -> None:
    """Nobody knows whether the portal has done it: so it is not told as not done, and the journey finds out."""
    async with at_speed(world, REAL_TIME):
        case_id = await paid(world)
        await reached(world, case_id, "stamp_used")
        await world.fault("watiqa", mode)
        await reached(world, case_id, "portal_unavailable")
        answer = await withdraw(world, case_id)
        assert (answer.status_code, answer.json()["status"], to_do(answer.json())) == (200, "in_progress", [])
        assert (await world.codes(case_id))[-1] == "withdrawal_asked"
        assert (await withdraw(world, case_id)).status_code == 200
        await world.fault("watiqa", "none")
        assert await ended(world, case_id) == ("withdrawn", "withdrawn_by_person")
    happened = await ledger(world, case_id)
    assert (happened["cancellation"], happened["refund"]) == (1, 1)


class Shut(asyncio.Semaphore):
    """No place, also when a call that was under way before gives its own back."""

    def release(self) -> None: ...


async def test_a_withdrawal_that_surely_never_left_changes_nothing(world: World) -> None:
    portals = world.gateway.portals
    async with at_speed(world, REAL_TIME):
        case_id = await paid(world)
        await reached(world, case_id, "stamp_used")
        bulkhead = portals.get("watiqa").portal_client.client._transport._inner._inner._inner  # type: ignore[attr-defined]
        places, bulkhead._places = bulkhead._places, Shut(0)
        settings, bulkhead._settings = bulkhead._settings, bulkhead._settings.model_copy(update={"queue": 0})
        answer = await withdraw(world, case_id)
        problem(answer, 503, "bulkhead_full")
        codes = await world.codes(case_id)
        bulkhead._places, bulkhead._settings = places, settings
        assert "withdrawal_asked" not in codes
        assert (await withdraw(world, case_id)).status_code == 200
        assert await ended(world, case_id) == ("withdrawn", "withdrawn_by_person")


async def test_a_withdrawal_is_kept_whatever_changes_meanwhile(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The portal said yes while others changed the case: with If-Match that was told as 412, and it was done."""
    gateway = world.gateway
    async with at_speed(world, REAL_TIME):
        case_id = await paid(world)
        await reached(world, case_id, "stamp_used")
        real = PortalCalls.call
        disturbed = []

        async def busy(calls: PortalCalls, portal: str, operation: Any, *args: Any, **kwargs: Any) -> Any:
            said = await real(calls, portal, operation, *args, **kwargs)
            if operation is Filing.withdraw:
                async with transaction(gateway.cases.storage) as tx:
                    case = await tx.run_sync(gateway.cases.read, case_id)
                    assert case is not None
                    await tx.run_sync(gateway.cases.save, case)
                disturbed.append(portal)
            return said

        monkeypatch.setattr(PortalCalls, "call", busy)
        read = await version(world, case_id)
        answer = await world.post(f"/v1/cases/{case_id}/actions/withdraw", None, If_Match=read)
        monkeypatch.undo()
        assert disturbed or answer.status_code == 412
        while answer.status_code == 412:  # the journey had changed it before the call: nothing was done
            assert "withdrawn_at_portal" not in await world.codes(case_id)
            now = await version(world, case_id)
            answer = await world.post(f"/v1/cases/{case_id}/actions/withdraw", None, If_Match=now)
        assert answer.status_code == 200, answer.text
        assert await ended(world, case_id) == ("withdrawn", "withdrawn_by_person")
    codes = await world.codes(case_id)
    assert (codes.count("withdrawal_asked"), codes.count("withdrawn_at_portal")) == (1, 1)
    assert (await ledger(world, case_id))["cancellation"] == 1


async def test_a_withdrawal_cut_off_after_the_portals_yes_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the process dies between the yes and keeping it; a payment that comes then changes nothing."""
    real = PortalCalls.call
    cut_off = []

    async def dies(calls: PortalCalls, portal: str, operation: Any, *args: Any, **kwargs: Any) -> Any:
        said = await real(calls, portal, operation, *args, **kwargs)
        if operation is Filing.withdraw:
            cut_off.append(portal)
            raise asyncio.CancelledError
        return said

    async with at_speed(world, REAL_TIME):
        case_id = await paid(world)
        await reached(world, case_id, "stamp_used")
        monkeypatch.setattr(PortalCalls, "call", dies)
        with contextlib.suppress(httpx.HTTPError):
            await withdraw(world, case_id)
        monkeypatch.undo()
        assert cut_off == ["watiqa"]
        assert await ended(world, case_id) == ("withdrawn", "withdrawn_by_person")
    codes = await world.codes(case_id)
    assert (codes.count("withdrawal_asked"), codes.count("withdrawn_at_portal")) == (1, 1)


async def test_an_answer_lost_on_the_way_back_withdraws_once(world: World) -> None:
    async with at_speed(world, REAL_TIME):
        case_id = await paid(world)
        await reached(world, case_id, "stamp_used")
        await world.fault("watiqa", "commit_then_drop")
        answer = await withdraw(world, case_id)
        await world.fault("watiqa", "none")
        if answer.status_code != 200:  # none of the attempts got an answer; the person tries again
            assert answer.json()["retry_safe"] is True
            assert (await withdraw(world, case_id)).status_code == 200
        assert await ended(world, case_id) == ("withdrawn", "withdrawn_by_person")
    happened = await ledger(world, case_id)
    assert (happened["cancellation"], happened["refund"]) == (1, 1)


async def test_what_was_withdrawn_at_the_portal_itself_is_noticed_and_refunded(world: World) -> None:
    """As when the gateway dies between the portal's yes and keeping it."""
    async with at_speed(world, REAL_TIME):
        case_id = await paid(world)
        await reached(world, case_id, "stamp_used")
        reference = (await world.get(f"/v1/cases/{case_id}")).json()["filing"]["reference"]
        calls = world.gateway.portals.recorded_in(Entry(call_id="call_away", kind="call"))
        await calls.call("watiqa", Filing.withdraw, reference)
        assert await ended(world, case_id) == ("withdrawn", "withdrawn_at_portal")
    happened = await ledger(world, case_id)
    assert (happened["cancellation"], happened["refund"]) == (1, 1)


async def test_asked_for_many_times_at_once_it_is_done_once(world: World) -> None:
    async with at_speed(world, REAL_TIME):
        case_id = await paid(world)
        await reached(world, case_id, "stamp_used")
        answers = await asyncio.gather(*(withdraw(world, case_id) for _ in range(6)))
        assert {answer.status_code for answer in answers} <= {200, 409, 503}
        assert 200 in {answer.status_code for answer in answers}
        assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"case_finished"}
        assert await ended(world, case_id) == ("withdrawn", "withdrawn_by_person")
    happened = await ledger(world, case_id)
    assert (happened["cancellation"], happened["refund"], happened["capture"]) == (1, 1, 1)


async def test_a_withdrawal_and_a_payment_at_the_same_moment_leave_no_money_behind(world: World) -> None:
    async def both() -> str:
        case_id = await order(world, "echo.stamped")
        checkout = await world.checkout(case_id)
        page = await world.web.post(checkout["url"], data=checkout["fields"])
        _, answer = await asyncio.gather(world.enter_card(page, CARD), withdraw(world, case_id))
        assert answer.status_code == 200, answer.text
        return case_id

    for case_id in await asyncio.gather(*(both() for _ in range(6))):
        assert await ended(world, case_id) == ("withdrawn", "withdrawn_by_person")
        if not (await ledger(world, case_id))["capture"]:
            await happens(world, case_id, "void")
        happened = await ledger(world, case_id)
        assert happened["capture"] == happened["refund"]
        assert happened["capture"] + happened["void"] == 1
        assert happened["stamp"] == happened["stamp_cancelled"]
