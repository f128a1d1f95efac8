"""Calls of unknown callers: the first ones get a record each, the others are counted in one record.

Without a token anybody can make calls as fast as the wire carries them, and a log that is never shortened must not grow
with them. So of each address the first `quotas.refusals_per_address_minute` calls in a minute are recorded like all
others, of all addresses together `quotas.refusals_per_minute`. What comes after that is counted, by operation, code
and status. Each minute, and at the end, the counts are one record, `calls.sum`.

Each address has its own share: a million calls from one hide nobody else's. Only an attacker with very many addresses
can use up the common number, and then others' calls are in the sum too. Calls of known callers are not summed, nor
those that reached a portal or failed by a fault of ours; but calls beyond a client's rate are, in a sum of that client.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from itertools import groupby
from typing import Final, NamedTuple

import structlog

from gateway.async_tasks import end
from gateway.audit.entry import Entry, Outcome, Sum
from gateway.audit.log import AuditLog, AuditUnavailable
from gateway.ids import new_id
from gateway.settings import Quotas

OPERATION: Final = "calls.sum"
LIMITED: Final = "rate_limit_reached"
"""Code of refusals that are counted for known callers too: whoever floods must not fill the log with them."""
_PERIOD_SECONDS: Final = 60.0
_MOST_SUMS: Final = 100
"""In one record, which has a greatest length; more kinds make more records."""
_OUTCOMES: Final[tuple[Outcome, ...]] = ("denied", "unavailable", "client_error", "ok")
"""The record's own outcome is the first of these that is among its calls."""

_log: Final = structlog.get_logger(__name__)


class _Kind(NamedTuple):
    client: str
    """Empty where the caller is unknown."""
    operation: str
    code: str
    outcome: Outcome
    status: int


class CallSums:
    """Of one process."""

    def __init__(self, audit: AuditLog, quotas: Quotas) -> None:
        self._audit = audit
        self._per_address = quotas.refusals_per_address_minute
        self._in_all = quotas.refusals_per_minute
        self._whole: Counter[str] = Counter()
        self._sums: Counter[_Kind] = Counter()
        self._since = datetime.now(UTC)
        self._task: asyncio.Task[None] | None = None

    def takes(self, entry: Entry, address: str) -> bool:
        """Whether this call has been counted, and so needs no record of its own. Its answer must be known."""
        limited = entry.code == LIMITED
        known = not limited and (entry.client or entry.subject or entry.actor or entry.hops or entry.case_id)
        fault = entry.status >= 500 and entry.status != 503
        if known or fault or entry.kind not in ("call", "refusal"):
            return False
        whose = f"client {entry.client}" if entry.client else address
        if self._whole.total() < self._in_all and self._whole[whose] < self._per_address:
            self._whole[whose] += 1
            return False
        self.count(entry.operation, entry.code, entry.outcome, entry.status, client=entry.client)
        return True

    def count(self, operation: str, code: str, outcome: Outcome, status: int, *, client: str = "") -> None:
        self._sums[_Kind(client, operation, code, outcome, status)] += 1

    async def start(self) -> None:
        self._since = datetime.now(UTC)
        self._task = asyncio.create_task(self._run(), name="call-sums")

    async def stop(self) -> None:
        """Write the counts. Call it before the log stops."""
        await end(self._task)
        await self.flush()

    async def flush(self) -> None:
        """Write one record of all counts since the last; a new period begins. Counts that cannot be written are
        kept."""
        sums, since = self._sums, self._since
        self._sums, self._since, self._whole = Counter(), datetime.now(UTC), Counter()
        kinds = sorted(sums)
        of_clients = [list(group) for _, group in groupby(kinds, key=lambda each: each.client)]
        parts = [
            group[first : first + _MOST_SUMS] for group in of_clients for first in range(0, len(group), _MOST_SUMS)
        ]
        for at, some in enumerate(parts):
            try:
                await self._audit.write(_entry([(each, sums[each]) for each in some], since, self._since))
            except AuditUnavailable:
                self._since = since
                self._sums.update({each: sums[each] for part in parts[at:] for each in part})
                return

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_PERIOD_SECONDS)
            try:
                await self.flush()
            except Exception:
                _log.exception("call_sums_failed")


def _entry(counted: list[tuple[_Kind, int]], since: datetime, until: datetime) -> Entry:
    outcomes = {kind.outcome for kind, _ in counted}
    return Entry(
        call_id=new_id("call"),
        kind="refusal",
        operation=OPERATION,
        client=counted[0][0].client,
        principal="" if counted[0][0].client else "anonymous",
        outcome=next((each for each in _OUTCOMES if each in outcomes), "denied"),
        at=since,
        until=until.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        sums=[Sum(kind.operation, kind.code, kind.outcome, kind.status, count) for kind, count in counted],
    )
