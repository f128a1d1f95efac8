"""Lets all processes share the buckets of `gateway.auth.rates`, without a query for a call.

Each process tells the database, once in `rates.share_seconds` and in one transaction for all callers, what was used
since, and learns what all have used together. Only buckets of which a sixteenth was used are told: a caller who is far
from the limit costs nothing. So between two tellings a caller who spreads over N processes can have up to N times the
burst, once; what was too much is counted all the same and paid off before anything more is granted. On SQLite there is
one process, and nothing to tell.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from gateway.async_tasks import end
from gateway.auth.rates import Bucket, RateLimits
from gateway.storage import Storage
from gateway.storage.allowances import charge

_WORTH_TELLING: Final = 1 / 16
"""Of a bucket."""
_MOST_DEBT: Final = 2.0
"""Buckets that all processes together can owe at most: nobody is refused for longer than `rates.seconds` after the last
call."""
_MOST_AT_ONCE: Final = 1000
_EASE: Final = 1e-9

_log: Final = structlog.get_logger(__name__)


class SharedRates:
    def __init__(self, limits: RateLimits, storage: Storage, seconds: float) -> None:
        self._limits, self._storage, self._seconds = limits, storage, seconds
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="shared-rates")

    async def stop(self) -> None:
        await end(self._task)

    async def share(self) -> None:
        """Tell and learn, once. Without the database each process counts for itself."""
        new = [
            each
            for each in self._limits.buckets.values()
            if each.unshared > (0.0 if each.shared else each.window * _WORTH_TELLING - _EASE)
        ]
        told = sorted(new, key=lambda each: (each.name, each.whose))[:_MOST_AT_ONCE]  # rows are locked in one order
        if not told:
            return
        amounts = [(each, each.unshared) for each in told]
        used = await self._storage.run_write(lambda tx: _charge(tx, amounts))
        at = self._limits.now()
        for (bucket, amount), seconds in zip(amounts, used, strict=True):
            bucket.unshared -= amount
            bucket.shared = True
            bucket.used_until = max(bucket.used_until, at + seconds + bucket.unshared)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            try:
                if not self._storage.sqlite:
                    await self.share()
            except (SQLAlchemyError, OSError):
                _log.warning("rates_not_shared")
            except Exception:  # the next time comes all the same
                _log.exception("rates_not_shared")
            self._limits.forget_refilled()


def _charge(tx: Connection, amounts: list[tuple[Bucket, float]]) -> list[float]:
    if tx.dialect.name == "postgresql":  # what a crash loses of it is a few seconds of counting
        tx.exec_driver_sql("SET LOCAL synchronous_commit TO off")
    return [
        charge(tx, f"rate {each.name}", each.whose, seconds, most=_MOST_DEBT * each.window) for each, seconds in amounts
    ]
