"""One caller's many calls do not stand before another's one."""

from __future__ import annotations

import asyncio

import pytest

from gateway.api.http.caller_turns import CallerTurns, TooMany, Turn
from tests.waiting import PATIENCE

LONG = 600.0


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def turns(clock: Clock) -> CallerTurns:
    return CallerTurns(1, waiting=2, seconds=LONG, clock=clock)


async def settled(task: asyncio.Task[Turn]) -> bool:
    """Whether the turn has come once all that can go on has gone on."""
    for _ in range(5):
        await asyncio.sleep(0)
    return task.done()


async def test_a_caller_who_is_alone_never_waits(turns: CallerTurns) -> None:
    async with asyncio.timeout(PATIENCE):
        assert len([await turns.take("amina") for _ in range(50)]) == 50


async def test_beside_another_caller_the_second_call_waits(turns: CallerTurns) -> None:
    first = await turns.take("amina")
    other = await turns.take("youssef")
    second = asyncio.create_task(turns.take("amina"))
    assert not await settled(second)
    other.end()
    assert not await settled(second)
    first.end()
    assert await settled(second)


async def test_the_others_call_is_let_in_whatever_waits(turns: CallerTurns) -> None:
    await turns.take("amina")
    await turns.take("youssef")
    waiting = [asyncio.create_task(turns.take("amina")) for _ in range(2)]
    assert not await settled(waiting[0])
    async with asyncio.timeout(PATIENCE):
        await turns.take("nadia")
    for each in waiting:
        each.cancel()


async def test_too_many_that_wait_are_refused(turns: CallerTurns) -> None:
    await turns.take("amina")
    await turns.take("youssef")
    waiting = [asyncio.create_task(turns.take("amina")) for _ in range(2)]
    assert not await settled(waiting[1])
    with pytest.raises(TooMany):
        await turns.take("amina")
    for each in waiting:
        each.cancel()


async def test_who_waited_and_went_away_takes_no_turn(turns: CallerTurns) -> None:
    first = await turns.take("amina")
    await turns.take("youssef")
    gone, second = (asyncio.create_task(turns.take("amina")) for _ in range(2))
    assert not await settled(gone)
    gone.cancel()
    assert not await settled(second)
    first.end()
    assert await settled(second)


async def test_a_call_that_takes_long_counts_no_more(clock: Clock) -> None:
    turns = CallerTurns(1, waiting=2, seconds=0.01, clock=clock)
    await turns.take("amina")
    await turns.take("youssef")
    async with asyncio.timeout(PATIENCE):
        (await turns.take("amina")).end()


async def test_a_turn_that_is_ended_twice_ends_once(turns: CallerTurns) -> None:
    first = await turns.take("amina")
    await turns.take("youssef")
    second, third = (asyncio.create_task(turns.take("amina")) for _ in range(2))
    first.end()
    first.end()
    assert await settled(second)
    assert not await settled(third)
    third.cancel()


async def test_once_the_other_has_gone_all_run_at_once(turns: CallerTurns, clock: Clock) -> None:
    await turns.take("amina")
    await turns.take("youssef")
    clock.at = 0.5
    await turns.take("nadia")
    clock.at = 10.0
    async with asyncio.timeout(PATIENCE):
        await turns.take("nadia")
        await turns.take("nadia")


async def test_the_next_of_many_waits_as_long_as_the_last_took(turns: CallerTurns, clock: Clock) -> None:
    first = await turns.take("amina")
    await turns.take("youssef")
    second = asyncio.create_task(turns.take("amina"))
    assert not await settled(second)
    clock.at = 0.3
    first.end()
    assert not await settled(second)  # for 0.3 s
    async with asyncio.timeout(PATIENCE):
        turn = await second
    third = asyncio.create_task(turns.take("amina"))
    assert not await settled(third)
    clock.at = 2.0  # nobody else is there any more
    turn.end()
    assert await settled(third)
