"""Each service of the catalogue, brought to its end through real sockets: well, and in its likeliest ways not well.

The rows are in `lives.py`; a service that is listed and has none fails here. All cases of a portal live at one time.
"""

from __future__ import annotations

from collections import Counter

import pytest

from gateway.connectors.contract import Messaging

from .conftest import FAST, World
from .lives import LIVES
from .person import Life, Person, happened, live
from .shared import IN_ONE_LOOP, shared_world

pytestmark = [IN_ONE_LOOP, pytest.mark.usefixtures("portals_not_asked")]
world = shared_world(
    speed=1.0,
    journeys=FAST | {"embedded": True, "poll_seconds": 2.0},
    outbound={"breaker": {"minimum_calls": 100_000}},
)
DAYS = {
    "alhalalmadania": 4.0,  # waits 15 days for a document
    "chikaya": 5.0,  # takes a rating for 7 days
    "echo": 5.0,
    "passeport": 10.0,
    "rendezvous": 3.0,
    "rokhas": 5.0,
    "watiqa": 5.0,
}
"""How far the clock moves on at a time: less than the portal gives anybody for an answer."""


async def test_every_service_of_the_catalogue_has_its_ways(world: World) -> None:
    listed = (await world.get("/v1/services")).json()["data"]
    assert {each["id"] for each in listed} == set(LIVES)
    assert len([each for each in listed if not each["id"].startswith("echo.")]) >= 25
    found = world.gateway.catalogue
    used = {portal for each in listed for portal in found.service(each["id"]).portals}
    carriers = set(world.gateway.catalogue.able(Messaging))
    assert used | carriers == set(world.gateway.portals.states())
    assert len(used - {"echo"}) == 8
    for service, (happy, *others) in LIVES.items():
        assert happy.end == "completed", service
        assert len([life for life in others if life.end != "completed"]) >= 2, service


@pytest.mark.parametrize("portal", DAYS)
async def test_every_service_ends_well_and_each_way_of_a_portal_once(world: World, portal: str) -> None:
    """A way that several services of the portal have is gone by the first of them; `make soak` goes all."""
    await lived(world, portal, _each_way_once(rows_of(portal)))


@pytest.mark.soak
@pytest.mark.parametrize("portal", DAYS)
async def test_every_way_of_every_service_comes_to_its_end_and_has_its_effects_once(world: World, portal: str) -> None:
    await lived(world, portal, rows_of(portal))


def rows_of(portal: str) -> list[tuple[str, Life]]:
    return [(service, life) for service, lives in LIVES.items() for life in lives if service.startswith(f"{portal}.")]


def _each_way_once(rows: list[tuple[str, Life]]) -> list[tuple[str, Life]]:
    chosen, known = [], set()
    for service, life in rows:
        way = (life.end, life.reason, life.gives_up, life.ignores, life.declined, tuple(life.choices.items()))
        if life is LIVES[service][0] or way not in known:
            chosen.append((service, life))
            known.add(way)
    return chosen


async def lived(world: World, portal: str, rows: list[tuple[str, Life]]) -> None:
    people = [Person(world, service, life, number) for number, (service, life) in enumerate(rows)]
    assert people
    await live(people, days=DAYS[portal])
    for person in people:
        life, case = person.life, person.case
        assert (case["status"], case["reason"]) == (life.end, life.reason), (
            person.service,
            await person.world.codes(case["id"]),
        )
        found = await happened(person)
        told = await person.world.codes(case["id"])
        assert found == Counter(life.effects.split()), f"{person.service} {life} {told}"
