"""A whole case in a real browser, on a phone's screen: from the sign-in to the extract at her door."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from tests.acceptance.conftest import AMINA, CARD
from tests.acceptance.shared import IN_ONE_LOOP, shared_world
from tests.browser import in_browser
from tests.window.served_window import Window, shared_window
from window.translations import load

pytestmark = IN_ONE_LOOP
world = shared_world()
window = shared_window()

SCRIPT: Final = Path(__file__).with_name("birth_extract.mjs")
SERVICE: Final = "watiqa.birth-extract"


def english() -> list[str]:
    """Texts of the window that are others in Arabic and in French: seen there, they were not translated."""
    french, arabic = (load("fr")[language]._catalogue._catalog for language in ("fr", "ar"))  # type: ignore[attr-defined]
    return [each for each, text in french.items() if isinstance(each, str) and each not in (text, arabic.get(each), "")]


async def test_person_files_pays_and_sees_it_completed(window: Window, world: Any) -> None:
    """In French; then the same pages in Arabic. On the way each page is looked at in light and dark."""
    example = (await world.get(f"/v1/services/{SERVICE}")).json()["example"]
    seen = await in_browser(
        SCRIPT, url=window.url, english=english(), service=SERVICE, example=example, login=AMINA, card=CARD
    )
    assert seen["problems"] == []
    assert "AB123456" in seen["identity"]
    assert seen["wrong"]
    assert all(seen["wrong"]), "each error leads to its field"
    assert seen["back"] == seen["address"]
    assert seen["status"] == "completed"
    case_id = seen["address"].rpartition("/")[2]
    case = (await world.get(f"/v1/cases/{case_id}")).json()
    assert (case["status"], case["payments"][0]["state"]) == ("completed", "paid")
    filed = (await world.get(f"/v1/cases?service={SERVICE}")).json()["data"]
    assert [each["id"] for each in filed] == [case_id], "two clicks file once"
    assert case["shipment"]["reference"] in seen["french"]
    assert case["shipment"]["reference"] in seen["arabic"]
    assert ["window-session", True] in seen["cookies"]
