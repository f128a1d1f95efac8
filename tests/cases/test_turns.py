"""Who gets a place, and who gives way, when more want one than there are."""

from __future__ import annotations

import asyncio

import pytest

from gateway.cases.turns import Full, Turns


class Queue:
    """Owners who take a place and keep it until told."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self.held: list[str] = []

    def want(self, owner: str) -> asyncio.Task[None]:
        return asyncio.create_task(self._keep(owner))

    async def _keep(self, owner: str) -> None:
        async with self._turns.place(owner):
            self.held.append(owner)
            await asyncio.Event().wait()


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def ended(*tasks: asyncio.Task[None]) -> None:
    for each in tasks:
        each.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_the_last_of_who_has_most_gives_way() -> None:
    queue = Queue(Turns(1, each=1, waiting=3, waiting_each=3))
    many = [queue.want("mallory") for _ in range(4)]
    await settled()
    amina = queue.want("amina")
    await settled()
    with pytest.raises(Full) as refused:
        await many[3]
    assert refused.value.own
    await ended(many[0])
    await settled()
    await ended(many[1])
    await settled()
    assert sorted(queue.held) == ["amina", "mallory", "mallory"]  # the second turn of the ring at the latest
    await ended(*many, amina)


async def test_who_is_behind_gives_way_even_with_one() -> None:
    queue = Queue(Turns(1, each=1, waiting=2, waiting_each=2, behind=lambda owner: owner == "mallory"))
    badr, one, amina = queue.want("badr"), queue.want("mallory"), queue.want("amina")
    await settled()
    chaimae = queue.want("chaimae")
    with pytest.raises(Full):
        await one
    again = queue.want("mallory")
    with pytest.raises(Full):
        await again
    await ended(badr)
    await settled()
    assert queue.held == ["badr", "amina"]
    await ended(amina, chaimae)


async def test_all_who_are_behind_leave_one_place_free() -> None:
    queue = Queue(Turns(3, each=2, waiting=9, waiting_each=9, behind=lambda owner: owner != "amina"))
    hostile = [queue.want(owner) for owner in ("mallory", "mallet", "mallory", "marvin")]
    await settled()
    assert queue.held == ["mallory", "mallet"]
    amina = queue.want("amina")
    await settled()
    assert queue.held == ["mallory", "mallet", "amina"]
    await ended(amina, *hostile)


async def test_turns_of_who_goes_away_are_lost() -> None:
    queue = Queue(Turns(1, each=1, waiting=2, waiting_each=2))
    first, second, third = queue.want("badr"), queue.want("mallory"), queue.want("amina")
    await settled()
    await ended(second)
    await ended(first)
    await settled()
    assert queue.held == ["badr", "amina"]
    await ended(third)
