"""Where sessions are: a table in SQLite or PostgreSQL, so that they survive a crash and are one for all processes.

A row is named by a hash of the cookie's key and sealed with another one: who reads the table alone can neither become
somebody nor read whose tokens they are.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import Callable
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
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
    delete,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from window.session.model import Session, SessionData
from window.settings import WindowSettings

_METADATA: Final = MetaData()
_ROWS: Final = Table(
    "window_sessions",
    _METADATA,
    Column("id", String(64), primary_key=True),
    Column("owner", String(32), nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False),
    Column("expires_at", Float, nullable=False, index=True),
    Column("ends_at", Float, nullable=False),
    Column("refreshing_until", Float, nullable=False),
)
_TOUCH_SECONDS: Final = 60.0
_PURGE_SECONDS: Final = 300.0
_NONCE: Final = 12
_BEGUN: Final = ""
_KEPT: Final = "kept"
"""Owners of rows of nobody: a sign-in that was begun, a form that is kept."""


class SessionStore:
    """All methods may be called from the event loop: the database is read in a thread."""

    def __init__(self, settings: WindowSettings) -> None:
        self._idle = settings.sessions.idle_minutes * 60
        self._longest = settings.sessions.longest_hours * 3600
        self._most = {_BEGUN: settings.sessions.most_begun, _KEPT: settings.sessions.most_kept_forms}
        self._engine = _engine(settings.store_url)
        self._purged = 0.0

    async def open(self) -> None:
        await asyncio.to_thread(_create, self._engine)

    async def close(self) -> None:
        await asyncio.to_thread(self._engine.dispose)

    async def find(self, key: str) -> Session | None:
        """The session of a cookie, if it has not ended. Using it puts its end off."""
        return await asyncio.to_thread(self._find, key)

    async def lives(self, key: str) -> bool:
        """Whether the session of a cookie has not ended. Asking is no use of it."""
        return await asyncio.to_thread(self._lives, key)

    async def add(self, session: Session, seconds: float = 0.0) -> None:
        """`seconds`: how long it lives at most, if not as long as any."""
        await asyncio.to_thread(self._add, session, seconds)

    async def change(self, key: str, change: Callable[[SessionData], None]) -> Session | None:
        """The session as it is after `change`, which is given what it holds now; None if it has ended. Of several at
        the same time, in whatever process, each finds what the one before it left."""
        return await asyncio.to_thread(self._change, key, change)

    async def end(self, key: str) -> None:
        await asyncio.to_thread(self._delete, _ROWS.c.id == _name(key))

    async def end_all(self, owner: str) -> None:
        """Of one person, on all her devices."""
        if owner:
            await asyncio.to_thread(self._delete, _ROWS.c.owner == owner)

    async def lease_refresh(self, session: Session, seconds: float) -> bool:
        """Whether this request is the one that refreshes the session's tokens. Of several one may, until it gives the
        lease back or the time is over."""
        return await asyncio.to_thread(self._lease, session.key, seconds)

    async def end_lease(self, session: Session) -> None:
        await asyncio.to_thread(self._end_lease, session.key)

    def _find(self, key: str) -> Session | None:
        now = time.time()
        with self._engine.begin() as connection:
            row = connection.execute(select(_ROWS).where(_ROWS.c.id == _name(key), _ROWS.c.expires_at > now)).first()
            if row is None:
                return None
            data = _unsealed(key, row.sealed)
            if data is None:
                return None
            expires = min(now + self._idle, row.ends_at)
            if expires - row.expires_at > _TOUCH_SECONDS:
                connection.execute(update(_ROWS).where(_ROWS.c.id == row.id).values(expires_at=expires))
        return Session(key, data)

    def _lives(self, key: str) -> bool:
        with self._engine.begin() as connection:
            mine = select(_ROWS.c.id).where(_ROWS.c.id == _name(key), _ROWS.c.expires_at > time.time())
            return connection.execute(mine).first() is not None

    def _add(self, session: Session, seconds: float) -> None:
        now = time.time()
        ends = now + (seconds or self._longest)
        with self._engine.begin() as connection:
            connection.execute(
                insert(_ROWS).values(
                    id=_name(session.key),
                    owner=_owner(session.data),
                    sealed=_sealed(session.key, session.data),
                    version=0,
                    expires_at=ends if seconds else min(now + self._idle, ends),
                    ends_at=ends,
                    refreshing_until=0.0,
                )
            )
            self._make_room(connection, _owner(session.data))
            if now - self._purged > _PURGE_SECONDS:
                self._purged = now
                connection.execute(delete(_ROWS).where(_ROWS.c.expires_at < now))

    def _make_room(self, connection: Connection, owner: str) -> None:
        """Anybody can begin sessions of nobody: there are so many at most, and the oldest go first."""
        if owner not in self._most:
            return
        count = connection.execute(select(func.count()).where(_ROWS.c.owner == owner)).scalar_one()
        if (over := count - self._most[owner]) > 0:
            oldest = select(_ROWS.c.id).where(_ROWS.c.owner == owner).order_by(_ROWS.c.ends_at).limit(over)
            connection.execute(delete(_ROWS).where(_ROWS.c.id.in_(oldest)))

    def _change(self, key: str, change: Callable[[SessionData], None]) -> Session | None:
        mine = _ROWS.c.id == _name(key)
        with self._engine.begin() as connection:
            # Writing comes first: it keeps everybody else out, on either database, until the end of the transaction.
            locked = update(_ROWS).where(mine, _ROWS.c.expires_at > time.time()).values(version=_ROWS.c.version + 1)
            row = connection.execute(locked.returning(_ROWS.c.sealed)).first()
            data = _unsealed(key, row.sealed) if row is not None else None
            if data is None:
                return None
            change(data)
            connection.execute(update(_ROWS).where(mine).values(sealed=_sealed(key, data), owner=_owner(data)))
        return Session(key, data)

    def _delete(self, which: Any) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(_ROWS).where(which))

    def _lease(self, key: str, seconds: float) -> bool:
        now = time.time()
        with self._engine.begin() as connection:
            taken = connection.execute(
                update(_ROWS)
                .where(_ROWS.c.id == _name(key), _ROWS.c.refreshing_until < now)
                .values(refreshing_until=now + seconds)
            )
            return taken.rowcount == 1

    def _end_lease(self, key: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(_ROWS).where(_ROWS.c.id == _name(key)).values(refreshing_until=0.0))


def _engine(url: str) -> Engine:
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url, pool_pre_ping=True)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, _: Any) -> None:
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
                connection.execute(f"PRAGMA {pragma}")

    return engine


def _create(engine: Engine) -> None:
    try:
        _METADATA.create_all(engine)
    except (IntegrityError, OperationalError, ProgrammingError):  # another process made it at the same moment
        _METADATA.create_all(engine)


def _name(key: str) -> str:
    return hashlib.sha256(b"id:" + key.encode()).hexdigest()


def _owner(data: SessionData) -> str:
    return data.owner or (_KEPT if data.kept is not None else _BEGUN)


def _cipher(key: str) -> AESGCM:
    return AESGCM(hashlib.sha256(b"seal:" + key.encode()).digest())  # the key has 256 bits of chance: no salt is needed


def _sealed(key: str, data: SessionData) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + _cipher(key).encrypt(nonce, msgspec.msgpack.encode(data), _name(key).encode())


def _unsealed(key: str, sealed: bytes) -> SessionData | None:
    """None for a row of an older version of the window, or one that was tampered with: she signs in again."""
    try:
        plain = _cipher(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], _name(key).encode())
        return msgspec.msgpack.decode(plain, type=SessionData)
    except (InvalidTag, msgspec.MsgspecError):
        return None
