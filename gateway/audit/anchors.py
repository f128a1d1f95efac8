"""Anchors: third parties keep what the gateway signed, because a hash tree and the gateway's own key do not keep the
operator from rewriting the log.

Every `audit.anchor_seconds` the newest checkpoint, if the log has grown, goes to the witnesses, who cosign it, and to
the timestamp authorities, who date it.

An anchor that is down stops nothing: it is asked again with growing pauses, the gap is shown, and the next answer
closes it, since a checkpoint covers all records before it. A witness that has cosigned more records than we have, or
others, shows that the database was restored from an older state or was changed. From then on the gateway signs nothing;
a file keeps that state over restarts.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx
import structlog
from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from gateway.async_tasks import end
from gateway.audit import anchored, checkpointer, files, metrics, nodes, tree
from gateway.audit.anchor_calls import Ahead, AnchorError, Call, Contradicted, WitnessCall, calls
from gateway.audit.anchored import Anchor, Kind
from gateway.audit.checkpointer import Published
from gateway.audit.note import VerifierKey
from gateway.settings import Audit
from gateway.storage import Storage
from gateway.storage.tables import audit_checkpoints
from gateway.trusted_authorities import tls_context

_LOCK: Final = 0x4D5245_04
"""PostgreSQL's advisory lock of the process that is anchoring."""

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)

_log: Final = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """The gap of one witness or authority. `state` is `up`, `late`, `down` or `refused`."""

    name: str
    kind: Kind
    state: str
    size: int
    """Records that it has vouched for."""
    records: int
    """Signed records after those."""
    seconds: float
    """How long the first of them has been signed."""
    problem: str = ""
    """Why its last answer to this process failed; empty if it did not."""


@dataclass(slots=True)
class _State:
    failures: int = 0
    not_before: datetime = _LONG_AGO
    problem: str = ""


class Anchors:
    """`keys` are the log's own verifier keys, the current one first. `refused` is the file in which a witness's
    statement against our database is kept. Raises `SettingsError` for a key or certificate that cannot be used."""

    def __init__(
        self,
        storage: Storage,
        settings: Audit,
        keys: Callable[[], list[VerifierKey]],
        *,
        refused: Path,
        ca_bundle: str = "",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._storage = storage
        self._settings = settings
        self._keys = keys
        self._refused = refused
        self._clock = clock
        configured = settings.witnesses or settings.timestamp_authorities
        seconds = settings.anchor_timeout_seconds
        trusted = tls_context(ca_bundle) if configured else False
        self._http = httpx.AsyncClient(timeout=seconds, trust_env=False, verify=trusted) if configured else None
        self._calls = calls(settings, self._http) if self._http is not None else []
        self._states = {(each.kind, each.name): _State() for each in self._calls}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start to anchor in the background."""
        if self._calls:
            self._task = asyncio.create_task(self._run(), name="audit-anchors")

    async def stop(self) -> None:
        await end(self._task)
        if self._http is not None:
            await self._http.aclose()

    async def ask(self) -> None:
        """Show the witnesses the last signed checkpoint before signing another: only they can detect a database that
        was restored, or lost, together with the files beside it. At most `audit.anchor_timeout_seconds`; witnesses that
        are down are skipped."""
        witnesses = [each for each in self._calls if isinstance(each, WitnessCall)]
        head = await self._newest() if witnesses else None
        if head is not None:
            await asyncio.gather(*(self._anchor(each, head) for each in witnesses))
        else:
            await asyncio.gather(*(self._compare_with_nothing(each) for each in witnesses))

    async def round(self, *, at_once: bool = False) -> None:
        """Anchor the newest checkpoint wherever it is not yet. `at_once` does not wait for the end of a pause."""
        async with self._storage.turn(_LOCK) as ours:  # two at once would only ask twice
            head = await self._newest() if ours else None
            if head is not None:
                due = [each for each in self._calls if at_once or self._state(each).not_before <= self._clock()]
                lack = [each for each in due if await self._known(each) < head.checkpoint.size]
                await asyncio.gather(*(self._anchor(each, head) for each in lack))
        await self.gaps()

    async def gaps(self) -> list[Gap]:
        """The records that are not anchored yet, for each configured witness and authority."""
        if not self._calls:
            return []
        refused = checkpointer.refusal(self._refused).get("witness", "")
        found = await self._storage.run_read(lambda read: [self._gap(read, each, refused) for each in self._calls])
        for gap in found:
            metrics.anchor_gap_records.labels(gap.name).set(gap.records)
            metrics.anchor_gap_seconds.labels(gap.name).set(gap.seconds)
        return found

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._settings.anchor_seconds)
            try:
                await self.round()
            except SQLAlchemyError as error:  # the store is down: reported elsewhere
                _log.warning("audit_anchors_not_read", error=type(error).__name__)

    async def _newest(self) -> Published | None:
        return await self._storage.run_read(checkpointer.newest)

    async def _known(self, call: Call) -> int:
        last = await self._storage.run_read(lambda read: anchored.newest(read, call.kind, call.name))
        return last.size if last is not None else 0

    async def _anchor(self, call: Call, head: Published) -> None:
        state, was = self._state(call), self._state(call).problem
        outcome, failure = "anchored", ""
        try:
            async with asyncio.timeout(self._settings.anchor_timeout_seconds):
                data, head = await self._answer(call, head)
            said = Anchor(
                size=head.checkpoint.size,
                kind=call.kind,
                name=call.name,
                data=data,
                checkpoint=head.note,
                at=self._clock(),
            )
            whole_days = timedelta(seconds=self._settings.anchor_keep_seconds)
            await self._storage.run_write(lambda tx: anchored.keep(tx, said, whole_days=whole_days))
            state.failures, state.problem = 0, ""
            if was:
                _log.info("audit_anchor_back", kind=call.kind, address=call.address)
        except Contradicted as error:
            statement = self._evidence(call, error.statement)
            outcome, state.problem = "refused", await self._refuse(call, head.note, str(error), statement)
        except Ahead as error:
            outcome, state.problem = "refused", await self._refuse_ahead(call, head, error)
        except (AnchorError, httpx.HTTPError, TimeoutError, nodes.NodesMissing) as error:
            outcome, failure = "failed", type(error).__name__
            state.problem = str(error) if isinstance(error, AnchorError) else failure
        metrics.anchor_attempts.labels(call.name, outcome).inc()
        if state.problem:
            state.failures += 1
            pause = self._settings.anchor_seconds * 2 ** min(state.failures - 1, 20)
            state.not_before = self._clock() + timedelta(seconds=min(pause, self._settings.anchor_retry_seconds))
            if failure and state.problem != was:
                _log.warning("audit_anchor_failed", kind=call.kind, address=call.address, error=failure)

    async def _compare_with_nothing(self, call: WitnessCall) -> None:
        """Nothing was signed here so far: check that the witness has not seen a log of ours either."""
        keys = self._keys()
        try:
            async with asyncio.timeout(self._settings.anchor_timeout_seconds):
                statement = await call.newest(keys[0].name)
        except TimeoutError:
            return
        size = call.believed(statement, keys)
        if size:
            said = f"it has cosigned {size} records of this log, and here is none that was signed"
            self._state(call).problem = await self._refuse(call, b"", said, statement)

    async def _answer(self, call: Call, head: Published) -> tuple[bytes, Published]:
        """Its statement, and the checkpoint of it: newer than `head` if another process has signed and shown one."""
        known = await self._known(call)
        try:
            return await call.about(head, min(known, head.checkpoint.size), self._proof), head
        except Ahead as ahead:
            newer = await self._newest()
            if newer is None or newer.checkpoint.size < ahead.size:
                raise
            return await call.about(newer, ahead.size, self._proof), newer

    async def _proof(self, old: int, size: int) -> list[bytes]:
        def read(connection: Connection) -> list[bytes]:
            return tree.consistency(nodes.StoredHashes(connection, size), old, size) if old else []

        return await self._storage.run_read(read)

    async def _refuse_ahead(self, call: Call, head: Published, error: Ahead) -> str:
        said = f"it has cosigned {error.size} records of this log, and here are only {head.checkpoint.size}"
        return await self._refuse(call, head.note, said, self._evidence(call, error.statement, error.size))

    def _evidence(self, call: Call, statement: bytes, least: int = 0) -> bytes:
        """`statement`, if it bears our signature and this witness's and covers at least `least` records; or nothing."""
        size = call.believed(statement, self._keys()) if isinstance(call, WitnessCall) else None
        return statement if size is not None and size >= least else b""

    async def _refuse(self, call: Call, ours: bytes, said: str, statement: bytes) -> str:
        """Store in the file that nothing may be signed any more, with the witness's evidence."""
        reason = f"the witness {call.name} contradicts this database: {said}"
        if not self._refused.exists():
            facts = {
                "reason": reason,
                "witness": call.name,
                "at": self._clock().isoformat(timespec="seconds"),
                "ours": ours.decode(),
                "theirs": statement.decode(),
            }
            written = json.dumps(facts, indent=2, ensure_ascii=False).encode()
            await asyncio.to_thread(files.replace, self._refused, written, durable=True)
            _log.error("audit_log_contradicted", address=call.address)
        return reason

    def _state(self, call: Call) -> _State:
        return self._states[call.kind, call.name]

    def _gap(self, connection: Connection, call: Call, refused: str) -> Gap:
        last = anchored.newest(connection, call.kind, call.name)
        size = last.size if last is not None else 0
        table = audit_checkpoints.c
        after = select(table.size, table.created_at).where(table.size > size)
        first = connection.execute(after.order_by(table.size).limit(1)).one_or_none()
        newest = connection.execute(after.order_by(table.size.desc()).limit(1)).one_or_none()
        records = newest.size - size if newest is not None else 0
        seconds = max(0.0, (self._clock() - first.created_at).total_seconds()) if first is not None else 0.0
        problem = self._state(call).problem if records else ""
        state = "down" if problem else "late" if seconds > self._settings.anchor_late_seconds else "up"
        if refused == call.name:
            state = "refused"
        return Gap(
            name=call.name,
            kind=call.kind,
            state=state,
            size=size,
            records=records,
            seconds=round(seconds, 1),
            problem=problem,
        )
