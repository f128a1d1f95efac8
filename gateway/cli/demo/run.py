"""The main journey, as a frontend and a person's browser take it: log in, order, pay, wait, read the record."""

from __future__ import annotations

import asyncio
import json
import re
import tomllib
from html import unescape
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx

from gateway.cli.demo.audit import counts
from gateway.cli.demo.processes import everything
from gateway.cli.demo.show import Show, Tokens, Urls
from gateway.sandbox.login import SandboxLogin
from gateway.sandbox.state import prepare
from gateway.settings import bundled, load, read_file

CNIE: Final = "AB123456"
CARD: Final = {"number": "4000000000000010", "cvc": "000"}
_JOURNEY_SECONDS: Final = 120.0


class Stuck(Exception):
    """The journey did not come to its end."""


class Notes:
    """What the demo's client must remember to continue after it was killed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}

    def key(self, name: str) -> str:
        """An idempotency key that stays the same however often the demo is started."""
        if name not in self._known:
            self._known[name] = str(uuid4())
            self._path.write_text(json.dumps(self._known))
        return self._known[name]


async def run(state_dir: Path, *, port: int, store_url: str, speed: float, show: Show, stay: bool) -> dict[str, Any]:
    """Start everything, go through the journey, and return its facts. With `stay`, keep serving until interrupted."""
    prepare(state_dir, port=port, sandbox_port=port + 1, store_url=store_url, speed=speed)
    settings = load(state_dir=state_dir)
    show.begin(state_dir, speed, scene()["about"])
    async with everything(state_dir, port=port, postgresql=settings.on_postgresql):
        show.started(port)
        issuer = settings.auth.issuers[0].issuer
        async with httpx.AsyncClient(trust_env=False, timeout=15.0) as web:
            login = SandboxLogin(issuer, web)
            token = await login.citizen(CNIE)
            show.step("idp", "logged in as Amina El Fassi (authorisation code with PKCE)")
            headers = {"Authorization": f"Bearer {token.access_token}", "Accept-Language": "en"}
            client = Client(
                httpx.AsyncClient(base_url=settings.public_url, headers=headers, trust_env=False, timeout=15.0)
            )
            try:
                case = await journey(client, web, Notes(state_dir / "demo.json"), show)
            finally:
                await client.http.aclose()
            auditor = await login.machine(
                "demo-auditor", read_file(str(settings.state_dir / "secrets" / "idp.demo-auditor"))
            )
            facts = await _facts(settings.public_url, settings.sandbox.url, client, case, auditor.access_token, web)
        show.ended(facts)
        if stay:
            urls = Urls(settings.public_url, settings.sandbox.url)
            show.next_steps(urls, Tokens(token.access_token, auditor.access_token), case)
            await asyncio.Event().wait()
    return facts


def scene() -> dict[str, Any]:
    """What is ordered: `service`, `form` laid over its example, `about`."""
    return tomllib.loads((bundled("config") / "demo.toml").read_text(encoding="utf-8"))


class Client:
    """A frontend's use of the API: JSON in and out, a problem is an error."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.events: list[dict[str, Any]] = []

    async def get(self, path: str) -> dict[str, Any]:
        return _body(await self.http.get(path))

    async def post(self, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        return _body(await self.http.post(path, json=body, headers={"Idempotency-Key": key}))


async def journey(client: Client, web: httpx.AsyncClient, notes: Notes, show: Show) -> dict[str, Any]:
    """Order what `config/demo.toml` says, pay when asked, and follow the case to its end."""
    ordered = scene()
    service = await client.get(f"/v1/services/{ordered['service']}")
    show.step("gateway", f"read the form of “{service['title']}”")
    form = service["example"] | ordered["form"]
    case = await client.post("/v1/cases", {"service": service["id"], "form": form}, notes.key("case"))
    show.step("gateway", f"filed {case['id']}; signed receipt, deadline {case['deadline']['on']}")
    async with asyncio.timeout(_JOURNEY_SECONDS):
        async for event in _follow(client, case["id"]):
            client.events.append(event)
            show.event(event)
            if event["code"] in ("payment_due", "payment_declined"):
                await _pay(client, web, case["id"], show)
    return await client.get(f"/v1/cases/{case['id']}")


async def _follow(client: Client, case_id: str) -> Any:
    """The case's events as they happen; the stream is resumed where it broke."""
    last = 0
    while True:
        headers = {"Accept": "text/event-stream", "Last-Event-ID": str(last)}
        async with client.http.stream("GET", f"/v1/cases/{case_id}/events", headers=headers, timeout=60.0) as stream:
            stream.raise_for_status()
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    event = json.loads(line.removeprefix("data: "))
                    last = event["id"]
                    yield event
        if (await client.get(f"/v1/cases/{case_id}"))["status"] not in ("received", "action_required", "in_progress"):
            return


async def _pay(client: Client, web: httpx.AsyncClient, case_id: str, show: Show) -> None:
    """Open the card page and fill it in, as the person's browser would; unless the fee is paid already."""
    case = await client.get(f"/v1/cases/{case_id}")
    if not any(action["type"] == "pay" for action in case["actions"]):
        return
    opened = await client.post(f"/v1/cases/{case_id}/actions/pay", {}, str(uuid4()))
    checkout = opened["checkout"]
    page = await web.request(checkout["method"], checkout["url"], data=checkout["fields"])
    due = next(each for each in opened["payments"] if each["state"] == "due")
    show.step(due["portal"], f"card page opened for {due['amount']['text']}")
    action, fields = _form(page)
    answer = await web.post(httpx.URL(checkout["url"]).join(action), data=fields | _card(fields))
    if answer.status_code >= 400:
        raise Stuck(f"the card page answered {answer.status_code}")
    show.step(due["portal"], "card entered; the portal confirms by its signed callback")


def _form(page: httpx.Response) -> tuple[str, dict[str, str]]:
    """Where the page's form goes, and the fields it holds."""
    found = re.search(r'<form[^>]*action="([^"]*)"', page.text)
    if page.status_code >= 400 or found is None:
        raise Stuck(f"no card page: status {page.status_code}")
    fields = {}
    for tag in re.findall(r"<input[^>]*>", page.text):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            fields[unescape(name[1])] = unescape(value[1]) if value else ""
    return unescape(found[1]), fields


def _card(fields: dict[str, str]) -> dict[str, str]:
    values = {"number": CARD["number"], "pan": CARD["number"], "cvc": CARD["cvc"], "expiry": "12/30"}
    return {name: value for name, value in values.items() if name in fields}


async def _facts(
    gateway: str, sandbox: str, client: Client, case: dict[str, Any], auditor: str, web: httpx.AsyncClient
) -> dict[str, Any]:
    """What a script wants to know of the journey."""
    return {
        "case": {**case, "timeline": client.events},
        "payment": case["payment"],
        "shipment": case["shipment"],
        "audit": await counts(gateway, sandbox, auditor, web),
    }


def _body(response: httpx.Response) -> dict[str, Any]:
    body: dict[str, Any] = response.json()
    if response.is_error:
        raise Stuck(f"{response.request.method} {response.request.url.path}: {body.get('code')}: {body.get('detail')}")
    return body
