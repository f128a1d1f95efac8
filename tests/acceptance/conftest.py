"""A whole gateway with its sandboxes, on real sockets and a real database, for one test at a time."""

from __future__ import annotations

import asyncio
import atexit
import itertools
import json
import re
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import make_url, select

from gateway.api.http.protocol import GuardedProtocol
from gateway.app import Gateway, assemble
from gateway.cases.forms import attachment_places
from gateway.cases.portal_check import PortalCheck
from gateway.sandbox.login import SandboxLogin
from gateway.sandbox.pdf import page
from gateway.sandbox.serve import listen, running
from gateway.sandbox.state import prepare
from gateway.settings import load, read_file
from gateway.storage import Storage
from gateway.storage.migrate import migrate
from gateway.storage.tables import cases
from tests.database_sessions import read
from tests.waiting import PATIENCE

from .described import describe_problems
from .sandboxes import build

AMINA = "AB123456"
YOUSSEF = "BK654321"
CARD = "4000000000000010"
PDF = page(["Scan"])
DECLINED_CARD = "4111111111111111"
TEN_DAYS_A_SECOND = 864_000.0
FAST = {
    "poll_seconds": 0.1,
    "poll_max_seconds": 0.1,
    "retry_base_seconds": 0.05,
    "retry_max_seconds": 0.4,
    "settle_seconds": 0.6,
    "tick_seconds": 0.5,
    "lease_seconds": 5.0,
}
ROOMY = {
    "file_bytes_per_person_day": 2**33,
    "cases_per_person_day": 10_000,
    "open_cases_per_person": 10_000,
    "mandates_per_person": 1_000,
    "cards_per_person_month": 1_000,
}
"""A module of tests files more for one person than a person does in a day; `test_quotas.py` has quotas of its own."""


_LOOK_SECONDS = 0.025
_LOOKS = 20

UNCOUNTED = {"enforced": False}
"""A module of tests calls more often for one person than a person does; `test_rates.py` has rates of its own."""

CROWDED = {"connections_per_address": 512}
"""Everybody in the tests calls from one address; `tests/api/http` has limits of its own."""


@dataclass
class World:
    """The addresses, and what tests do with them."""

    url: str
    sandbox_url: str
    state_dir: Path
    gateway: Gateway
    web: httpx.AsyncClient
    tokens: dict[str, str] = field(default_factory=dict)
    who: str = AMINA
    """CNIE of who signs in where a test does not say."""

    async def citizen(self, cnie: str = "", **login: Any) -> str:
        cnie = cnie or self.who
        known = f"{cnie} {json.dumps(login, sort_keys=True)}"
        if known not in self.tokens:
            self.tokens[known] = (await self._login().citizen(cnie, **login)).access_token
        return self.tokens[known]

    async def machine(self, client: str) -> str:
        if client not in self.tokens:
            secret = read_file(str(self.state_dir / "secrets" / f"idp.{client}"))
            self.tokens[client] = (await self._login().machine(client, secret)).access_token
        return self.tokens[client]

    def _login(self) -> SandboxLogin:
        return SandboxLogin(f"{self.sandbox_url}/idp", self.web)

    async def get(self, path: str, token: str | None = None, **headers: str) -> httpx.Response:
        return await self.web.get(self.url + path, headers=await self._headers(token, headers))

    async def post(
        self, path: str, body: Any, token: str | None = None, *, key: str | None = None, **headers: str
    ) -> httpx.Response:
        sent = {"Idempotency-Key": key or str(uuid4()), **await self._headers(token, headers)}
        return await self.web.post(self.url + path, json=body, headers=sent)

    async def _headers(self, token: str | None, headers: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return {"Authorization": f"Bearer {token or await self.citizen()}", "Accept-Language": "en", **named}

    async def order(self, service: str = "watiqa.birth-extract", **form: Any) -> dict[str, Any]:
        """File a case with the service's example form, and with files of ours where it names some."""
        example = await self.with_files(service, (await self.get(f"/v1/services/{service}")).json()["example"])
        answer = await self.post("/v1/cases", {"service": service, "form": {**example, **form}})
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def with_files(self, service: str, example: dict[str, Any], token: str | None = None) -> dict[str, Any]:
        """The example, with a file uploaded for each one that it names: an example cannot bring its own."""
        if self.gateway is None:  # a process of its own, whose examples name no files
            return example
        found = self.gateway.catalogue.service(service)
        assert found is not None
        text = json.dumps(example)
        for named in attachment_places(example, found.form):
            headers = await self._headers(token, {"Idempotency-Key": str(uuid4())})
            sent = {"file": ("file.pdf", PDF, "application/pdf")}
            async with asyncio.timeout(PATIENCE):
                while (
                    stored := await self.web.post(f"{self.url}/v1/attachments", files=sent, headers=headers)
                ).status_code == 429:  # one person's files are looked into a few at a time
                    await asyncio.sleep(0.2)
            assert stored.status_code == 201, stored.text
            text = text.replace(named, stored.json()["id"])
        with_files: dict[str, Any] = json.loads(text)
        return with_files

    async def checkout(self, case_id: str) -> dict[str, Any]:
        answer = await self.post(f"/v1/cases/{case_id}/actions/pay", {})
        assert answer.status_code == 200, answer.text
        return answer.json()["checkout"]

    async def pay(self, case_id: str, card: str = CARD) -> httpx.Response:
        """Open the card page and fill it in, as a browser does."""
        checkout = await self.checkout(case_id)
        page = await self.web.post(checkout["url"], data=checkout["fields"])
        assert page.status_code == 200, page.text
        return await self.enter_card(page, card)

    async def enter_card(self, page: httpx.Response, card: str) -> httpx.Response:
        action = re.search(r'<form[^>]*action="([^"]*)"', page.text)
        assert action is not None, page.text
        fields = {}
        for tag in re.findall(r"<input[^>]*>", page.text):
            name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
            if name:
                fields[unescape(name[1])] = unescape(value[1]) if value else ""
        known = {"number": card, "pan": card, "cvc": "000", "expiry": "12/30"}
        fields |= {name: value for name, value in known.items() if name in fields}
        return await self.web.post(page.url.join(unescape(action[1])), data=fields)

    async def until(
        self, case_id: str, wanted: Callable[[dict[str, Any]], Any], seconds: float = PATIENCE
    ) -> dict[str, Any]:
        """The case once `wanted(case)` holds. It is fetched anew when its row has changed, and twice a second: a
        request costs a hundred times what a look at the row does."""
        case: dict[str, Any] = {}
        try:
            async with asyncio.timeout(seconds):
                with self._version(case_id) as version:
                    seen, accesses = None, 0
                    while True:
                        found, accesses = await version(), accesses + 1
                        if found != seen or accesses > _LOOKS:
                            case, seen, accesses = (await self.get(f"/v1/cases/{case_id}")).json(), found, 0
                        if wanted(case):
                            return case
                        await asyncio.sleep(_LOOK_SECONDS)
        except TimeoutError:
            raise AssertionError(f"the case stays as it is: {case} {await self.codes(case_id)}") from None

    @contextmanager
    def _version(self, case_id: str) -> Iterator[Callable[[], Awaitable[int | None]]]:
        """Reads the version of the case's row, on SQLite without a thread."""
        storage = self.gateway and self.gateway.storage
        if storage and not storage.sqlite:

            async def on_postgresql() -> int | None:
                async with read(storage) as connection:
                    return await connection.scalar(select(cases.c.version).where(cases.c.id == case_id))

            yield on_postgresql
            return
        path = make_url(storage.url).database if storage else self.state_dir / "gateway.sqlite"
        if not Path(str(path)).exists():  # a process of its own on PostgreSQL: it has to be asked
            accesses = itertools.count()

            async def elsewhere() -> int | None:
                return next(accesses) // 4

            yield elsewhere
            return
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:

            async def on_sqlite() -> int | None:
                row = database.execute("SELECT version FROM cases WHERE id = ?", (case_id,)).fetchone()
                return row[0] if row else None

            yield on_sqlite

    async def ended(self, case_id: str, seconds: float = PATIENCE) -> dict[str, Any]:
        return await self.until(
            case_id, lambda case: case["status"] in ("completed", "rejected", "withdrawn", "failed"), seconds
        )

    async def events(self, case_id: str) -> list[dict[str, Any]]:
        return (await self.get(f"/v1/cases/{case_id}/events?limit=1000")).json()["data"]

    async def codes(self, case_id: str) -> list[str]:
        return [event["code"] for event in await self.events(case_id)]

    async def fault(self, portal: str, mode: str, rate: float = 1.0, **more: Any) -> None:
        answer = await self.web.put(f"{self.sandbox_url}/_faults/{portal}", json={"mode": mode, "rate": rate, **more})
        assert answer.status_code < 300, answer.text

    async def effects(self, portal: str) -> list[str]:
        """Kinds of the side effects that really happened."""
        answer = (await self.web.get(f"{self.sandbox_url}/_effects/{portal}")).json()
        return [each["kind"] for each in (answer["effects"] if isinstance(answer, dict) else answer)]

    async def records(self, **filters: str) -> list[dict[str, Any]]:
        token = await self.machine("demo-auditor")
        answer = await self.web.get(
            f"{self.url}/audit/records",
            params={"limit": "500", **filters},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code == 200, answer.text
        return [each["record"] for each in answer.json()["data"]]


@asynccontextmanager
async def world_in(
    state_dir: Path, store_url: str, speed: float = TEN_DAYS_A_SECOND, **over: Any
) -> AsyncIterator[World]:
    front, back, sealed, mail = (listen("127.0.0.1", 0) for _ in range(4))
    port, sandbox_port, tls_port, smtp_port = (each.getsockname()[1] for each in (front, back, sealed, mail))
    prepare(
        state_dir,
        port=port,
        sandbox_port=sandbox_port,
        sandbox_tls_port=tls_port,
        smtp_port=smtp_port,
        store_url=store_url,
        speed=speed,
    )
    if not store_url and not (state_dir / "gateway.sqlite").exists():
        shutil.copy(await _template(), state_dir / "gateway.sqlite")
    settings = load(
        state_dir=state_dir,
        **{"journeys": FAST | {"embedded": True}, "quotas": ROOMY, "rates": UNCOUNTED, "server": CROWDED, **over},
    )
    gateway = assemble(settings)
    sandbox_url = f"http://127.0.0.1:{sandbox_port}"
    host = build(settings, url=sandbox_url, speed=speed, smtp=mail)
    async with (
        running(host, back, host.on_second_port(sealed)),
        running(gateway.application(), front, http=GuardedProtocol),
        httpx.AsyncClient(trust_env=False, verify=False, timeout=PATIENCE) as web,
    ):
        web.event_hooks = {"response": [describe_problems(gateway)]}
        yield World(f"http://127.0.0.1:{port}", sandbox_url, state_dir, gateway, web)


_templates: list[Path] = []


async def _template() -> Path:
    """An SQLite file with the newest schema, made once a process: the migrations take a quarter of a second."""
    if not _templates:
        folder = tempfile.TemporaryDirectory(prefix="mre-template-")
        atexit.register(folder.cleanup)
        path = Path(folder.name, "gateway.sqlite")
        storage = Storage(f"sqlite:///{path}")
        await migrate(storage)
        await storage.close()
        _templates.append(path)
    return _templates[0]


@pytest.fixture
async def world(tmp_path: Path, store_url: str) -> AsyncIterator[World]:
    """On SQLite and on PostgreSQL."""
    async with world_in(tmp_path / "state", store_url) as found:
        yield found


@pytest.fixture
async def small_world(tmp_path: Path) -> AsyncIterator[World]:
    """On SQLite only: for what does not depend on the database."""
    async with world_in(tmp_path / "state", "") as found:
        yield found


@pytest.fixture
def portals_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """No portal is asked before filing, as when it does not answer: it then refuses what has been paid already."""
    monkeypatch.setattr(PortalCheck, "offered_by", lambda *_: False)
