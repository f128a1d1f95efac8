"""What the operator's pages promise."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.conftest import world_in


async def test_the_journal_of_the_journeys_may_be_lost(tmp_path: Path) -> None:
    async with world_in(tmp_path, "") as world:
        await world.fault("watiqa", "error")
        case = await world.order()
        await world.pay(case["id"])
        await world.until(case["id"], lambda case: case["payment"]["stamp"])
    assert lose(tmp_path) >= 1
    async with world_in(tmp_path, "") as world:
        await world.fault("watiqa", "none")
        assert (await world.ended(case["id"]))["status"] == "completed"
        assert (await world.effects("etimbre")).count("stamp") == 1
        assert (await world.effects("watiqa")).count("order") == 1


def lose(folder: Path) -> int:
    journal = list(folder.glob("journeys.sqlite*"))
    for path in journal:
        path.unlink()
    return len(journal)
