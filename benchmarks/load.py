"""Load on one address: a number of connections, each with one request after the other, for a time.

Our own generator is the usual one, `wrk` is there for a second opinion. They differ in the beginning. uvloop lets one
new connection in between two rounds of work, so under full load the last of 64 waits seconds for its first answer.
`wrk` counts from the first connection on, and spends most of a short run with fewer. Here the clock starts when every
connection has had an answer.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, cast
from urllib.parse import urlsplit

import httptools
import uvloop

Request = Callable[[], bytes]
"""Gives one whole request, perhaps another one each time."""
_GRACE_SECONDS: Final = 5.0
"""How long answers may still take after the end; what is missing then is an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """`answered` counts whole answers 2xx, `errors` everything else: other statuses, broken and silent connections."""

    answered: int
    errors: int
    seconds: float
    p50: float
    """Milliseconds, as `p99`."""
    p99: float

    @property
    def rate(self) -> float:
        return self.answered / self.seconds


class Load(Protocol):
    def __call__(self, url: str, headers: Mapping[str, str], *, connections: int, seconds: float) -> Measured: ...


def own(url: str, headers: Mapping[str, str], *, connections: int, seconds: float) -> Measured:
    parts = urlsplit(url)
    lines = [f"GET {parts.path} HTTP/1.1", f"Host: {parts.netloc}", *(f"{name}: {headers[name]}" for name in headers)]
    request = "\r\n".join([*lines, "", ""]).encode()
    return uvloop.run(drive(url, lambda: request, connections=connections, seconds=seconds))


# --- Our own ------------------------------------------------------------------------------------------------------


class _Run:
    """What the connections of one run share."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.started = self.end = 0.0
        self.latencies: list[float] = []
        self.errors = 0

    def start(self, seconds: float) -> None:
        self.started = time.perf_counter()
        self.end = self.started + seconds


class _Connection(asyncio.Protocol):
    """Sends the next request when the answer to the last one is whole, until the time is over."""

    transport: asyncio.Transport

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._parser = httptools.HttpResponseParser(self)
        self._waiting = False
        self.ready = asyncio.get_running_loop().create_future()
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one, though not by class
        self.ask()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.transport.abort()

    def on_message_complete(self) -> None:
        now, run = time.perf_counter(), self._run
        self._waiting = False
        if not 200 <= self._parser.get_status_code() < 300:
            run.errors += 1
        elif run.started:
            run.latencies.append(now - self._sent)
        if not run.started:
            self.ready.set_result(None)
        elif now < run.end and self._parser.should_keep_alive():
            self.ask()
        else:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._run.errors += self._waiting
        if not self.ready.done():
            self.ready.set_result(None)
        self.closed.set_result(None)

    def ask(self) -> None:
        self._waiting = True
        self._sent = time.perf_counter()
        self.transport.write(self._run.request())


async def drive(url: str, request: Request, *, connections: int, seconds: float) -> Measured:
    """Of `url` only the host and the port are used."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 80
    run = _Run(request)
    loop = asyncio.get_running_loop()
    opened = [(await loop.create_connection(lambda: _Connection(run), host, port))[1] for _ in range(connections)]
    await asyncio.wait([each.ready for each in opened], timeout=_GRACE_SECONDS)
    run.start(seconds)
    for each in opened:
        each.ask()
    await asyncio.wait([each.closed for each in opened], timeout=seconds + _GRACE_SECONDS)
    elapsed = time.perf_counter() - run.started
    for each in opened:
        each.transport.abort()
    await asyncio.wait([each.closed for each in opened])
    found = sorted(run.latencies) or [0.0]
    return Measured(
        answered=len(run.latencies),
        errors=run.errors,
        seconds=elapsed,
        p50=found[len(found) // 2] * 1000,
        p99=found[int(len(found) * 0.99)] * 1000,
    )


# --- wrk ----------------------------------------------------------------------------------------------------------

_UNITS: Final = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


def wrk(url: str, headers: Mapping[str, str], *, connections: int, seconds: float) -> Measured:
    named = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{max(1, round(seconds))}s",
        "--timeout",
        "10s",
        "--latency",
        *named,
        url,
    ]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    answered = re.search(r"(\d+) requests in ([\d.]+)(us|ms|s|m)", said)
    assert answered is not None, said
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    bad = int(refused[1]) if refused else 0
    return Measured(
        answered=int(answered[1]) - bad,
        errors=bad + (sum(map(int, broken.groups())) if broken else 0),
        seconds=float(answered[2]) * _UNITS[answered[3]] / 1000,
        p50=_percentile(said, 50),
        p99=_percentile(said, 99),
    )


def _percentile(said: str, part: int) -> float:
    found = re.search(rf"^\s+{part}%\s+([\d.]+)(us|ms|s|m)", said, re.MULTILINE)
    assert found is not None, said
    return float(found[1]) * _UNITS[found[2]]
