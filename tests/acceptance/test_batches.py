"""Many cases, one request: over real sockets, with Echo's stand-in in its senses and out of them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from plugins.echo.sandbox.routes import EchoPortal
from tests.waiting import PATIENCE

from .conftest import FAST, World
from .evidence import advance, ended, order
from .shared import IN_ONE_LOOP, shared_world

pytestmark = IN_ONE_LOOP
TOGETHER = {"poll_seconds": 0.4, "poll_max_seconds": 0.4, "poll_gather_seconds": 0.4, "poll_alone_seconds": 0.1}
world = shared_world(journeys=FAST | {"embedded": True} | TOGETHER, speed=1.0)


async def filed(world: World, count: int, **form: Any) -> dict[str, str]:
    """So many demands that Echo has, and their references."""
    found = {}
    for _ in range(count):
        case_id = await order(world, "echo.note", **form)
        case = await world.until(case_id, lambda case: case["filing"]["reference"] and case["filing"]["portal_status"])
        found[case_id] = case["filing"]["reference"]
    return found


async def requests(world: World) -> list[dict[str, Any]]:
    return [each for each in await world.records(portal="echo", kind="step") if "cases" in each]


async def seen_together(world: World, ids: set[str]) -> list[dict[str, Any]]:
    """Records of requests that named all of these cases, once there are some."""
    async with asyncio.timeout(PATIENCE):
        while not (found := [each for each in await requests(world) if ids <= set(each["cases"])]):
            await asyncio.sleep(0.1)
    return found


async def test_six_cases_are_followed_by_one_request(world: World) -> None:
    ids = set(await filed(world, 6))
    (first, *_) = await seen_together(world, ids)
    assert (first["operation"], first["principal"], first["outcome"]) == ("journey.follow_many", "journey", "ok")
    assert [(each["operation"], each["method"], each["status"]) for each in first["hops"]] == [
        ("progress_many", "POST", 200)
    ]
    assert "case" not in first
    assert "subject" not in first
    await advance(world, 3)
    for case_id in ids:
        assert await ended(world, case_id) == ("completed", None)
    calls = {each["call"] for each in await requests(world)}
    told = [each for each in await world.records(kind="step") if each.get("case") in ids and "batch" in each]
    assert {each["case"] for each in told} == ids
    assert {each["batch"] for each in told} <= calls
    assert not any("hops" in each for each in told)


async def test_case_says_as_of_when_though_nothing_changes(world: World) -> None:
    (case_id, _) = await filed(world, 2, behave="never")
    before = (await world.get(f"/v1/cases/{case_id}")).json()
    async with asyncio.timeout(PATIENCE):
        while (case := (await world.get(f"/v1/cases/{case_id}")).json())["checked_at"] == before["checked_at"]:
            await asyncio.sleep(0.1)
    assert case["checked_at"] > before["checked_at"]
    assert case["updated_at"] == before["updated_at"]


def doctored(monkeypatch: pytest.MonkeyPatch, change: Any) -> None:
    real = EchoPortal.standing
    monkeypatch.setattr(EchoPortal, "standing", lambda portal, references: change(portal, real(portal, references)))


def with_a_stranger_s(portal: EchoPortal, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [*found, {**found[0], "reference": "E99999999"}]


def twice(portal: EchoPortal, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        *found,
        {**found[0], "reason": "as_you_asked", "history": [{**found[0]["history"][0], "status": "turned_down"}]},
    ]


def exchanged(portal: EchoPortal, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each under the reference of another one: what a list that slipped by a row looks like."""
    names = [each["reference"] for each in found]
    return [{**each, "reference": name} for each, name in zip(found, [*names[1:], *names[:1]], strict=True)]


def none(portal: EchoPortal, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return []


@pytest.mark.parametrize("change", [with_a_stranger_s, twice, exchanged, none])
async def test_strange_answer_mixes_no_two_cases(world: World, monkeypatch: pytest.MonkeyPatch, change: Any) -> None:
    """One of the demands is refused, the others are not: each case ends as its own, found out alone."""
    doctored(monkeypatch, change)
    good, bad = await filed(world, 2), await filed(world, 1, behave="reject_later")
    await seen_together(world, {*good, *bad})
    await advance(world, 3)
    for case_id in good:
        assert await ended(world, case_id) == ("completed", None)
    for case_id in bad:
        assert (await ended(world, case_id))[0] == "rejected"
    (told,) = [each for each in await world.records(kind="step") if each.get("case") in good and "hops" in each][:1]
    assert told["portal"] == "echo"
