"""Every portal in every kind of trouble at once: the cases come to their right end, and nothing happens twice.

Each mode of the switchboard strikes half of the requests to all eight portals, token endpoints and card pages
included, from the filing on; the people try again until it works, and after a while the fault is taken away.

What a portal does that does not believe the gateway, and what somebody gets who is not the portal, is tested beside
each connector: tests/connectors/test_authentication_failures.py lists where.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial

import httpx
import pytest

from tests.waiting import eventually

from .conftest import FAST, World
from .evidence import advance, card_orders, ledger
from .lives import LIVES
from .person import Life, Person, happened, live
from .shared import IN_ONE_LOOP, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world(
    speed=1.0,
    journeys=FAST | {"embedded": True, "poll_seconds": 0.5},
    outbound={
        "breaker": {"minimum_calls": 100_000},
        "retry": {"base_seconds": 0.01},
        "timeouts": {"connect_seconds": 1.0, "read_seconds": 0.4, "total_seconds": 1.0},
    },
)
SECONDS = 1.2
"""How long the trouble lasts."""
LOOK_AGAIN = 1.5
"""Seconds after which a person first gives up waiting for a page and tries again; the next time she waits twice as
long. Whoever never waits longer never gets through where each page takes that long."""
MODES = ("hang", "garbage", "commit_then_drop")
RARER = ("error", "slow", "reset")
"""Modes that `make soak` goes through too: they differ less from those."""
MAY_HAPPEN = ("void",)
"""Who sees a broken page pays on another one. Of two authorisations one is taken, and the other is none of ours: the
notice about it is answered `APPROVED`, which leaves the order alone (PORTALS.md), and the bank lets the money go."""
ADJOURNED = Life(effects="dossier complement", form={"project": {"description": "AJOURNE"}})
HAPPY = {
    "alhalalmadania.death-copy": None,
    "chikaya.complaint": None,
    "passeport.renewal-adult": None,
    "rendezvous.legalisation": None,
    "rokhas.repair-permit": ADJOURNED,
    "watiqa.birth-extract": None,
}
"""Between them they use all eight portals; the ways are those of `lives.py` unless another stands here."""


class Stubborn(Person):
    """Whatever a page says, or if none comes: look again, and try again if it is still asked."""

    patience = LOOK_AGAIN
    tried: frozenset[str] = frozenset()
    """What she said without an answer that it was taken."""

    @property
    def unsaid(self) -> set[str]:
        """What is not asked any more after she said it has been taken."""
        asked = {action["type"] for action in self.case["actions"]}
        return {each for each in super().unsaid if each in asked or each not in self.tried}

    async def acts(self) -> bool:
        try:
            async with asyncio.timeout(self.patience):
                return await super().acts()
        except (AssertionError, httpx.TransportError, TimeoutError) as failed:
            self.tried |= self.answered.keys()
            self.answered.clear()
            if isinstance(failed, TimeoutError):
                self.patience *= 2
            return True


async def troubled(world: World, mode: str) -> None:
    portals = sorted(world.gateway.portals.states())
    try:
        await asyncio.gather(*(world.fault(portal, mode, 0.5, seconds=0.2) for portal in portals))
        await asyncio.sleep(SECONDS)
    finally:
        await asyncio.gather(*(world.fault(portal, "none") for portal in portals))


async def nothing_is_held(person: Person) -> bool:
    """The bank has let go of each authorisation that was not taken, and nobody has asked it to."""
    return "authorised" not in (await card_orders(person.world, person.case["id"])).values()


@pytest.mark.parametrize("mode", [*MODES, *(pytest.param(mode, marks=pytest.mark.soak) for mode in RARER)])
async def test_whatever_befalls_the_portals_each_case_ends_well_and_nothing_happens_twice(
    world: World, mode: str
) -> None:
    lives = {service: life or LIVES[service][0] for service, life in HAPPY.items()}
    people: list[Person] = [Stubborn(world, service, life, n) for n, (service, life) in enumerate(lives.items())]
    async with asyncio.TaskGroup() as together:
        together.create_task(troubled(world, mode))
        together.create_task(live(people, days=6.0))
    for person in people:
        case = person.case
        assert (case["status"], case["reason"]) == ("completed", None), (person.service, await world.codes(case["id"]))
        assert await happened(person, aside=MAY_HAPPEN) == Counter(person.life.effects.split()), (
            person.service,
            await world.codes(case["id"]),
        )
    await advance(world, 1.0)
    for person in people:
        await eventually(partial(nothing_is_held, person))
        orders = Counter((await card_orders(world, person.case["id"])).values())
        found = await ledger(world, person.case["id"])
        assert (found["capture"], found["void"]) == (orders["captured"], orders["voided"]), (person.service, orders)
    states = (await world.get("/health/ready")).json()["portals"]
    assert len(set(states) - {"echo", "sms_provider"}) == 8
