"""What the operator's pages promise."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.conftest import world_in


async def test_the_store_alone_carries_the_journeys_on(tmp_path: Path) -> None:
    async with world_in(tmp_path, "") as world:
        await world.fault("watiqa", "error")
        case = await world.order()
        await world.pay(case["id"])
        await world.until(case["id"], lambda case: case["payments"][0]["stamp"])
    assert {each.name for each in tmp_path.glob("*.sqlite")} == {"gateway.sqlite", "sandbox.sqlite"}
    async with world_in(tmp_path, "") as world:
        await world.fault("watiqa", "none")
        assert (await world.ended(case["id"]))["status"] == "completed"
        assert (await world.effects("etimbre")).count("stamp") == 1
        assert (await world.effects("watiqa")).count("order") == 1
