"""A TCP proxy between a client and the gateway that does what networks do."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

BUSY: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html\r\nRetry-After: 1\r\n"
    b"Content-Length: 4\r\nConnection: close\r\n\r\nbusy"
)
_BEGINS: Final = re.compile(rb"(GET|POST|PUT|PATCH|DELETE) ")
_INTO_AN_EVENT: Final = 30
"""Bytes of the second event that still come through."""


@dataclass(slots=True)
class _Connection:
    fault: str = ""
    """What becomes of the request that is under way."""


class CuttingProxy:
    """Each request that `faults` is meant for takes the first of them; without one it passes.

    For writes: `busy` answers 503 in the gateway's place, `lost` lets the gateway do it and drops its answer. For event
    streams: `cut` ends the connection in the middle of the second event.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self.writes: list[str] = []
        self.streams: list[str] = []
        self.keys: list[str] = []
        """Idempotency keys of all writes that were seen."""
        self.cursors: list[str] = []
        """First lines of all requests for a stream."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._port)
        connection = _Connection()
        down = asyncio.create_task(self._down(up_reader, writer, connection))
        try:
            while piece := await reader.read(65_536):
                connection.fault = self._next(piece) if _BEGINS.match(piece) else connection.fault
                if connection.fault == "busy":
                    await self._rest(piece, reader)
                    writer.write(BUSY)
                    await writer.drain()
                    return
                up_writer.write(piece)
                await up_writer.drain()
        except ConnectionError:
            pass
        finally:
            down.cancel()
            for each in (writer, up_writer):
                each.close()

    def _next(self, piece: bytes) -> str:
        if b"text/event-stream" in piece:
            self.cursors.append(piece.split(b"\r\n")[0].decode())
            return self.streams.pop(0) if self.streams else ""
        if found := re.search(rb"(?i)\r\nidempotency-key: ([^\r]*)", piece):
            self.keys.append(found[1].decode())
            return self.writes.pop(0) if self.writes else ""
        return ""

    async def _rest(self, head: bytes, reader: asyncio.StreamReader) -> None:
        """Read the body: a connection closed before that is reset."""
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        missing = int(length[1]) - len(head.partition(b"\r\n\r\n")[2]) if length else 0
        while missing > 0 and (piece := await reader.read(65_536)):
            missing -= len(piece)

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: _Connection) -> None:
        seen = b""
        while piece := await reader.read(65_536):
            if connection.fault == "lost":
                break
            seen = seen + piece if connection.fault == "cut" else b""
            ends = [each.end() for each in re.finditer(rb"\ndata: [^\n]*\n\n", seen)]
            if ends and len(seen) >= ends[0] + _INTO_AN_EVENT:
                writer.write(piece[: len(piece) - (len(seen) - ends[0] - _INTO_AN_EVENT)])
                await writer.drain()
                break
            writer.write(piece)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def cutting_proxy(port: int) -> AsyncIterator[tuple[str, CuttingProxy]]:
    """Its address, and itself."""
    proxy = CuttingProxy(port)
    async with await asyncio.start_server(proxy.serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", proxy
