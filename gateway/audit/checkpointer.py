"""Signs what the log is: one checkpoint after the other, each the beginning of the next.

A checkpoint is signed, stored and only then given out. Nothing is signed that does not continue what was signed before:
neither the newest checkpoint in the database nor the one kept in a file beside it, which notices that the database was
restored from an older state. One transaction reads the log and stores the checkpoint; on PostgreSQL it holds an
advisory lock, so that a process that slept meanwhile either still holds it or fails to commit.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import Connection, delete, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.audit import checkpoint, files, nodes, note, sequencer, tree
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.note import Signer, VerifierKey
from gateway.settings import Audit
from gateway.storage import Storage
from gateway.storage.tables import audit_checkpoints

KEPT: Final = "audit.checkpoint"
"""Name, in the state folder, of the file with the newest checkpoint that was given out from there."""

REFUSED: Final = "audit.refused"
"""Name, beside it, of the file in which `anchors` keeps what a witness said against the database."""

_LOCK: Final = 0x4D5245_03
"""PostgreSQL's advisory lock of the one who may sign, held to the end of the transaction."""
_TILES_AT_ONCE: Final = 128

_log: Final = structlog.get_logger(__name__)


class NotConsistent(Exception):
    """The database does not continue what was signed. Nothing is signed until somebody has looked into it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A checkpoint and the note that carries it, byte for byte."""

    checkpoint: Checkpoint
    note: bytes


class Checkpointer:
    """`signer` is asked for each signature, because keys rotate. `kept` is a file that must not be restored together
    with the database."""

    def __init__(self, storage: Storage, settings: Audit, signer: Callable[[], Signer], *, kept: Path) -> None:
        self._storage = storage
        self._settings = settings
        self._signer = signer
        self._kept = kept
        self._alone = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self.problem = ""
        """Why the last attempt to sign failed; empty if it did not."""

    @property
    def key(self) -> VerifierKey:
        """The key that signs now, under the log's name."""
        return VerifierKey(name=self._settings.origin, public=self._signer().public)

    def vkeys(self, public: Iterable[bytes]) -> list[str]:
        """Verifier keys of the log for these raw public keys."""
        return [str(VerifierKey(name=self._settings.origin, public=each)) for each in public]

    async def start(self) -> None:
        """From now on sign by itself, `audit.checkpoint_seconds` after the log has grown."""
        self._task = asyncio.create_task(self._run(), name="audit-checkpoints")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def newest(self) -> Published:
        """The newest checkpoint. A new one is signed if the log has grown and the newest is old enough."""
        self._not_refused()
        async with self._storage.read() as connection:
            last = await connection.run_sync(_last)
            size = await connection.run_sync(sequencer.size)
        if last is not None:
            published, at = last
            age = datetime.now(UTC) - at
            if published.checkpoint.size == size or age < timedelta(seconds=self._settings.checkpoint_seconds):
                return published
        return await self.advance()

    async def covering(self, index: int) -> Published:
        """The newest checkpoint, if it covers that record; otherwise a new one."""
        published = await self.newest()
        return published if index < published.checkpoint.size else await self.advance()

    async def advance(self) -> Published:
        """A checkpoint of all records there are. Raises `NotConsistent`."""
        async with self._alone:
            try:
                self._not_refused()
                while await self._storage.transact(self._grow):
                    pass
                kept = await asyncio.to_thread(self._read_kept)
                published = await self._storage.transact(lambda tx: self._sign(tx, kept))
                if kept is None or kept.size < published.checkpoint.size:
                    await asyncio.to_thread(files.replace, self._kept, published.note, durable=True)
            except Exception as error:
                self.problem = str(error) if isinstance(error, NotConsistent) else type(error).__name__
                raise
            self.problem = ""
            return published

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._settings.checkpoint_seconds)
            before = self.problem
            try:
                await self.newest()
            except Exception:
                if self.problem != before:
                    _log.error("audit_checkpoint_failed", reason=self.problem)

    def _grow(self, tx: Connection) -> bool:
        _lock(tx)
        return nodes.grow(tx, sequencer.size(tx), most=_TILES_AT_ONCE)

    def _sign(self, tx: Connection, kept: Checkpoint | None) -> Published:
        _lock(tx)
        size = sequencer.size(tx)
        while nodes.grow(tx, size, most=_TILES_AT_ONCE):
            pass
        hashes = nodes.StoredHashes(tx, size)
        last = _last(tx)
        signer = self._signer()
        for before, where in ((last and last[0].checkpoint, "in the database"), (kept, f"in {self._kept}")):
            if before is not None:
                _continues(hashes, size, before, where)
        now = Checkpoint(origin=self._settings.origin, size=size, root=tree.root(hashes, size))
        if last is not None and last[0].checkpoint == now and _is_by(last[0].note, signer):
            return last[0]
        signed = Published(checkpoint=now, note=bytes(now.sign(signer)))
        tx.execute(delete(audit_checkpoints).where(audit_checkpoints.c.size == size))  # the same under an older key
        row = {"size": size, "root": now.root, "note": signed.note, "created_at": datetime.now(UTC)}
        tx.execute(insert(audit_checkpoints), [row])
        return signed

    def _not_refused(self) -> None:
        path = self._kept.with_name(REFUSED)
        if found := refusal(path):
            raise NotConsistent(f"{found['reason']}; see {path}")

    def _read_kept(self) -> Checkpoint | None:
        try:
            return checkpoint.parse(note.parse(self._kept.read_bytes()).text)
        except FileNotFoundError:
            return None
        except note.NoteError as error:
            raise NotConsistent(f"{self._kept} is not a checkpoint: {error}") from error


async def published(connection: AsyncConnection) -> Published | None:
    """The newest checkpoint in the database."""
    last = await connection.run_sync(_last)
    return last and last[0]


def refusal(path: Path) -> dict[str, str]:
    """What a witness said against the database: its name and the reason. Empty if none did."""
    if not path.exists():
        return {}
    unknown = {"witness": "", "reason": "a witness contradicts this database"}
    try:
        found = json.loads(path.read_bytes())
    except ValueError:
        return unknown
    return unknown | found if isinstance(found, dict) else unknown


def _lock(tx: Connection) -> None:
    if tx.dialect.name != "sqlite":  # there a writing transaction excludes every other
        tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _last(connection: Connection) -> tuple[Published, datetime] | None:
    table = audit_checkpoints.c
    row = connection.execute(select(table.note, table.created_at).order_by(table.size.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    head = checkpoint.parse(note.parse(row.note).text)
    return Published(checkpoint=head, note=row.note), row.created_at


def _continues(hashes: tree.Hashes, size: int, before: Checkpoint, where: str) -> None:
    if before.size > size:
        raise NotConsistent(
            f"the checkpoint {where} covers {before.size} records, the log has only {size}: "
            "the database was restored from an older state, or records were removed"
        )
    if tree.root(hashes, before.size) != before.root:
        raise NotConsistent(
            f"the first {before.size} records are not those of the checkpoint {where}: the log was changed"
        )


def _is_by(signed: bytes, signer: Signer) -> bool:
    found = note.parse(signed).signatures
    return any(VerifierKey(name=each.name, public=signer.public).key_id == each.key_id for each in found)
