"""The retry policy of the calls to a portal: what is retried, when, and how often.

Only requests that may be repeated are, within the deadline and within a budget that protects the portal. The numbers
are `[outbound.retry]` in the settings, for one portal `[portals.<id>.retry]`. A case whose portal still gave no answer
is tried again by its journey, for hours: `StepContext.keep_outage`.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

import httpx
from tenacity import AsyncRetrying, RetryCallState

from gateway.foreign_text import retry_after
from gateway.outbound.call_context import RequestContext, context_of
from gateway.outbound.errors import (
    AnswerEncoded,
    AnswerNotAuthentic,
    AnswerTooLarge,
    BreakerOpen,
    BulkheadFull,
    CertificateRefused,
    CredentialsFailed,
    HostRefused,
    NotPermitted,
    never_sent,
)
from gateway.outbound.layer import Layer
from gateway.outbound.window import Window
from gateway.settings import Retry as Settings
from gateway.telemetry.metrics import PortalMetrics

_STATUSES: Final = frozenset({429, 502, 503, 504})
_POINTLESS: Final = (
    HostRefused,
    NotPermitted,
    CertificateRefused,
    BreakerOpen,
    BulkheadFull,
    AnswerTooLarge,
    AnswerEncoded,
    AnswerNotAuthentic,
)

_REQUESTS: Final = 0
_RETRIES: Final = 1

_Result = httpx.Response | httpx.TransportError


class Allowance:
    """The retry budget of one portal: retries are at most `budget_ratio` of the requests of the last
    `budget_window_seconds`, but `budget_floor` are always allowed."""

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._window = Window(settings.budget_window_seconds, counters=2, clock=clock)

    def note_request(self) -> None:
        self._window.add(_REQUESTS)

    def spend(self) -> bool:
        requests, retries = self._window.totals()
        if retries >= max(self._settings.budget_floor, self._settings.budget_ratio * requests):
            return False
        self._window.add(_RETRIES)
        return True


class Retry(Layer):
    """Repeats a request when its operation may be repeated, or when the request surely was never sent.

    Worth repeating are transport errors and answers 429, 502, 503, 504. The wait is full jitter: anything between zero
    and `base_seconds` doubled for each attempt, at most `max_seconds`. A `Retry-After` is honoured by waiting at least
    that long; one that is longer than `max_seconds`, or a wait that does not fit before the deadline, ends the
    attempts: the caller gets the answer, and with it the time to come back.

    Tenacity enters only after a first attempt failed, since most do not.
    """

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        *,
        settings: Settings,
        metrics: PortalMetrics,
        clock: Callable[[], float] = time.monotonic,
        uniform: Callable[[float, float], float] = random.uniform,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__(inner)
        self._settings = settings
        self._metrics = metrics
        self._allowance = Allowance(settings, clock=clock)
        self._uniform = uniform
        self._sleep = sleep

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._allowance.note_request()
        result = await self._attempt(request)
        if _worth_repeating(context_of(request), result):
            result = await self._repeat(request, result)
        if isinstance(result, httpx.TransportError):
            raise result
        return result

    async def _attempt(self, request: httpx.Request) -> _Result:
        try:
            return await self._inner.handle_async_request(request)
        except httpx.TransportError as error:
            return error

    async def _repeat(self, request: httpx.Request, first: _Result) -> _Result:
        context = context_of(request)
        known: _Result | None = first

        async def attempt() -> _Result:
            nonlocal known
            if known is not None:
                result, known = known, None
                return result
            self._metrics.event("retry", "repeated")
            return await self._attempt(request)

        retrying = AsyncRetrying(
            retry=lambda state: _worth_repeating(context, _result(state)),
            wait=lambda state: self._wait(state.attempt_number, _result(state)),
            stop=lambda state: self._must_stop(context, state),
            sleep=self._sleep,
            retry_error_callback=_result,
        )
        return await retrying(attempt)

    def _wait(self, attempt: int, result: _Result) -> float:
        settings = self._settings
        jitter = self._uniform(0.0, min(settings.max_seconds, settings.base_seconds * 2 ** (attempt - 1)))
        return max(jitter, _retry_after(result) or 0.0)

    def _must_stop(self, context: RequestContext, state: RetryCallState) -> bool:
        wait = state.upcoming_sleep
        if state.attempt_number >= self._settings.attempts:
            reason = "attempts_used"
        elif wait > self._settings.max_seconds or asyncio.get_running_loop().time() + wait >= context.deadline:
            reason = "no_time"
        elif not self._allowance.spend():
            reason = "budget_used"
        else:
            return False
        self._metrics.event("retry", reason)
        return True


def _result(state: RetryCallState) -> _Result:
    assert state.outcome is not None
    result: _Result = state.outcome.result()
    return result


def _worth_repeating(context: RequestContext, result: _Result) -> bool:
    if isinstance(result, httpx.Response):
        return result.status_code in _STATUSES and context.call.operation.repeatable
    if isinstance(result, _POINTLESS) or (isinstance(result, CredentialsFailed) and result.denied):
        return False
    return context.call.operation.repeatable or never_sent(result)


def _retry_after(result: _Result) -> float | None:
    if not isinstance(result, httpx.Response):
        return None
    return retry_after(result.headers.get("retry-after"), now=datetime.now(UTC))
