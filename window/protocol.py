"""HTTP/1.1 as uvicorn reads it, with an end to what comes before a body: in bytes and in time. A proxy in front has one
too; who reaches the window without it would otherwise fill its memory with one header, or keep connections for nothing.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES: Final = 65_536
"""Of the first line and all headers of a request."""
HEAD_SECONDS: Final = 20.0
"""In which they have to come, counted from the beginning of the connection or of a later request."""
_TOO_LATE: Final = (
    b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\ncache-control: no-store\r\nconnection: close\r\n\r\n"
)
_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\ncache-control: no-store\r\n"
    b"connection: close\r\n\r\n"
)


class BoundedHeads(HttpToolsProtocol):
    _in_head, _ended = True, False
    _came = 0
    """Bytes that are nothing but the beginning of a request."""
    _timer: asyncio.TimerHandle | None = None
    head_seconds = HEAD_SECONDS

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._ended = False
        super().data_received(data)
        if self._in_head and not self._ended and not self.transport.is_closing():
            self._came += len(data)
            if self._came > HEAD_BYTES:
                self._refuse(_TOO_LARGE)
            elif self._timer is None:
                self._expect_head()

    def on_headers_complete(self) -> None:
        self._in_head, self._came = False, 0
        self._expect_nothing()
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_BYTES:
            self._refuse(_TOO_LARGE)
            return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_head = self._ended = True
        if not self.transport.is_closing():
            super().on_message_complete()

    def _expect_head(self) -> None:
        self._timer = self.loop.call_later(self.head_seconds, self._late)

    def _expect_nothing(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        self._timer = None
        if self.transport.is_closing():
            return
        if self.cycle is not None and not self.cycle.response_complete:  # an answer is under way: nothing in between
            self._expect_head()
        elif self._came:
            self._refuse(_TOO_LATE)
        else:
            self.transport.close()

    def _refuse(self, answer: bytes) -> None:
        self._expect_nothing()
        self.transport.write(answer)
        self.transport.close()
