"""A right that ends while a call is under way: nothing leaves for a portal after its end was answered.

Each test holds the agent's call at a point of its own, lets the person revoke the mandate, and lets the call go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any

import pytest

from gateway.cases.portals import PortalCalls
from tests.database_sessions import transaction
from tests.waiting import PATIENCE, eventually

from .conftest import FAST, World
from .evidence import advance, at_speed, ended, ledger, order
from .shared import IN_ONE_LOOP, refusal, shared_world, to_do
from .test_mandate_races import mandate_of

pytestmark = IN_ONE_LOOP
world = shared_world(
    speed=1.0,
    journeys=FAST | {"embedded": True, "settle_seconds": 0.2},
    outbound={"breaker": {"minimum_calls": 100_000}},
)


@asynccontextmanager
async def held(owner: Any, name: str, *, after: bool = True) -> AsyncIterator[tuple[asyncio.Event, asyncio.Event]]:
    """The next call of `owner.name` waits, after or before it was done: (it has come so far, let it go on)."""
    real: Callable[..., Awaitable[Any]] = getattr(owner, name)
    reached, released = asyncio.Event(), asyncio.Event()

    async def waits(*args: Any, **kwargs: Any) -> Any:
        result = await real(*args, **kwargs) if after else None
        reached.set()
        await released.wait()
        return result if after else await real(*args, **kwargs)

    setattr(owner, name, waits)
    try:
        yield reached, released
    finally:
        released.set()
        setattr(owner, name, real)


async def until(reached: asyncio.Event, call: asyncio.Task[Any]) -> None:
    """The call has come so far; or it has ended before, which the test says."""
    coming = asyncio.create_task(reached.wait())
    await asyncio.wait({coming, call}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    coming.cancel()
    assert reached.is_set(), f"it never came so far: {call.result().text if call.done() else 'no answer'}"


async def asks_for_a_slot(world: World) -> str:
    case_id = await order(world, "echo.meeting")
    await world.until(case_id, lambda case: [each["type"] for each in to_do(case)] == ["choose_slot"])
    return case_id


async def choose(world: World, case_id: str, token: str, mandate: str) -> Any:
    first, last = date.today(), date.today() + timedelta(days=7)
    free = await world.get(f"/v1/slots?service=echo.meeting&post=lyon&from={first}&to={last}")
    slot = free.json()["data"][0]
    body = {"slot": slot["id"]}
    return await world.post(f"/v1/cases/{case_id}/actions/choose_slot", body, token, Mandate=mandate)


async def nothing_is_under_way(world: World, case_id: str) -> None:
    """Return once the journey looks for no booking of this case any more."""

    async def found() -> bool:
        case = await world.gateway.cases.get(case_id)
        return case is not None and case.state.appointment.pending is None and not case.state.intents

    await eventually(found)


@pytest.mark.parametrize("point", ["found", "announced"])
async def test_no_slot_is_booked_after_a_revocation(world: World, point: str) -> None:
    bookings = world.gateway.appointments
    mandate, token = await mandate_of(world)
    case_id = await asks_for_a_slot(world)
    async with held(bookings, {"found": "find", "announced": "announce"}[point]) as (reached, released):
        call = asyncio.create_task(choose(world, case_id, token, mandate))
        await until(reached, call)
        assert (await world.post(f"/v1/mandates/{mandate}/revoke", None)).status_code == 200
        released.set()
        answer = await call
    record = await refusal(world, answer, 403, "mandate_ended", "mandate:valid@1")
    assert record["operation"] == "cases.choose_slot"
    case = await world.until(case_id, lambda case: to_do(case))
    assert [each["type"] for each in to_do(case)] == ["choose_slot"]
    assert case["appointment"] is None
    await nothing_is_under_way(world, case_id)
    assert "booking" not in await ledger(world, case_id)
    assert "appointment_booked" not in await world.codes(case_id)


@pytest.mark.parametrize("point", ["before", "at_the_door"])
async def test_no_demand_is_withdrawn_after_a_revocation(world: World, point: str) -> None:
    mandate, token = await mandate_of(world)
    async with at_speed(world, 0.001):
        case_id = await order(world, "echo.note")
        await world.until(case_id, lambda case: case["filing"]["reference"])
        what: tuple[Any, str] = (world.gateway.idempotency, "run")
        if point == "at_the_door":
            what = (PortalCalls, "call")
        async with held(*what, after=False) as (reached, released):
            path = f"/v1/cases/{case_id}/actions/withdraw"
            call = asyncio.create_task(world.post(path, None, token, Mandate=mandate))
            await until(reached, call)
            ended_at = world.gateway.mandates
            found = await ended_at.get(mandate)
            assert found is not None
            async with transaction(world.gateway.storage) as tx:
                await tx.run_sync(ended_at.end, found, "person")
            released.set()
            answer = await call
        await refusal(world, answer, 403, "mandate_ended", "mandate:valid@1")
        assert "withdrawal" not in await ledger(world, case_id)
    await advance(world, 30)
    assert (await ended(world, case_id))[0] == "completed"
    assert not {"withdrawal_asked", "withdrawn_at_portal"} & set(await world.codes(case_id))


async def test_what_was_booked_before_a_revocation_is_told(world: World) -> None:
    """The portal had said yes: the answer says so, and the case has the booking."""
    bookings = world.gateway.appointments
    mandate, token = await mandate_of(world)
    case_id = await asks_for_a_slot(world)
    async with held(bookings, "book") as (reached, released):
        call = asyncio.create_task(choose(world, case_id, token, mandate))
        await until(reached, call)
        assert (await world.post(f"/v1/mandates/{mandate}/revoke", None)).status_code == 200
        released.set()
        answer = await call
    assert answer.status_code == 200, answer.text
    assert answer.json()["appointment"]["state"] == "booked"
    assert (await ledger(world, case_id))["booking"] == 1
