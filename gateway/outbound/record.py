"""A hop in the audit entry for every attempt, and the counters that go with it.

The layer has two faces. `Record` is the second layer: it sees the caller's result, hands it to a call that keeps its
answers, and writes the hop of a request that the breaker, the bulkhead or the authentication stopped before any
attempt. `Attempts` stands right around `wire`, below retry, authenticate and sign: it writes one hop each time
something is really tried, with the key that signed it, the breaker's state, the raw bytes and the time it took. Token
requests pass there too.

The bytes in a hop are those sent and received, except credentials: the values of credential headers are blanked, and
the bodies of token requests are left out.
"""

from __future__ import annotations

import time
from typing import Final

import httpx

from gateway.audit.entry import Hop
from gateway.outbound.call_context import RequestContext, context_of, says_nothing_done, target
from gateway.outbound.errors import word_for
from gateway.outbound.layer import Layer
from gateway.telemetry.metrics import PortalMetrics

RECORD_BYTES: Final = 16_384

_CREDENTIALS: Final = frozenset({b"authorization", b"proxy-authorization", b"cookie", b"set-cookie", b"x-api-key"})
_BLANK: Final = b"[not recorded]"
_UNDER_WAY: Final = "under_way"


class Record(Layer):
    """Writes a hop for a request that was stopped before any attempt."""

    def __init__(self, inner: httpx.AsyncBaseTransport, *, metrics: PortalMetrics) -> None:
        super().__init__(inner)
        self._metrics = metrics

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            response = await self._inner.handle_async_request(request)
        except BaseException as error:
            context = context_of(request)
            outcome = _outcome(error, context)
            if context.attempts == 0:
                hop = _open(request, context)
                if hop is not None:
                    hop.outcome = outcome
            self._metrics.event("record", outcome)
            raise
        if (answers := context_of(request).call.answers) is not None:
            answers.append(response)
        return response


class Attempts(Layer):
    """Writes a hop for each attempt, and notes whether the portal may have acted upon it."""

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        *,
        metrics: PortalMetrics,
        record_bytes: int = RECORD_BYTES,
        credential_header: str = "",
    ) -> None:
        super().__init__(inner)
        self._metrics = metrics
        self._cap = record_bytes
        self._blanked = _CREDENTIALS | {credential_header.lower().encode()}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        context = context_of(request)
        context.attempts += 1
        context.call.attempts += 1
        hop = _open(request, context)
        if hop is not None:
            hop.request = self._request_bytes(request, context)
        outcome, status = "answered", 0
        started = time.perf_counter()
        try:
            response = await self._inner.handle_async_request(request)
            status = response.status_code
        except BaseException as error:
            outcome = _outcome(error, context)
            raise
        finally:
            seconds = time.perf_counter() - started
            self._metrics.attempt(outcome, status, seconds)
            if hop is not None:
                hop.outcome, hop.status, hop.duration_ms = outcome, status, seconds * 1000
        if says_nothing_done(response):
            context.mark_refused()
        if not context.confidential:
            context.call.answer = response
        if hop is not None:
            hop.response = self._response_bytes(response, context)
        return response

    def _request_bytes(self, request: httpx.Request, context: RequestContext) -> bytes:
        first = b"%s %s HTTP/1.1" % (request.method.encode(), target(request.url))
        return self._message(first, request.headers, request.content, context)

    def _response_bytes(self, response: httpx.Response, context: RequestContext) -> bytes:
        reason: bytes = response.extensions.get("reason_phrase", b"")
        return self._message(
            b"HTTP/1.1 %d %s" % (response.status_code, reason), response.headers, response.content, context
        )

    def _message(self, first: bytes, headers: httpx.Headers, body: bytes, context: RequestContext) -> bytes:
        blanked = self._blanked
        lines = [first]
        lines += [b"%s: %s" % (name, _BLANK if name.lower() in blanked else value) for name, value in headers.raw]
        lines += [b"", _BLANK if context.confidential else body[: self._cap]]
        return b"\r\n".join(lines)[: self._cap]


def _open(request: httpx.Request, context: RequestContext) -> Hop | None:
    call = context.call
    if call.hops is None:
        return None
    hop = Hop(
        attempt=context.attempts,
        portal=call.portal,
        operation=call.operation.name,
        method=request.method,
        key_id=context.key_id,
        breaker=context.breaker,
        outcome=_UNDER_WAY,
    )
    call.hops.append(hop)
    return hop


def _outcome(error: BaseException, context: RequestContext) -> str:
    word = word_for(error)
    return "deadline" if word == "cancelled" and context.out_of_time else word
