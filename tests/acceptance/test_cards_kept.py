"""Cards in the store, on both databases: how many one may have, and what is left of those of a forgotten person."""

from __future__ import annotations

import asyncio
from pathlib import Path

from gateway.storage.tables import cards

from .conftest import AMINA, YOUSSEF, world_in
from .shared import problem
from .test_cards import issued, judged, revoked
from .test_erasure import erase, rows


async def test_a_person_has_no_more_cards_than_allowed_and_one_that_is_revoked_does_not_count(
    tmp_path: Path, store_url: str
) -> None:
    async with world_in(tmp_path / "state", store_url, cards={"per_person": 2}) as world:
        token = await world.citizen()
        answers = await asyncio.gather(*(world.post("/v1/cards", {}, token) for _ in range(6)))
        assert sorted(each.status_code for each in answers) == [201, 201, 409, 409, 409, 409]
        refused = next(each for each in answers if each.status_code == 409)
        problem(refused, 409, "too_many_cards")
        assert "2" in refused.json()["detail"]
        first = next(each.json() for each in answers if each.status_code == 201)
        await revoked(world, first)
        await issued(world)


async def test_the_cards_of_a_person_who_is_forgotten_are_revoked_and_cannot_be_read(
    tmp_path: Path, store_url: str
) -> None:
    async with world_in(tmp_path / "state", store_url) as world:
        made, others = await issued(world), await issued(world, YOUSSEF)
        assert (await erase(world, AMINA)).exit_code == 0
        assert (await judged(world, made["card"])).result == "revoked"
        assert (await judged(world, others["card"])).result == "valid"
        problem(await world.get(f"/v1/cards/{made['id']}"), 410, "erased")
        listed = (await world.get("/v1/cards")).json()["data"]
        assert [(each["id"], each["state"]) for each in listed] == [(made["id"], "revoked")]
        assert [bool(row.sealed) for row in await rows(world, cards) if row.id == made["id"]] == [False]
