"""Ask the processes that serve from a state folder to load a connector anew, and wait for what they say."""

from __future__ import annotations

import contextlib
import fcntl
import json
import secrets
import time
from pathlib import Path
from typing import Any, Final

FOLDER: Final = "reloads"
_LOOK_SECONDS: Final = 0.1


class NobodyServes(Exception):
    """No process serves from this folder."""


def request_reload(state_dir: Path, id: str, seconds: float) -> list[dict[str, Any]]:
    """One answer for each process: `pid`, `ok`, and if it failed `stage`, `reason` and `remedy`. Raises
    `NobodyServes`."""
    folder = state_dir / FOLDER
    waiting = _processes(folder)
    if not waiting:
        raise NobodyServes
    request = secrets.token_hex(8)
    aside = folder / f"{id}.new"
    aside.write_text(request, encoding="utf-8")
    aside.replace(folder / f"{id}.request")
    answers: list[dict[str, Any]] = []
    end = time.monotonic() + seconds
    while waiting and time.monotonic() < end:
        for name in sorted(waiting):
            if (said := _answer(folder / f"{id}.{name}.answer", request)) is not None:
                answers.append({"pid": _pid(name), **said})
                waiting.discard(name)
        waiting &= _processes(folder)
        time.sleep(_LOOK_SECONDS)
    silent = {"ok": False, "stage": "find", "reason": "it does not answer", "remedy": "look at its log"}
    return [*answers, *({"pid": _pid(name), **silent} for name in sorted(waiting))]


def _pid(name: str) -> int:
    return int(name.partition("-")[0])


def _answer(path: Path, request: str) -> dict[str, Any] | None:
    try:
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return said if said.pop("request", "") == request else None


def _processes(folder: Path) -> set[str]:
    """The names of those that live: each holds a lock on its file."""
    found = set()
    for path in folder.glob("*.process"):
        with contextlib.suppress(OSError, ValueError), path.open("r") as mark:
            try:
                fcntl.flock(mark, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                found.add(path.stem)
    return found
