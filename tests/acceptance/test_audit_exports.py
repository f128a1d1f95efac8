"""Exports that last: how many at a time, and what others notice of them."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from gateway.api.http.protocol import GuardedProtocol
from gateway.audit import sequencer
from gateway.audit.entry import Entry, Hop
from gateway.audit.record import prepare
from tests.waiting import PATIENCE

from .conftest import World, world_in
from .shared import problem, record_of

HOPS: Final = 40
"""...make a record of some 13 KB."""
RECORDS: Final = 1200
"""Together more than the sockets between gateway and client hold."""


def place_large_ones(tx: Connection) -> None:
    hops = [
        Hop(attempt=n, portal="echo", operation="o", method="GET", request=b"x", response=b"y") for n in range(HOPS)
    ]
    new = [prepare(Entry(call_id=f"call_{n}", kind="call", hops=hops), max_bytes=65_535) for n in range(RECORDS)]
    sequencer.place(tx, new, limit=1)


async def test_exports_at_a_time_are_limited_and_one_that_ends_makes_room(tmp_path: Path) -> None:
    async with world_in(tmp_path, "", audit={"exports": 1}) as world:
        gateway = world.gateway
        await gateway.storage.run_write(place_large_ones)
        await gateway.checkpointer.advance()
        auditor = await world.machine("demo-auditor")
        headers = {"Authorization": f"Bearer {auditor}"}
        async with world.web.stream("GET", f"{world.url}/audit/export", headers=headers) as unread:
            assert unread.status_code == 200
            refused = await world.get("/audit/export", auditor)
            problem(refused, 503, "overloaded")
            assert (await world.get("/v1/services")).status_code == 200
            look = await record_of(world, refused)
            assert (look["kind"], look["outcome"], look["status"]) == ("access", "unavailable", 503)
        await until_free(world)
        answer = await world.get(f"/audit/export?first={RECORDS}", auditor)
        assert answer.status_code == 200
        await until_free(world)


async def test_an_export_that_nobody_reads_ends_with_the_gateway(tmp_path: Path) -> None:
    """What the server does with its connections when it is told to end; unread, it would wait for all of the grace."""
    async with world_in(tmp_path, "", server={"shutdown_grace_seconds": 1, "send_seconds": 600}) as world:
        gateway = world.gateway
        await gateway.storage.run_write(place_large_ones)
        await gateway.checkpointer.advance()
        headers = {"Authorization": f"Bearer {await world.machine('demo-auditor')}"}
        async with world.web.stream("GET", f"{world.url}/audit/export", headers=headers) as unread:
            assert unread.status_code == 200
            assert gateway.state.exports == 1
            async with asyncio.timeout(PATIENCE):
                while not (blocked := unread_connections()):
                    await asyncio.sleep(0.01)
            gateway.state.drain()
            gateway.send_away()
            for each in blocked:
                each.shutdown()
            await until_free(world)


def unread_connections() -> list[GuardedProtocol]:
    found = [each for each in gc.get_objects() if isinstance(each, GuardedProtocol)]
    return [each for each in found if each.flow is not None and each.flow._is_writable_event._waiters]


async def until_free(world: World) -> None:
    async with asyncio.timeout(PATIENCE):
        while world.gateway.state.exports:
            await asyncio.sleep(0.01)
