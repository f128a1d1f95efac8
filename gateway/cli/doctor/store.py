"""The databases: store, audit log, journal of the journeys. They are read, and stay as they were.

An SQLite file that no process has open has no write-ahead log beside it. It is then opened as immutable, or the mere
look would leave one there.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy import URL, func, make_url, select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.audit.record import decode
from gateway.auth.keys import KeyRing
from gateway.cli.doctor import anchors
from gateway.cli.doctor.findings import Finding, note, ok, wrong
from gateway.settings import Settings
from gateway.storage import Storage
from gateway.storage.migrate import revision
from gateway.storage.tables import audit_pending, audit_records, cases
from gateway.storage.vault import Vault

_SECONDS: Final = 10.0
_OVERDUE: Final = timedelta(minutes=1)
"""Longer than any healthy process leaves something lying, whatever its settings."""

REACH: Final = "see that the database runs, that the address and the password are right, and that this user may use it"


class Unreachable(Exception):
    """The database cannot be read. The text holds neither password nor data."""


@dataclass(slots=True)
class Seen:
    """What the store told besides the findings."""

    times: dict[str, datetime] = field(default_factory=dict)
    newest: datetime | None = None


async def store(settings: Settings, ring: KeyRing | None, seen: Seen) -> list[Finding]:
    found: list[Finding] = []
    path = _sqlite_file(settings.store_url)
    if path is not None and not path.exists():
        return [note("store", f"{path} is not there; the first start makes it")]
    if path is not None and not os.access(path, os.W_OK):
        found.append(wrong("store", f"{path} cannot be written by this user", f"give this user the file {path}"))
    try:
        async with _reading(settings.store_url) as (storage, connection):
            current, needed = await revision(storage)
            if current != needed:
                found.append(_schema(current, needed))
                return found
            found.append(ok("store", f"{_where(settings.store_url)}, schema {current}"))
            if ring is not None and not await Vault(ring.data_key).fits(connection):
                remedy = "put back the data.key that belongs to this store; without it the personal data are lost"
                found.append(wrong("store", f"{ring.folder / 'data.key'} does not open what is sealed here", remedy))
            if not storage.sqlite:
                seen.times["the database"] = (await connection.execute(select(func.now()))).scalar_one()
                found += await _writable(connection)
            found += await _audit(connection, seen)
            found += await anchors.gaps(settings, storage)
            found += await _overdue(connection, settings)
    except Unreachable as error:
        found.append(wrong("store", f"{_where(settings.store_url)}: {error}", REACH))
    return found


async def journal(settings: Settings) -> list[Finding]:
    """The workflow engine's own database."""
    url = settings.journeys_url
    path = _sqlite_file(url)
    if path is not None and not path.exists():
        return [note("journeys", f"{path} is not there; the first start makes it")]
    if path is not None and settings.on_postgresql:
        remedy = "leave journeys.store_url empty, or name a PostgreSQL database"
        return [wrong("journeys", "several processes cannot share an SQLite journal", remedy)]
    if path is not None:
        url = f"sqlite+aiosqlite:///{path}"
    try:
        async with _reading(url) as (_, connection):
            await connection.execute(text("SELECT 1" if path is None else "SELECT count(*) FROM sqlite_master"))
    except Unreachable as error:
        return [wrong("journeys", f"{_where(settings.journeys_url)}: {error}", REACH)]
    return [ok("journeys", _where(settings.journeys_url))]


def _schema(current: str | None, needed: str) -> Finding:
    if current is None:
        return note("store", f"empty; the first start brings it to schema {needed}")
    message = f"schema {current}, and this version needs {needed}"
    return wrong("store", message, "start the gateway once: it migrates; if the store is newer, install its version")


async def _writable(connection: AsyncConnection) -> list[Finding]:
    """PostgreSQL tells without being written to."""
    replica = (await connection.execute(text("SELECT pg_is_in_recovery()"))).scalar_one()
    may = (
        await connection.execute(text("SELECT has_table_privilege(current_user, 'audit_records', 'INSERT')"))
    ).scalar_one()
    if replica:
        return [wrong("store", "this server is a replica: nothing can be written", "name the primary in store.url")]
    if not may:
        return [wrong("store", "this user may not write", "grant it the rights of the tables' owner")]
    return []


async def _audit(connection: AsyncConnection, seen: Seen) -> list[Finding]:
    newest = select(func.count(), func.max(audit_records.c.at)).select_from(audit_records)
    placed, seen.newest = (await connection.execute(newest)).one()
    waiting = (await connection.execute(select(func.count()).select_from(audit_pending))).scalar_one()
    said = f"{placed} records"
    if not waiting:
        return [ok("audit", said)]
    first = select(audit_pending.c.leaf).order_by(audit_pending.c.id).limit(1)
    since = datetime.fromisoformat(decode((await connection.execute(first)).scalar_one()).at)
    said = f"{said}; {waiting} durable but without a place in the log since {since:%Y-%m-%d %H:%M:%S} UTC"
    if datetime.now(UTC) - since < _OVERDUE:
        return [ok("audit", said)]
    return [
        wrong("audit", said, "start the gateway: it places them; if it runs, look for audit_write_failed in its log")
    ]


async def _overdue(connection: AsyncConnection, settings: Settings) -> list[Finding]:
    """Cases that nobody carries on."""
    late = datetime.now(UTC) - _OVERDUE
    query = select(func.count(), func.min(cases.c.due_at)).where(cases.c.due_at < late)
    count, since = (await connection.execute(query)).one()
    if not count:
        return []
    command = "serve" if settings.journeys_embedded else "work"
    message = f"{count} cases wait to be carried on, the first since {since:%Y-%m-%d %H:%M:%S} UTC"
    return [wrong("journeys", message, f"start `mre-gateway {command}`; if it runs, read its log on stderr")]


@asynccontextmanager
async def _reading(url: str) -> AsyncIterator[tuple[Storage, AsyncConnection]]:
    try:
        storage = Storage(_read_only(url))
    except (SQLAlchemyError, ImportError) as error:
        raise Unreachable(_said(error, url)) from None
    try:
        async with asyncio.timeout(_SECONDS), storage.read() as connection:
            yield storage, connection
    except TimeoutError:
        raise Unreachable(f"no answer within {_SECONDS:.0f} seconds") from None
    except (SQLAlchemyError, OSError) as error:
        raise Unreachable(_said(error, url)) from None
    finally:
        await storage.close()


def _sqlite_file(url: str) -> Path | None:
    parsed = make_url(url)
    return Path(str(parsed.database)) if parsed.get_backend_name() == "sqlite" else None


def _read_only(url: str) -> str:
    path = _sqlite_file(url)
    if path is None:
        return url
    untouched = {} if Path(f"{path}-wal").exists() else {"immutable": "1"}
    query = {"mode": "ro", "uri": "true", **untouched}
    found = URL.create("sqlite+aiosqlite", database=f"file:{quote(str(path))}", query=query)
    return found.render_as_string(hide_password=False)


def _where(url: str) -> str:
    return str(_sqlite_file(url) or make_url(url).set(query={}).render_as_string(hide_password=True))


def _said(error: Exception, url: str) -> str:
    """The first line of what the driver says; it names the host and the user, and must not name more."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    line = next(iter(str(cause).splitlines()), "")
    password = make_url(url).password
    return f"{type(cause).__name__}: {line.replace(str(password), '***') if password else line}"
