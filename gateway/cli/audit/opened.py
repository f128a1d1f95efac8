"""The log that a command is about: which gateway's, opened for the time of the command. Every look is recorded."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.audit.entry import Entry
    from gateway.audit.log import AuditLog
    from gateway.audit.search import Filter
    from gateway.auth.ledger import Ledger
    from gateway.settings import Settings
    from gateway.storage import Storage

T = TypeVar("T")


def require_store(settings: Settings) -> None:
    """Before anything is opened, which would make the file."""
    from sqlalchemy import make_url

    if not settings.on_postgresql and not Path(str(make_url(settings.store_url).database)).exists():
        raise click.ClickException(f"no gateway has run here yet: there is no store in {settings.state_dir}")


def run(settings: Settings, work: Callable[[Storage, AuditLog], Awaitable[T]]) -> T:
    """What `work` gives, with the gateway's store and log open."""
    from sqlalchemy.exc import SQLAlchemyError

    from gateway.audit.log import AuditLog, AuditUnavailable
    from gateway.storage import Storage
    from gateway.storage.migrate import revision

    async def opened() -> T:
        storage = Storage(settings.store_url, busy_timeout=settings.store.busy_timeout_seconds)
        try:
            current, needed = await revision(storage)
            if current != needed:
                raise click.ClickException("the store has another schema than this version: start the gateway once")
            log = AuditLog(storage, settings.audit, pseudonym=partial(_pseudonym, settings))
            await log.start()
            try:
                return await work(storage, log)
            finally:
                await log.stop()
        finally:
            await storage.close()

    require_store(settings)
    try:
        return asyncio.run(opened())
    except AuditUnavailable as error:
        raise click.ClickException(f"this look cannot be recorded, so nothing is shown: {error}") from error
    except SQLAlchemyError as error:
        raise click.ClickException(f"the store cannot be read: {type(error).__name__}") from error


def _pseudonym(settings: Settings, subject: str, at: datetime) -> str:
    from gateway.auth.ledger import is_stored

    return _ledger(settings).pseudonym(subject, at) if is_stored(subject) else subject


def names_of(settings: Settings, subject: str) -> tuple[str, ...]:
    """All that the log may call the person; the keys are only needed where the store's name is given."""
    from gateway.auth.ledger import is_stored

    if not is_stored(subject):
        return (subject,) if subject else ()
    return _ledger(settings).every(subject, datetime.now(UTC))


def _ledger(settings: Settings) -> Ledger:
    from gateway.auth import ledger
    from gateway.auth.keys import KeyRingError

    try:
        return ledger.read(settings.state_dir / "keys" / ledger.FILENAME)[0]
    except KeyRingError as error:
        raise click.ClickException(str(error)) from error


def read_recorded(settings: Settings, find: Callable[[Connection], T], access: Callable[[T], Sequence[Entry]]) -> T:
    """What `find` finds, once the records of that look are durable."""

    async def work(storage: Storage, log: AuditLog) -> T:
        found = await storage.run_read(find)
        for entry in access(found):
            await log.write(entry)
        return found

    return run(settings, work)


def machine_user() -> str:
    """Who looks, for the record: the machine's user by number."""
    return f"cli:{os.getuid() if hasattr(os, 'getuid') else 'local'}"


def access(operation: str, where: Filter) -> Entry:
    """The record of a look: whose data and which case it was about, and who looked."""
    from gateway.audit.entry import Entry
    from gateway.ids import new_id

    return Entry(
        call_id=new_id("call"),
        kind="access",
        operation=operation,
        client=machine_user(),
        principal="operator",
        subject=where.subject,
        case_id=where.case_id,
        service=where.service,
        portal=where.portal,
        decision="allow",
        rule="machine-user@1",
    )
