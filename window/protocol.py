"""HTTP/1.1 as uvicorn reads it, with an end to what comes before a body. A proxy in front has one, too; who reaches the
window without it would otherwise fill its memory with one header."""

from __future__ import annotations

from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES: Final = 65_536
"""Of the first line and all headers of a request."""
_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\ncache-control: no-store\r\n"
    b"connection: close\r\n\r\n"
)


class BoundedHeads(HttpToolsProtocol):
    _in_head, _ended = True, False
    _came = 0
    """Bytes that are nothing but the beginning of a request."""

    def data_received(self, data: bytes) -> None:
        self._ended = False
        super().data_received(data)
        if self._in_head and not self._ended and not self.transport.is_closing():
            self._came += len(data)
            if self._came > HEAD_BYTES:
                self._refuse()

    def on_headers_complete(self) -> None:
        self._in_head, self._came = False, 0
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_BYTES:
            self._refuse()
            return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_head = self._ended = True
        if not self.transport.is_closing():
            super().on_message_complete()

    def _refuse(self) -> None:
        self.transport.write(_TOO_LARGE)
        self.transport.close()
