"""How each portal is, as all processes of this gateway see it together: the one source of every answer about it.

Each process observes its own calls. It shares degraded states in the table `portal_states`, one row a portal and
process, written when it changes and renewed while it lasts; once a second a process reads the others' rows. An outbound
call asks the database nothing.

Any breaker that is open makes the portal `down`, whoever holds it: cases meet it. One that probes makes it `degraded`.
Otherwise the newest call decides, of whichever process: `degraded` if it failed, `up` if not. Rows of a process that is
gone expire.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import structlog
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from gateway.async_tasks import end
from gateway.outbound.breaker import Circuit, State
from gateway.settings import PortalStates as Settings
from gateway.storage.allowances import DATABASE_CLOCK
from gateway.storage.engine import Storage
from gateway.storage.tables import portal_states as table

_Word = Literal["up", "failing", "probing", "down"]
_RENEWALS: Final = 3
"""Renewals of a row before it would expire."""

_log: Final = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Observation:
    """One process's observations of a portal. Times are of this process's monotonic clock, in seconds."""

    word: _Word
    seen: float
    """When the last call came back."""
    until: float = 0.0
    """When an open breaker lets calls through again."""
    expires: float = float("inf")


class PortalStates:
    """`state` and `retry_after` serve every answer about a portal. Without `start` they cover this process alone."""

    def __init__(
        self,
        storage: Storage,
        circuits: Mapping[str, Circuit],
        settings: Settings,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._storage = storage
        self._circuits = circuits
        self._settings = settings
        self._clock = clock
        self._process = secrets.randbits(62) + 1
        self._others: dict[str, list[Observation]] = {}
        self._told: dict[str, tuple[_Word, float, float]] = {}  # word, seen, when it was written
        self._task: asyncio.Task[None] | None = None

    def state(self, portal: str) -> Literal["up", "degraded", "down"]:
        """Of a portal that is in use."""
        circuit = self._circuits.get(portal)
        if portal not in self._others and (circuit is None or circuit.last_result is None):
            return "up"  # nobody has called it; asked for every portal each time that the catalogue is read
        known = self._known(portal)
        words = {each.word for each in known}
        if "down" in words:
            return "down"
        if "probing" in words:
            return "degraded"
        newest = max(known, key=lambda each: each.seen, default=None)
        return "degraded" if newest is not None and newest.word == "failing" else "up"

    def breaker(self, portal: str) -> Literal["closed", "half_open", "open"]:
        """Of all processes: open if any has it open, half open if any probes."""
        words = {each.word for each in self._known(portal)}
        return "open" if "down" in words else "half_open" if "probing" in words else "closed"

    def retry_after(self, portal: str) -> float | None:
        """Seconds until every process tries the portal again; None unless it is down."""
        left = [each.until - self._clock() for each in self._known(portal) if each.word == "down"]
        return max(left, default=None)

    async def start(self) -> None:
        await self._share_safely()
        self._task = asyncio.create_task(self._run(), name="portal-states")

    async def stop(self) -> None:
        """Deletes this process's rows: its breakers will affect no more calls."""
        if self._task is None:
            return
        await end(self._task)
        with contextlib.suppress(Exception):  # they expire
            await self._storage.run_write(lambda tx: tx.execute(delete(table).where(table.c.process == self._process)))

    async def share(self) -> None:
        """Write this process's changes, read the others' rows."""
        if news := self._news():
            await self._storage.run_write(lambda tx: self._write(tx, news))
            now = self._clock()
            self._told |= {portal: (each.word, each.seen, now) for portal, each in news.items()}
        self._others = await self._storage.run_read(self._read)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._settings.share_seconds)
            await self._share_safely()

    async def _share_safely(self) -> None:
        try:
            await self.share()
        except (SQLAlchemyError, OSError):
            _log.warning("portal_states_not_shared")
        except Exception:  # the next time comes all the same
            _log.exception("portal_states_not_shared")

    def _known(self, portal: str) -> list[Observation]:
        circuit = self._circuits.get(portal)
        own = _observe(circuit, self._clock()) if circuit is not None else None
        others = self._of_others(portal) if portal in self._others else []
        return [own, *others] if own is not None else others

    def _of_others(self, portal: str) -> list[Observation]:
        now = self._clock()
        fresh = [each for each in self._others.get(portal, ()) if each.expires > now]
        # Whoever had it open and was not heard of since lets calls through by now.
        return [
            Observation("probing", each.seen) if each.word == "down" and each.until <= now else each for each in fresh
        ]

    def _news(self) -> dict[str, Observation]:
        """By portal, the observations that are not shared yet."""
        now, found = self._clock(), {}
        for portal, circuit in self._circuits.items():
            own = _observe(circuit, now)
            if own is None:
                continue
            word, seen, written = self._told.get(portal, ("up", 0.0, 0.0))
            due = now - written >= self._settings.expire_seconds / _RENEWALS
            contradicts = own.word == "up" and any(
                each.word == "failing" and each.seen < own.seen for each in self._of_others(portal)
            )
            if (
                own.word != word
                or (own.word != "up" and (due or own.seen != seen))
                or (contradicts and (due or own.seen != seen))
            ):
                found[portal] = own
        return found

    def _write(self, tx: Connection, news: Mapping[str, Observation]) -> None:
        dialect, now = tx.dialect.name, self._clock()
        clock = DATABASE_CLOCK[dialect]
        insert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
        for portal, each in sorted(news.items()):
            values = {
                "state": each.word,
                "seen": clock - (now - each.seen),
                "until": clock + (each.until - now) if each.word == "down" else 0.0,
                "expires": clock + self._settings.expire_seconds,
            }
            row = insert(table).values(portal=portal, process=self._process, **values)
            tx.execute(row.on_conflict_do_update(index_elements=["portal", "process"], set_=values))
        tx.execute(delete(table).where(table.c.expires < clock))

    def _read(self, connection: Connection) -> dict[str, list[Observation]]:
        clock, now = DATABASE_CLOCK[connection.dialect.name], self._clock()
        asked = select(
            table.c.portal, table.c.state, table.c.seen - clock, table.c.until - clock, table.c.expires - clock
        ).where(table.c.process != self._process, table.c.expires > clock)
        found: dict[str, list[Observation]] = {}
        for portal, word, seen, until, expires in connection.execute(asked):
            found.setdefault(portal, []).append(
                Observation(word, now + float(seen), now + float(until), now + float(expires))
            )
        return found


def _observe(circuit: Circuit, now: float) -> Observation | None:
    """None before the first call: then this process knows nothing."""
    if circuit.last_result is None:
        return None
    seen, failed = circuit.last_result
    if circuit.state is State.OPEN:
        return Observation("down", seen, until=now + (circuit.retry_after or 0.0))
    if circuit.state is State.HALF_OPEN:
        return Observation("probing", seen)
    return Observation("failing" if failed else "up", seen)
