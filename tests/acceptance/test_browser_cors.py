"""Pages in a real Chromium call the API from origins of their own: what they can do, read, and who cannot."""

from __future__ import annotations

from pathlib import Path

from tests.browser import in_browser, pages

from .conftest import World
from .shared import IN_ONE_LOOP, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()
SCRIPT = Path(__file__).with_name("cors_page.mjs")
PAGE = {"/": "<!doctype html><title>A page of another origin</title>"}


async def test_a_browser_lets_allowed_pages_alone_call(world: World) -> None:
    """It reads the catalogue again by its ETag, files a case after a preflight, and reads the headers of answers; a
    page of an origin that no client names gets nothing but the browser's refusal."""
    async with pages(PAGE) as origin:
        foreign = origin.replace("127.0.0.1", "foreign.localhost")
        given = {"gateway": world.url, "token": await world.citizen(), "allowed": origin, "foreign": foreign}
        seen = await in_browser(SCRIPT, **given)
    allowed, refused = seen["allowed"], seen["foreign"]
    assert allowed["origin"] == origin
    assert allowed["services"]["status"] == 200
    assert allowed["services"]["headers"]["etag"]
    assert allowed["again"]["status"] == 304
    assert allowed["filed"]["status"] == 201
    assert allowed["filed"]["headers"]["location"].endswith(allowed["filed"]["id"])
    assert allowed["filed"]["headers"]["call-id"]
    assert allowed["repeated"]["headers"]["idempotent-replayed"] == "true"
    assert allowed["unknown"]["status"] == 404
    assert allowed["unknown"]["headers"]["call-id"]
    assert refused.pop("origin") == foreign
    assert set(refused) == set(allowed) - {"origin"}
    assert all(each == {"error": "TypeError"} for each in refused.values()), refused
    cases = (await world.get("/v1/cases")).json()["data"]
    assert [each["id"] for each in cases] == [allowed["filed"]["id"]]
