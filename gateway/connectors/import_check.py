"""Import plugins in processes of their own first, so that one that exits, hangs or crashes takes nobody with it.

Plugins of others are tried at each start; those that come with the gateway only by the conformance kit, because it
costs a second of processor time.

A child of the gateway (`import_process`) forks once for each plugin and loads it there as the gateway would, up to its
services. What a plugin does there besides (connections, processes, threads) is a failure too: an import happens at each
start and in each tool, and must have no effects.

Only what was said of a plugin in so many words counts: one without a verdict is not imported. The child may have been
ended by another of the plugins, so each that it said nothing of is tried once more, alone.
"""

from __future__ import annotations

import contextlib
import json
import math
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import structlog

from gateway.child_environment import child_environment
from gateway.connectors.registry import Stage
from gateway.connectors.sources import Source
from gateway.settings import Plugins

log = structlog.get_logger()

AT_ONCE: Final = 8
"""Plugins that are tried at the same time."""
_START_SECONDS: Final = 60.0
_ROUND_SECONDS: Final = 5.0
"""Longer than a plugin may take, so that the child itself tells which one it was."""
_Stamp = tuple[tuple[str, int, int, int], ...]
_passed: dict[Source, _Stamp] = {}
"""Plugins that this process has tried already, and the state of their files then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFailure:
    """Why a plugin is not imported into this process."""

    stage: Stage
    reason: str
    remedy: str
    trace: str = ""
    """Where it happened: a traceback, or what was running when the time was over."""


class Said(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One line of the child's: that a plugin is slow, and where it is; that it passed; how it failed."""

    index: int
    """Of the plugin, among those that the child was given."""
    slow: str = ""
    ok: bool = False
    failure: ImportFailure | None = None


_NO_VERDICT: Final = ImportFailure(
    stage="import",
    reason="its trial in a process of its own came to no verdict: the process did not run, or was ended",
    remedy="see that the machine has memory and processes to spare, and what the plugin does when it is loaded",
)


def import_failures(plugins: Plugins, sources: Iterable[Source]) -> dict[Source, ImportFailure]:
    """Try each plugin in a process of its own, at most `plugins.import_seconds` each; those that fail, and why.

    A plugin that takes longer than `plugins.slow_import_seconds` is told in the log while it still goes on. One that
    passed before in this process, and whose files are unchanged, is not tried again.
    """
    stamps = {source: _stamp(source) for source in sources}
    untried = [source for source, stamp in stamps.items() if stamp is None or _passed.get(source) != stamp]
    if not untried:
        return {}
    failures: dict[Source, ImportFailure] = {}
    heard: set[Source] = set()
    for source, said in _said_of_each(plugins, untried):
        if said.slow:
            log.warning("plugin_import_slow", portal=source.id, location=Path(said.slow).name)
            continue
        heard.add(source)
        if said.failure is not None:
            failures[source] = said.failure
        elif (stamp := stamps[source]) is not None:
            _passed[source] = stamp
    return failures | {source: _NO_VERDICT for source in untried if source not in heard}


def _said_of_each(plugins: Plugins, sources: list[Source]) -> Iterator[tuple[Source, Said]]:
    left = dict.fromkeys(sources)
    for together in (sources, *([source] for source in sources)):
        for source, said in _said(plugins, [each for each in together if each in left]):
            if not said.slow:
                left.pop(source, None)
            yield source, said


def _said(plugins: Plugins, sources: list[Source]) -> Iterator[tuple[Source, Said]]:
    """What the child says of each plugin, as it comes, until it says what cannot be understood."""
    if not sources:
        return
    order = {
        "path": sys.path,
        "plugins": plugins.model_dump(mode="json"),
        "sources": [
            {"id": each.id, "package": each.package, "folder": str(each.folder), "origin": each.origin}
            for each in sources
        ],
    }
    try:
        child = start_child()
    except (OSError, subprocess.SubprocessError) as error:
        log.error("plugins_not_tried", error=type(error).__name__)
        return
    rounds = math.ceil(len(sources) / AT_ONCE)
    late = threading.Timer(rounds * (plugins.import_seconds + _ROUND_SECONDS) + _START_SECONDS, child.kill)
    late.daemon = True
    with child:
        assert child.stdin is not None  # both are pipes
        assert child.stdout is not None
        late.start()
        try:
            with contextlib.suppress(BrokenPipeError):  # it has ended already; its status says so
                child.stdin.write(json.dumps(order).encode())
                child.stdin.close()
            for line in child.stdout:
                said = understood(line)
                if said is None or not 0 <= said.index < len(sources):
                    break
                yield sources[said.index], said
            else:
                child.wait()
        finally:
            late.cancel()
            child.kill()
    if child.returncode:
        log.error("plugins_not_tried", status=child.returncode)


def understood(line: bytes) -> Said | None:
    """A line about a plugin; None for anything else."""
    try:
        said = msgspec.json.decode(line, type=Said)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    told = (bool(said.slow), said.ok, said.failure is not None)
    return said if sum(told) == 1 else None


def start_child() -> subprocess.Popen[bytes]:
    """This interpreter, and a module of ours. It takes one order and ends. Signals to the gateway's processes together,
    which the code of a plugin can send, do not concern it, nor its own the gateway."""
    return subprocess.Popen(
        [sys.executable, "-m", "gateway.connectors.import_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=child_environment(),
        start_new_session=True,
    )


def _stamp(source: Source) -> _Stamp | None:
    """Changes when a file of the plugin's does. None if they cannot be looked at."""
    found = []
    try:
        for path in sorted(source.folder.rglob("*")):
            if "__pycache__" not in path.parts and not path.is_dir():
                at = path.stat()
                found.append((str(path.relative_to(source.folder)), at.st_ino, at.st_mtime_ns, at.st_size))
    except OSError:
        return None
    return tuple(found)
