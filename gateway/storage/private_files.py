"""File permissions: the state folder is 0700 and its files are 0600, whichever program made them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_FOLDERS: Final = ("keys", "secrets", "certificates")
_SQLITE: Final = ("", "-wal", "-shm", "-journal", ".lock")


def make_private(state_dir: Path, *urls: str) -> None:
    """The folder, what is in it, and the SQLite files of `urls`, which are made if they are not there: those that are
    there already lose what others may do with them. What belongs to another user is left alone."""
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    for url in urls:
        for path in sqlite_files(url)[:1]:
            path.parent.mkdir(parents=True, exist_ok=True)
            with_owner = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)  # SQLite gives its other files the same mode
            os.close(with_owner)
    for path in exposed(state_dir, *urls):
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~_OTHERS)


def exposed(state_dir: Path, *urls: str) -> list[Path]:
    """What of it others may read, write or enter, and we may change."""
    return [path for path in _ours(state_dir, *urls) if _is_exposed(path)]


def sqlite_files(url: str) -> list[Path]:
    """The database's file and those that SQLite puts beside it; nothing for another database."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        return []
    return [Path(parsed.database + suffix) for suffix in _SQLITE]


def _ours(state_dir: Path, *urls: str) -> Iterator[Path]:
    if state_dir.is_dir():
        yield state_dir
        yield from state_dir.iterdir()
        for name in _FOLDERS:
            yield from (state_dir / name).rglob("*")
    for url in urls:
        yield from sqlite_files(url)


def _is_exposed(path: Path) -> bool:
    if os.name != "posix" or path.is_symlink() or not path.exists():
        return False
    seen = path.stat()
    shared = stat.S_ISVTX & seen.st_mode or not (stat.S_ISDIR(seen.st_mode) or stat.S_ISREG(seen.st_mode))
    return bool(seen.st_mode & _OTHERS) and not shared and seen.st_uid == os.getuid()
