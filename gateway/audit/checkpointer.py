"""Signs the checkpoints of the log, each an extension of the one before.

Size and root are stored first, then signed, then published: every published signature is over a promise that the
database already holds. The gateway signs only what extends both the newest promise in the database and the checkpoint
kept in a file beside it, which detects a database that was restored from an older state.

The process that promises takes an epoch, and publishes only while it is the newest. A process that slept in between
finds another epoch, and discards its signature.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import Connection, and_, delete, insert, select, update

from gateway.async_tasks import end
from gateway.audit import checkpoint, files, nodes, note, sequencer, tree
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.note import Signer, VerifierKey
from gateway.ids import new_id
from gateway.settings import Audit
from gateway.storage import Storage
from gateway.storage.tables import audit_checkpoints, audit_sequencer

KEPT: Final = "audit.checkpoint"
"""Name, in the state folder, of the file with the newest checkpoint that was given out from there."""

REFUSED: Final = "audit.refused"
"""Name, beside it, of the file in which `anchors` keeps a witness's evidence against the database."""

_LOCK: Final = 0x4D5245_03
"""PostgreSQL's advisory lock for signing, held to the end of the transaction."""
_TILES_AT_ONCE: Final = 128
_ATTEMPTS: Final = 10
"""...to publish, while other processes take the epoch in between."""
_PAUSE_SECONDS: Final = 0.05
_NEWEST: Final = select(audit_checkpoints).order_by(audit_checkpoints.c.size.desc())

_log: Final = structlog.get_logger(__name__)


class Fenced(Exception):
    """Another process signs now: it has taken a newer epoch."""


class NotConsistent(Exception):
    """The database does not extend the signed log. Nothing is signed until an operator has resolved this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A checkpoint and the note that carries it, byte for byte."""

    checkpoint: Checkpoint
    note: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """The checkpoint to sign, as stored in the database, and the epoch in which it may be published."""

    checkpoint: Checkpoint
    epoch: int


class Checkpointer:
    """`signer` is called for each signature, because keys rotate. `kept` is a file that must not be restored together
    with the database."""

    def __init__(self, storage: Storage, settings: Audit, signer: Callable[[], Signer], *, kept: Path) -> None:
        self._storage = storage
        self._settings = settings
        self._signer = signer
        self._kept = kept
        self._holder = new_id("signer")
        self._alone = asyncio.Lock()
        self._grown = asyncio.Event()
        self._since = 0  # records since the newest checkpoint that this process knows of
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
        """Start to sign in the background: `audit.checkpoint_seconds` after the log has grown, or
        `audit.checkpoint_records` records later."""
        self._task = asyncio.create_task(self._run(), name="audit-checkpoints")

    async def stop(self) -> None:
        await end(self._task)

    async def newest(self) -> Published:
        """The newest checkpoint. A new one is signed if the log has grown and the newest is old enough."""
        self._not_refused()
        last, size = await self._storage.run_read(lambda read: (_last(read), sequencer.size(read)))
        if last is not None:
            published, at = last
            age = datetime.now(UTC) - at
            young = timedelta() <= age < timedelta(seconds=self._settings.checkpoint_seconds)  # and not in the future
            if published.checkpoint.size == size or young:
                return published
        return await self.advance()

    async def covering(self, index: int) -> Published:
        """The newest checkpoint, if it covers that record; otherwise a new one."""
        published = await self.newest()
        return published if index < published.checkpoint.size else await self.advance()

    def placed(self, records: int) -> None:
        """So many more records have an index."""
        self._since += records
        if self._since >= self._settings.checkpoint_records:
            self._grown.set()

    async def advance(self) -> Published:
        """A checkpoint of all records there are. Raises `NotConsistent`."""
        async with self._alone:
            try:
                self._not_refused()
                published = await self._publish_next()
            except Exception as error:
                self.problem = _failure(error)
                raise
            self.problem = ""
            return published

    async def _publish_next(self) -> Published:
        while await self._storage.run_write(self._grow):
            pass
        kept = await asyncio.to_thread(self._read_kept)
        for attempt in range(1, _ATTEMPTS + 1):
            self._since = 0
            self._grown.clear()
            promised = await self._storage.run_write(lambda tx: self._promise(tx, kept))
            if isinstance(promised, Published):
                return await self._keep(promised, kept)
            signed = Published(checkpoint=promised.checkpoint, note=bytes(promised.checkpoint.sign(self._signer())))
            try:
                await self._storage.run_write(partial(self._publish, promised.epoch, signed))
            except Fenced:
                if attempt == _ATTEMPTS:
                    raise
                await asyncio.sleep(random.uniform(0, _PAUSE_SECONDS))  # noqa: S311  (who comes first is no secret)
            else:
                return await self._keep(signed, kept)
        raise AssertionError("the last attempt returns or raises")

    async def _keep(self, published: Published, kept: Checkpoint | None) -> Published:
        if kept is None or kept.size < published.checkpoint.size:
            await asyncio.to_thread(self._replace_kept, published)
        return published

    def _replace_kept(self, published: Published) -> None:
        """Another process may have put a newer one there meanwhile: that stays."""
        with files.alone(self._kept):
            kept = self._read_kept()
            if kept is None or kept.size < published.checkpoint.size:
                files.replace(self._kept, published.note, durable=True)

    async def _run(self) -> None:
        said = ""  # each new reason is logged once
        while True:
            try:
                async with asyncio.timeout(self._settings.checkpoint_seconds):
                    await self._grown.wait()
            except TimeoutError:
                pass
            try:
                await (self.advance() if self._grown.is_set() else self.newest())
            except Exception as error:
                if (failure := _failure(error)) != said:
                    _log.error("audit_checkpoint_failed", error=type(error).__name__, exc_info=error)
                said = failure
                await asyncio.sleep(self._settings.checkpoint_seconds)
            else:
                said = ""

    def _grow(self, tx: Connection) -> bool:
        _lock(tx)
        return nodes.grow(tx, sequencer.size(tx), most=_TILES_AT_ONCE)

    def _promise(self, tx: Connection, kept: Checkpoint | None) -> Promise | Published:
        """Store the next checkpoint to sign, or return the signed one if the log has not grown."""
        _lock(tx)
        size = sequencer.size(tx)
        while nodes.grow(tx, size, most=_TILES_AT_ONCE):
            pass
        hashes = nodes.StoredHashes(tx, size)
        row = tx.execute(_NEWEST.limit(1)).one_or_none()
        before = Checkpoint(origin=self._settings.origin, size=row.size, root=row.root) if row else None
        for each, where in ((before, "in the database"), (kept, f"in {self._kept}")):
            if each is not None:
                _continues(hashes, size, each, where)
        now = Checkpoint(origin=self._settings.origin, size=size, root=tree.root(hashes, size))
        if row is not None and row.note and _says(row.note, now) and _is_by(row.note, self._signer()):
            return Published(checkpoint=now, note=row.note)
        epoch = self._epoch(tx)
        if before is not None and before.size == size:  # promised already, or signed by a key that was rotated since
            tx.execute(update(audit_checkpoints).where(audit_checkpoints.c.size == size).values(epoch=epoch))
        else:
            tx.execute(delete(audit_checkpoints).where(audit_checkpoints.c.note.is_(None)))  # superseded
            values = {"size": size, "root": now.root, "note": None, "epoch": epoch, "created_at": datetime.now(UTC)}
            tx.execute(insert(audit_checkpoints), [values])
        return Promise(checkpoint=now, epoch=epoch)

    def _publish(self, epoch: int, signed: Published, tx: Connection) -> None:
        """Keep the signature, if nobody else has taken the next epoch meanwhile."""
        _lock(tx)
        if tx.execute(select(audit_sequencer.c.epoch)).scalar_one() != epoch:
            raise Fenced
        mine = and_(audit_checkpoints.c.size == signed.checkpoint.size, audit_checkpoints.c.epoch == epoch)
        if tx.execute(update(audit_checkpoints).where(mine).values(note=signed.note)).rowcount != 1:
            raise Fenced

    def _epoch(self, tx: Connection) -> int:
        """The epoch in force, taken over if it is another's. `tx` holds the lock."""
        row = tx.execute(select(audit_sequencer)).one_or_none()
        if row is not None and row.holder == self._holder:
            return int(row.epoch)
        epoch = int(row.epoch) + 1 if row is not None else 1
        tx.execute(delete(audit_sequencer))
        tx.execute(insert(audit_sequencer), [{"id": 1, "epoch": epoch, "holder": self._holder}])
        return epoch

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


def _failure(error: Exception) -> str:
    """Why nothing is signed. Foreign exceptions appear by class only: their text may quote anything."""
    return str(error) if isinstance(error, NotConsistent) else type(error).__name__


def newest(connection: Connection) -> Published | None:
    """The newest checkpoint in the database."""
    last = _last(connection)
    return last and last[0]


def refusal(path: Path) -> dict[str, str]:
    """A witness's evidence against the database: its name and the reason. Empty if there is none."""
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
        sequencer.lock(tx, _LOCK)


def _last(connection: Connection) -> tuple[Published, datetime] | None:
    row = connection.execute(_NEWEST.where(audit_checkpoints.c.note.is_not(None)).limit(1)).one_or_none()
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


def _says(signed: bytes, head: Checkpoint) -> bool:
    return checkpoint.parse(note.parse(signed).text) == head


def _is_by(signed: bytes, signer: Signer) -> bool:
    found = note.parse(signed).signatures
    return any(VerifierKey(name=each.name, public=signer.public).key_id == each.key_id for each in found)
