"""The ways through the code that `docs/explanation/architecture.md` lists are the ways that the calls take."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest_asyncio

from tests.acceptance.conftest import FAST, World, world_in

PAGE = Path(__file__).parents[2] / "docs/explanation/architecture.md"
_STEP = re.compile(r"^\d+\. `(gateway|plugins)([\w.]+)`", re.MULTILINE)


class Walked:
    """Which functions of ours were called, in order, as `module.qualified_name`."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._on = False

    @contextmanager
    def noted(self) -> Iterator[None]:
        self.seen.clear()
        self._on = True
        yield
        self._on = False

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> None:
        if self._on and event == "call" and frame.f_globals.get("__name__", "").startswith(("gateway", "plugins")):
            self.seen.append(f"{frame.f_globals['__name__']}.{frame.f_code.co_qualname}")


@pytest_asyncio.fixture
async def walked(tmp_path: Path) -> AsyncIterator[tuple[World, Walked]]:
    """Set before the world starts, so that the threads of its store have it too."""
    found = Walked()
    threading.setprofile(found)
    sys.setprofile(found)
    try:
        async with world_in(tmp_path, "", journeys=FAST | {"embedded": True, "poll_seconds": 3600.0}) as world:
            yield world, found
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def steps(title: str) -> list[str]:
    """The functions that the page lists under this heading."""
    page = PAGE.read_text(encoding="utf-8")
    _, _, rest = page.partition(f"### {title}\n")
    listed = ["".join(found) for found in _STEP.findall(rest.partition("\n### ")[0].partition("\n## ")[0])]
    assert listed, f"the page lists nothing under {title!r}"
    return listed


def holds(listed: list[str], seen: list[str]) -> None:
    """Each is listed once, and they are called in the order of the page, whatever is called in between: other tasks run
    at the same time, and a coroutine shows up again when it goes on after waiting."""
    assert len(set(listed)) == len(listed)
    missing = [each for each in listed if each not in seen]
    assert not missing, f"not called: {missing}"
    left = iter(seen)
    late = next((each for each in listed if each not in left), None)
    assert late is None, f"not called after those that stand before it: {late}"


async def test_tracking_passes_the_listed_functions(walked: tuple[World, Walked]) -> None:
    world, found = walked
    await world.get("/v1/tracking/barid/RR123456785MA")
    with found.noted():
        answer = await world.get("/v1/tracking/barid/RR123456785MA")
    assert answer.status_code == 200
    holds(steps("GET /v1/tracking/{portal}/{number}"), found.seen)


async def test_filing_and_a_step_pass_the_listed_functions(walked: tuple[World, Walked]) -> None:
    world, found = walked
    await world.order("echo.note")
    with found.noted():
        case = await world.order("echo.note")
        filed = len(found.seen)
        await world.until(case["id"], lambda case: case["filing"]["reference"])
    holds(steps("POST /v1/cases"), found.seen[:filed])
    holds(steps("One step of a journey"), found.seen)
