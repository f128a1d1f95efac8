"""Which HTTP client carries the outbound layers, and what the layers cost: `python benchmarks/wire.py [--seconds 0.3]`.

A local server in a process of its own answers a tracking question; 64 callers at once ask it through an
`httpx.AsyncClient` over each transport in turn, several rounds; of each the best round counts, which a noisy moment
hardly touches. Compare the ratios: they are against httpx's own transport in the same run. CPU is the client process's,
threads included. The lines with "alone" leave httpx's client out: a request that is there already, to an answer.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import multiprocessing
import os
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from copy import copy
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import httpx
import httpx_aiohttp
import uvloop
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver, algorithms
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.compatibility.httpx import HttpxTransport

sys.path.insert(0, str(Path(__file__).parent.parent))

from gateway.outbound import call_context
from gateway.outbound.budget import Budget
from gateway.outbound.call_context import UNDECLARED, OperationContext
from gateway.outbound.pipeline import open_portal_client
from gateway.outbound.sign import sign
from gateway.outbound.wire import Wire, read_response
from gateway.settings import Limits, PortalSettings, Timeouts

CALLERS = 64
ROUNDS = 7
PATH = "/Tracking/Search?trackingCode=RR123456785MA"
BODY = b'{"OperationSuccess": true, "Html": "%s"}' % (b"<li>Prise en charge</li>" * 40)
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(BODY), BODY)

Ask = Callable[[], Awaitable[object]]


class Portal(asyncio.Protocol):
    """Answers each GET with the same bytes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        self.transport.write(ANSWER * data.count(b"\r\n\r\n"))


def pin(core: int) -> None:
    """Keep the two processes out of each other's way where there are cores enough."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
    if len(cores) > 1:
        os.sched_setaffinity(0, {cores[core % len(cores)]})


def serve(ready: Connection) -> None:
    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(Portal, "127.0.0.1", 0)
        ready.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    pin(1)
    uvloop.run(main())


class Key:
    key_id, algorithm = "bench", "EdDSA"

    def __init__(self) -> None:
        self.private = Ed25519PrivateKey.generate()
        self.public = self.private.public_key().public_bytes_raw()
        self.sign = self.private.sign


async def measure(ask: Ask, seconds: float) -> tuple[float, float]:
    """Requests per second, and microseconds of CPU per request."""
    count = 0
    await ask()
    end = time.perf_counter() + seconds

    async def caller() -> None:
        nonlocal count
        while time.perf_counter() < end:
            await ask()
            count += 1

    started, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return count / (time.perf_counter() - started), (time.process_time() - cpu) / count * 1e6


def native() -> Client:
    """With the promises of `wire.py` that it can keep: no redirects, proxies, cookies or content codings."""
    made = ClientBuilder().http1_only().follow_redirects(False).no_proxy().default_cookie_store(False)
    return made.gzip(False).brotli(False).zstd(False).deflate(False).build()


async def ask_native(client: Client, request: httpx.Request) -> httpx.Response:
    """In place of `wire.py`, for what may be sent twice."""
    headers = [(name.decode(), value.decode()) for name, value in request.headers.raw]
    async with (
        asyncio.timeout(10),
        client.request(request.method, str(request.url)).headers(headers).build_streamed() as answer,
    ):
        pieces: list[bytes] = []
        while (piece := await answer.body_reader.read()) is not None:
            pieces.append(bytes(piece))
        given = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
        return read_response(answer.status, given, b"".join(pieces))


async def transports(url: str, stack: AsyncExitStack) -> dict[str, Ask]:
    def again() -> httpx.Request:
        made = copy(request)
        made.extensions = {}
        return made

    def over(transport: httpx.AsyncBaseTransport | None) -> Ask:
        client = httpx.AsyncClient(base_url=url, transport=transport, trust_env=False)
        stack.push_async_callback(client.aclose)
        return lambda: client.get(PATH)

    wire = Wire(allowed=(url,), timeouts=Timeouts(), limits=Limits())
    within = Budget(wire, portal="barid", total_seconds=10)
    client = await stack.enter_async_context(native())
    headers = {"accept": "*/*", "accept-encoding": "identity", "signature-input": "i" * 150, "signature": "s" * 100}
    request = httpx.Request("GET", url + PATH, headers=headers)
    portal_client = open_portal_client("barid", base_url=url, allowed=(url,), settings=PortalSettings(), signer=Key)
    stack.push_async_callback(portal_client.close)

    async def all_layers() -> None:
        call = OperationContext(portal="barid", operation=UNDECLARED, hops=[])
        token = call_context.current.set(call)
        try:
            await portal_client.client.get(PATH)
        finally:
            call_context.current.reset(token)

    return {
        "httpx default": over(None),
        "httpx-aiohttp": over(httpx_aiohttp.AiohttpTransport()),
        "pyreqwest": over(HttpxTransport()),
        "wire.py": over(within),
        "all layers": all_layers,
        "wire.py alone": lambda: within.handle_async_request(again()),
        "pyreqwest alone": lambda: ask_native(client, request),
    }


async def compare(url: str, seconds: float) -> None:
    async with AsyncExitStack() as stack:
        asked = await transports(url, stack)
        figures: dict[str, list[tuple[float, float]]] = {name: [] for name in asked}
        for _ in range(ROUNDS):
            for name, ask in asked.items():
                figures[name].append(await measure(ask, seconds))
    base = max(rate for rate, _ in figures["httpx default"])
    print(f"{'transport':<16}{'requests/s':>12}{'ratio':>8}{'CPU us/request':>16}")
    for name, measured in figures.items():
        rate = max(rate for rate, _ in measured)
        cpu = min(cpu for _, cpu in measured)
        print(f"{name:<16}{rate:>12.0f}{rate / base:>8.1f}{cpu:>16.0f}")


class _Keys(HTTPSignatureKeyResolver):
    def __init__(self, key: Key) -> None:
        self._key = key

    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey:
        return self._key.private


def signatures(times: int = 400) -> None:
    """Best of five series, in microseconds, the request's making taken off."""
    key = Key()
    library = HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=_Keys(key))
    covered = ("@method", "@target-uri", "content-digest", "content-type")
    now = datetime.datetime.now(datetime.UTC)

    def request() -> httpx.Request:
        return httpx.Request("POST", "http://127.0.0.1:8401/watiqa/orders?x=1", json={"copies": 2})

    def with_library() -> None:
        made = request()
        library.sign(
            SimpleNamespace(method=made.method, url=str(made.url), headers=made.headers),
            key_id="bench",
            created=now,
            nonce="n",
            covered_component_ids=covered,
            body=made.content,
        )

    def best(act: Callable[[], object]) -> float:
        series = []
        for _ in range(5):
            started = time.process_time()
            for _ in range(times):
                act()
            series.append((time.process_time() - started) / times * 1e6)
        return min(series)

    making = best(request)
    print(f"\n{'signature':<28}{'us':>6}")
    print(f"{'http-message-signatures':<28}{best(with_library) - making:>6.0f}")
    print(f"{'sign.py':<28}{best(lambda: sign(request(), key, created=0)) - making:>6.0f}")
    print(f"{'  of which Ed25519 itself':<28}{best(lambda: key.sign(b'x' * 200)):>6.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=0.3, help="for each transport in each of the rounds")
    seconds = parser.parse_args().seconds
    ready, child = multiprocessing.Pipe(duplex=False)
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(child,), daemon=True)
    server.start()
    pin(0)
    try:
        uvloop.run(compare(f"http://127.0.0.1:{ready.recv()}", seconds))
        signatures()
    finally:
        server.terminate()


if __name__ == "__main__":
    main()
