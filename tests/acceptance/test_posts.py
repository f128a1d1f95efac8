"""Posts and their free slots, asked of the gateway while its sandboxes run days ahead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.acceptance.conftest import World
from tests.acceptance.shared import problem

SUMMER, CHANGING = range(4, 10), (3, 10)
"""Months of summer time in France, and those in which it begins or ends."""


async def test_a_person_finds_a_post_and_its_free_slots(world: World) -> None:
    posts = (await world.get("/v1/posts?service=rendezvous.legalisation", **{"Accept-Language": "ar"})).json()["data"]
    lyon = next(each for each in posts if each["id"] == "lyon")
    assert (lyon["name"], lyon["timezone"]) == ("القنصلية العامة بليون", "Europe/Paris")
    now = datetime.now(UTC)
    slots = (await world.get("/v1/slots?service=rendezvous.legalisation&post=lyon&limit=500")).json()["data"]
    assert len(slots) > 100
    for slot in slots:
        start = datetime.fromisoformat(slot["starts_at"])
        assert start > now, "the person's calendar, not the sandbox's"
        if start.month not in CHANGING:
            assert start.utcoffset() == timedelta(hours=2 if start.month in SUMMER else 1)


async def test_a_post_that_is_not_there_is_not_found(world: World) -> None:
    answer = await world.get("/v1/slots?service=rendezvous.legalisation&post=atlantis")
    body = problem(answer, 404, "post_not_found")
    assert [(each["pointer"], "lyon" in each["allowed"]) for each in body["errors"]] == [("/?post", True)]
    answer = await world.get("/v1/posts?service=rendezvous.driving-licence")
    assert (answer.status_code, answer.json()["code"]) == (404, "service_not_found")


async def test_slots_come_in_pages_that_a_booking_does_not_shift(world: World) -> None:
    where = "/v1/slots?service=echo.visit&post=montreal&from=2027-02-16&to=2027-02-19"
    whole = (await world.get(f"{where}&limit=500")).json()
    assert (whole["has_more"], whole["next_cursor"]) == (False, None)
    seen, cursor = [], ""
    while cursor is not None:
        answer = await world.get(f"{where}&limit=7&cursor={cursor}")
        page = answer.json()
        assert len(answer.content) < 2_500
        assert 1 <= len(page["data"]) <= 7
        seen += page["data"]
        cursor = page["next_cursor"]
        assert page["has_more"] is (cursor is not None)
    assert seen == whole["data"]
    assert len(seen) > 14
    usual = (await world.get("/v1/slots?service=rendezvous.legalisation&post=lyon")).json()
    assert (len(usual["data"]), usual["has_more"]) == (100, True)
    for bad in ("limit=0", "limit=501"):
        problem(await world.get(f"{where}&{bad}"), 400, "invalid_request")
    problem(await world.get(f"{where}&cursor=x"), 400, "cursor_invalid")
