"""What the gateway keeps is readable by nobody else, whatever was there before."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

from gateway.storage.private_files import exposed, make_private


def modes(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.rglob("*")]}


def test_new_database_is_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        state = tmp_path / "state"
        make_private(state, f"sqlite:///{state / 'gateway.sqlite'}")
        with closing(sqlite3.connect(state / "gateway.sqlite")) as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("CREATE TABLE t (a)")
            assert modes(state) == {
                ".": 0o700,
                "gateway.sqlite": 0o600,
                "gateway.sqlite-wal": 0o600,
                "gateway.sqlite-shm": 0o600,
            }
    finally:
        os.umask(before)


def test_files_that_others_could_read_are_closed_to_them(tmp_path: Path) -> None:
    state, elsewhere = tmp_path / "state", tmp_path / "elsewhere"
    (state / "keys").mkdir(parents=True)
    elsewhere.mkdir()
    elsewhere.chmod(0o755)
    for path in (state / "gateway.sqlite", state / "checkpoint", state / "keys" / "data.key", elsewhere / "db.sqlite"):
        path.write_bytes(b"")
        path.chmod(0o644)
    (state / "link").symlink_to(elsewhere)
    state.chmod(0o755)
    url = f"sqlite:///{elsewhere / 'db.sqlite'}"
    assert {path.name for path in exposed(state, url)} >= {"state", "gateway.sqlite", "db.sqlite"}
    make_private(state, url)
    assert exposed(state, url) == []
    assert stat.S_IMODE((elsewhere / "db.sqlite").stat().st_mode) == 0o600
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o755  # a folder that is not ours


def test_shared_folder_is_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    make_private(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o1777
