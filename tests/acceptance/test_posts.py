"""Posts and their free slots, asked of the gateway while its sandboxes run days ahead."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tests.acceptance.conftest import World


async def test_a_person_finds_a_post_and_its_free_slots(world: World) -> None:
    posts = (await world.get("/v1/posts?service=rendezvous.legalisation", **{"Accept-Language": "ar"})).json()["data"]
    lyon = next(each for each in posts if each["id"] == "lyon")
    assert (lyon["name"], lyon["timezone"]) == ("القنصلية العامة بليون", "Europe/Paris")
    zone, now = ZoneInfo("Europe/Paris"), datetime.now(UTC)
    slots = (await world.get("/v1/slots?service=rendezvous.legalisation&post=lyon")).json()["data"]
    assert len(slots) > 100
    for slot in slots:
        start = datetime.fromisoformat(slot["start"])
        assert start > now, "the person's calendar, not the sandbox's"
        assert start.utcoffset() == start.astimezone(zone).utcoffset()


async def test_a_post_that_is_not_there_is_not_found(world: World) -> None:
    answer = await world.get("/v1/slots?service=rendezvous.legalisation&post=atlantis")
    assert (answer.status_code, answer.json()["code"]) == (404, "post_not_found")
    answer = await world.get("/v1/posts?service=rendezvous.driving-licence")
    assert (answer.status_code, answer.json()["code"]) == (404, "service_not_found")
