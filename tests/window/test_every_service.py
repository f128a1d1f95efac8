"""Each service of the catalogue, filed and brought to its end by a person with a phone: the window knows none by name.

A new service passes without help from here: its form is filled in from its own example, and what it asks on its way is
answered by the kind of the action.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from tests.acceptance.conftest import AMINA, CARD, FAST
from tests.acceptance.shared import IN_ONE_LOOP, shared_world
from tests.browser import in_browser
from tests.window.served_window import Window, shared_window
from tests.window.test_birth_extract import english

pytestmark = [IN_ONE_LOOP, pytest.mark.soak, pytest.mark.timeout(3_600)]
world = shared_world(speed=1.0, journeys=FAST | {"embedded": True, "poll_seconds": 0.5})
window = shared_window()

SCRIPT: Final = Path(__file__).with_name("every_service.mjs")
LANGUAGES: Final = ("ar", "fr", "en")
PORTALS: Final = ("alhalalmadania", "chikaya", "passeport", "rendezvous", "rokhas", "watiqa")
"""Those that people file with; e-Timbre, Barid and the rest take part in their cases."""
DAYS: Final = 3.0
"""How far the portals' clock moves on at a time: less than any gives for an answer."""


@pytest.mark.parametrize("portal", PORTALS)
@pytest.mark.parametrize("scripts", [True, False], ids=["to-its-end", "filed-without-scripts"])
async def test_every_service_is_filed_on_a_phone(window: Window, world: Any, portal: str, scripts: bool) -> None:
    listed = (await world.get(f"/v1/services?portal={portal}&limit=100")).json()["data"]
    assert listed
    not_ended: dict[str, Any] = {}
    problems: list[str] = []
    for number, each in enumerate(listed, start=PORTALS.index(portal)):
        language = LANGUAGES[number % len(LANGUAGES)]
        example = (await world.get(f"/v1/services/{each['id']}")).json()["example"]
        try:
            seen = await in_browser(
                SCRIPT, url=window.url, english=english(), language=language, login=AMINA, card=CARD,
                id=each["id"], example=example, clock=f"{world.sandbox_url}/_clock", days=DAYS, scripts=scripts,
            )  # fmt: skip
        except (AssertionError, TimeoutError) as error:
            not_ended[each["id"]] = (language, str(error)[:1500])
            continue
        print(each["id"], language, seen["status"], seen["kinds"])
        if seen["status"] != ("completed" if scripts else "filed"):
            not_ended[each["id"]] = (language, seen)
        problems += seen["problems"]
    assert not_ended == {}
    assert problems == []
