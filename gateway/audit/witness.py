"""A witness (C2SP tlog-witness): it cosigns a checkpoint of a log that it knows if that continues the last one.

The log's keeper must prove each step, and the witness stores the checkpoint on disk before it sends its cosignature. It
shares nothing with the gateway whose log it watches.
"""

from __future__ import annotations

import re
import sqlite3
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from gateway.audit import checkpoint, cosignature, merkle, note
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.cosignature import WitnessKey
from gateway.audit.note import Note, NoteError, Signer, VerifierKey

SIZE_TYPE: Final = "text/x.tlog.size"
TEXT_TYPE: Final = "text/plain; charset=utf-8"
MOST_BYTES: Final = 131_072
"""Longer requests are not read: 63 hashes, and a note with 16 signatures of the longest kind, are 112 KB."""
STORE: Final = "witness.sqlite"

_OLD: Final = re.compile(r"old (0|[1-9][0-9]{0,18})")
_MOST_STEPS: Final = 63
_BUSY_SECONDS: Final = 10.0
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS heads (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL
) STRICT
"""


@dataclass(frozen=True, slots=True)
class WitnessResponse:
    status: int
    body: bytes
    content_type: str = TEXT_TYPE


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """The body of an `add-checkpoint` request."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes

    def __bytes__(self) -> bytes:
        lines = [f"old {self.old}", *(b64encode(step).decode() for step in self.proof), "", ""]
        return "\n".join(lines).encode() + self.note

    @classmethod
    def parse(cls, body: bytes) -> Submission:
        """Raises `NoteError`. The note is not looked at."""
        before, separator, signed = body.partition(b"\n\n")
        try:
            first, *lines = before.decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise NoteError("not an add-checkpoint request") from error
        old = _OLD.fullmatch(first)
        if old is None or not separator or len(lines) > _MOST_STEPS:
            raise NoteError("a request is an old size, at most 63 hashes, an empty line and a checkpoint")
        steps = [note.decode64(line) for line in lines]
        proof = tuple(step for step in steps if step is not None and len(step) == merkle.HASH_BYTES)
        if len(proof) != len(steps):
            raise NoteError("a line of the proof is not a SHA-256 hash in base64")
        return cls(old=int(old[1]), proof=proof, note=signed)


def place_of(origin: str) -> str:
    """Where a witness serves its newest checkpoint of that log, below its monitoring prefix (C2SP tlog-witness)."""
    return f"{sha256(origin.encode()).hexdigest()}/checkpoint"


class Witness:
    """`logs` are the keys of the logs it watches; several keys may be of one log. `store` is its own SQLite file."""

    def __init__(
        self,
        name: str,
        signer: Signer,
        logs: Sequence[VerifierKey],
        store: Path,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.key = WitnessKey(name=name, public=signer.public)
        self._signer = signer
        self._store = store
        self._clock = clock
        self._logs: dict[str, list[VerifierKey]] = {}
        for log in logs:
            self._logs.setdefault(log.name, []).append(log)
        with self._transaction() as tx:
            tx.execute(_SCHEMA)

    def add_checkpoint(self, body: bytes) -> WitnessResponse:
        """Blocks on the disk. Safe to call from many threads and processes at once."""
        try:
            asked = Submission.parse(body)
            signed = note.parse(asked.note)
            head = checkpoint.parse(signed.text)
        except NoteError as error:
            return _refusal(400, str(error))
        keys = self._logs.get(head.origin)
        if keys is None:
            return _refusal(404, f"this witness does not know the log {head.origin}")
        try:
            trusted = note.verify(signed, keys)
        except NoteError as error:
            return _refusal(403, str(error))
        if asked.old > head.size:
            return _refusal(400, "the old size is larger than the checkpoint's")
        ours = {(key.name, key.key_id) for key in trusted}
        by_log = tuple(dict.fromkeys(each for each in signed.signatures if (each.name, each.key_id) in ours))
        return self._cosign(asked, head, Note(text=signed.text, signatures=by_log))

    def newest(self, origin_hash: str) -> bytes | None:
        """The newest checkpoint that was cosigned, for the hexadecimal SHA-256 of the log's origin."""
        origin = next((each for each in self._logs if sha256(each.encode()).hexdigest() == origin_hash), None)
        with closing(self._connect()) as connection:
            found = connection.execute("SELECT note FROM heads WHERE origin = ?", (origin,)).fetchone()
        return None if found is None else bytes(found[0])

    def _cosign(self, asked: Submission, head: Checkpoint, signed: Note) -> WitnessResponse:
        """Compare with the last one and take its place, in one transaction that excludes every other."""
        with self._transaction() as tx:
            found = tx.execute("SELECT size, root FROM heads WHERE origin = ?", (head.origin,)).fetchone()
            size, root = found or (0, merkle.EMPTY)
            if asked.old != size:
                return _conflict(size)
            if not merkle.consistent(size, root, head.size, head.root, asked.proof):
                return _refusal(422, f"the proof does not show that the checkpoint continues that of {size} records")
            line = cosignature.cosign(signed.text, name=self.key.name, signer=self._signer, at=self._clock())
            whole = bytes(Note(text=signed.text, signatures=(*signed.signatures, line)))
            tx.execute(
                "INSERT INTO heads VALUES (?, ?, ?, ?) ON CONFLICT (origin) DO UPDATE SET "
                "size = excluded.size, root = excluded.root, note = excluded.note",
                (head.origin, head.size, head.root, whole),
            )
        return WitnessResponse(200, line.line().encode())  # only now, after the commit

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._store, timeout=_BUSY_SECONDS, isolation_level=None)
        connection.execute("PRAGMA synchronous=EXTRA")  # the rollback journal's removal is on the disk too
        return connection

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()


def _refusal(status: int, reason: str) -> WitnessResponse:
    return WitnessResponse(status, f"{reason}\n".encode())


def _conflict(size: int) -> WitnessResponse:
    return WitnessResponse(409, f"{size}\n".encode(), SIZE_TYPE)
