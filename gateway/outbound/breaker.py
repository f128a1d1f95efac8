"""Stops calls to a portal that fails too often, and probes it before it lets them through again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from enum import Enum
from typing import Final

import httpx
import structlog

from gateway.outbound.call_context import context_of
from gateway.outbound.errors import (
    BreakerOpen,
    BulkheadFull,
    CertificateRefused,
    CredentialsFailed,
    HostRefused,
    NotPermitted,
)
from gateway.outbound.layer import Layer
from gateway.outbound.window import Window
from gateway.settings import Breaker as Settings
from gateway.telemetry.metrics import PortalMetrics

_CALLS: Final = 0
_FAILURES: Final = 1
_SLOW: Final = 2

_PROBING_RETRY_AFTER: Final = 1.0

logger = structlog.get_logger(__name__)


class State(Enum):
    CLOSED = "closed"
    HALF_OPEN = "half_open"
    OPEN = "open"


class Circuit:
    """The state machine of one portal. `admit` before a call, then exactly one of `success`, `failure`, `release`.

    Closed: opens when, among at least `minimum_calls` of the last `window_seconds`, the share of failures reaches
    `failure_ratio` or that of calls slower than `slow_seconds` reaches `slow_ratio`. Open: refuses everything for
    `open_seconds`. Half open: lets `half_open_probes` calls through; when all of them succeed it closes, when one fails
    or is slow it opens again. Results of calls that began before a change of state are not counted.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], float] = time.monotonic,
        on_change: Callable[[State], None] = lambda _: None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._on_change = on_change
        self._window = Window(settings.window_seconds, counters=3, clock=clock)
        self._state = State.CLOSED
        self._generation = 0
        self._open_until = 0.0
        self._probes = 0
        self._passed = 0
        self.last_result: tuple[float, bool] | None = None
        """When the last call came back, by the clock, and whether it failed; None before the first."""

    @property
    def state(self) -> State:
        """The state that the next call would meet."""
        if self._state is State.OPEN and self._clock() >= self._open_until:
            return State.HALF_OPEN
        return self._state

    @property
    def retry_after(self) -> float | None:
        """Seconds until calls are let through again; None unless it is open."""
        return self._open_until - self._clock() if self.state is State.OPEN else None

    def admit(self) -> int:
        """A number to hand back with the result. Raises `BreakerOpen`, which says when to come again."""
        if self._state is State.CLOSED:
            return self._generation
        if self._state is State.OPEN:
            left = self._open_until - self._clock()
            if left > 0:
                raise BreakerOpen("the portal is left alone after failures", retry_after=left)
            self._become(State.HALF_OPEN)
        if self._probes >= self._settings.half_open_probes:
            raise BreakerOpen("the portal is being probed after failures", retry_after=_PROBING_RETRY_AFTER)
        self._probes += 1
        return self._generation

    def success(self, admitted: int, seconds: float) -> None:
        self._settle(admitted, failed=False, slow=seconds >= self._settings.slow_seconds)

    def failure(self, admitted: int) -> None:
        self._settle(admitted, failed=True, slow=False)

    def release(self, admitted: int) -> None:
        """The call has no result about the portal: cancelled, or never sent for a reason of ours."""
        if admitted == self._generation and self._state is State.HALF_OPEN:
            self._probes -= 1

    def _settle(self, admitted: int, *, failed: bool, slow: bool) -> None:
        self.last_result = (self._clock(), failed)
        if admitted != self._generation:
            return
        if self._state is State.HALF_OPEN:
            self._passed += 1
            if failed or slow:
                self._become(State.OPEN)
            elif self._passed >= self._settings.half_open_probes:
                self._become(State.CLOSED)
            return
        self._window.add(_CALLS)
        if failed:
            self._window.add(_FAILURES)
        elif slow:
            self._window.add(_SLOW)
        if self._tripped():
            self._become(State.OPEN)

    def _tripped(self) -> bool:
        calls, failures, slow = self._window.totals()
        return calls >= self._settings.minimum_calls and (
            (failures > 0 and failures >= calls * self._settings.failure_ratio)
            or (slow > 0 and slow >= calls * self._settings.slow_ratio)
        )

    def _become(self, state: State) -> None:
        self._state = state
        self._generation += 1
        self._probes = self._passed = 0
        if state is State.OPEN:
            self._open_until = self._clock() + self._settings.open_seconds
        if state is State.CLOSED:
            self._window.clear()
        self._on_change(state)


class Breaker(Layer):
    """Asks the circuit before each request and reports the result to it.

    Failures are transport errors, answers 5xx, and a deadline reached while the portal had the request; not answers
    4xx, nor requests that we stopped ourselves. Time spent waiting for a place does not make a call slow.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, *, circuit: Circuit, metrics: PortalMetrics) -> None:
        super().__init__(inner)
        self.circuit = circuit
        self._metrics = metrics

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        circuit, context = self.circuit, context_of(request)
        try:
            admitted = circuit.admit()
        except BreakerOpen:
            context.breaker = "open"
            self._metrics.event("breaker", "refused")
            raise
        context.breaker = circuit.state.value
        started = time.perf_counter()
        try:
            response = await self._inner.handle_async_request(request)
        except asyncio.CancelledError:
            if context.out_of_time and context.attempts:
                circuit.failure(admitted)
            else:
                circuit.release(admitted)
            raise
        except (BulkheadFull, HostRefused, CertificateRefused, NotPermitted):
            circuit.release(admitted)
            raise
        except CredentialsFailed as error:
            if error.denied:
                circuit.release(admitted)
            else:
                circuit.failure(admitted)
            raise
        except httpx.TransportError:
            circuit.failure(admitted)
            raise
        except BaseException:
            circuit.release(admitted)
            raise
        if response.status_code >= 500:
            circuit.failure(admitted)
        else:
            circuit.success(admitted, time.perf_counter() - started - context.queued)
        return response


_GAUGE: Final = {State.CLOSED: 0, State.HALF_OPEN: 1, State.OPEN: 2}


def announce(portal: str, metrics: PortalMetrics) -> Callable[[State], None]:
    """Reports each change of state to log and metrics."""
    metrics.breaker(_GAUGE[State.CLOSED])

    def changed(state: State) -> None:
        metrics.breaker(_GAUGE[state])
        metrics.event("breaker", state.value)
        logger.warning("breaker_changed", portal=portal, state=state.value)

    return changed
