"""Where a walk takes place: sandboxes that stay, and a gateway that comes and goes on the same store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from gateway.api.http.protocol import GuardedProtocol
from gateway.app import assemble
from gateway.sandbox.serve import listen, running
from gateway.sandbox.state import prepare
from gateway.settings import Settings, load
from tests.acceptance.conftest import FAST, World
from tests.acceptance.sandboxes import build
from tests.waiting import PATIENCE

SETTINGS: dict[str, Any] = {
    # Each retry comes soon after a fault has ended.
    "journeys": FAST
    | {"embedded": True, "lease_seconds": 2.0, "retry_max_seconds": 0.3, "appointment_seconds": 3600.0},
    "outbound": {
        "breaker": {"minimum_calls": 100_000},
        "timeouts": {"total_seconds": 1.0},
        "retry": {"base_seconds": 0.01, "attempts": 2},
    },
    "server": {"call_seconds": 3.0},
    "quotas": {},
    "rates": {"enforced": False},
}


class Place:
    def __init__(
        self, settings: Settings, changed: dict[str, Any], port: int, sandbox_url: str, web: httpx.AsyncClient
    ) -> None:
        self.settings, self.changed, self.sandbox_url, self.web = settings, changed, sandbox_url, web
        self.url, self._port = f"http://127.0.0.1:{port}", port
        self._stack = AsyncExitStack()

    async def start(self) -> World:
        made = assemble(self.settings)
        application = running(made.application(), listen("127.0.0.1", self._port), http=GuardedProtocol)
        await self._stack.enter_async_context(application)
        return World(self.url, self.sandbox_url, self.settings.state_dir, made, self.web)

    async def restart(self) -> World:
        await self.stop()
        return await self.start()

    async def stop(self) -> None:
        await self._stack.aclose()


@asynccontextmanager
async def place_in(state_dir: Path, store_url: str = "", *, hasty: bool = False) -> AsyncIterator[Place]:
    """Time stands nearly still there, until the walk moves it on. `hasty`: portals are given up soon."""
    front, back, sealed = (listen("127.0.0.1", 0) for _ in range(3))
    port, sandbox_port, tls_port = (each.getsockname()[1] for each in (front, back, sealed))
    front.close()
    prepare(state_dir, port=port, sandbox_port=sandbox_port, sandbox_tls_port=tls_port, store_url=store_url, speed=1.0)
    journeys = SETTINGS["journeys"] | ({"give_up_seconds": 1.5} if hasty else {})
    changed = SETTINGS | {"journeys": journeys}
    settings = load(state_dir=state_dir, **changed)
    sandbox_url = f"http://127.0.0.1:{sandbox_port}"
    host = build(settings, url=sandbox_url, speed=1.0)
    async with (
        running(host, back, host.on_second_port(sealed)),
        httpx.AsyncClient(trust_env=False, verify=False, timeout=PATIENCE) as web,
    ):
        place = Place(settings, changed, port, sandbox_url, web)
        try:
            yield place
        finally:
            await place.stop()
