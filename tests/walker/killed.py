"""A place whose gateway is a process of its own, which is killed in the middle of what it does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from gateway.app import assemble
from tests.acceptance.conftest import World
from tests.acceptance.served import Served

from .place import Place, place_in


class KilledPlace:
    """The sandboxes and the store of `place`, at which processes come and go by SIGKILL."""

    def __init__(self, place: Place) -> None:
        self._place = place
        # Never started: a walk reads its catalogue, nothing else.
        reader = assemble(place.settings)
        self._served = Served(place.url, place.sandbox_url, place.settings.state_dir, reader, place.web)
        self._served.settings = dict(_environment(place.changed))

    async def start(self) -> World:
        await self._served.start()
        return self._served

    def kill(self) -> None:
        if self._served.process is not None and self._served.process.poll() is None:
            self._served.kill()

    async def restart(self) -> World:
        self.kill()
        return await self.start()

    async def calm(self) -> World:
        """From here on the gateway runs in the test, where the laws can look into it."""
        self.kill()
        await self._served.gateway.storage.close()
        return await self._place.start()


@asynccontextmanager
async def killed_place_in(state_dir: Path, *, hasty: bool = False) -> AsyncIterator[KilledPlace]:
    async with place_in(state_dir, hasty=hasty) as place:
        found = KilledPlace(place)
        try:
            yield found
        finally:
            found.kill()


def _environment(settings: Mapping[str, Any], before: str = "") -> dict[str, str]:
    """The settings as a process finds them in its environment."""
    found: dict[str, str] = {}
    for name, value in settings.items():
        key = f"{before}{name.upper()}"
        found |= _environment(value, f"{key}__") if isinstance(value, Mapping) else {key: str(value).lower()}
    return found
