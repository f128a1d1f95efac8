"""Files that are either whole or not there."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Final

if sys.platform != "win32":
    import fcntl

UNFINISHED: Final = ".part"
"""Files that end so were being written when the process ended."""


def replace(path: Path, content: bytes, *, durable: bool = False) -> None:
    """Write `path` at once: a reader, or whoever comes after a crash, finds the old content or the new, and of several
    writers one is the last. `durable` also holds when the power fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{token_hex(4)}{UNFINISHED}")  # its own: others may write the same file
    with unfinished.open("wb") as file:
        file.write(content)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    unfinished.replace(path)
    if durable and os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Only one at a time, of all threads and processes of this machine, is inside for that `path`. Needs POSIX;
    elsewhere it is no lock."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.lock").open("wb") as file:
        if sys.platform != "win32":
            fcntl.flock(file, fcntl.LOCK_EX)  # let go when the file is closed, or the process has ended
        yield
