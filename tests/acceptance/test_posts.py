"""Posts and their free slots, asked of the gateway while its sandboxes run days ahead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.acceptance.conftest import World

SUMMER, CHANGING = range(4, 10), (3, 10)
"""Months of summer time in France, and those in which it begins or ends."""


async def test_a_person_finds_a_post_and_its_free_slots(world: World) -> None:
    posts = (await world.get("/v1/posts?service=rendezvous.legalisation", **{"Accept-Language": "ar"})).json()["data"]
    lyon = next(each for each in posts if each["id"] == "lyon")
    assert (lyon["name"], lyon["timezone"]) == ("القنصلية العامة بليون", "Europe/Paris")
    now = datetime.now(UTC)
    slots = (await world.get("/v1/slots?service=rendezvous.legalisation&post=lyon")).json()["data"]
    assert len(slots) > 100
    for slot in slots:
        start = datetime.fromisoformat(slot["start"])
        assert start > now, "the person's calendar, not the sandbox's"
        if start.month not in CHANGING:
            assert start.utcoffset() == timedelta(hours=2 if start.month in SUMMER else 1)


async def test_a_post_that_is_not_there_is_not_found(world: World) -> None:
    answer = await world.get("/v1/slots?service=rendezvous.legalisation&post=atlantis")
    assert (answer.status_code, answer.json()["code"]) == (404, "post_not_found")
    answer = await world.get("/v1/posts?service=rendezvous.driving-licence")
    assert (answer.status_code, answer.json()["code"]) == (404, "service_not_found")
