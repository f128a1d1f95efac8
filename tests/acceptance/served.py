"""The gateway as a process of its own, to be killed or told to end; the sandboxes stay in the test."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from gateway.sandbox.faults import Receive, Scope, Send
from gateway.sandbox.host import Host
from gateway.sandbox.serve import listen, running
from gateway.sandbox.state import prepare
from gateway.settings import load
from tests.ports import free_port
from tests.quick_gateway import QuickGateway
from tests.waiting import PATIENCE

from .conftest import TEN_DAYS_A_SECOND, World
from .sandboxes import build


class Served(World):
    """A world whose gateway can be started, killed and stopped."""

    host: Host
    process: QuickGateway | None = None
    settings: dict[str, str]

    async def start(self) -> None:
        settings = {"RATES__ENFORCED": "false", **self.settings}
        env = {**os.environ, **{f"MRE_GATEWAY__{name}": value for name, value in settings.items()}}
        with (self.state_dir / "gateway.log").open("ab") as log:
            self.process = QuickGateway("serve", "--state", str(self.state_dir), env=env, log=log)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                assert (await self.web.get(f"{self.url}/health/live")).status_code == 200
            except httpx.TransportError:
                assert self.process.poll() is None, (self.state_dir / "gateway.log").read_text()
                assert time.monotonic() < deadline
                await asyncio.sleep(0.02)
            else:
                return

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def tell_to_end(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)

    async def ends(self, seconds: float = PATIENCE) -> int:
        """Its exit code, if it ends in time."""
        assert self.process is not None
        return await asyncio.to_thread(self.process.wait, seconds)


class Held:
    """A portal that has taken a request, and answers none before it is let."""

    def __init__(self, host: Host, portal: str) -> None:
        self._app = host.apps[portal]
        host.apps[portal] = self
        self._arrived, self._let = asyncio.Event(), asyncio.Event()

    async def arrived(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self._arrived.wait()

    def let(self) -> None:
        self._let.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._arrived.set()
        await self._let.wait()
        await self._app(scope, receive, send)


@asynccontextmanager
async def served(state_dir: Path, **settings: Any) -> AsyncIterator[Served]:
    """`settings` as in the environment: `IDEMPOTENCY__RUNNING_SECONDS="1"`."""
    port = free_port()
    back, sealed, mail = (listen("127.0.0.1", 0) for _ in range(3))
    sandbox_port, tls_port, smtp_port = (each.getsockname()[1] for each in (back, sealed, mail))
    prepare(
        state_dir,
        port=port,
        sandbox_port=sandbox_port,
        sandbox_tls_port=tls_port,
        smtp_port=smtp_port,
        speed=TEN_DAYS_A_SECOND,
    )
    sandbox_url = f"http://127.0.0.1:{sandbox_port}"
    host = build(load(state_dir=state_dir), url=sandbox_url, speed=TEN_DAYS_A_SECOND, smtp=mail)
    async with (
        running(host, back, host.on_second_port(sealed)),
        httpx.AsyncClient(trust_env=False, verify=False, timeout=PATIENCE) as web,
    ):
        world = Served(f"http://127.0.0.1:{port}", sandbox_url, state_dir, None, web)  # type: ignore[arg-type]
        world.settings, world.host = settings, host
        try:
            await world.start()
            yield world
        finally:
            if world.process is not None and world.process.poll() is None:
                world.kill()
