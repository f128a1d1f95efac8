"""The process in which plugins are tried: `python -m gateway.connectors.import_process`, for `import_check` alone.

In: one JSON object with the import path, the plugin settings and the plugins. Out: one JSON line for each fact about a
plugin: that it is slow and where it is, that it passed, or how it failed.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import math
import os
import select
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Final, NoReturn

import httpx
import msgspec

from gateway.connectors import import_check, loader, sources
from gateway.connectors.contract import Portal
from gateway.connectors.import_check import AT_ONCE, ImportFailure, Said
from gateway.connectors.registry import LoadedPlugin, Stage
from gateway.connectors.sources import Source
from gateway.connectors.stack_dump import location_in
from gateway.secret import Secret
from gateway.settings import Plugins

_TRACE_BYTES: Final = 8_192
_REASON_CHARACTERS: Final = 1_024
_ANSWER_BYTES: Final = 65_536
_ALONE_SECONDS: Final = 2.0
_LEAVE_SECONDS: Final = 10.0
_LEAVE_LOOK_SECONDS: Final = 0.002
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
    parent = os.getppid()
    while waiting or running:
        if os.getppid() != parent:
            break  # nobody waits for the verdicts
        while waiting and len(running) < AT_ONCE:
            descriptor, attempt = _start(*waiting.pop(0), plugins, running)
            running[descriptor] = attempt
        ready, _, _ = select.select(list(running), [], [], 0.1)
        for descriptor, attempt in list(running.items()):
            if descriptor in ready and (piece := os.read(descriptor, 65_536)):
                attempt.answer = (attempt.answer + piece)[: _ANSWER_BYTES + 1]
                continue
            age = time.monotonic() - attempt.started
            if descriptor in ready:
                _tell(_verdict(attempt, _status(attempt)))
            elif age > plugins.import_seconds:
                _end(attempt)
                _tell(_too_slow(attempt, plugins.import_seconds))
            else:
                if (
                    age > plugins.slow_import_seconds
                    and not attempt.told
                    and (where := location_in(attempt.trace(), attempt.source.folder))
                ):
                    attempt.told = True
                    _tell(Said(index=attempt.index, slow=where))
                continue
            os.close(descriptor)
            attempt.stderr.close()
            del running[descriptor]
    for attempt in running.values():
        _end(attempt)


def _tell(said: Said) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(said) + b"\n")
    sys.stdout.flush()


def _status(attempt: _Attempt) -> int:
    """Of a process that has closed its end of the pipe, which it may do without coming to an end."""
    deadline = time.monotonic() + _LEAVE_SECONDS
    while time.monotonic() < deadline:
        pid, status = os.waitpid(attempt.pid, os.WNOHANG)
        if pid:
            return status
        time.sleep(_LEAVE_LOOK_SECONDS)
    return _end(attempt)


def _end(attempt: _Attempt) -> int:
    os.kill(attempt.pid, signal.SIGKILL)
    return os.waitpid(attempt.pid, 0)[1]


def _start(index: int, source: Source, plugins: Plugins, others: Iterable[int]) -> tuple[int, _Attempt]:
    """Fork a process that loads the plugin and writes its verdict into a pipe, whose other end is returned."""
    stderr = TemporaryFile()  # noqa: SIM115 # closed with the attempt
    ours, its = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setsid()  # what it signals to its group reaches nobody else
        signal.alarm(math.ceil(plugins.import_seconds + _ALONE_SECONDS))  # also when nobody is left to end it
        for each in (ours, *others):
            os.close(each)
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
        failure = _failure("import", f"{seen[0]} when it is loaded", _LATER) if seen else None
    except loader.PluginError as error:
        reason = f"{seen[0]} when it is loaded" if seen else error.reason
        failure = _failure(error.stage, reason, _LATER if seen else error.remedy, error.trace)
    except BaseException as error:  # what is no `Exception` ends a process
        reason = f"raises {type(error).__name__} when it is loaded"
        trace = "".join(traceback.format_exception(error))
        failure = _failure("import", reason, "raise another exception", trace)
    said = Said(index=0, ok=failure is None, failure=failure)
    os.write(out, msgspec.json.encode(said))  # a pipe takes 64 KiB at once; the texts are bounded
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


def _verdict(attempt: _Attempt, status: int) -> Said:
    """What a process that ended of itself has said, or how it ended if it said nothing."""
    said = import_check.understood(attempt.answer) if len(attempt.answer) <= _ANSWER_BYTES else None
    if said is not None and not said.slow:  # that it is slow is for us to say
        return Said(index=attempt.index, ok=said.ok, failure=said.failure)
    code = os.waitstatus_to_exitcode(status)
    if attempt.answer:
        how, remedy = "writes into files that it has not opened", "write into the plugin's own files alone"
    elif code >= 0:
        how, remedy = f"ends the process with status {code}", "leave the process alone: raise an exception instead"
    else:
        how, remedy = f"crashes: {_signal_name(-code)}", "find the extension that crashes"
    failure = _failure("import", f"{how} when it is loaded", remedy, attempt.trace())
    return Said(index=attempt.index, failure=failure)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"


def _too_slow(attempt: _Attempt, seconds: float) -> Said:
    trace = attempt.trace()
    where = location_in(trace, attempt.source.folder)
    reason = f"is not imported within {seconds:g} s" + (f": it waits in {where}" if where else "")
    remedy = f"look at {where}: {_LATER}" if where else _LATER
    return Said(index=attempt.index, failure=_failure("import", reason, remedy, trace))


def _failure(stage: Stage, reason: str, remedy: str, trace: str = "") -> ImportFailure:
    reason, remedy, trace = reason[:_REASON_CHARACTERS], remedy[:_REASON_CHARACTERS], trace[-_TRACE_BYTES:]
    return ImportFailure(stage=stage, reason=_text(reason), remedy=_text(remedy), trace=_text(trace))


def _text(said: str) -> str:
    """As UTF-8 can say it: a plugin may raise any text."""
    return said.encode("utf-8", "replace").decode("utf-8")


if __name__ == "__main__":
    main()
