"""What the layers share: an `OperationContext` for each call of a connector's method, and a `RequestContext` for each
HTTP request made in it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

import httpx

from gateway.audit.entry import Hop
from gateway.connectors.contract import Operation

UNDECLARED: Final[Operation[[], None]] = Operation("")
"""A request made outside of any operation: treated as one that must not be repeated."""

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})  # RFC 9110 section 9.2.1
_EXTENSION: Final = "request_context"


@dataclass(slots=True, kw_only=True)
class OperationContext:
    """One call of a connector's method; set by `invoke`."""

    portal: str
    operation: Operation[..., Any]
    deadline: float | None = None
    """In the event loop's time; None leaves it to the portal's total timeout per request."""
    permit: Callable[[], Awaitable[None]] | None = None
    """Called before each attempt that may change something; raises if the caller has lost the right."""
    hops: list[Hop] | None = None
    """The record of the call: each attempt is added; None where nothing is recorded."""
    answer: httpx.Response | None = None
    """The last one that came, token requests aside."""
    answers: list[httpx.Response] | None = None
    """To which the answer to each request is added, after retries; None where nobody compares them."""
    attempts: int = 0
    """Requests that were tried, tokens not counted."""
    exposures: int = 0
    """Requests by an unsafe method that the portal may have acted upon: sent, and not answered by a status that says it
    did not."""
    ended: bool = False
    """The method has returned. What it still sends, nobody waits for."""


current: ContextVar[OperationContext | None] = ContextVar("outbound_operation", default=None)
"""A context variable, because the connector between `invoke` and the layers knows of neither. Everything else is passed
as a parameter."""


@dataclass(slots=True, kw_only=True)
class RequestContext:
    """One HTTP request on its way through the layers, all attempts included."""

    call: OperationContext
    deadline: float
    scope: asyncio.Timeout
    unsafe: bool
    confidential: bool = False
    """Carries credentials in its body: the bodies are left out of the record."""
    breaker: str = "closed"
    queued: float = 0.0
    """Seconds spent waiting for a place."""
    key_id: str = ""
    attempts: int = 0
    sent: bool = False

    def mark_sent(self) -> None:
        """From here on the portal may have acted upon the request."""
        if not self.sent:
            self.sent = True
            self.call.exposures += self.unsafe

    def mark_refused(self) -> None:
        """The portal answered that it did nothing."""
        if self.sent:
            self.sent = False
            self.call.exposures -= self.unsafe

    @property
    def out_of_time(self) -> bool:
        """The cancellation under way is the deadline's, not the caller's."""
        return self.scope.expired()


def begin(
    request: httpx.Request,
    call: OperationContext,
    *,
    deadline: float,
    scope: asyncio.Timeout,
    confidential: bool = False,
) -> RequestContext:
    context = RequestContext(
        call=call,
        deadline=deadline,
        scope=scope,
        unsafe=request.method not in _SAFE_METHODS,
        confidential=confidential,
    )
    request.extensions[_EXTENSION] = context
    return context


def context_of(request: httpx.Request) -> RequestContext:
    context: RequestContext = request.extensions[_EXTENSION]
    return context


def target(url: httpx.URL) -> bytes:
    """Path and query as sent, signed and recorded: without a trailing `?`."""
    raw = url.raw_path
    return raw[:-1] if raw.endswith(b"?") and not url.query else raw


_NOTHING_DONE: Final = frozenset({401, 407, 408, 429})


def says_nothing_done(response: httpx.Response) -> bool:
    """By its status alone the answer says that the request was not acted upon: credentials are missing, it did not come
    whole, there were too many (RFC 9110 sections 15.5.2, 15.5.8 and 15.5.9, RFC 6585 section 4), or 503 with a time to
    come back. Any other 4xx says so only in the portal's own words: a proxy or a WAF may have put its page in the place
    of an answer after the portal had acted."""
    status = response.status_code
    return status in _NOTHING_DONE or (status == 503 and "retry-after" in response.headers)
