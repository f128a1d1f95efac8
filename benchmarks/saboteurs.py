"""Plugins that do their worst, in one gateway beside one that works: what the others' p95 comes to, as a ratio.

`python -m benchmarks.saboteurs`. Quiet windows and windows with a saboteur take turns, so that what disturbs the
machine disturbs both. `tests/acceptance/test_saboteurs.py` shows with the same plugins what the operator is told.
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
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
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
AT_CALL = {
    "steady": "pass",
    "blocks": "time.sleep(600)",
    "floods": "[log.warning('answer_odd', portal='floods') for _ in range(3000)]",
    "crowds": "await asyncio.gather(*(self.http.get('/slow') for _ in range(50 * (reference == 'crowd'))))",
    "leaks": "kept.append(b'x' * (40_000_000 * (reference == 'leak')))",
}
BULKHEAD = "bulkhead = { concurrent = 4, queue = 4 }\n"
ISOLATED = ("blocks", "leaks")


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
        at_import=AT_IMPORT.get(id, ""), at_build=AT_BUILD.get(id, "pass"), at_call=AT_CALL.get(id, "pass")
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
    def __init__(self, folder: Path, portal: str) -> None:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        names = [*AT_IMPORT, *AT_BUILD, *AT_CALL]
        for id in (*names, "echo"):
            written(folder / "plugins", id)
        self.config = folder / "gateway.toml"
        (folder / "echo_key").write_text("a-key-of-echo")
        key = f'{{ file = "{folder}/echo_key" }}'
        self.config.write_text(
            f"""
state_dir = "{folder}/state"
rates = {{ enforced = false }}
tracking = {{ address_queries = 100000, reference_tries = 100000 }}
server = {{ port = {port} }}
[plugins]
folders = ["{folder}/plugins"]
enabled = {json.dumps([*names, "echo"])}
isolate = {json.dumps(ISOLATED)}
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
def running(folder: Path) -> Iterator[Gateway]:
    """A portal and a gateway with all of them."""
    portal = ThreadingHTTPServer(("127.0.0.1", 0), Portal)
    threading.Thread(target=portal.serve_forever, daemon=True).start()
    made = Gateway(folder, f"http://127.0.0.1:{portal.server_address[1]}")
    try:
        yield made
    finally:
        Portal.released.set()
        made.web.close()
        os.killpg(made.process.pid, signal.SIGKILL)
        made.process.wait()
        portal.shutdown()


WORST: Final = {"blocks": "x", "leaks": "leak", "floods": "x", "crowds": "crowd"}
"""Those that can do it while they serve, and the reference that makes them."""


def p95(gateway: Gateway, calls: int) -> float:
    """Milliseconds of one call of the portal that works."""
    spent = []
    for _ in range(calls):
        began = time.perf_counter()
        assert gateway.track("steady").status_code == 200
        spent.append((time.perf_counter() - began) * 1000)
    return sorted(spent)[int(len(spent) * 0.95)]


def beside(gateway: Gateway, id: str, measure: Callable[[], float], pause: float) -> float:
    ended = threading.Event()

    def go_on() -> None:
        while not ended.wait(pause):
            gateway.track(id, WORST[id])

    with ThreadPoolExecutor(1) as pool:
        theirs = pool.submit(go_on)
        try:
            return measure()
        finally:
            ended.set()
            theirs.result()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.saboteurs", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=200, help="of the portal that works, in each window")
    parser.add_argument("--pause", type=float, default=0.2, help="seconds between two calls of a saboteur")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mre-bench-") as folder, running(Path(folder)) as gateway:
        p95(gateway, given.calls)  # to warm up
        ratios: dict[str, list[float]] = {"nothing": [], **{id: [] for id in WORST}}
        for _ in range(given.rounds):
            for id in ratios:
                quiet = p95(gateway, given.calls)
                during = (
                    p95(gateway, given.calls)
                    if id == "nothing"
                    else beside(gateway, id, lambda: p95(gateway, given.calls), given.pause)
                )
                ratios[id].append(during / quiet)
    print(
        f"load average {os.getloadavg()[0]:.1f}; p95 of the others beside a saboteur / without, {given.rounds} rounds"
    )
    for id, found in ratios.items():
        median = statistics.median(found)
        what = "isolated" if id in ISOLATED else ""
        print(f"{id:<10} {what:<10} {median:5.2f}   ({min(found):.2f} to {max(found):.2f})")
    sys.exit(0 if all(statistics.median(found) <= _TARGET for found in ratios.values()) else 1)


if __name__ == "__main__":
    main()
