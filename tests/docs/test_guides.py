"""The guides are run, word for word, against a gateway and its sandboxes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.conftest import world_in

from .shell import ROOT, compare, run, steps

PAGES = ["docs/guides/api.md"]


@pytest.mark.parametrize("name", PAGES)
async def test_every_command_of_the_page_does_what_the_page_shows(name: str, tmp_path: Path) -> None:
    assert len(steps(ROOT / name)) >= 1
    async with world_in(tmp_path / "state", "") as world:
        replace = {
            "127.0.0.1:8400": world.url.removeprefix("http://"),
            "127.0.0.1:8401": world.sandbox_url.removeprefix("http://"),
            ":8401": ":" + world.sandbox_url.rpartition(":")[2],
            "demo-state": str(world.state_dir),
        }
        for step, printed in await run(ROOT / name, tmp_path, replace):
            compare(step, printed, replace)
