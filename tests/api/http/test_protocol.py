"""The HTTP server under clients that take their time, talk without end, or say nothing. Over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from gateway.api.http.connection_limits import STATE, ConnectionLimits
from gateway.api.http.protocol import GuardedProtocol as HTTP
from gateway.i18n.messages import Messages
from gateway.sandbox.serve import running
from gateway.settings import load
from tests.waiting import PATIENCE

MEBIBYTE = b"x" * 1_048_576


@dataclass
class Served:
    """An application that echoes the length of the body, and what it saw."""

    connection_limits: ConnectionLimits
    port: int = 0
    open: list[asyncio.StreamWriter] = field(default_factory=list)
    started: int = 0
    completed: int = 0
    clients: list[str] = field(default_factory=list)
    refused: list[tuple[str, int, str]] = field(default_factory=list)
    hold: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            scope["state"][STATE] = self.connection_limits
            for answer in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{answer}.complete"})
            return
        self.started += 1
        self.clients.append(scope["client"][0])
        if scope["path"] == "/early":
            await self._answer(send, b"early")
            return
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            size += len(message["body"])
            more = message["more_body"]
        self.completed += 1
        if scope["path"] == "/hold":
            await self.hold.wait()
        await self._answer(send, MEBIBYTE * 32 if scope["path"] == "/large" else b"%d" % size)

    @staticmethod
    async def _answer(send: Any, body: bytes) -> None:
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    async def connect(self, source: str = "127.0.0.1") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(source, 0))
        self.open.append(writer)
        return reader, writer

    async def ask(self, *pieces: bytes, source: str = "127.0.0.1") -> bytes:
        """All that comes back until the server closes."""
        reader, writer = await self.connect(source)
        for each in pieces:
            writer.write(each)
            await writer.drain()
            await asyncio.sleep(0)
        try:
            async with asyncio.timeout(PATIENCE):
                return await reader.read()
        finally:
            writer.close()


@asynccontextmanager
async def serving(**limits: Any) -> AsyncIterator[Served]:
    settings = load(server=limits)
    served = Served(None)  # type: ignore[arg-type]
    served.connection_limits = ConnectionLimits(settings, Messages.load(), lambda *told: served.refused.append(told))
    async with running(served, http=HTTP) as url:
        served.port = int(url.rpartition(":")[2])
        yield served
        served.hold.set()


def problem(answer: bytes, status: int, code: str) -> dict[str, Any]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), answer[:200]
    assert b"content-type: application/problem+json" in head
    assert b"connection: close" in head
    assert head.count(b"x-content-type-options: nosniff") == 1
    told: dict[str, Any] = json.loads(body)
    assert (told["code"], told["status"]) == (code, status)
    assert told["call_id"].encode() in head
    return told


GET = b"GET /x HTTP/1.1\r\nHost: gateway\r\n"
POST = b"POST /x HTTP/1.1\r\nHost: gateway\r\n"
CLOSE = b"Connection: close\r\n\r\n"


async def closed(reader: asyncio.StreamReader) -> bytes:
    """What comes before the server closes, or resets."""
    got = b""
    async with asyncio.timeout(PATIENCE):
        with contextlib.suppress(ConnectionError):
            while piece := await reader.read(65_536):
                got += piece
    return got


async def eventually(true: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():
            await asyncio.sleep(0.01)


# --- Headers ----------------------------------------------------------------------------------------------------------


async def test_header_without_end_is_431() -> None:
    async with serving(max_header_bytes=4096, header_seconds=60) as served:
        problem(await served.ask(GET + b"X: ", *[b"a" * 1000] * 20), 431, "headers_too_large")
        assert served.started == 0
        assert served.refused == [("headers_too_large", 431, "127.0.0.1")]


async def test_headers_that_came_at_once_are_431() -> None:
    async with serving(max_header_bytes=4096, header_seconds=60) as served:
        problem(await served.ask(GET + b"X: " + b"a" * 5000 + b"\r\n" + CLOSE), 431, "headers_too_large")
        problem(await served.ask(GET + b"X: a\r\n" * 1500 + CLOSE), 431, "headers_too_large")
        problem(await served.ask(b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\n" + CLOSE), 431, "headers_too_large")
        assert served.started == 0


async def test_headers_within_the_limit_and_a_long_body_pass() -> None:
    async with serving(max_header_bytes=4096) as served:
        head = POST + b"X: " + b"a" * 3500 + b"\r\nContent-Length: 60000\r\n" + CLOSE
        assert (await served.ask(head + b"b" * 60_000)).endswith(b"60000")


async def test_trailer_without_end_is_431() -> None:
    async with serving(max_header_bytes=4096, body_seconds=60) as served:
        chunked = POST + b"Transfer-Encoding: chunked\r\n" + CLOSE + b"1\r\nx\r\n0\r\n"
        problem(await served.ask(chunked, b"T: ", *[b"a" * 1000] * 20), 431, "headers_too_large")
        assert served.completed == 0


async def test_headers_that_drip_are_408() -> None:
    async with serving(header_seconds=0.3) as served:
        reader, writer = await served.connect()
        writer.write(GET)
        drip = asyncio.create_task(dripping(writer, b"X: a\r\n"))
        problem(await closed(reader), 408, "request_timeout")
        drip.cancel()
        assert served.started == 0


async def dripping(writer: asyncio.StreamWriter, piece: bytes) -> None:
    while True:
        writer.write(piece)
        await asyncio.sleep(0.05)


async def test_second_request_that_drips_is_408() -> None:
    async with serving(header_seconds=0.3) as served:
        reader, writer = await served.connect()
        writer.write(GET + b"\r\n")
        assert (await reader.readuntil(b"\r\n\r\n0")).startswith(b"HTTP/1.1 200")
        writer.write(GET)
        drip = asyncio.create_task(dripping(writer, b"X: a\r\n"))
        problem(await closed(reader), 408, "request_timeout")
        drip.cancel()


async def test_silent_connection_is_closed() -> None:
    async with serving(header_seconds=0.2) as served:
        assert await served.ask() == b""
        await eventually(lambda: len(served.connection_limits.connections) == 0)


async def test_empty_lines_do_not_keep_a_connection() -> None:
    async with serving(header_seconds=0.3) as served:
        reader, writer = await served.connect()
        drip = asyncio.create_task(dripping(writer, b"\r\n"))
        assert await closed(reader) == b""
        drip.cancel()


@pytest.mark.parametrize(
    "nonsense", [b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/9.9\r\n\r\n", b"GET  x\r\n\r\n", GET + b"bad header\r\n\r\n"]
)
async def test_malformed_request_is_400(nonsense: bytes) -> None:
    async with serving() as served:
        problem(await served.ask(nonsense), 400, "malformed_request")
        assert served.started == 0


async def test_refusal_is_in_the_callers_language() -> None:
    async with serving(max_header_bytes=4096) as served:
        answer = await served.ask(GET + b"Accept-Language: ar\r\nX: " + b"a" * 5000 + b"\r\n" + CLOSE)
        assert "الترويسات" in problem(answer, 431, "headers_too_large")["title"]


# --- Bodies -----------------------------------------------------------------------------------------------------------


async def test_body_that_drips_is_408() -> None:
    async with serving(body_seconds=0.1) as served:
        reader, writer = await served.connect()
        writer.write(POST + b"Content-Length: 100000\r\n\r\n")
        drip = asyncio.create_task(dripping(writer, b"x"))
        problem(await closed(reader), 408, "request_timeout")
        drip.cancel()
        assert served.completed == 0


async def test_body_that_drips_after_its_answer_is_cut_off() -> None:
    async with serving(body_seconds=0.1) as served:
        reader, writer = await served.connect()
        writer.write(b"POST /early HTTP/1.1\r\nHost: gateway\r\nContent-Length: 100000\r\n\r\n")
        drip = asyncio.create_task(dripping(writer, b"x"))
        assert (await closed(reader)).endswith(b"early")
        drip.cancel()
        await eventually(lambda: len(served.connection_limits.connections) == 0)


async def test_chunk_extension_without_end_is_431() -> None:
    async with serving(max_header_bytes=4096, body_seconds=60) as served:
        chunked = POST + b"Transfer-Encoding: chunked\r\n" + CLOSE + b"1;"
        problem(await served.ask(chunked, *[b"a" * 1000] * 20), 431, "headers_too_large")


async def test_body_of_very_small_chunks_is_400() -> None:
    """Of which each costs as much as a large one; a few are nothing to speak of."""
    one, large = b"1\r\na\r\n", b"400\r\n" + b"a" * 1024 + b"\r\n"
    async with serving(max_small_chunks=100, body_seconds=60) as served:
        chunked = POST + b"Transfer-Encoding: chunked\r\n" + CLOSE
        problem(await served.ask(chunked, *[one * 10] * 50), 400, "malformed_request")
        problem(await served.ask(chunked, *[large + one] * 101), 400, "malformed_request")
        assert served.completed == 0
        taken = await served.ask(chunked, *[one * 10] * 9, *[large * 10] * 30, b"0\r\n\r\n")
        assert taken.endswith(b"\r\n\r\n307290"), taken[-100:]
        again = (POST + b"Transfer-Encoding: chunked\r\n\r\n" + one * 60 + b"0\r\n\r\n") * 2
        both = await served.ask(again + POST + CLOSE + b"")  # the next body begins anew
        assert both.count(b"\r\n\r\n60") == 2, both


async def test_reader_who_does_not_read_is_cut_off() -> None:
    async with serving(send_seconds=0.3) as served:
        _, writer = await served.connect()
        writer.transport.pause_reading()
        writer.write(b"GET /large HTTP/1.1\r\nHost: gateway\r\n\r\n")
        await eventually(lambda: served.completed)
        await eventually(lambda: len(served.connection_limits.connections) == 0)


async def test_server_that_ends_waits_for_no_missing_request() -> None:
    async with serving(body_seconds=60, header_seconds=60) as served:
        half = [POST + b"Content-Length: 100\r\n\r\nx", GET]
        readers = []
        for each in half:
            reader, writer = await served.connect()
            writer.write(each)
            readers.append(reader)
        connections = served.connection_limits.connections._addresses

        def both_have_begun() -> bool:
            return {each._stage for each in connections} == {"body", "headers"}  # type: ignore[attr-defined]

        await eventually(lambda: served.started == 1 and len(connections) == 2 and both_have_begun())
        for connection in list(connections):
            connection.shutdown()  # type: ignore[attr-defined] # what uvicorn does on SIGTERM
        for reader in readers:
            problem(await closed(reader), 503, "shutting_down")


# --- Connections ------------------------------------------------------------------------------------------------------


async def test_address_over_its_share_loses_its_oldest_idle() -> None:
    async with serving(connections_per_address=3) as served:
        idle = [await served.connect() for _ in range(3)]
        await eventually(lambda: len(served.connection_limits.connections) == 3)
        assert (await served.ask(GET + CLOSE)).startswith(b"HTTP/1.1 200")
        assert await closed(idle[0][0]) == b""
        assert len(served.connection_limits.connections) == 2


async def test_address_with_all_at_work_gets_429() -> None:
    async with serving(connections_per_address=2) as served:
        held = [await served.connect() for _ in range(2)]
        for _, writer in held:
            writer.write(b"GET /hold HTTP/1.1\r\nHost: gateway\r\n\r\n")
        await eventually(lambda: served.completed == 2)
        told = problem(await served.ask(), 429, "address_quota_used")
        assert told["retry_after"] == 1
        assert (await served.ask(GET + CLOSE, source="127.0.0.2")).startswith(b"HTTP/1.1 200")


async def test_full_server_closes_the_longest_idle() -> None:
    async with serving(max_connections=16, connections_per_address=100) as served:
        for _ in range(40):
            await served.connect()
        await eventually(lambda: len(served.connection_limits.connections) == 16)
        assert (await served.ask(GET + CLOSE, source="127.0.0.2")).startswith(b"HTTP/1.1 200")


async def test_full_server_at_work_gets_503() -> None:
    async with serving(max_connections=16, connections_per_address=100) as served:
        for _ in range(16):
            _, writer = await served.connect()
            writer.write(b"GET /hold HTTP/1.1\r\nHost: gateway\r\n\r\n")
        await eventually(lambda: served.completed == 16)
        problem(await served.ask(), 503, "overloaded")


async def test_connection_that_dripped_a_body_gives_way() -> None:
    async with serving(connections_per_address=4, body_seconds=60) as served:
        for _ in range(4):
            _, writer = await served.connect()
            writer.write(POST + b"Content-Length: 100\r\n\r\nx")
        await eventually(lambda: served.started == 4)
        assert (await served.ask(GET + CLOSE)).startswith(b"HTTP/1.1 200")


async def test_more_pipelined_requests_than_wait_are_cut_off() -> None:
    async with serving() as served:
        held = b"GET /hold HTTP/1.1\r\nHost: gateway\r\n\r\n"
        reader, writer = await served.connect()
        writer.write(held * 5000)
        assert await closed(reader) == b""


async def test_pipelined_requests_are_answered_in_order() -> None:
    async with serving() as served:
        first = POST + b"Content-Length: 3\r\n\r\nabc"
        answer = await served.ask(first + GET + b"\r\n" + GET + CLOSE)
        assert [each[-1:] for each in answer.split(b"HTTP/1.1 200 OK")[1:]] == [b"3", b"0", b"0"]


async def test_nonsense_after_a_request_leaves_its_answer() -> None:
    async with serving() as served:
        answer = await served.ask(GET + b"\r\n" + b"\x00\x01nonsense\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200")
        assert answer.count(b"HTTP/1.1") == 1


async def test_idle_connection_is_closed_after_its_time() -> None:
    async with serving() as served:
        reader, writer = await served.connect()
        writer.write(GET + b"\r\n")
        await reader.readuntil(b"\r\n\r\n0")
        [connection] = served.connection_limits.connections._addresses
        connection.timeout_keep_alive_handler()  # type: ignore[attr-defined] # the time is uvicorn's
        assert await closed(reader) == b""


# --- Behind a proxy ---------------------------------------------------------------------------------------------------


async def test_trusted_proxy_is_exempt_and_believed() -> None:
    async with serving(connections_per_address=1, trusted_proxies=["127.0.0.0/30"]) as served:
        kept = [await served.connect() for _ in range(4)]
        for each in (b"192.0.2.7", b"6.6.6.6, 192.0.2.8"):
            assert (await served.ask(GET + b"X-Forwarded-For: " + each + b"\r\n" + CLOSE)).startswith(b"HTTP/1.1 200")
        assert served.clients == ["192.0.2.7", "192.0.2.8"]
        assert len(kept) == 4


async def test_stranger_cannot_say_who_they_are() -> None:
    async with serving(trusted_proxies=["10.0.0.0/8"]) as served:
        await served.ask(GET + b"X-Forwarded-For: 192.0.2.7\r\nForwarded: for=192.0.2.9\r\n" + CLOSE)
        assert served.clients == ["127.0.0.1"]
