"""Random walks over a whole gateway and its sandboxes; in `make test` short ones.

`WALKS=200 make soak ARGS=tests/walker` walks longer; `WALK_SEED=17` walks one way again, and `WALK_STEPS` says how far.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .found import find
from .killed import killed_place_in
from .laws import judge
from .place import place_in
from .walk import Walk

SEEDS = (1, 2)
"""At even ones the gateway gives portals up soon."""
STEPS = 10
LONG = int(os.environ.get("WALK_STEPS", "80"))


def _seeds(first: int) -> list[int]:
    if "WALK_SEED" in os.environ:
        return [int(os.environ["WALK_SEED"])]
    return list(range(first, first + int(os.environ.get("WALKS", "20"))))


async def walked(folder: Path, seed: int, store_url: str = "", steps: int = STEPS) -> None:
    async with place_in(folder, store_url, hasty=seed % 2 == 0) as place:
        walk = Walk(await place.start(), seed, place.restart)
        await walk.go(steps)
        judge(await find(walk))


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_random_walk_breaks_no_law(tmp_path: Path, seed: int) -> None:
    await walked(tmp_path, seed)


async def test_a_random_walk_on_postgresql_breaks_no_law(tmp_path: Path, postgres_url: str) -> None:
    await walked(tmp_path, 3, postgres_url)


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", _seeds(100))
async def test_a_long_random_walk_breaks_no_law(tmp_path: Path, seed: int) -> None:
    await walked(tmp_path, seed, steps=LONG)


@pytest.mark.soak
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("seed", _seeds(1000))
async def test_a_walk_with_kills_breaks_no_law(tmp_path: Path, seed: int) -> None:
    """The gateway is a process that dies by SIGKILL. Each start costs two seconds."""
    async with killed_place_in(tmp_path, hasty=seed % 2 == 0) as place:
        walk = Walk(await place.start(), seed, place.restart, kill=place.kill, calm=place.calm)
        await walk.go(LONG)
        judge(await find(walk))
