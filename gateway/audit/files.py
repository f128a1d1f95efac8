"""Files that are either whole or not there."""

from __future__ import annotations

import os
from pathlib import Path
from secrets import token_hex
from typing import Final

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
