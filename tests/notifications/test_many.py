"""A thousand endpoints, of which a hundred hang."""

from __future__ import annotations

import time

import pytest

from gateway.storage import Storage
from tests.waiting import eventually

from .cases import filed
from .conftest import dispatching, hooks_on
from .receiver import Receiver, hang
from .test_delivery import per_case

ENDPOINTS, HANGING, CASES = 1000, 100, 3


@pytest.mark.soak
async def test_hundred_of_thousand_endpoints_hang(storage: Storage, receiver: Receiver) -> None:
    """With the settings as they are. All others have everything while every one of these still hangs in its first
    attempt; then they answer, and get everything too."""
    hooks = hooks_on(storage, receiver, seconds=50.0)
    async with dispatching(hooks):
        for number in range(ENDPOINTS):
            if number % (ENDPOINTS // HANGING) == 0:
                receiver.answers[f"/{number}"] = hang
            await hooks.endpoint(f"/{number}")
        cases = [await filed(hooks.cases) for _ in range(CASES)]
        began = time.monotonic()
        await hooks.relay.relay()
        well = [f"/{number}" for number in range(ENDPOINTS) if f"/{number}" not in receiver.answers]

        async def served() -> bool:
            return all(len(receiver.received[path]) == CASES for path in well)

        await eventually(served)
        print(f"{len(well)} endpoints had {CASES} events each after {time.monotonic() - began:.1f} s")
        hanging = list(receiver.answers)
        assert all(receiver.tries[path] <= CASES for path in hanging)
        assert sum(receiver.under_way[path] for path in hanging) >= HANGING
        receiver.answers.clear()
        for _ in range(20):  # their attempts end, and they are tried again
            await hooks.pass_time(3600)

            async def told() -> bool:
                return all(len(set(receiver.ids(path))) == CASES for path in hanging)

            try:
                await eventually_within(told, 10.0)
                break
            except TimeoutError:
                continue
        for path in [*well, *hanging]:
            assert per_case(receiver.received[path]).keys() == {each.id for each in cases}


async def eventually_within(look: object, seconds: float) -> None:
    import asyncio

    async with asyncio.timeout(seconds):
        await eventually(look)  # type: ignore[arg-type]
