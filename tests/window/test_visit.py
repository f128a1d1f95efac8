"""One case with everything on its way, in a real browser on a phone's screen and in Arabic."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from tests.acceptance.conftest import AMINA, CARD
from tests.acceptance.shared import IN_ONE_LOOP, shared_world
from tests.browser import in_browser
from tests.window.served_window import Window, shared_window
from tests.window.test_birth_extract import english

pytestmark = IN_ONE_LOOP
world = shared_world()
window = shared_window()

SCRIPT: Final = Path(__file__).with_name("visit.mjs")
SCAN: Final = Path(__file__).with_name("scan.pdf")
SERVICE: Final = "echo.visit"
PAGES: Final = (
    "/me", "/me/accesses", "/me/cards", "/me/mandates", "/me/mandates/new", "/me/messages", "/me/preferences",
    "/me/family",
)  # fmt: skip


async def test_person_pays_answers_and_books_on_one_page(window: Window, world: Any, tmp_path: Path) -> None:
    """Each page on the way is looked at in light and dark: accessible, not too wide, translated, no error told."""
    example = (await world.get(f"/v1/services/{SERVICE}")).json()["example"]
    large = tmp_path / "large.pdf"
    large.write_bytes(bytes(window.settings.gateway.file_bytes + 1))
    seen = await in_browser(
        SCRIPT, url=window.url, english=english(), service=SERVICE, example={**example, "behave": "ask_document"},
        login=AMINA, card=CARD, file=str(SCAN), large=str(large), pages=PAGES,
    )  # fmt: skip
    assert seen["problems"] == []
    assert set(seen["kinds"]) == {"pay", "choose_slot", "provide_document"}
    assert len(seen["kinds"]) == 3, "each thing is asked once"
    kept, told = seen["tooLarge"]
    assert kept == 0, "the browser sends it nowhere"
    assert told.startswith("large.pdf: ")
    assert seen["said"], "who cannot see the page is told that it changed"
    case_id = seen["address"].rpartition("/")[2]
    codes = await world.codes(case_id)
    assert [codes.count(each) for each in ("paid", "answered", "appointment_booked", "completed")] == [1, 1, 1, 1]
