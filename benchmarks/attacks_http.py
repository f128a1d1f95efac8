"""Attacks on the HTTP server and on quotas: slow, endless and idle connections, and one person who takes it all."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable

import httpx

from benchmarks.attacks import SOURCE, Target, attack, senders

_BROKEN = (OSError, asyncio.IncompleteReadError)
_MANY = 1100


async def _connections(
    target: Target, number: int, talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
) -> None:
    """`number` connections at a time, each opened anew when the gateway has closed it."""
    url = httpx.URL(target.url)

    async def one() -> None:
        while True:
            with contextlib.suppress(*_BROKEN):
                reader, writer = await asyncio.open_connection(url.host, url.port, local_addr=(SOURCE, 0))
                try:
                    await talk(reader, writer)
                finally:
                    writer.close()
            await asyncio.sleep(0.05)

    async with asyncio.TaskGroup() as group:
        for _ in range(number):
            group.create_task(one())


async def _until_closed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, piece: bytes, pause: float) -> None:
    """Send `piece` again and again, until the gateway has had enough."""
    closed = asyncio.ensure_future(reader.read())
    try:
        while not closed.done():
            writer.write(piece)
            await writer.drain()
            await asyncio.wait([closed], timeout=pause)
    finally:
        closed.cancel()


@attack("endless-headers", "one header without end, by four at once")
async def endless_headers(target: Target) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"GET /v1/services HTTP/1.1\r\nHost: gateway\r\nX: ")
        await _until_closed(reader, writer, b"a" * 65_536, 0)

    await _connections(target, 4, talk)


@attack("slow-headers", "a header every second, on 540 connections")
async def slow_headers(target: Target) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"GET /v1/services HTTP/1.1\r\nHost: gateway\r\n")
        await _until_closed(reader, writer, b"X: a\r\n", 1.0)

    await _connections(target, 540, talk)


@attack("dripping-bodies", "a byte of a body every second, on 540 connections")
async def dripping_bodies(target: Target) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"POST /callbacks/etimbre/payment HTTP/1.1\r\nHost: gateway\r\nContent-Length: 100000\r\n\r\n")
        await _until_closed(reader, writer, b"x", 1.0)

    await _connections(target, 540, talk)


@attack("idle-connections", f"{_MANY} connections on which nothing is said")
async def idle_connections(target: Target) -> None:
    async def talk(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    await _connections(target, _MANY, talk)


@attack("streams", "300 event streams of one person")
async def streams(target: Target) -> None:
    async with target.client() as web:
        body = {"service": "echo.stamped", "form": {"text": "x"}}
        case = (await web.post("/v1/cases", json=body, headers=target.headers())).json()["id"]

        async def follow() -> None:
            headers = {**target.headers(), "Accept": "text/event-stream"}
            async with web.stream("GET", f"/v1/cases/{case}/events", headers=headers) as opened:
                async for _ in opened.aiter_bytes():
                    pass
            await asyncio.sleep(0.2)

        await senders(300, follow)


@attack("files", "files of 1 MB without end, by eight at once")
async def files(target: Target) -> None:
    async with target.client() as web:

        async def send() -> None:
            content = b"%PDF-1.7\n% " + os.urandom(500_000).hex().encode() + b"\ntrailer << >>\n%%EOF\n"
            sent = {"file": ("a.pdf", content, "application/pdf")}
            await web.post("/v1/attachments", headers=target.headers(), files=sent)

        await senders(8, send)


@attack("anonymous", "calls without a token, by sixteen at once")
async def anonymous(target: Target) -> None:
    async with target.client() as web:
        await senders(16, lambda: web.get("/v1/cases"))
