"""Nine plugins that do their worst in one gateway, beside one that works: it serves on, and the operator is told which
of them it was, where, and why."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.settings import bundled
from tests.waiting import PATIENCE

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
            found = []
            while len(found) < 10 or not theirs.done():
                found.append(self.track("steady").status_code)
            return theirs.result(), found


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    portal = ThreadingHTTPServer(("127.0.0.1", 0), Portal)
    threading.Thread(target=portal.serve_forever, daemon=True).start()
    made = Gateway(tmp_path_factory.mktemp("saboteurs"), f"http://127.0.0.1:{portal.server_address[1]}")
    yield made
    Portal.released.set()
    made.web.close()
    os.killpg(made.process.pid, signal.SIGKILL)
    made.process.wait()
    portal.shutdown()


@pytest.fixture(scope="module")
def listed(gateway: Gateway) -> list[dict[str, Any]]:
    """What the operator reads of all plugins."""
    command = [sys.executable, "-m", "gateway", "connector", "list", "--json", "--config", str(gateway.config)]
    done = subprocess.run(command, capture_output=True, timeout=PATIENCE * 3, check=False)
    assert done.returncode == 1
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


AT_START = {
    "exits": ("import", "ends the process with status 3 when it is loaded", "leave the process alone"),
    "hangs": ("import", "is not imported within 12 s: it waits in {file}", "look at {file}"),
    "raises": ("import", "LookupError: no such table", "correct {file}"),
}


@pytest.mark.parametrize("id", AT_START)
def test_one_that_fails_at_import_is_left_out_and_named(id: str, gateway: Gateway, listed: Any) -> None:
    assert [each["stage"] for each in gateway.told("plugin_quarantined", id)] == ["import"]
    (row,) = [each for each in listed if each["id"] == id]
    file = f"{gateway.config.parent}/plugins/{id}/connector.py:{line_of(AT_IMPORT[id], source(id))}"
    stage, reason, remedy = AT_START[id]
    assert (row["stage"], row["reason"]) == (stage, reason.format(file=file))
    assert row["remedy"].startswith(remedy.format(file=file))
    assert gateway.track(id).json()["code"] == "connector_quarantined"
    assert gateway.track("steady").status_code == 200


def test_one_that_hangs_is_told_while_it_hangs(gateway: Gateway) -> None:
    (told,) = gateway.told("plugin_import_slow", "hangs")
    (left_out,) = gateway.told("plugin_quarantined", "hangs")
    assert told["timestamp"] < left_out["timestamp"]
    assert told["location"] == f"connector.py:{line_of('time.sleep(600)', source('hangs'))}"


def test_one_that_cannot_be_built_is_left_out_and_named(gateway: Gateway) -> None:
    assert [each["stage"] for each in gateway.told("plugin_quarantined", "unbuilt")] == ["build"]
    assert gateway.track("unbuilt").json()["code"] == "connector_quarantined"


def test_one_that_takes_anothers_id_is_left_out_and_the_other_stays(gateway: Gateway, listed: Any) -> None:
    loaded, left_out = [each for each in listed if each["id"] == "echo"]
    assert (loaded["state"], loaded["origin"]) == ("loaded", str(bundled("plugins") / "echo"))
    taken = f"{gateway.config.parent}/plugins/echo has the same id as {loaded['origin']}, which comes first"
    assert (left_out["stage"], left_out["reason"]) == ("collision", taken)
    assert [each["stage"] for each in gateway.told("plugin_quarantined", "echo")] == ["collision"]


def test_one_that_blocks_is_ended_and_named(gateway: Gateway) -> None:
    theirs, others = gateway.beside("blocks", "x")
    assert theirs.json()["code"] == "connector_failed"
    assert set(others) == {200}
    (told,) = gateway.told("isolated_connector_stopped", "blocks")
    where = f"connector.py:{line_of('time.sleep(600)', source('blocks'))}"
    assert (told["operation"], told["reason"], told["location"]) == ("track", "blocked", where)
    health = gateway.web.get("/health/ready").json()
    assert health["status"] == "degraded"
    (stopped,) = [each for each in health["stopped_connectors"] if each["portal"] == "blocks"]
    assert (stopped["reason"], stopped["location"]) == ("blocked", where)
    assert gateway.told("event_loop_blocked", "") == []


def test_one_that_leaks_is_ended_and_named(gateway: Gateway) -> None:
    others = []
    for _ in range(20):
        theirs, meanwhile = gateway.beside("leaks", "leak")
        others += meanwhile
        if theirs.status_code != 200:
            break
    told = gateway.until(lambda: gateway.told("isolated_connector_stopped", "leaks"))
    assert told[0]["reason"] == "memory"
    assert gateway.told("isolated_connector_memory_high", "leaks")[0]["timestamp"] < told[0]["timestamp"]
    assert set(others) == {200}
    gateway.until(lambda: gateway.track("leaks").status_code == 200)


def test_one_that_floods_the_log_is_limited_and_named(gateway: Gateway) -> None:
    theirs, others = gateway.beside("floods", "x")
    assert theirs.status_code == 200
    assert set(others) == {200}
    assert len(gateway.told("answer_odd", "floods")) < 300
    (told,) = gateway.told("plugin_log_lines_dropped", "floods")
    assert told["count"] >= 1


def test_one_that_crowds_its_portal_is_named_and_not_the_portal(gateway: Gateway) -> None:
    _, others = gateway.beside("crowds", "crowd")
    assert set(others) == {200}
    said = gateway.track("crowds", "x", "fr").json()
    assert (said["code"], said["origin"]) == ("connector_overloaded", "connector")
    assert said["title"] == "Notre connexion au portail est surchargée"
    (told,) = gateway.told("connector_overloaded", "crowds")
    assert (told["operation"], told["count"]) == ("track", 4)
