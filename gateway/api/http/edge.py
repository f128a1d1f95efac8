"""The edge: every call enters and leaves here. It gets its id, language and audit record; the answer leaves only after
the record is durable. Too many calls at once, or a gateway that is shutting down, are refused here."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog
from litestar.enums import ScopeType
from litestar.types import (
    ASGIApp,
    HTTPResponseBodyEvent,
    HTTPResponseStartEvent,
    HTTPScope,
    Message,
    Receive,
    ReceiveMessage,
    Scope,
    Send,
)

from gateway.api.http.access import DEPRECATED
from gateway.api.http.addresses import site
from gateway.api.http.caller_turns import CallerTurns, TooMany, Turn
from gateway.api.http.compression import compressed
from gateway.api.http.connection_limits import STATE, ConnectionLimits
from gateway.api.http.cors import Cors
from gateway.api.http.methods import as_get, with_true_allow
from gateway.api.http.metrics import calls, calls_in_flight
from gateway.api.http.problems import Problem, render
from gateway.api.http.rate_limiting import BELIEVED, FIELDS, RateLimiting
from gateway.api.http.server_state import ServerState
from gateway.audit.entry import Entry, Outcome
from gateway.audit.log import AuditLog, AuditUnavailable
from gateway.audit.sums import CallSums
from gateway.auth.tokens import Verifier
from gateway.i18n.messages import Messages, negotiate
from gateway.ids import new_id
from gateway.settings import Settings

log = structlog.get_logger()

_PUBLISHED: Final = (
    "/audit/log/checkpoint",
    "/audit/log/anchors",
    "/audit/verifier",
    *(f"/audit/log/tile/{level}" for level in range(10)),
    "/cards/",
    "/problems",
    "/receipts/",
)
_UNRECORDED: Final = ("/health/", "/metrics", "/.well-known/", "/schema", "/docs", "/favicon.ico", *_PUBLISHED)
"""Routes without data about anybody; a record of each call would only be noise."""

_OUTCOMES: Final[dict[int, Outcome]] = {401: "denied", 403: "denied", 502: "unavailable", 503: "unavailable"}
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_BEGINNING: Final = 65_536
"""Bytes of a body that must arrive before the call begins; the rest is read as it comes."""
_KEPT_BYTES: Final = 65_536
"""Bytes of a body that the commitment covers at most, from its beginning."""


_ALWAYS: Final = ((b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store"))


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeServices:
    settings: Settings
    messages: Messages
    audit: AuditLog
    sums: CallSums
    verifier: Verifier
    caller_turns: CallerTurns
    rate_limiting: RateLimiting
    state: ServerState
    cors: Cors
    methods: Mapping[str, bytes]
    """What each address takes, by its template."""


class Edge:
    def __init__(self, app: ASGIApp, services: EdgeServices) -> None:
        self._app = app
        self._services = services
        self._limits = ConnectionLimits(services.settings, services.messages, self._count)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            await self._serve(scope, receive, send)
        else:
            if "state" in scope:
                scope["state"][STATE] = self._limits
            await self._app(scope, receive, send)

    def _count(self, code: str, status: int, _address: str) -> None:
        """Count a request that ended before it became a call; its caller is unknown."""
        outcome: Outcome = "unavailable" if status == 503 else "client_error"
        self._services.sums.count("connection", code, outcome, status)

    async def _serve(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        services = self._services
        if (preflight := services.cors.preflight(scope)) is not None:  # says nothing about anybody: no record
            for message in preflight:
                await send(message)
            return
        entry = Entry(call_id=new_id("call"), kind="call")
        recorded = not scope["path"].startswith(_UNRECORDED)
        language = _language(scope, services)
        scope["state"] = {"entry": entry, "language": language}
        address = site(scope["client"][0]) if scope["client"] else ""
        answer = _HeldResponse(entry, scope, send, services, language, recorded=recorded, address=address)
        limited = recorded or scope["path"].startswith(_PUBLISHED)
        place = _Place(services, _caller(scope, services, address), limited=limited)
        if limited and (refusal := self._refusal()) is not None:
            await answer.problem(refusal)
            return
        if recorded and (refusal := services.rate_limiting.refuse_early(scope, entry, address)) is not None:
            await asyncio.sleep(services.settings.rates.refusal_seconds)
            await answer.problem(refusal)
            return
        try:
            if _expects_body(scope):
                place.wait()
                if (arrived := await _arrived(receive)) is None:
                    return  # the client has gone, or its body is late: there is no request
                receive = arrived
            else:
                await place.take()
            await self._app(as_get(scope), _Question(entry, receive, scope["state"], place), answer)
        except Problem as refusal:
            await answer.problem(refusal)
        finally:
            place.give_back()

    def _refusal(self) -> Problem | None:
        if self._services.state.draining:
            return Problem("shutting_down", retry_after=5)
        if not self._services.audit.ready:
            # The gateway must not do what it cannot record. Checked first, so that no work is done in vain.
            return Problem("audit_unavailable", retry_after=1)
        return None


class _Place:
    """One of the places for calls under way, and the caller's turn. A request with a body takes them once the body has
    arrived, so that slow senders occupy no place."""

    __slots__ = ("_arriving", "_caller", "_limited", "_services", "_state", "_taken", "_turn")

    def __init__(self, services: EdgeServices, caller: str, *, limited: bool) -> None:
        self._services, self._state = services, services.state
        self._limited, self._arriving, self._taken = limited, False, False
        self._caller = caller
        self._turn: Turn | None = None

    def wait(self) -> None:
        """For the request to arrive."""
        self._arriving = True
        self._state.arriving += 1

    async def take(self) -> None:
        """Raises `Problem`."""
        state, services = self._state, self._services
        if self._taken:
            return
        self._arrived()
        if self._limited and state.in_flight >= services.settings.server.max_concurrent_calls:
            raise Problem("overloaded", retry_after=1)
        self._taken = True
        state.in_flight += 1
        calls_in_flight.inc()
        if self._caller:
            try:
                self._turn = await services.caller_turns.take(self._caller)
            except TooMany:
                raise Problem("too_many_requests", retry_after=1) from None

    def give_back(self) -> None:
        self._arrived()
        if self._turn is not None:
            self._turn.end()
        if self._taken:
            self._taken = False
            self._state.in_flight -= 1
            calls_in_flight.dec()

    def _arrived(self) -> None:
        if self._arriving:
            self._arriving = False
            self._state.arriving -= 1


class _Question:
    """The request's body on its way in; its beginning is kept for the record's commitment, unless the route's rule
    says `secret_body`."""

    __slots__ = ("_entry", "_place", "_receive", "_state")

    def __init__(self, entry: Entry, receive: Receive, state: Mapping[str, Any], place: _Place) -> None:
        self._entry = entry
        self._receive = receive
        self._state = state
        self._place = place

    async def __call__(self) -> ReceiveMessage:
        message = await self._receive()
        kept = len(self._entry.request) < _KEPT_BYTES and not self._state.get("secret")
        if message["type"] == "http.request" and kept:
            self._entry.request = (self._entry.request + bytes(message["body"]))[:_KEPT_BYTES]
        if message["type"] == "http.request" and not message["more_body"]:
            await self._place.take()
        return message


class _HeldResponse:
    """Holds the answer back until the record is durable."""

    __slots__ = (
        "_address",
        "_entry",
        "_language",
        "_recorded",
        "_refused",
        "_scope",
        "_send",
        "_services",
        "_start",
        "_started",
        "_summed",
    )

    def __init__(
        self,
        entry: Entry,
        scope: HTTPScope,
        send: Send,
        services: EdgeServices,
        language: str,
        *,
        recorded: bool,
        address: str,
    ) -> None:
        self._scope = scope
        self._entry, self._send, self._services, self._language = entry, send, services, language
        self._recorded, self._address = recorded, address
        self._summed = False
        self._start: HTTPResponseStartEvent | None = None
        self._started = False
        self._refused = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        if message["type"] == "http.response.body" and not self._started and not self._refused:
            if not message.get("more_body") and not self._entry.secret_response:
                self._entry.response = bytes(message["body"][:_KEPT_BYTES])
                message = await self._compressed(message)
            await self._open()
        if not self._refused:
            await self._send(message)

    async def _compressed(self, message: HTTPResponseBodyEvent) -> HTTPResponseBodyEvent:
        """The whole body, compressed if the route allows it and the client takes it."""
        body, start = message["body"], self._start
        least = self._services.settings.server.compress_min_bytes
        if start is None or not self._scope["state"].get("compress"):
            return message
        if len(body) < least and start["status"] != 304:
            return message
        accept = b",".join(value for name, value in self._scope["headers"] if name == b"accept-encoding")
        made = await compressed(start["status"], start["headers"], body, accept.decode("latin-1"))
        if made is None:
            return message
        start["headers"], packed = made
        return {**message, "body": packed}

    async def problem(self, problem: Problem) -> None:
        start, body = self._written(problem)
        self._entry.code = problem.code
        await self(start)
        await self(body)

    def _written(self, problem: Problem) -> tuple[HTTPResponseStartEvent, HTTPResponseBodyEvent]:
        services = self._services
        return render(problem, self._language, self._entry.call_id, services.messages, services.settings.public_url)

    async def _open(self) -> None:
        assert self._start is not None
        entry = self._entry
        entry.status = self._start["status"]
        if not entry.recorded and self._recorded:
            entry.outcome = _outcome(entry)
            self._summed = self._services.sums.takes(entry, self._address)
            try:
                if not self._summed:
                    await self._services.audit.write(entry)
            except AuditUnavailable as error:
                await self._refuse(Problem("audit_unavailable", retry_after=error.retry_after))
                return
        self._started = True
        self._start["headers"] = self._completed(self._start)
        await self._send(self._start)
        self._note()

    async def _refuse(self, problem: Problem) -> None:
        """The record could not be written, so the client gets an error instead of the result."""
        self._entry.status, self._entry.code = 503, problem.code
        start, body = self._written(problem)
        start["headers"] = self._completed(start)
        await self._send(start)
        await self._send(body)
        self._refused = True
        self._note()

    def _completed(self, start: HTTPResponseStartEvent) -> list[tuple[bytes, bytes]]:
        """With the headers that every response has. A response without `Cache-Control` gets `no-store`."""
        told = [*start["headers"], (b"call-id", self._entry.call_id.encode())]
        told += self._scope["state"].get(FIELDS, ())
        told += self._scope["state"].get(DEPRECATED, ())
        names = {name.lower() for name, _ in told}
        told += [(name, value) for name, value in _ALWAYS if name not in names]
        if b"allow" in names:
            told = with_true_allow(told, self._scope, self._services.methods)
        return told + self._services.cors.allowed(self._scope, self._entry.client)

    def _note(self) -> None:
        entry = self._entry
        if not self._recorded:
            return
        seconds = time.perf_counter() - entry.started
        calls(entry.operation or "unmatched", entry.status).observe(seconds)
        if self._summed:  # a line each would fill the operator's disk instead of the log
            return
        log.info(
            "call",
            call_id=entry.call_id,
            operation=entry.operation,
            client=entry.client,
            portal=entry.portal,
            status=entry.status,
            code=entry.code,
            duration_ms=round(seconds * 1000, 1),
        )


async def _arrived(receive: Receive) -> Receive | None:
    """Wait for the body, or the beginning of a large one, before a place is taken. Gives it again
    to who asks next; None if it never came."""
    messages: deque[ReceiveMessage] = deque()
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        messages.append(message)
        size += len(message["body"])
        if not message["more_body"] or size >= _BEGINNING:
            break

    async def again() -> ReceiveMessage:
        return messages.popleft() if messages else await receive()

    return again


def _expects_body(scope: HTTPScope) -> bool:
    """Whether to wait for the body before taking a place: not if the route may answer without reading it."""
    if scope["method"] not in _WITH_BODY:
        return False
    for name, value in scope["headers"]:
        if name == b"transfer-encoding" or (name == b"content-length" and value.strip() != b"0"):
            return True
    return False


def _caller(scope: HTTPScope, services: EdgeServices, address: str) -> str:
    """The caller in whose turn the call runs: the person or client of an already verified token, else the address. A
    thief of a key-bound token, at another address, takes no turns of its owner. Empty for calls that must always be
    answered."""
    if scope["path"].startswith("/health/"):
        return ""
    for name, value in scope["headers"]:
        if name == b"authorization":
            if (believed := services.verifier.believed(value.decode("latin-1"))) is not None:
                scope["state"][BELIEVED] = believed
                principal, to_prove = believed
                caller = principal.pseudonym or principal.actor or principal.client_id
                return f"{caller} {address}" if to_prove else caller
            break
    return address or "-"


def _language(scope: HTTPScope, services: EdgeServices) -> str:
    for name, value in scope["headers"]:
        if name == b"accept-language":
            header = value.decode("latin-1")
            return negotiate(header, services.settings.languages, services.settings.default_language)
    return services.settings.default_language


def _outcome(entry: Entry) -> Outcome:
    if entry.status < 400:
        return entry.outcome
    if entry.outcome != "ok":
        return entry.outcome
    return _OUTCOMES.get(entry.status) or ("failed" if entry.status >= 500 else "client_error")
