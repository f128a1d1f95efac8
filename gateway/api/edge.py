"""The edge: every call enters and leaves here. It gets its id, language and audit record; the answer leaves only after
the record is durable. Too many calls at once, or a gateway that is shutting down, are refused here."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

import structlog
from litestar.enums import ScopeType
from litestar.types import (
    ASGIApp,
    HTTPResponseStartEvent,
    HTTPScope,
    Message,
    Receive,
    ReceiveMessage,
    Scope,
    Send,
)

from gateway.api.backend import Backend
from gateway.api.metrics import calls, calls_in_flight
from gateway.api.problems import Problem, render
from gateway.audit.entry import Entry, Outcome
from gateway.audit.log import AuditUnavailable
from gateway.i18n.messages import negotiate
from gateway.ids import new_id

log = structlog.get_logger()

_PUBLISHED: Final = (
    "/audit/log/checkpoint",
    "/audit/log/anchors",
    "/audit/verifier",
    *(f"/audit/log/tile/{level}" for level in range(10)),
    "/cards/",
)
_UNRECORDED: Final = ("/health/", "/metrics", "/.well-known/", "/schema", "/favicon.ico", *_PUBLISHED)
"""Says nothing about anybody; a record of each look would only be noise."""

_OUTCOMES: Final[dict[int, Outcome]] = {401: "denied", 403: "denied", 502: "unavailable", 503: "unavailable"}
_KEPT_BYTES: Final = 65_536
"""How much of a body the commitment covers at most: of a longer one the beginning."""


class Edge:
    def __init__(self, app: ASGIApp, backend: Backend) -> None:
        self._app = app
        self._backend = backend

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            await self._serve(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _serve(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        backend = self._backend
        entry = Entry(call_id=new_id("call"), kind="call")
        recorded = not scope["path"].startswith(_UNRECORDED)
        language = _language(scope, backend)
        scope["state"] = {"entry": entry, "language": language}
        answer = _Answer(entry, send, backend, language, recorded=recorded)
        with entry.active():
            limited = recorded or scope["path"].startswith(_PUBLISHED)
            if limited and (refusal := self._refusal()) is not None:
                await answer.problem(refusal)
                return
            backend.in_flight += 1
            calls_in_flight.inc()
            try:
                await self._app(scope, _Question(entry, receive, scope["state"]), answer)
            finally:
                backend.in_flight -= 1
                calls_in_flight.dec()

    def _refusal(self) -> Problem | None:
        if self._backend.draining:
            return Problem("shutting_down", retry_after=5)
        if self._backend.in_flight >= self._backend.settings.server.max_concurrent_calls:
            return Problem("overloaded", retry_after=1)
        if not self._backend.audit.ready:
            # What could not be recorded must not be done. Asked before, so that nothing is done in vain.
            return Problem("audit_unavailable", retry_after=1)
        return None


class _Question:
    """The request's body on its way in; its beginning is kept for the record's commitment, unless the route says that
    it is `secret`."""

    __slots__ = ("_entry", "_receive", "_state")

    def __init__(self, entry: Entry, receive: Receive, state: Mapping[str, Any]) -> None:
        self._entry = entry
        self._receive = receive
        self._state = state

    async def __call__(self) -> ReceiveMessage:
        message = await self._receive()
        kept = len(self._entry.request) < _KEPT_BYTES and not self._state.get("secret")
        if message["type"] == "http.request" and kept:
            self._entry.request = (self._entry.request + bytes(message["body"]))[:_KEPT_BYTES]
        return message


class _Answer:
    """Holds the answer back until the record is durable."""

    __slots__ = ("_backend", "_entry", "_language", "_recorded", "_refused", "_send", "_start", "_started")

    def __init__(self, entry: Entry, send: Send, backend: Backend, language: str, *, recorded: bool) -> None:
        self._entry, self._send, self._backend, self._language = entry, send, backend, language
        self._recorded = recorded
        self._start: HTTPResponseStartEvent | None = None
        self._started = False
        self._refused = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        if message["type"] == "http.response.body" and not self._started and not self._refused:
            if not message.get("more_body"):
                self._entry.response = bytes(message["body"][:_KEPT_BYTES])
            await self._open()
        if not self._refused:
            await self._send(message)

    async def problem(self, problem: Problem) -> None:
        start, body = render(problem, self._language, self._entry.call_id, self._backend.messages)
        self._entry.code = problem.code
        await self(start)
        await self(body)

    async def _open(self) -> None:
        assert self._start is not None
        entry = self._entry
        entry.status = self._start["status"]
        if not entry.recorded and self._recorded:
            entry.outcome = _outcome(entry)
            try:
                await self._backend.audit.write(entry)
            except AuditUnavailable as error:
                await self._refuse(Problem("audit_unavailable", retry_after=error.retry_after))
                return
        self._started = True
        self._start["headers"] = [*self._start["headers"], (b"call-id", entry.call_id.encode())]
        await self._send(self._start)
        self._note()

    async def _refuse(self, problem: Problem) -> None:
        """Without its record the call did not happen, as far as the client can tell."""
        self._entry.status, self._entry.code = 503, problem.code
        start, body = render(problem, self._language, self._entry.call_id, self._backend.messages)
        start["headers"] = [*start["headers"], (b"call-id", self._entry.call_id.encode())]
        await self._send(start)
        await self._send(body)
        self._refused = True
        self._note()

    def _note(self) -> None:
        entry = self._entry
        if not self._recorded:
            return
        seconds = time.perf_counter() - entry.started
        calls(entry.operation or "unmatched", entry.status).observe(seconds)
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


def _language(scope: HTTPScope, backend: Backend) -> str:
    for name, value in scope["headers"]:
        if name == b"accept-language":
            header = value.decode("latin-1")
            return negotiate(header, backend.settings.languages, backend.settings.default_language)
    return backend.settings.default_language


def _outcome(entry: Entry) -> Outcome:
    if entry.status < 400:
        return entry.outcome
    if entry.outcome != "ok":
        return entry.outcome
    return _OUTCOMES.get(entry.status) or ("failed" if entry.status >= 500 else "client_error")
