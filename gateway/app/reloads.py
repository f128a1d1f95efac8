"""Load a connector's new code while the gateway serves: `mre-gateway connector reload`.

The command writes a request into the state folder, and every process that serves from this folder answers it there.
New calls go to the new connector at once; those that are under way come to their end with the old one, which keeps its
client, its breaker and its places. If the new code does not load, the old one goes on serving.

What the catalogue and the description of the API are made of is read once, at the start: a plugin whose `plugin.toml`
or `services.toml` has changed needs a restart.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import secrets
import sys
from dataclasses import replace
from types import ModuleType
from typing import IO, Any, Final

import structlog

from gateway.app.portals import build_connector
from gateway.app.reload_request import FOLDER
from gateway.cases.portals import NotAvailable, Portals
from gateway.connectors.loader import PluginError, load_anew
from gateway.connectors.registry import LoadedPlugin, Registry
from gateway.settings import Settings
from gateway.struct_types import look_up_all

log = structlog.get_logger()

LOOK_SECONDS: Final = 0.5


class Reloads:
    """Answers the requests of this gateway's state folder, in one process."""

    def __init__(self, settings: Settings, registry: Registry, portals: Portals) -> None:
        self._settings = settings
        self._registry = registry
        self._portals = portals
        self._folder = settings.state_dir / FOLDER
        # Two containers that share a state folder may have processes of one number.
        self._name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._own = self._folder / f"{self._name}.process"
        self._lock: IO[str] | None = None
        self._task: asyncio.Task[None] | None = None
        self._answered: dict[str, str] = {}
        """By connector, the request that was answered last."""

    async def start(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = self._own.open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # as long as this process lives
        self._answered = self._requests()  # older than this process
        self._task = asyncio.create_task(self._run(), name="reloads")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._own.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for id, request in self._requests().items():
                if self._answered.get(id) != request:
                    self._answered[id] = request
                    self._answer(id, request, await self._reloaded(id))

    async def _reloaded(self, id: str) -> dict[str, Any]:
        try:
            await self.reload(id)
        except PluginError as error:
            log.error("plugin_not_reloaded", portal=id, stage=error.stage)
            return {"ok": False, "stage": error.stage, "reason": error.reason, "remedy": error.remedy}
        log.info("plugin_reloaded", portal=id)
        return {"ok": True}

    async def reload(self, id: str) -> None:
        """Raises `PluginError`; then everything is as it was."""
        old = self._registry.connectors.get(id)
        if old is None:
            raise PluginError(id, "find", "it is not loaded", "restart the gateway, which tries it anew")
        before = _modules(old.package)
        try:
            new = await asyncio.to_thread(load_anew, self._settings, id)
            _refuse_changes(id, old, new)
            now = self._portals.get(id)
            connector, isolated = await asyncio.to_thread(
                build_connector, new, now.connector.portal, now.portal_client.layers, self._settings
            )
        except BaseException as error:
            for name in _modules(old.package):
                del sys.modules[name]
            sys.modules.update(before)
            if isinstance(error, NotAvailable):
                raise PluginError(id, "find", "it is not loaded", "restart the gateway, which tries it anew") from None
            raise
        await self._portals.replace(id, connector, isolated)
        self._registry.connectors[id] = new
        await asyncio.to_thread(look_up_all)

    def _requests(self) -> dict[str, str]:
        found = {}
        for path in self._folder.glob("*.request"):
            with contextlib.suppress(OSError):
                found[path.stem] = path.read_text(encoding="utf-8")
        return found

    def _answer(self, id: str, request: str, said: dict[str, Any]) -> None:
        path = self._folder / f"{id}.{self._name}.answer"
        aside = path.with_suffix(".new")
        aside.write_text(json.dumps({"request": request, **said}), encoding="utf-8")
        aside.replace(path)


def _modules(package: str) -> dict[str, ModuleType]:
    return {name: each for name, each in sys.modules.items() if name == package or name.startswith(f"{package}.")}


def _refuse_changes(id: str, old: LoadedPlugin, new: LoadedPlugin) -> None:
    same = replace(new, connector_class=old.connector_class, standing=old.standing) == old
    if not same or new.connector_class.capabilities != old.connector_class.capabilities:
        reason = "its plugin.toml, its services.toml or its capabilities have changed"
        raise PluginError(id, "services", reason, "restart the gateway: its catalogue is read at the start")
