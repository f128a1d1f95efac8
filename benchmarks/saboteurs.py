"""Plugins that do their worst, in one gateway beside one that works: what the others' p95 comes to, as a ratio.

`python -m benchmarks.saboteurs`. Windows with nobody beside, with a healthy plugin that is called as often, and with a
saboteur take turns, so that what disturbs the machine disturbs all. Calls of any plugin take processor time, which the
others wait for: what the harm adds is told by the healthy one. `tests/acceptance/test_saboteurs.py` shows with the same
plugins what the operator is told.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import httpx

PATIENCE: Final = 60.0
_TARGET: Final = 1.10

MANIFEST = """
id = "{id}"
api = 1
lifecycle = "preview"
version_added = "0.1.0"
owners = ["Somebody"]
hosts = ["portal.invalid"]
sign = false
[title]
ar = "{id}"
fr = "{id}"
en = "{id}"
[auth]
scheme = "none"
"""
INIT = """
from gateway.connectors.authoring import registering
from .connector import Works
gateway_register_connectors = registering(Works)
"""
CONNECTOR = """
from __future__ import annotations
import asyncio, os, time
import structlog
from gateway.connectors.contract import *
{at_import}
kept = []
log = structlog.get_logger()

class Works(Connector, Tracking):
    def __init__(self, portal):
        super().__init__(portal)
        {at_build}

    async def track(self, reference, **proof):
        {at_call}
        response = check(await self.http.get("/" + reference))
        return Progress(reference=reference, status=CaseStatus.IN_PROGRESS, portal_status=response.json()["at"])
"""
AT_IMPORT = {
    "exits": "os._exit(3)",
    "hangs": "time.sleep(600)",
    "raises": "raise LookupError('no such table')",
}
AT_BUILD = {"unbuilt": "raise LookupError('no such counter')"}
_FLOOD: Final = "[log.warning('answer_odd', portal='floods') for _ in range(3000)]"
AT_CALL = {
    "steady": "pass",
    "blocks": "time.sleep(600)",
    "floods": _FLOOD,
    "crowds": "await asyncio.gather(*(self.http.get('/slow') for _ in range(50 * (reference == 'crowd'))))",
    "leaks": "kept.append(b'x' * (40_000_000 * (reference == 'leak')))",
}
TO_COMPARE: Final = {"healthy": "pass", "healthy_apart": "pass", "floods_apart": _FLOOD}
"""Plugins that only the measurement needs."""
BULKHEAD = "bulkhead = { concurrent = 4, queue = 4 }\n"
ISOLATED = ("blocks", "leaks", "floods_apart", "healthy_apart")


def line_of(text: str, connector: str) -> int:
    lines = connector.split("\n")
    return lines.index(next(each for each in lines if text in each)) + 1


def written(folder: Path, id: str) -> None:
    made = folder / id
    made.mkdir(parents=True)
    (made / "plugin.toml").write_text(MANIFEST.format(id=id))
    (made / "__init__.py").write_text(INIT)
    (made / "connector.py").write_text(source(id))


def source(id: str) -> str:
    return CONNECTOR.format(
        at_import=AT_IMPORT.get(id, ""),
        at_build=AT_BUILD.get(id, "pass"),
        at_call=(AT_CALL | TO_COMPARE).get(id, "pass"),
    )


class Portal(BaseHTTPRequestHandler):
    released = threading.Event()

    def do_GET(self) -> None:
        if self.path == "/slow":
            self.released.wait(PATIENCE)
        body = b'{"at": "the counter"}'
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Gateway:
    def __init__(self, folder: Path, portal: str, compared: Iterable[str]) -> None:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        names = [*AT_IMPORT, *AT_BUILD, *AT_CALL, *compared]
        for id in (*names, "echo"):
            written(folder / "plugins", id)
        self.config = folder / "gateway.toml"
        (folder / "echo_key").write_text("a-key-of-echo")
        key = f'{{ file = "{folder}/echo_key" }}'
        self.config.write_text(
            f"""
state_dir = "{folder}/state"
rates = {{ enforced = false }}
tracking = {{ address_queries = 10_000_000, reference_tries = 10_000_000 }}
server = {{ port = {port} }}
[plugins]
folders = ["{folder}/plugins"]
enabled = {json.dumps([*names, "echo"])}
isolate = {json.dumps([each for each in ISOLATED if each in names])}
import_seconds = 12
isolated_memory_bytes = 200_000_000
"""
            + "".join(f'[portals.{id}]\nbase_url = "{portal}"\n{BULKHEAD}' for id in names)
            + f'[portals.echo]\nbase_url = "{portal}"\nsecrets = {{ api_key = {key}, push_key = {key} }}\n'
        )
        self.log = folder / "gateway.log"
        self.url = f"http://127.0.0.1:{port}"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gateway", "serve", "--config", str(self.config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.web = httpx.Client(base_url=self.url, trust_env=False, timeout=PATIENCE)
        self.until(self._up)

    def _up(self) -> bool:
        try:
            return self.web.get("/health/live").status_code == 200
        except httpx.TransportError:
            return False

    def until(self, condition: Any) -> Any:
        deadline = time.monotonic() + PATIENCE
        while not (found := condition()):
            assert time.monotonic() < deadline, self.log.read_text()[-3000:]
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            time.sleep(0.05)
        return found

    def track(self, portal: str, reference: str = "x", language: str = "en") -> httpx.Response:
        return self.web.get(f"/v1/tracking/{portal}/{reference}", headers={"accept-language": language})

    def told(self, event: str, portal: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [each for each in lines if each["event"] == event and portal in (each.get("portal"), each.get("plugin"))]

    def beside(self, portal: str, reference: str) -> tuple[httpx.Response, list[int]]:
        """What the saboteur's call came to, and the others' calls until then: at least ten."""
        with ThreadPoolExecutor(1) as pool:
            theirs = pool.submit(self.track, portal, reference)
            found: list[int] = []
            while len(found) < 10 or not theirs.done():
                found.append(self.track("steady").status_code)
            return theirs.result(), found


@contextmanager
def running(folder: Path, compared: Iterable[str] = ()) -> Iterator[Gateway]:
    """A portal and a gateway with all of them, and with these to compare them with."""
    portal = ThreadingHTTPServer(("127.0.0.1", 0), Portal)
    threading.Thread(target=portal.serve_forever, daemon=True).start()
    made = Gateway(folder, f"http://127.0.0.1:{portal.server_address[1]}", compared)
    try:
        yield made
    finally:
        Portal.released.set()
        made.web.close()
        os.killpg(made.process.pid, signal.SIGKILL)
        made.process.wait()
        portal.shutdown()


WORST: Final = {"blocks": "x", "leaks": "leak", "floods": "x", "floods_apart": "x", "crowds": "crowd"}
"""Those that can do it while they serve, and the reference that makes them."""
HEALTHY: Final = {id: "healthy_apart" if id in ISOLATED else "healthy" for id in WORST}
"""Whose calls cost the gateway what calls cost: a plugin like the one that works, where the saboteur is."""
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Window:
    p95: float
    """Milliseconds of one call of the portal that works."""
    own: float
    """Processor time of the gateway's process per call of that portal, in milliseconds."""
    children: float
    """The same of the processes that it has."""


def measured(gateway: Gateway, calls: int, beside: str = "", reference: str = "x", each: float = 0.2) -> Window:
    """Calls of the portal that works, one after the other, while somebody calls `beside` every so many seconds."""
    ended = threading.Event()

    def go_on() -> None:
        due = time.monotonic()
        while beside and not ended.wait(max(0.0, due - time.monotonic())):
            gateway.track(beside, reference)
            due = max(due + each, time.monotonic())

    spent = []
    with ThreadPoolExecutor(1) as pool:
        theirs = pool.submit(go_on)
        own, children = processor_seconds(gateway.process.pid)
        try:
            for _ in range(calls):
                began = time.perf_counter()
                assert gateway.track("steady").status_code == 200
                spent.append((time.perf_counter() - began) * 1000)
        finally:
            ended.set()
            theirs.result()
    own_after, children_after = processor_seconds(gateway.process.pid)
    return Window(
        p95=sorted(spent)[int(len(spent) * 0.95)],
        own=(own_after - own) * 1000 / calls,
        children=(children_after - children) * 1000 / calls,
    )


def processor_seconds(pid: int) -> tuple[float, float]:
    """Of a process, and of its children: those that have ended and those that are alive."""
    own = _times(pid)
    alive = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(own[:2]) / _TICKS, (sum(own[2:]) + sum(sum(_times(int(each))) for each in alive)) / _TICKS


def _times(pid: int) -> list[int]:
    """User, system, and of children that were waited for user and system, in ticks; nothing of one that is gone."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return [0, 0, 0, 0]
    return [int(each) for each in told.rpartition(")")[2].split()[11:15]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.saboteurs", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=200, help="of the portal that works, in each window")
    parser.add_argument("--each", type=float, default=0.2, help="seconds between two calls of a saboteur")
    parser.add_argument("--only", choices=[*WORST, "nothing"], action="append")
    given = parser.parse_args()
    found: dict[str, list[tuple[Window, Window, Window]]] = {id: [] for id in given.only or ("nothing", *WORST)}
    with tempfile.TemporaryDirectory(prefix="mre-bench-") as folder, running(Path(folder), TO_COMPARE) as gateway:
        measured(gateway, given.calls)  # to warm up
        for _ in range(given.rounds):
            for id, windows in found.items():
                quiet = measured(gateway, given.calls)
                healthy = measured(gateway, given.calls, HEALTHY.get(id, ""), each=given.each)
                name, reference = (id, WORST[id]) if id in WORST else ("", "")
                windows.append((quiet, healthy, measured(gateway, given.calls, name, reference, given.each)))
    print(
        f"load average {os.getloadavg()[0]:.1f}; {given.rounds} rounds; p95 of the others beside a saboteur, as a ratio"
    )
    print("                        to beside a healthy one   to nobody beside   processor ms a call: healthy, saboteur")
    fair = {id: [bad.p95 / healthy.p95 for _, healthy, bad in windows] for id, windows in found.items()}
    for id, windows in found.items():
        to_nobody = statistics.median(bad.p95 / quiet.p95 for quiet, _, bad in windows)
        cost = [
            statistics.median(getattr(each[place], of) for each in windows)
            for place in (1, 2)
            for of in ("own", "children")
        ]
        print(
            f"{id:<12} {'isolated' if id in ISOLATED else '':<10} {statistics.median(fair[id]):5.2f}"
            f"   ({min(fair[id]):.2f} to {max(fair[id]):.2f}){to_nobody:12.2f}"
            f"              {cost[0]:.1f}+{cost[1]:.1f}, {cost[2]:.1f}+{cost[3]:.1f}"
        )
    sys.exit(0 if all(statistics.median(each) <= _TARGET for each in fair.values()) else 1)


if __name__ == "__main__":
    main()
