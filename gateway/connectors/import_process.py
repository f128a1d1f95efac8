"""The process in which plugins are tried: `python -m gateway.connectors.import_process`, for `import_check` alone.

In: one JSON object with the import path, the plugin settings and the plugins. Out: one JSON line for each fact about a
plugin: that it is slow and where it is, that it passed, or how it failed.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import select
import signal
import sys
import threading
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Final, NoReturn

import httpx

from gateway.connectors import loader, sources
from gateway.connectors.contract import Portal
from gateway.connectors.registry import LoadedPlugin
from gateway.connectors.sources import Source
from gateway.connectors.stack_dump import location_in
from gateway.secret import Secret
from gateway.settings import Plugins

_AT_ONCE: Final = 8
_TRACE_BYTES: Final = 8_192
_EFFECTS: Final = {
    "socket.connect": "opens a connection",
    "socket.bind": "opens a port",
    "socket.getaddrinfo": "resolves a host name",
    "socket.gethostbyname": "resolves a host name",
    "socket.sendto": "sends a datagram",
    "subprocess.Popen": "starts a process",
    "os.system": "starts a process",
    "os.exec": "starts a process",
    "os.posix_spawn": "starts a process",
    "os.fork": "starts a process",
    "os.forkpty": "starts a process",
}
"""Audit events of the interpreter (PEP 578), and what a plugin does by them."""


class EffectAtImport(Exception):
    """A plugin that is being imported does something that outlasts the import."""


@dataclass(slots=True)
class _Attempt:
    index: int
    source: Source
    pid: int
    stderr: IO[bytes]
    started: float = field(default_factory=time.monotonic)
    answer: bytes = b""
    told: bool = False

    def trace(self) -> str:
        """What the plugin's process wrote to its standard error last: its own words, or the dump of its stack."""
        size = self.stderr.seek(0, os.SEEK_END)
        self.stderr.seek(max(0, size - _TRACE_BYTES))
        return self.stderr.read().decode("utf-8", "replace").strip()


def main() -> None:
    order = json.load(sys.stdin)
    sys.path[:] = order["path"]
    plugins = Plugins.model_validate(order["plugins"])
    sources.open_namespace(plugins)
    waiting = [
        (index, Source(**{**each, "folder": Path(each["folder"])})) for index, each in enumerate(order["sources"])
    ]
    running: dict[int, _Attempt] = {}
    while waiting or running:
        while waiting and len(running) < _AT_ONCE:
            descriptor, attempt = _start(*waiting.pop(0), plugins)
            running[descriptor] = attempt
        ready, _, _ = select.select(list(running), [], [], 0.1)
        for descriptor, attempt in list(running.items()):
            if descriptor in ready and (piece := os.read(descriptor, 65_536)):
                attempt.answer += piece
                continue
            age = time.monotonic() - attempt.started
            if descriptor in ready:
                _tell(attempt, _verdict(attempt, os.waitpid(attempt.pid, 0)[1]))
            elif age > plugins.import_seconds:
                os.kill(attempt.pid, signal.SIGKILL)
                os.waitpid(attempt.pid, 0)
                _tell(attempt, _too_slow(attempt, plugins.import_seconds))
            else:
                if (
                    age > plugins.slow_import_seconds
                    and not attempt.told
                    and (where := location_in(attempt.trace(), attempt.source.folder))
                ):
                    attempt.told = True
                    _tell(attempt, {"slow": where})
                continue
            os.close(descriptor)
            attempt.stderr.close()
            del running[descriptor]


def _tell(attempt: _Attempt, said: dict[str, Any]) -> None:
    print(json.dumps({"index": attempt.index, **said}), flush=True)


def _tell_slow(attempt: _Attempt) -> None:
    where = location_in(attempt.trace(), attempt.source.folder)
    if where:  # the dump is there
        attempt.told = True
        _tell(attempt, {"slow": where})


def _start(index: int, source: Source, plugins: Plugins) -> tuple[int, _Attempt]:
    """Fork a process that loads the plugin and writes its verdict into a pipe, whose other end is returned."""
    stderr = TemporaryFile()  # noqa: SIM115 # closed with the attempt
    ours, its = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ours)
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        os.dup2(0, 1)
        os.dup2(stderr.fileno(), 2)
        _load(source, plugins, its)
    os.close(its)
    return ours, _Attempt(index=index, source=source, pid=pid, stderr=stderr)


def _load(source: Source, plugins: Plugins, out: int) -> NoReturn:
    faulthandler.enable()
    faulthandler.dump_traceback_later(plugins.slow_import_seconds, repeat=True)
    seen = _watch_effects()
    try:
        loaded = loader.load_one(source, tried=True)
        if loaded is not None:
            _build(loaded, source.id)
        threads = [each.name for each in threading.enumerate() if each is not threading.main_thread()]
        if not seen and threads:
            seen.append("starts a thread")
        said: dict[str, Any] = {"ok": not seen}
        if seen:
            said["failure"] = _failure("import", f"{seen[0]} when it is loaded", _LATER)
    except loader.PluginError as error:
        reason = f"{seen[0]} when it is loaded" if seen else error.reason
        failure = _failure(error.stage, reason, _LATER if seen else error.remedy, error.trace)
        said = {"ok": False, "failure": failure}
    except BaseException as error:  # what is no `Exception` ends a process
        reason = f"raises {type(error).__name__} when it is loaded"
        trace = "".join(traceback.format_exception(error))
        said = {"ok": False, "failure": _failure("import", reason, "raise another exception", trace)}
    os.write(out, json.dumps(said).encode())  # a pipe takes 64 KiB at once; the trace is bounded
    os._exit(0)


_LATER: Final = "do it when a method of the connector is first called"


def _build(loaded: LoadedPlugin, portal: str) -> None:
    """Make a connector with secrets that are none, to see that this ends. What it raises says nothing: the secrets are
    not the portal's own, and the gateway will see for itself."""
    secrets = {name: Secret("") for name in loaded.manifest.secrets}
    client = httpx.AsyncClient(base_url="https://portal.invalid")
    with contextlib.suppress(Exception):
        loaded.connector_class(Portal(id=portal, http=client, secrets=secrets, options=loaded.options()))


def _watch_effects() -> list[str]:
    """From here on note what an import must not do, and refuse it."""
    seen: list[str] = []

    def note(event: str, details: tuple[Any, ...]) -> None:
        if event in _EFFECTS and not _asks_for_ipv6(event, details):
            seen.append(_EFFECTS[event])
            raise EffectAtImport(f"{_EFFECTS[event]} when it is loaded")

    sys.addaudithook(note)
    return seen


def _asks_for_ipv6(event: str, details: tuple[Any, ...]) -> bool:
    """urllib3, which other libraries import, tries whether the machine has IPv6 by a port of its own choice on it."""
    return event == "socket.bind" and details[1][:2] == ("::1", 0)


def _verdict(attempt: _Attempt, status: int) -> dict[str, Any]:
    """What a process that ended of itself has said, or how it ended if it said nothing."""
    if attempt.answer:
        said: dict[str, Any] = json.loads(attempt.answer)
        return said
    code = os.waitstatus_to_exitcode(status)
    how = f"ends the process with status {code}" if code >= 0 else f"crashes: {signal.Signals(-code).name}"
    remedy = "leave the process alone: raise an exception instead" if code >= 0 else "find the extension that crashes"
    return {"ok": False, "failure": _failure("import", f"{how} when it is loaded", remedy, attempt.trace())}


def _too_slow(attempt: _Attempt, seconds: float) -> dict[str, Any]:
    trace = attempt.trace()
    where = location_in(trace, attempt.source.folder)
    reason = f"is not imported within {seconds:g} s" + (f": it waits in {where}" if where else "")
    remedy = f"look at {where}: {_LATER}" if where else _LATER
    return {"ok": False, "failure": _failure("import", reason, remedy, trace)}


def _failure(stage: str, reason: str, remedy: str, trace: str = "") -> dict[str, str]:
    return {"stage": stage, "reason": reason, "remedy": remedy, "trace": trace[-_TRACE_BYTES:]}


if __name__ == "__main__":
    main()
