"""A case whose stored state cannot be read as a whole: the person sees it, and nothing is done about it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from gateway.storage.tables import cases
from tests.database_sessions import transaction

from .conftest import World
from .evidence import call_back, hold, notice, opened, order, payments_of
from .shared import IN_ONE_LOOP, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()


async def store(world: World, case_id: str, state: Any) -> None:
    async with transaction(world.gateway.storage) as tx:
        await tx.execute(update(cases).where(cases.c.id == case_id).values(state=state))


async def spoil(world: World, case_id: str) -> Any:
    """Make its documents unreadable; returns the state that was stored."""
    async with transaction(world.gateway.storage) as tx:
        whole = (await tx.execute(select(cases.c.state).where(cases.c.id == case_id))).scalar_one()
    await store(world, case_id, whole | {"filing": {**whole["filing"], "documents": [{"id": "x"}]}})
    return whole


@pytest.mark.parametrize(("action", "body"), [("pay", {}), ("withdraw", None), ("confirm", {"choice": "yes"})])
async def test_action_is_refused_before_a_portal_is_asked(world: World, action: str, body: Any) -> None:
    case_id = await order(world)
    whole, said = await spoil(world, case_id), await world.codes(case_id)
    seen = await world.get(f"/v1/cases/{case_id}")
    assert (seen.status_code, seen.json()["id"]) == (200, case_id)
    answer = await world.post(f"/v1/cases/{case_id}/actions/{action}", body)
    assert (answer.status_code, answer.json()["code"]) == (503, "case_damaged"), answer.text
    assert await payments_of(world, case_id) == {}
    await store(world, case_id, whole)
    assert await world.codes(case_id) == said


async def test_callback_comes_again_when_the_case_is_mended(world: World) -> None:
    case_id = await order(world)
    fields = await opened(world, case_id)
    hold(world, fields["oid"])
    whole = await spoil(world, case_id)
    assert "case_damaged" in await call_back(world, notice(world, fields))
    assert await payments_of(world, case_id) == {fields["oid"]: "pending"}
    await store(world, case_id, whole)
    assert await call_back(world, notice(world, fields)) == "ACTION=POSTAUTH"
