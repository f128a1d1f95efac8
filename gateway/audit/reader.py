"""Reads of the log for auditors and verifiers. Each notes its filters in the audit entry of the reading call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import Connection, select

from gateway.audit import access_records, anchored, bodies, density, nodes, rows, tiles
from gateway.audit.bodies import Body
from gateway.audit.checkpointer import Checkpointer
from gateway.audit.checkpointer import newest as published
from gateway.audit.entry import Entry
from gateway.audit.search import Filter, Found, Page, by_index, leaf_bytes, leaves, search
from gateway.audit.tiles import Tile
from gateway.storage import Storage
from gateway.storage.tables import audit_checkpoints
from gateway.storage.vault import Vault

_LARGEST: Final = 2**53 - 1
"""Every JSON reader and every database knows it exactly; no index is greater."""


class RecordNotFound(Exception):
    """There is no such record, or the caller must not have it."""


class RecordExpired(Exception):
    """The record existed, and has expired."""


class BodiesNotKept(Exception):
    """The requests and answers behind the record are not here."""


class TileNotFound(Exception):
    """There is no such tile, or no checkpoint covers all of it yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReader:
    storage: Storage
    checkpointer: Checkpointer
    vault: Vault
    scan_records: int
    """Number of records that one page may examine..."""
    density_records: int
    """...and that are counted for one chart."""

    async def page(self, entry: Entry, where: Filter, *, after: int | None, limit: int) -> Page:
        """Records that fit, newest first."""
        access_records.describe(entry, where)
        scan = self.scan_records
        found = await self.storage.run_read(partial(search, where=where, after=after, limit=limit, scan=scan))
        owner = (
            await self.storage.run_read(partial(access_records.owner_of, case_id=where.case_id))
            if where.case_id
            else ""
        )
        access_records.describe(entry, where, found.records, owner=owner)
        return found

    async def density(
        self, entry: Entry, where: Filter, since: datetime, until: datetime, buckets: int
    ) -> density.Density:
        """How many records fit, in each of so many pieces of that time."""
        access_records.describe(entry, where)
        counted = partial(
            density.density, where=where, since=since, until=until, buckets=buckets, scan=self.density_records
        )
        found = await self.storage.run_read(counted)
        entry.search = access_records.searched(where, found=any(found.counts))
        return found

    async def record(self, entry: Entry, index: int) -> Found:
        """Raises `RecordNotFound`, `RecordExpired`."""
        entry.kind = "access"
        found = await self.storage.run_read(lambda read: _record(read, index))
        entry.subject, entry.case_id = found.record.subject, found.record.case
        return found

    async def bodies(self, entry: Entry, index: int, purpose: str) -> list[Body]:
        """The requests and answers behind a record. Raises `RecordNotFound`, `RecordExpired`, `BodiesNotKept`."""
        entry.kind, entry.purpose = "access", purpose

        def bodies_of(connection: Connection) -> list[Body] | None:
            found = _record(connection, index)
            entry.subject, entry.case_id = found.record.subject, found.record.case
            return bodies.read(connection, self.vault, found, leaf_bytes(connection, index) or b"")

        kept = await self.storage.run_read(bodies_of)
        if kept is None:
            raise BodiesNotKept(index)
        return kept

    async def size(self) -> int:
        """How many records the newest checkpoint covers. Raises `NotConsistent`."""
        return (await self.checkpointer.newest()).checkpoint.size

    async def describe_export(self, entry: Entry, where: Filter, start: int, stop: int) -> None:
        await self.storage.run_read(
            partial(access_records.describe_export, entry=entry, where=where, start=start, stop=stop)
        )

    def export(self, form: rows.Rows, where: Filter, start: int, stop: int) -> AsyncIterator[bytes]:
        """The records that fit, oldest first, as they are written to a file."""
        return rows.written(form, self.storage, where, start, stop)

    async def checkpoint(self) -> tuple[bytes, datetime]:
        """The newest one as a signed note, with the cosignatures that it has, and when it was made. Raises
        `NotConsistent`."""
        signed = await self.checkpointer.newest()

        def read(connection: Connection) -> tuple[bytes, datetime]:
            made = select(audit_checkpoints.c.created_at).where(audit_checkpoints.c.size == signed.checkpoint.size)
            return anchored.cosigned(connection, signed).note, connection.execute(made).scalar_one()

        return await self.storage.run_read(read)

    async def anchor_names(self) -> list[str]:
        """The last of each day from each witness and authority."""

        def names(connection: Connection) -> list[str]:
            newest = published(connection)
            return anchored.names(connection, newest.checkpoint.size) if newest else []

        return await self.storage.run_read(names)

    async def anchor(self, name: str) -> bytes | None:
        return await self.storage.run_read(lambda read: anchored.content(read, name))

    async def hashes(self, level: int, tile: Tile) -> bytes:
        """A tile of the tree. Raises `TileNotFound`."""

        def read(connection: Connection) -> bytes:
            return b"".join(nodes.read(connection, level, tile.first, tile.first + tile.width))

        return await self._covered(tile, read)

    async def entries(self, tile: Tile) -> bytes:
        """A tile of records. Raises `TileNotFound`, `RecordExpired`."""

        def read(connection: Connection) -> bytes:
            if tile.first < nodes.expired(connection):
                raise RecordExpired(tile.first)
            return tiles.bundle(leaves(connection, tile.first, tile.first + tile.width))

        return await self._covered(tile, read)

    async def _covered(self, tile: Tile, read: Callable[[Connection], bytes]) -> bytes:
        """A tile's content, if a checkpoint covers all of it."""

        def covered(connection: Connection) -> bytes:
            newest = published(connection)
            size = newest.checkpoint.size if newest else 0
            if tile.first + tile.width > tiles.count(tile.level, size):
                raise TileNotFound
            return read(connection)

        return await self.storage.run_read(covered)


def _record(connection: Connection, index: int) -> Found:
    found = by_index(connection, index) if 0 <= index <= _LARGEST else None
    if found is None:
        if 0 <= index < nodes.expired(connection):
            raise RecordExpired(index)
        raise RecordNotFound(index)
    return found
