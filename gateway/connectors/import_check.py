"""Import plugins in processes of their own first, so that one that exits, hangs or crashes takes nobody with it.

Plugins of others are tried at each start; those that come with the gateway only by the conformance kit, because it
costs a second of processor time.

A child of the gateway (`import_process`) forks once for each plugin and loads it there as the gateway would, up to its
services. What a plugin does there besides (connections, processes, threads) is a failure too: an import happens at each
start and in each tool, and must have no effects.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import structlog

from gateway.child_environment import child_environment
from gateway.connectors.registry import Stage
from gateway.connectors.sources import Source
from gateway.settings import Plugins

log = structlog.get_logger()

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
    for source, said in _said(plugins, untried):
        if "slow" in said:
            log.warning("plugin_import_slow", portal=source.id, location=Path(said["slow"]).name)
        elif said["ok"]:
            if (stamp := stamps[source]) is not None:
                _passed[source] = stamp
        else:
            failures[source] = ImportFailure(**said["failure"])
    return failures


def _said(plugins: Plugins, sources: list[Source]) -> Iterator[tuple[Source, dict[str, Any]]]:
    """What the child says of each plugin, as it comes."""
    order = {
        "path": sys.path,
        "plugins": plugins.model_dump(mode="json"),
        "sources": [
            {"id": each.id, "package": each.package, "folder": str(each.folder), "origin": each.origin}
            for each in sources
        ],
    }
    with start_child() as child:
        assert child.stdin is not None  # both are pipes
        assert child.stdout is not None
        with contextlib.suppress(BrokenPipeError):  # it has ended already; its status says so
            child.stdin.write(json.dumps(order).encode())
            child.stdin.close()
        for line in child.stdout:
            said = cast("dict[str, Any]", json.loads(line))
            yield sources[said.pop("index")], said
    if child.returncode:
        log.error("plugins_not_tried", status=child.returncode)


def start_child() -> subprocess.Popen[bytes]:
    """This interpreter, and a module of ours. It takes one order and ends."""
    return subprocess.Popen(
        [sys.executable, "-m", "gateway.connectors.import_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=child_environment(),
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
