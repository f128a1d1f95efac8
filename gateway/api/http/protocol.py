"""uvicorn's HTTP/1.1 protocol with limits: bytes of headers, time of headers and bodies, idle time, connections.

Why a subclass, and not another server: `docs/decisions/http-server.md`. uvicorn handles requests as ever; this class
checks incoming bytes first, and decides when a connection has timed out. Give to uvicorn as `http`; the application
lays a `ConnectionLimits` into its lifespan's state under `STATE`.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final, Literal

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.api.http.addresses import FORWARDED
from gateway.api.http.connection_limits import STATE, ConnectionLimits

_LINGER_SECONDS: Final = 1.0
"""How long to go on reading from a refused sender: closing while it still sends would reset the connection, and lose
the answer."""
_PIPELINED: Final = 8
"""Requests that may wait on a connection for the answer to those before them."""
_SLOWEST: Final = 1024
"""Bytes per second that a client must read while an answer waits for it."""
_SMALL_CHUNK: Final = 256
"""Bytes below which a chunk of a body is one of the small ones, of which there is a limit."""
_GRACE_SECONDS: Final = 2.0
"""The application answers 408 itself when a body is late; this much later the connection ends by all means."""


class GuardedProtocol(HttpToolsProtocol):
    _limits: ConnectionLimits
    _stage: Literal["headers", "body"] | None = None
    """The part of the request that is missing; None: the request is complete, or none has begun."""
    _refused = False
    """Nothing more is read from this connection."""
    _timer: asyncio.TimerHandle | None = None
    _timed: Literal["headers", "body", "idle"] | None = None
    """What the timer is for."""
    _writing: asyncio.TimerHandle | None = None
    _fresh = False
    """The stage began with the data that is being parsed."""
    _pending = 0
    """Bytes since then that are not body: an unfinished header, a trailer, the framing of chunks."""
    _header_bytes = 0
    _chunk_bytes = 0
    _small_chunks = 0
    """Of the body under way."""
    _gone = False

    # --- The connection ----------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self._limits = self.app_state[STATE]
        peer = self.client[0] if self.client else ""
        if (code := self._limits.enter(self, peer)) is not None:
            self._refused = True
            transport.write(self._limits.refusal(code, peer))
            self._close()
            return
        self._arm("idle", self._limits.header_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._gone = True
        self._disarm()
        self._stop_expecting()
        self._limits.connections.leave(self)
        super().connection_lost(exc)
        self._unset_keepalive_if_required()

    def shutdown(self) -> None:
        """The server shuts down. Do not wait for a request that has not arrived: its sender could use up the whole
        grace period."""
        if self._stage is not None and not self._refused:
            self._refuse("shutting_down")
        else:
            super().shutdown()
            if not self._gone:
                self.loop.call_later(self._limits.ending_seconds, self._cut)

    def _cut(self) -> None:
        """Close the connection if its client has not read the response within half of the grace period; the other half
        is for the other connections and for shutting down."""
        if not self._gone and self.transport.get_write_buffer_size():
            self.transport.abort()

    def evict(self) -> None:
        self._refused = True
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._unset_keepalive_if_required()
        self._fresh = False
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            if self.cycle is not None:  # the next bytes would be of an unsupported protocol
                self.cycle.keep_alive = False
            self._refused = True
            return
        except httptools.HttpParserError:
            self.send_400_response("")
            return
        if self._refused:
            return
        if self._stage is not None and not self._fresh:
            self._pending += len(data)
            if self._pending > self._limits.header_bytes:
                self._refuse("headers_too_large")
                return
        self._watch()

    def _watch(self) -> None:
        """Set a timer for the missing part. A request that came in one piece needs none."""
        if self._stage is not None:
            if self._timed != self._stage:
                limits = self._limits
                seconds = limits.header_seconds if self._stage == "headers" else limits.body_seconds + _GRACE_SECONDS
                self._arm(self._stage, seconds)
        elif self.cycle is None or self.cycle.response_complete:  # bytes that begin no request
            if self._timed is None:
                self._arm("idle", self._limits.header_seconds)
        else:
            self._disarm()

    # --- The request, as the parser finds it -------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._stage, self._fresh, self._pending, self._header_bytes = "headers", True, 0, 0

    def on_url(self, url: bytes) -> None:
        self._header_bytes += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._header_bytes += len(name) + len(value) + 4
        if self._stage == "body":  # a trailer: nobody asks for it
            return
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self._refused:
            return
        if self._header_bytes > self._limits.header_bytes:
            self._refuse("headers_too_large")
            return
        if len(self.pipeline) >= _PIPELINED:
            self.evict()
            return
        self._stage, self._fresh, self._pending, self._small_chunks = "body", True, 0, 0
        if self.client is None or self._limits.proxies.trusts(self.client[0]):
            peer, port = self.client or ("", 0)
            self.scope["client"] = (self._limits.proxies.client(peer, self.headers), port)
            self.scope["extensions"] = {FORWARDED: {}}
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self._refused:
            return
        self._fresh = True
        self._pending = 0
        self._chunk_bytes += len(body)
        super().on_body(body)

    def on_chunk_header(self) -> None:
        self._chunk_bytes = 0

    def on_chunk_complete(self) -> None:
        if self._refused or self._chunk_bytes >= _SMALL_CHUNK:
            return
        self._small_chunks += 1
        if self._small_chunks > self._limits.small_chunks:
            self._refuse("malformed_request")

    def on_message_complete(self) -> None:
        if self._refused:
            return
        self._stage = None
        self._limits.connections.works(self)
        super().on_message_complete()
        if self.cycle.response_complete:
            self._limits.connections.waits(self)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._expect_reading()
        elif not self.pipeline and self._stage is None:
            self._limits.connections.waits(self)

    # --- Time --------------------------------------------------------------------------------------------------------

    def _arm(self, timed: Literal["headers", "body", "idle"], seconds: float) -> None:
        self._disarm()
        self._timed = timed
        self._timer = self.loop.call_later(seconds, self._late)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = self._timed = None

    def _late(self) -> None:
        self._timer = self._timed = None
        if self._refused or self.transport.is_closing():
            return
        if self._stage is None:
            self._close()
        elif self._stage == "body" and self.flow.read_paused:
            self._arm("body", self._limits.body_seconds)  # the gateway itself has paused reading
        elif self._stage == "body" and (self.cycle.response_started or self.cycle.response_complete):
            self.transport.abort()
        else:
            self._refuse("request_timeout")

    def timeout_keep_alive_handler(self) -> None:
        if not self.transport.is_closing():
            self._close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._expect_reading()

    def resume_writing(self) -> None:
        if not self.transport.is_closing():
            self._stop_expecting()
        super().resume_writing()

    def _stop_expecting(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None

    def _expect_reading(self) -> None:
        """An answer waits to be read: close the connection if its client stops reading."""
        if self._writing is None and not self._gone:
            seconds = self._limits.send_seconds
            self._writing = self.loop.call_later(seconds, self._read_slowly, self.transport.get_write_buffer_size())

    def _read_slowly(self, before: int) -> None:
        self._writing = None
        left = self.transport.get_write_buffer_size()
        if left and before - left < _SLOWEST * self._limits.send_seconds:
            self.transport.abort()
        elif left:
            self._expect_reading()

    # --- Refusals ----------------------------------------------------------------------------------------------------

    def send_400_response(self, msg: str) -> None:
        self._refuse("malformed_request")

    def _refuse(self, code: str) -> None:
        """Answer with a problem, if an answer can still be given, and read nothing more."""
        self._refused = True
        self._disarm()
        cycle: Any = self.cycle
        incomplete = self._stage is not None
        under_way = cycle is not None and not cycle.response_complete
        if under_way and (self.pipeline or not (incomplete and self._stage == "body")):
            cycle.keep_alive = False  # an answer to an earlier request is on its way: it is the last one
            return
        if under_way and cycle.response_started:
            self.transport.abort()
            return
        if under_way:
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.write(self._limits.refusal(code, self._address(), self.headers or ()))
        self.flow.resume_reading()  # and discard
        self.loop.call_later(_LINGER_SECONDS, self._close)

    def _address(self) -> str:
        peer = self.client[0] if self.client else ""
        return self._limits.proxies.client(peer, self.headers or ())

    def _close(self) -> None:
        if not self._gone:
            self.transport.close()
            self._expect_reading()
