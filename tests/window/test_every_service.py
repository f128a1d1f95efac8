"""Each service of the catalogue is filled in and sent in a real browser, in each language, with and without scripts.

The test reads the catalogue: a new service is filled in from its own example.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from tests.acceptance.conftest import AMINA
from tests.acceptance.shared import IN_ONE_LOOP, shared_world
from tests.browser import in_browser
from tests.window.served_window import Window, shared_window
from tests.window.test_birth_extract import english

pytestmark = [IN_ONE_LOOP, pytest.mark.soak, pytest.mark.timeout(1200)]
world = shared_world()
window = shared_window()

SCRIPT: Final = Path(__file__).with_name("every_service.mjs")
HIDDEN: Final = "echo"


@pytest.mark.parametrize(
    ("language", "scripts"),
    [("fr", True), ("ar", True), ("en", True), ("ar", False)],
    ids=["fr", "ar", "en", "ar-without-scripts"],
)
async def test_every_service_can_be_sent(
    window: Window, world: Any, language: str, scripts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.npm.PATIENCE", 1100)
    listed = (await world.get("/v1/services?limit=100")).json()["data"]
    ids = [each["id"] for each in listed if each["portal"] != HIDDEN]
    services = [{"id": each, "example": (await world.get(f"/v1/services/{each}")).json()["example"]} for each in ids]
    assert len(services) > 30
    seen = await in_browser(
        SCRIPT, url=window.url, english=english(), language=language, services=services, login=AMINA, scripts=scripts
    )
    failed = {id: outcome for id, outcome in seen["outcomes"].items() if outcome.startswith("failed")}
    assert failed == {}
    assert set(seen["outcomes"]) == set(ids)
    assert seen["problems"] == []
    for case_id in seen["outcomes"].values():
        assert (await world.get(f"/v1/cases/{case_id}")).status_code == 200
