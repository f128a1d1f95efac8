"""A portal made of a raw socket, and what stands in for the gateway around the layers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.connectors.contract import Filing, Operation, Tracking
from gateway.outbound import call_context
from gateway.outbound.call_context import OperationContext
from tests.waiting import PATIENCE

READING = Tracking.track
WRITING = Filing.file


@dataclass
class Seen:
    """One request as it came over the socket."""

    method: str
    target: str
    headers: httpx.Headers
    body: bytes
    connection: int


def answer(status: int = 200, body: bytes = b"{}", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", f"content-length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass
class RawPortal:
    """Answers each request with what `respond` returns; None drops the connection without an answer."""

    respond: Callable[[Seen], bytes | Awaitable[bytes | None] | None] = lambda _: answer()
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    url: str = ""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                first, *lines = head.decode().split("\r\n")[:-2]
                method, target, _ = first.split(" ")
                headers = httpx.Headers([tuple(line.split(": ", 1)) for line in lines])
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                request = Seen(method, target, headers, body, number)
                self.seen.append(request)
                reply = self.respond(request)
                if asyncio.iscoroutine(reply):
                    reply = await reply
                if reply is None:
                    break
                writer.write(reply)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@contextmanager
def during(operation: Operation, *, budget: float | None = None) -> Iterator[OperationContext]:
    """Requests inside belong to this operation."""
    deadline = None if budget is None else asyncio.get_running_loop().time() + budget
    around = call_context.current.get()
    hops = around.hops if around is not None else None
    call = OperationContext(portal="barid", operation=operation, deadline=deadline, hops=hops)
    token = call_context.current.set(call)
    try:
        yield call
    finally:
        call_context.current.reset(token)


class Key:
    """A signer as the key ring gives them."""

    algorithm = "EdDSA"

    def __init__(self, key_id: str = "key-1") -> None:
        self.key_id = key_id
        self.private = Ed25519PrivateKey.generate()

    def sign(self, message: bytes) -> bytes:
        return self.private.sign(message)


class Clock:
    """Time that goes on when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def put_clock_forward(seconds: float) -> None:
    """For the running loop that much time has passed at once: what was to happen meanwhile happens next, however busy
    the machine is before that."""
    loop = asyncio.get_running_loop()
    before = loop.time
    loop.time = lambda: before() + seconds  # type: ignore[method-assign]


async def until(condition: Callable[[], object]) -> None:
    """Let everything else run until this is true."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.001)
