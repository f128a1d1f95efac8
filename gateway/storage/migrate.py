"""Bring the database to the schema this version needs. Several processes may start at once: the first one does it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, text

from gateway.storage.engine import Storage

if TYPE_CHECKING:
    from alembic.config import Config

_LOCK: Final = 0x4D5245_01
"""Advisory lock on PostgreSQL. On SQLite the writing transaction itself excludes others."""


async def migrate(storage: Storage) -> None:
    """Apply what is missing, in one transaction: all or nothing."""
    await storage.run_write(_migrate)


def _migrate(tx: Connection) -> None:
    if tx.dialect.name != "sqlite":
        tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    _upgrade(tx)


async def revision(storage: Storage) -> tuple[str | None, str]:
    """The revision the database is at (None: empty), and the one this version needs."""
    return await storage.run_read(_current), _head()


def _current(connection: Connection) -> str | None:
    from alembic.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()


def _head() -> str:
    from alembic.script import ScriptDirectory

    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None, "the migrations ship with the package"
    return head


def _upgrade(connection: Connection) -> None:
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    from alembic.config import Config  # here, because it costs a fifth of a second at start-up

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config
