"""A connector's process, kept alive: start it, watch it, end it and start it anew.

Whatever fails, the process's doing or the machine's, is told and tried again, each time later; calls fail meanwhile.
"""

from __future__ import annotations

import asyncio
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

import httpx
import structlog

from gateway.connectors.contract import Operation, Reply, Unavailable
from gateway.connectors.loader import PluginError
from gateway.connectors.stack_dump import functions_in, location_in
from gateway.outbound.isolation.calls import Calls, Nonsense
from gateway.outbound.isolation.child_process import ChildProcess
from gateway.outbound.isolation.frames import Built, NotBuilt, Start, ToGateway, frame
from gateway.outbound.isolation.memory import resident_bytes
from gateway.settings import Plugins
from gateway.telemetry.metrics import portal_metrics

log = structlog.get_logger(__name__)

Reason = Literal["blocked", "memory", "ended", "nonsense", "does_not_return", "failed"]

_LOOKS: Final = 8
"""How often the process is looked at within the time that it may be silent."""
_RETRY_SECONDS: Final = 0.5
_RETRY_MAX_SECONDS: Final = 60.0
_HEALTHY_SECONDS: Final = 60.0
"""Who has lived so long is started anew at once when it ends."""
_LEAVE_LOOK_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """One time that a connector's process, or one call in it, was ended or ended itself."""

    at: datetime
    portal: str
    reason: Reason
    operation: str = ""
    """That was under way, as far as it can be told."""
    location: str = ""
    """`connector.py:12`."""


class IsolatedProcess:
    """One connector in a process of its own."""

    def __init__(
        self,
        order: Start,
        layers: httpx.AsyncBaseTransport,
        limits: Plugins,
        *,
        retry_seconds: float = _RETRY_SECONDS,
    ) -> None:
        """`retry_seconds`: before the first new start, and twice as long before each that follows, up to a minute."""
        self._order = order
        self._limits = limits
        self._retry_seconds = retry_seconds
        self._metrics = portal_metrics(order.id)
        self._calls = Calls(order.id, layers, limits, self._metrics, self._tell_slow)
        self._child: ChildProcess | None = None
        self._reader: asyncio.StreamReader | None = None
        self._closed = False
        self._told_memory = False
        self._again = 0.0
        self._run_task: asyncio.Task[None] | None = None
        self.replies: dict[str, Reply] = {}
        self.latest: Stopped | None = None
        """The last time that it was ended; None: never."""

    @property
    def alive(self) -> bool:
        return self._calls.alive

    @property
    def settled(self) -> bool:
        """No call is under way in the process, none that nobody waits for any more either."""
        return self._calls.settled

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child is not None else None

    @property
    def retry_after(self) -> float | None:
        """Seconds until it is started again; None while it is alive."""
        return None if self.alive else max(0.0, self._again - time.monotonic())

    def spawn(self) -> None:
        """Start the process and let it build the connector. Blocks, at most `import_seconds`. Raises `PluginError`."""
        self.end()
        try:
            child = self._child = ChildProcess(self._order.id, self._limits.isolated_memory_bytes)
        except (OSError, subprocess.SubprocessError) as error:
            reason = f"its process cannot be started: {getattr(error, 'strerror', '') or type(error).__name__}"
            remedy = "see that the machine has memory, processes and open files to spare"
            raise PluginError(self._order.id, "build", reason, remedy) from None
        if self._closed:  # meanwhile; `close` may not have seen this process
            child.kill()
        try:
            first = self._greet(child)
            if isinstance(first, NotBuilt):
                raise PluginError(self._order.id, "build", first.reason, first.remedy, first.trace)
            if not isinstance(first, Built) or self._closed:
                reason = "its process does not say that it is ready"
                raise PluginError(self._order.id, "build", reason, "start it again")
        except BaseException:
            self.end()
            raise
        self.replies = first.replies

    def _greet(self, child: ChildProcess) -> ToGateway:
        seconds, most = self._limits.import_seconds, self._limits.isolated_frame_bytes
        try:
            return child.greet(frame(self._order, most), seconds, most)
        except TimeoutError:
            reason, remedy = f"is not built within {seconds:g} s", self._location(child.stacks())[1] or "its __init__"
            raise PluginError(self._order.id, "build", reason, f"look at {remedy}") from None
        except Exception:  # it has ended, or says what nobody understands
            child.end()
            reason = f"its process ended with status {child.status} before the connector was there"
            raise PluginError(self._order.id, "build", reason, "look at what it does in its __init__") from None

    def end(self) -> None:
        """Kill the process. Blocks until it has ended."""
        child = self._child
        if child is not None:
            child.end()
            self._child = None

    async def start(self) -> None:
        """Serve calls by the process that `spawn` has started."""
        await self._open()
        self._run_task = asyncio.create_task(self._run(), name=f"isolated-{self._order.id}")

    async def leave(self, seconds: float) -> None:
        """Close it as soon as the calls that are under way have ended, at the latest after so long."""
        try:
            async with asyncio.timeout(seconds):
                while self._calls.running:  # noqa: ASYNC110  # once in the life of a process
                    await asyncio.sleep(_LEAVE_LOOK_SECONDS)
        except TimeoutError:
            log.warning("isolated_connector_left_calls", portal=self._order.id, count=len(self._calls.running))
        finally:
            await self.close()

    async def close(self) -> None:
        """End the process and every call in it, whatever became of the process before."""
        self._closed = True
        if self._run_task is not None:
            self._run_task.cancel()
            await asyncio.wait([self._run_task])
        self._calls.hang_up()
        self._calls.fail()
        await asyncio.to_thread(self.end)

    async def call(self, operation: Operation[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run one operation in the process, within `invoke`. Raises what the connector raised there."""
        if not self.alive:
            raise Unavailable("connector_failed", retry_after=self.retry_after)
        return await self._calls.call(operation, args, kwargs)

    async def _open(self) -> None:
        assert self._child is not None  # `spawn` has succeeded
        connection = self._child.connection
        connection.setblocking(False)
        self._reader, writer = await asyncio.open_unix_connection(sock=connection)
        self._told_memory = False
        self._calls.open(writer)
        log.info("isolated_connector_started", portal=self._order.id, pid=self.pid)

    async def _run(self) -> None:
        """Serve by one process after the other, for as long as this one lives."""
        failures = 0
        while True:
            began = time.monotonic()
            try:
                if not self.alive:
                    await asyncio.to_thread(self.spawn)
                    await self._open()
                await self._serve()
            except PluginError as error:
                self._metrics.process_not_started()
                log.error("isolated_connector_not_started", portal=self._order.id, stage=error.stage)
            except Exception as error:  # of our own, or of a machine that has nothing left
                self._give_up(error)
            if time.monotonic() - began > _HEALTHY_SECONDS:
                failures = 0
            wait = back_off(self._retry_seconds, failures)
            failures += 1
            self._again = time.monotonic() + wait
            await asyncio.sleep(wait)

    async def _serve(self) -> None:
        """Until the process has ended, of itself or by us."""
        assert self._reader is not None  # it is open
        reading = asyncio.create_task(self._read(self._reader))
        watching = asyncio.create_task(self._watch())
        try:
            await asyncio.wait((reading, watching), return_when=asyncio.FIRST_COMPLETED)
            reason = (watching if watching.done() else reading).result()
            dump = await self._stacks() if watching.done() else ""
        finally:
            for each in (reading, watching):
                each.cancel()
            await asyncio.gather(reading, watching, return_exceptions=True)
        self._calls.hang_up()
        child = self._child
        await asyncio.to_thread(self.end)
        operation, location = self._location(dump)
        self._tell(reason, operation, location, child.status if child is not None else None)
        self._calls.fail()

    def _give_up(self, error: Exception) -> None:
        """The process, for now: what watches it has failed. The next start ends what is left of it."""
        self._calls.hang_up()
        if self._child is not None:
            self._child.kill()
        log.error("isolated_connector_failed", portal=self._order.id, error=type(error).__name__, exc_info=error)
        self._tell("failed", *self._location(""))
        self._calls.fail()

    async def _read(self, reader: asyncio.StreamReader) -> Reason:
        try:
            await self._calls.read(reader)
        except Nonsense:
            return "nonsense"
        return "ended"

    async def _watch(self) -> Reason:
        """Looks are counted and not seconds: on a machine that has no time for anybody this one looks less often too.

        Returns when the process has to be ended."""
        silent = 0
        look = self._limits.isolated_silent_seconds / _LOOKS
        while True:
            await asyncio.sleep(look)
            silent = 0 if self._calls.spoke else silent + 1
            self._calls.spoke = False
            if silent >= _LOOKS or self._calls.deaf:
                return "blocked"
            if self._uses_too_much():
                return "memory"

    async def _stacks(self) -> str:
        return await asyncio.to_thread(self._child.stacks) if self._child is not None else ""

    def _tell_slow(self, operation: str) -> None:
        self._tell("does_not_return", operation, "")

    def _tell(self, reason: Reason, operation: str, location: str, status: int | None = None) -> None:
        portal = self._order.id
        self.latest = Stopped(
            at=datetime.now(UTC), portal=portal, reason=reason, operation=operation, location=location
        )
        self._metrics.process_stopped(reason)
        log.error(
            "isolated_connector_stopped",
            portal=portal,
            reason=reason,
            operation=operation,
            location=location,
            status=status,
        )

    def _uses_too_much(self) -> bool:
        used = resident_bytes(self.pid) if self.pid is not None else None
        if used is None:
            return False
        self._metrics.process_memory(used)
        most = self._limits.isolated_memory_bytes
        if used > most / 2 and not self._told_memory:
            self._told_memory = True
            log.warning("isolated_connector_memory_high", portal=self._order.id, size=used, pid=self.pid)
        return used > most

    def _location(self, dump: str) -> tuple[str, str]:
        """The operation that is under way, and the line that it is at."""
        running = self._calls.running
        named = [each for each in functions_in(dump, Path(self._order.folder)) if each in running]
        operation = next(iter(named or running), "")
        path, _, line = location_in(dump, Path(self._order.folder)).rpartition(":")
        return operation, f"{Path(path).name}:{line}" if line else ""


def back_off(first: float, failures: int) -> float:
    """Seconds before the next start, after so many that failed one after the other."""
    return min(_RETRY_MAX_SECONDS, first * 2.0 ** min(failures, 16))
