"""What is done by a mandate and its end come one after the other, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from sqlalchemy import select

from gateway.auth.policy import Denied
from gateway.storage.tables import attachments, cases
from tests.conftest import DATABASES
from tests.database_sessions import read, transaction
from tests.waiting import PATIENCE

from .conftest import World, world_in
from .shared import IN_ONE_LOOP, refusal
from .test_mandates import PDF

pytestmark = IN_ONE_LOOP


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=DATABASES)
async def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    server = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    url = server.create() if server else ""
    async with world_in(tmp_path_factory.mktemp("races"), url) as found:
        yield found
    if server:
        server.drop(url)


async def mandate_of(world: World) -> tuple[str, str]:
    """A mandate, and the token of the agent who holds it."""
    wish = {
        "agent": "demo-agent",
        "scope": ["cases:read", "cases:write"],
        "purpose": "x",
        "expires_at": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
    }
    code = (await world.post("/v1/mandates", wish)).json()["code"]
    token = await world.citizen("nadia", client_id="demo-agent")
    taken = await world.post("/v1/mandates/take", {"code": code}, token)
    assert taken.status_code == 200, taken.text
    return taken.json()["id"], token


async def test_once_a_revocation_is_answered_nothing_is_filed_any_more(world: World) -> None:
    mandate, token = await mandate_of(world)

    async def file(number: int) -> int:
        body = {"service": "echo.note", "form": {"text": str(number)}}
        return (await world.post("/v1/cases", body, token, Mandate=mandate)).status_code

    async def filed() -> set[str]:
        async with read(world.gateway.storage) as connection:
            return set((await connection.execute(select(cases.c.id))).scalars())

    before = await filed()
    assert await file(0) == 201
    busy = [asyncio.create_task(file(number)) for number in range(1, 25)]
    await asyncio.wait(busy, return_when=asyncio.FIRST_COMPLETED)
    revoked = await world.post(f"/v1/mandates/{mandate}/revoke", None)
    then = await filed()
    assert revoked.status_code == 200
    statuses = await asyncio.gather(*busy)
    assert await filed() == then
    assert statuses.count(201) == len(then - before) - 1
    assert set(statuses) <= {201, 403}
    assert await file(99) == 403


async def test_what_had_begun_before_a_revocation_is_not_kept_after_it(world: World) -> None:
    mandate, token = await mandate_of(world)
    revoked = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n' + PDF
        await revoked.wait()
        yield b"\r\n--edge--\r\n"

    headers = {
        "Authorization": f"Bearer {token}",
        "Mandate": mandate,
        "Idempotency-Key": "slow",
        "Content-Type": "multipart/form-data; boundary=edge",
    }
    upload = asyncio.create_task(world.web.post(f"{world.url}/v1/attachments", content=slowly(), headers=headers))
    async with asyncio.timeout(PATIENCE):
        while world.gateway.state.arriving == 0:
            await asyncio.sleep(0.01)
    assert (await world.get("/v1/cases", token, Mandate=mandate)).status_code == 200  # as the upload's start was
    assert (await world.post(f"/v1/mandates/{mandate}/revoke", None)).status_code == 200
    revoked.set()
    record = await refusal(world, await upload, 403, "mandate_ended", "mandate:valid@1")
    assert (record["operation"], record["reason"]) == ("attachments.create", "revoked")
    async with read(world.gateway.storage) as connection:
        assert (await connection.execute(select(attachments))).all() == []


async def test_a_revocation_waits_for_what_is_being_kept(world: World) -> None:
    gateway = world.gateway
    id, token = await mandate_of(world)
    mandate = await gateway.mandates.get(id)
    assert mandate is not None
    agent = await gateway.mandates.act(await gateway.verifier.verify(token), mandate)
    order = []

    async def revoke() -> None:
        async with transaction(gateway.storage) as tx:
            await tx.run_sync(gateway.mandates.end, mandate, "person")
            order.append("revoked")

    async with transaction(gateway.storage) as tx:
        await tx.run_sync(gateway.mandates.still_in, agent)
        ending = asyncio.create_task(revoke())
        done, _ = await asyncio.wait([ending], timeout=0.3)
        assert not done
        order.append("kept")
    await ending
    assert order == ["kept", "revoked"]
    async with transaction(gateway.storage) as tx:
        with pytest.raises(Denied) as caught:
            await tx.run_sync(gateway.mandates.still_in, agent)
    assert (caught.value.code, caught.value.decision.reason) == ("mandate_ended", "revoked")


async def test_a_code_is_taken_up_by_one_of_many(world: World) -> None:
    wish = {
        "agent": "demo-agent",
        "scope": ["cases:read"],
        "purpose": "x",
        "expires_at": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
    }
    code = (await world.post("/v1/mandates", wish)).json()["code"]
    tokens = [await world.citizen(login, client_id="demo-agent") for login in ("nadia", "omar")]
    tries = [world.post("/v1/mandates/take", {"code": code}, token) for token in tokens * 2]
    statuses = [each.status_code for each in await asyncio.gather(*tries)]
    assert sorted(statuses) == [200, 422, 422, 422]
