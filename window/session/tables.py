"""The tables of the window's store, in SQLite or PostgreSQL. They are made, and given what a newer window adds to them,
when it starts."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    inspect,
    text,
)
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

_METADATA: Final = MetaData()
SESSIONS: Final = Table(
    "window_sessions",
    _METADATA,
    Column("id", String(64), primary_key=True),
    Column("owner", String(32), nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False),
    Column("expires_at", Float, nullable=False, index=True),
    Column("ends_at", Float, nullable=False),
    Column("refreshing_until", Float, nullable=False),
    Column("client", String(32), nullable=False, server_default=""),
    Column("provider_session", String(32), nullable=False, server_default="", index=True),
)
KEYS: Final = Table(
    "window_keys",
    _METADATA,
    Column("name", String(32), primary_key=True),
    Column("secret", LargeBinary, nullable=False),
)
"""With which all processes seal what they give to browsers (`window.session.seals`)."""
ENDED: Final = Table(
    "window_ended",
    _METADATA,
    Column("id", String(64), primary_key=True),
    Column("expires_at", Float, nullable=False, index=True),
)
"""Logout tokens that were used, and what they ended, for a while: a session of the provider, or all of a person's."""


def engine(url: str) -> Engine:
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    found = create_engine(url, pool_pre_ping=True)
    if found.dialect.name == "sqlite":

        @event.listens_for(found, "connect")
        def prepare(connection: Any, _: Any) -> None:
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
                connection.execute(f"PRAGMA {pragma}")

    return found


def create(engine: Engine) -> None:
    try:
        _create(engine)
    except (IntegrityError, OperationalError, ProgrammingError):  # another process made it at the same moment
        _create(engine)


def _create(engine: Engine) -> None:
    _METADATA.create_all(engine)
    with engine.begin() as connection:
        _complete(connection)


def _complete(connection: Connection) -> None:
    """Columns and indexes that an older window's table lacks. The older one goes on beside them."""
    there = {each["name"] for each in inspect(connection).get_columns(SESSIONS.name)}
    for column in SESSIONS.columns:
        if column.name not in there:
            kind = column.type.compile(connection.dialect)
            connection.execute(text(f"ALTER TABLE {SESSIONS.name} ADD COLUMN {column.name} {kind} NOT NULL DEFAULT ''"))
    for index in SESSIONS.indexes:
        index.create(connection, checkfirst=True)
