"""The example of a frontend in the docs, from another origin and in a real Chromium: the whole way of a person."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.browser import in_browser, pages
from tests.npm import ROOT

from .conftest import CARD, World
from .shared import IN_ONE_LOOP, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()

PAGE: Final = ROOT / "docs/examples/frontend.html"
SCRIPT: Final = Path(__file__).with_name("frontend_page.mjs")
MOST_LINES: Final = 150


async def test_frontend_page_takes_a_person_to_her_receipt(world: World) -> None:
    """She signs in, orders, pays on the card page, comes back by GET, follows live and reads her receipt."""
    text = PAGE.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    async with pages({"/frontend.html": text}) as served:
        origin = served.replace("127.0.0.1", "localhost")  # another site than the gateway and the card page
        seen = await in_browser(SCRIPT, url=f"{origin}/frontend.html", gateway=world.url, card=CARD)
    assert seen["problem"] == ""
    case_id = seen["receipt"]["sub"]
    assert [each.strip() for each in seen["events"]] == [each["text"] for each in await world.events(case_id)]
    case = (await world.get(f"/v1/cases/{case_id}")).json()
    assert (case["status"], case["payments"][0]["state"]) == ("completed", "paid")
    assert case["shipment"]["reference"] in seen["result"]
    assert seen["receipt"]["service"]["id"] == case["service"]
    (came_back,) = seen["requests"]
    assert came_back == ["GET", f"{origin}/frontend.html?case={case_id}&payment={case['payments'][0]['id']}"]
    assert seen["cookies"][0] == "session=mine"  # SameSite=Lax: it comes along by GET alone
    assert seen["address"] == f"{origin}/frontend.html"
