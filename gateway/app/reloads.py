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
import traceback
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import IO, Any, Final

import structlog

from gateway.app.portals import build_connector
from gateway.app.reload_request import FOLDER
from gateway.async_tasks import end
from gateway.cases.portals import ConnectedPortal, NotAvailable, Portals
from gateway.connectors.contract import Connector
from gateway.connectors.loader import PluginError, load_anew
from gateway.connectors.registry import LoadedPlugin, Registry
from gateway.outbound.isolation.process import IsolatedProcess
from gateway.settings import Settings
from gateway.struct_types import look_up_all

log = structlog.get_logger()

LOOK_SECONDS: Final = 0.5


class Reloads:
    """Answers the requests of this gateway's state folder. One in each process: what it changes is the process's."""

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
        _remove_dead(self._folder)
        aside = self._own.with_suffix(".new")
        self._lock = aside.open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # as long as this process lives
        aside.replace(self._own)  # locked before anybody looks whether it is
        self._answered = self._requests()  # older than this process
        self._task = asyncio.create_task(self._run(), name="reloads")

    async def stop(self) -> None:
        await end(self._task)
        self._own.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for id, request in self._requests().items():
                if self._answered.get(id) != request:
                    self._answered[id] = request
                    said = await self._reloaded(id)
                    try:
                        self._answer(id, request, said)
                    except OSError as error:
                        log.error("reload_not_answered", portal=id, error=type(error).__name__)

    async def _reloaded(self, id: str) -> dict[str, Any]:
        try:
            await self.reload(id)
        except PluginError as error:
            log.error("plugin_not_reloaded", portal=id, stage=error.stage)
            return {"ok": False, "stage": error.stage, "reason": error.reason, "remedy": error.remedy}
        except Exception as error:  # of the gateway's own: the next request is answered all the same
            log.error("plugin_not_reloaded", portal=id, stage="build", exc_info=error)
            reason, remedy = f"the gateway failed: {type(error).__name__}", "look at its log"
            return {"ok": False, "stage": "build", "reason": reason, "remedy": remedy}
        log.info("plugin_reloaded", portal=id)
        return {"ok": True}

    async def reload(self, id: str) -> None:
        """Raises `PluginError`, whatever the plugin's code raises; then everything is as it was."""
        try:
            old, now = self._registry.connectors[id], self._portals.get(id)
        except (KeyError, NotAvailable):
            raise PluginError(id, "find", "it is not loaded", "restart the gateway, which tries it anew") from None
        before = _modules(old.package)
        isolated: IsolatedProcess | None = None
        try:
            new, connector, isolated = await asyncio.to_thread(_load_and_build, self._settings, old, now)
            await asyncio.to_thread(look_up_all)
            await self._portals.replace(id, connector, isolated)
        except BaseException:
            for name in _modules(old.package):
                sys.modules.pop(name, None)
            sys.modules.update(before)
            if isolated is not None:
                await isolated.close()
            raise
        self._registry.connectors[id] = new

    def _requests(self) -> dict[str, str]:
        found = {}
        for path in self._folder.glob("*.request"):
            with contextlib.suppress(OSError, ValueError):
                found[path.stem] = path.read_text(encoding="utf-8")
        return found

    def _answer(self, id: str, request: str, said: dict[str, Any]) -> None:
        path = self._folder / f"{id}.{self._name}.answer"
        aside = path.with_suffix(".new")
        aside.write_text(json.dumps({"request": request, **said}), encoding="utf-8")
        aside.replace(path)


def _modules(package: str) -> dict[str, ModuleType]:
    loaded = list(sys.modules.items())  # other threads import meanwhile
    return {name: each for name, each in loaded if name == package or name.startswith(f"{package}.")}


def _load_and_build(
    settings: Settings, old: LoadedPlugin, now: ConnectedPortal
) -> tuple[LoadedPlugin, Connector, IsolatedProcess | None]:
    """In a thread, where even a `KeyboardInterrupt` can only be the plugin's. Raises `PluginError`."""
    id = old.manifest.id
    try:
        new = load_anew(settings, id)
        _refuse_changes(id, old, new)
        return new, *build_connector(new, now.connector.portal, now.portal_client.layers, settings)
    except PluginError:
        raise
    except BaseException as error:
        reason = f"{type(error).__name__}: {error}"
        raise PluginError(id, "import", reason, "correct the plugin", traceback.format_exc()) from error


def _remove_dead(folder: Path) -> None:
    """What processes left that ended without `stop`: nobody holds the lock of their file any more."""
    for path in folder.glob("*.process"):
        with contextlib.suppress(OSError), path.open("r+") as mark:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
            for answer in folder.glob(f"*.{path.stem}.answer"):
                answer.unlink(missing_ok=True)


def _refuse_changes(id: str, old: LoadedPlugin, new: LoadedPlugin) -> None:
    same = replace(new, connector_class=old.connector_class, standing=old.standing) == old
    if not same or new.connector_class.capabilities != old.connector_class.capabilities:
        reason = "its plugin.toml, its services.toml or its capabilities have changed"
        raise PluginError(id, "services", reason, "restart the gateway: its catalogue is read at the start")
