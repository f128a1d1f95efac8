"""The databases: store and audit log. They are read, and stay as they were.

An SQLite file that no process has open has no write-ahead log beside it. It is then opened as immutable, or the mere
look would leave one there.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, func, make_url, select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from gateway.audit.record import decode
from gateway.auth.keys import KeyRing
from gateway.cases.claims import is_free
from gateway.cli.doctor import anchors
from gateway.cli.doctor.findings import Finding, note, ok, wrong
from gateway.cli.doctor.webhooks import webhooks
from gateway.settings import Settings
from gateway.storage import Storage
from gateway.storage.clock import database_in
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

    ahead: timedelta | None = None
    """How far the database's clock is ahead of this machine's; None on SQLite, which has none of its own."""
    newest: datetime | None = None

    def now(self) -> datetime:
        """By the clock that all processes on this store share."""
        return datetime.now(UTC) + (self.ahead or timedelta(0))


async def store(settings: Settings, ring: KeyRing | None, seen: Seen) -> list[Finding]:
    found: list[Finding] = []
    path = _sqlite_file(settings.store_url)
    if path is not None and not path.exists():
        return [note("store", f"{path} is not there; the first start makes it")]
    if path is not None and not os.access(path, os.W_OK):
        found.append(wrong("store", f"{path} cannot be written by this user", f"give this user the file {path}"))
    try:
        async with _reading(settings.store_url) as storage:
            current, needed = await revision(storage)
            if current != needed:
                found.append(_schema(current, needed))
                return found
            found.append(ok("store", f"{_where(settings.store_url)}, schema {current}"))
            found += await storage.run_read(lambda read: _contents(read, settings, ring, seen))
            found += await anchors.gaps(settings, storage)
            found += await storage.run_read(lambda read: _overdue(read, settings))
            found += await storage.run_read(lambda read: webhooks(read, settings))
    except Unreachable as error:
        found.append(wrong("store", f"{_where(settings.store_url)}: {error}", REACH))
    return found


def _contents(connection: Connection, settings: Settings, ring: KeyRing | None, seen: Seen) -> list[Finding]:
    found = []
    if ring is not None and not Vault(ring.data_key).fits(connection):
        remedy = "put back the data.key that belongs to this store; without it the personal data are lost"
        found.append(wrong("store", f"{ring.folder / 'data.key'} does not open what is sealed here", remedy))
    if connection.dialect.name == "postgresql":
        at = connection.execute(select(func.clock_timestamp())).scalar_one()
        seen.ahead = at - datetime.now(UTC)
        found += _writable(connection)
        found.append(_connections(connection, settings))
    return found + _audit(connection, seen)


def _schema(current: str | None, needed: str) -> Finding:
    if current is None:
        return note("store", f"empty; the first start brings it to schema {needed}")
    message = f"schema {current}, and this version needs {needed}"
    return wrong("store", message, "start the gateway once: it migrates; if the store is newer, install its version")


def _writable(connection: Connection) -> list[Finding]:
    """PostgreSQL tells without being written to."""
    replica = connection.execute(text("SELECT pg_is_in_recovery()")).scalar_one()
    may = connection.execute(text("SELECT has_table_privilege(current_user, 'audit_records', 'INSERT')")).scalar_one()
    if replica:
        return [wrong("store", "this server is a replica: nothing can be written", "name the primary in store.url")]
    if not may:
        return [wrong("store", "this user may not write", "grant it the rights of the tables' owner")]
    return []


_ALLOWED: Final = text("""
SELECT CASE WHEN rolsuper THEN current_setting('max_connections')::int ELSE LEAST(
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - COALESCE(current_setting('reserved_connections', true), '0')::int,
    NULLIF(rolconnlimit, -1), NULLIF(datconnlimit, -1)) END
FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()
""")
"""How many connections this user may have here."""


_BESIDE: Final = 3
"""Connections beside the pool: one listens, one tells that the process lives, one holds the turn to anchor the log."""


def _connections(connection: Connection, settings: Settings) -> Finding:
    allowed = connection.execute(_ALLOWED).scalar_one()
    processes, each = settings.store.processes, settings.store.pool_size + _BESIDE
    said = f"{processes} processes of at most {each} connections; the server allows {allowed}"
    if processes * each > allowed:
        remedy = (
            "raise max_connections and the limits of user and database, or lower store.pool_size or store.processes"
        )
        return wrong("connections", said, remedy)
    return ok("connections", said)


def _audit(connection: Connection, seen: Seen) -> list[Finding]:
    newest = select(func.count(), func.max(audit_records.c.at)).select_from(audit_records)
    placed, seen.newest = connection.execute(newest).one()
    waiting = connection.execute(select(func.count()).select_from(audit_pending)).scalar_one()
    said = f"{placed} records"
    if not waiting:
        return [ok("audit", said)]
    first = select(audit_pending.c.leaf).order_by(audit_pending.c.id).limit(1)
    since = datetime.fromisoformat(decode(connection.execute(first).scalar_one()).at)
    said = f"{said}; {waiting} durable but without a place in the log since {since:%Y-%m-%d %H:%M:%S} UTC"
    if seen.now() - since < _OVERDUE:
        return [ok("audit", said)]
    return [
        wrong("audit", said, "start the gateway: it places them; if it runs, look for audit_write_failed in its log")
    ]


def _overdue(connection: Connection, settings: Settings) -> list[Finding]:
    """Cases that nobody carries on."""
    late = database_in(-_OVERDUE.total_seconds())
    query = select(func.count(), func.min(cases.c.due_at)).where(cases.c.due_at < late, is_free())
    count, since = connection.execute(query).one()
    if not count:
        return []
    command = "serve" if settings.journeys_embedded else "work"
    message = f"{count} cases wait to be carried on, the first since {since:%Y-%m-%d %H:%M:%S} UTC"
    return [wrong("journeys", message, f"start `mre-gateway {command}`; if it runs, read its log on stderr")]


@asynccontextmanager
async def _reading(url: str) -> AsyncIterator[Storage]:
    try:
        storage = Storage(_read_only(url))
    except (SQLAlchemyError, ImportError) as error:
        raise Unreachable(_said(error, url)) from None
    try:
        async with asyncio.timeout(_SECONDS):
            yield storage
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
    found = URL.create("sqlite", database=f"file:{quote(str(path))}", query=query)
    return found.render_as_string(hide_password=False)


def _where(url: str) -> str:
    return str(_sqlite_file(url) or make_url(url).set(query={}).render_as_string(hide_password=True))


def _said(error: Exception, url: str) -> str:
    """The first line of what the driver says; it names the host and the user, and must not name more."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    line = next(iter(str(cause).splitlines()), "")
    password = make_url(url).password
    return f"{type(cause).__name__}: {line.replace(str(password), '***') if password else line}"
