"""Who is measured: the gateway with and without durable audit, the same route written by hand, and nginx."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
import msgspec

from benchmarks.processes import ANY_RATE, Processes, Running, free_port
from gateway.sandbox.login import SandboxLogin
from gateway.sandbox.state import prepare

NUMBER: Final = "RR123456785MA"
CITIZEN: Final = "AB123456"

GATEWAY: Final = "gateway"
UNRECORDED: Final = "gateway, audit.durable = false"
BY_HAND: Final = "(a) by hand, httpx as it comes"
BY_HAND_EACH: Final = "(a') by hand, an httpx client a call"
BY_HAND_FAST: Final = "(b) by hand, chosen transport"
NGINX: Final = "(c) nginx, reverse proxy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    name: str
    url: str
    running: Running
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class World:
    contenders: list[Contender]
    state: Path
    """The state folder of the gateway with everything on."""

    def records(self) -> int:
        """How many tracking calls are in the audit log."""
        with sqlite3.connect(f"file:{self.state / 'gateway.sqlite'}?mode=ro", uri=True) as database:
            found = database.execute("SELECT count(*) FROM audit_records WHERE operation = 'tracking.read'").fetchone()
        return int(found[0])

    def newest_leaf(self) -> dict[str, object]:
        with sqlite3.connect(f"file:{self.state / 'gateway.sqlite'}?mode=ro", uri=True) as database:
            query = "SELECT leaf FROM audit_records WHERE operation = 'tracking.read' ORDER BY \"index\" DESC LIMIT 1"
            leaf: dict[str, object] = msgspec.json.decode(database.execute(query).fetchone()[0])
        return leaf


@contextmanager
def world(folder: Path, *, server_core: int | None, load_core: int | None) -> Iterator[World]:
    """Everything as processes of its own: what is measured on one core, sandbox and load on the other."""
    state, unrecorded = folder / "state", folder / "unrecorded"
    sandbox_port, port, unrecorded_port = free_port(), free_port(), free_port()
    sandbox = f"http://127.0.0.1:{sandbox_port}"
    prepare(state, port=port, sandbox_port=sandbox_port, speed=1.0)
    for shared in ("keys", "secrets"):
        shutil.copytree(state / shared, unrecorded / shared)
    prepare(unrecorded, port=unrecorded_port, sandbox_port=sandbox_port, speed=1.0)
    settings = unrecorded / "gateway.toml"
    mark, _, rest = settings.read_text(encoding="utf-8").partition("\n")
    settings.write_text(f"{mark}\naudit.durable = false\n{rest}", encoding="utf-8")
    key_file = state / "secrets" / "barid.api_key"

    with Processes(folder) as processes:
        processes.python(
            "sandbox", "gateway", "sandbox", "--state", str(state), core=load_core, ready=f"{sandbox}/health"
        )
        headers = {"Authorization": f"Bearer {asyncio.run(_token(sandbox))}", "Accept-Language": "en"}

        def gateway(name: str, state: Path, port: int) -> Contender:
            base = f"http://127.0.0.1:{port}"
            running = processes.python(
                state.name,
                *("gateway", "serve", "--state", str(state)),
                core=server_core,
                ready=f"{base}/health/live",
                env=ANY_RATE,
            )
            return Contender(name=name, url=f"{base}/v1/tracking/barid/{NUMBER}", running=running, headers=headers)

        def by_hand(name: str, transport: str) -> Contender:
            port = free_port()
            options = {"port": str(port), "portal": f"{sandbox}/barid", "key-file": str(key_file)}
            arguments = [part for option, value in options.items() for part in (f"--{option}", value)]
            running = processes.python(
                f"bare-{transport}",
                "benchmarks.bare",
                *arguments,
                "--transport",
                transport,
                core=server_core,
                ready=f"http://127.0.0.1:{port}/",
            )
            return Contender(name=name, url=f"http://127.0.0.1:{port}/v1/tracking/barid/{NUMBER}", running=running)

        contenders = [
            gateway(GATEWAY, state, port),
            gateway(UNRECORDED, unrecorded, unrecorded_port),
            by_hand(BY_HAND, "httpx"),
            by_hand(BY_HAND_EACH, "httpx-each"),
            by_hand(BY_HAND_FAST, "aiohttp"),
        ]
        if shutil.which("nginx"):
            contenders.append(_nginx(processes, folder, sandbox_port, key_file.read_text().strip(), server_core))
        _agree(contenders)
        yield World(contenders, state)


async def _token(sandbox: str) -> str:
    async with httpx.AsyncClient(trust_env=False) as web:
        return (await SandboxLogin(f"{sandbox}/idp", web).citizen(CITIZEN)).access_token


_NGINX: Final = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  keepalive_requests 1000000;
  client_body_temp_path {folder}/nginx-body;
  proxy_temp_path {folder}/nginx-proxy;
  fastcgi_temp_path {folder}/nginx-fastcgi;
  uwsgi_temp_path {folder}/nginx-uwsgi;
  scgi_temp_path {folder}/nginx-scgi;
  upstream portal {{ server 127.0.0.1:{portal_port}; keepalive 64; keepalive_requests 1000000; }}
  server {{
    listen 127.0.0.1:{port};
    location ~ ^/v1/tracking/barid/([A-Z0-9]+)$ {{
      proxy_pass http://portal/barid/Tracking/Search?trackingCode=$1;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-API-Key "{key}";
    }}
  }}
}}
"""


def _nginx(processes: Processes, folder: Path, portal_port: int, key: str, core: int | None) -> Contender:
    port = free_port()
    settings = folder / "nginx.conf"
    settings.write_text(_NGINX.format(folder=folder, portal_port=portal_port, port=port, key=key))
    command = ["nginx", "-p", str(folder), "-c", str(settings), "-e", "stderr"]
    running = processes.start("nginx", command, core=core, ready=f"http://127.0.0.1:{port}/")
    return Contender(name=NGINX, url=f"http://127.0.0.1:{port}/v1/tracking/barid/{NUMBER}", running=running)


def _agree(contenders: list[Contender]) -> None:
    """All but nginx, which only passes the portal's page on, give the same answer; otherwise nothing is compared."""
    answers = []
    for each in contenders:
        answer = httpx.get(each.url, headers=dict(each.headers), trust_env=False, timeout=10.0)
        if answer.status_code != 200:
            raise SystemExit(f"{each.name} answers {answer.status_code}: {answer.text[:500]}")
        if each.name != NGINX:
            answers.append(answer.json())
    if any(answer != answers[0] for answer in answers):
        raise SystemExit(f"the answers differ, so nothing can be compared: {answers}")
