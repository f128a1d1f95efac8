"""Every page of the window in all seven languages, light and dark, on a small and on a wide screen.

axe-core goes over each page in each language twice: light on the small screen and dark on the wide one.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler

from gateway.sandbox.serve import listen, running
from tests.acceptance.conftest import World
from tests.acceptance.shared import SELDOM
from tests.browser import in_browser
from tests.window.staff import CLIENTS, LOGINS, Windowed, windowed
from tests.window.test_birth_extract import english
from tests.window.test_cases import offered
from tests.window.test_staff import covered_record, make_traffic, visit
from window import rendering
from window.app import application, routes
from window.settings import LANGUAGES, Server, Sessions, SignIn, WindowSettings
from window.translations import load

SCRIPT: Final = Path(__file__).with_name("every_page.mjs")
WHOLE: Final = ("ar", "fr", "en")
NO_PAGES: Final = {
    "/audit/tile/{name:path}": "hashes",
    "/audit/export": "a file",
    "/me/cards/{card_id:str}/code.svg": "a picture",
    "/me/accesses.csv": "a file",
    "/figures.csv": "a file",
    "/cases/{case_id:str}/documents/{document_id:str}": "a file",
    "/cases/{case_id:str}/receipt.pdf": "a file",
    "/cases/{case_id:str}/appointment.ics": "a file",
    "/cases/{case_id:str}/live": "a stream",
    "/cases/{case_id:str}/paid": "leads to the case",
    "/records/{call_id:str}/proof": "a file",
    "/sign-in/start": "leads to the identity provider",
    "/signed-in": "leads to where she was; its failure is visited",
    "/language": "leads to where she was",
    "/static/{name:path}": "files",
    "/health": "for machines",
}
"""Routes that show nothing, and why."""
SERVICES: Final = ("watiqa.birth-extract", "chikaya.complaint", "alhalalmadania.birth-declaration")
NOT_SHOWN: Final = {
    "problems/problem.html": "what its neighbours have in common",
    "problems/expired.html": "the answer to a script",
    "cases/no_card_page.html": "a portal that names an unsafe address: tests/window/test_addresses.py",
    "problems/changed.html": "two devices at once: its words are those of cases/changed.html",
}

Pages = list[dict[str, Any]]


@pytest.mark.soak
async def test_every_page_is_for_everybody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that is new and not visited here fails too, as does a template that no visit shows."""
    shown: set[str] = set()
    render = rendering.Renderer.render

    def noted(self: Any, language: str, template: str, context: dict[str, Any]) -> str:
        shown.add(template)
        return render(self, language, template, context)

    monkeypatch.setattr(rendering.Renderer, "render", noted)
    over = {"journeys": SELDOM, "portal_counts": {"share_seconds": 0.05, "sample_seconds": 0.0}}
    async with (
        windowed(tmp_path / "w", **over) as window,
        before(tmp_path / "away", httpx.ConnectError) as away,
        before(tmp_path / "broken", ArithmeticError) as broken,
    ):
        groups = await everybody(window, away, broken)
        seen = await in_browser(
            SCRIPT, patience=3_600, url=window.url, groups=groups, languages=LANGUAGES, english=english(),
            frames=frames(), alike=[],
        )  # fmt: skip
    print("\n".join(seen["problems"]))
    assert not_visited(seen["visited"]) == []
    whole = [path for path in rendering.TEMPLATES.rglob("*.html") if "{% extends" in path.read_text(encoding="utf-8")]
    templates = {path.relative_to(rendering.TEMPLATES).as_posix() for path in whole}
    missing = sorted(templates - shown - set(NOT_SHOWN))
    assert missing == [], missing
    assert seen["problems"] == []


def frames() -> dict[str, dict[str, list[str]]]:
    """Of a language whose content is in the fallback: the texts of its frames, and those of the content, as far as
    they differ. Each must be marked as what it is."""
    texts = load("fr")
    content = {each for each in texts["fr"]._catalogue._catalog.values() if isinstance(each, str)}  # type: ignore[attr-defined]
    found = {}
    for language in LANGUAGES:
        if language not in WHOLE:
            own = {each for each in texts[language]._catalogue._catalog.values() if isinstance(each, str)}  # type: ignore[attr-defined]
            found[language] = {"own": sorted(own - content), "content": sorted(content - own)}
    return found


def not_visited(paths: list[str]) -> list[str]:
    """Routes of the window with GET that none of the paths belongs to."""
    missing = []
    for handler in routes():
        assert isinstance(handler, HTTPRouteHandler)
        for path in handler.paths:
            pattern = re.sub(r"\{\w+:path\}", ".+", re.sub(r"\{\w+:\w+\}", "[^/]+", path))
            if "GET" in handler.http_methods and path not in NO_PAGES and not any(
                re.fullmatch(pattern, each) for each in paths
            ):  # fmt: skip
                missing.append(path)
    return missing


def test_a_route_that_nobody_visits_is_named() -> None:
    assert "/me/cards/{card_id:str}" in not_visited(["/", "/me/cards"])
    assert "/me/cards/{card_id:str}" not in not_visited(["/me/cards/card_1"])


@asynccontextmanager
async def before(folder: Path, answers: type[Exception]) -> AsyncIterator[str]:
    """A window before a gateway whose every answer is this error."""

    def answer(_: httpx.Request) -> httpx.Response:
        raise answers("in a test")

    front = listen("127.0.0.1", 0)
    folder.mkdir()
    settings = WindowSettings(
        profile="demo",
        state_dir=folder,
        server=Server(port=front.getsockname()[1]),
        sessions=Sessions(store_url=f"sqlite:///{folder}/window.sqlite"),
        sign_in={role: SignIn(client_id=client) for role, client in CLIENTS.items()},
    )
    transport = httpx.MockTransport(answer)
    async with httpx.AsyncClient(base_url=settings.gateway.url, transport=transport) as http:
        app: Any = application(settings, http=http)
        async with running(app, front) as url:
            yield url


def page(path: str, status: int = 200, **more: Any) -> dict[str, Any]:
    return {"path": path, "status": status, **more}


async def everybody(window: Windowed, away: str, broken: str) -> list[dict[str, Any]]:
    """Who signs in, and what she visits, with something on every page."""
    case_id = await visit(window)
    await make_traffic(window)
    world = window.world
    index = await covered_record(window, await world.machine("demo-auditor"))
    held = await mandate(world)
    return [
        {"role": "", "pages": strangers(away, broken)},
        {"role": "person", "login": LOGINS["person"], "pages": await persons(world)},
        {"role": "agent", "login": LOGINS["agent"], "pages": agents(case_id, held)},
        {
            "role": "auditor",
            "login": LOGINS["auditor"],
            "pages": [
                page("/audit"),
                page("/audit?portal=barid&outcome=ok"),
                page("/audit?since=yesterday", warns="does not conform"),
                page("/audit?client=nobody"),
                page(f"/audit/records/{index}"),
                page(f"/audit/cases/{case_id}"),
                page("/audit/anomalies?days=31"),
                page("/audit/state"),
            ],
        },
        {
            "role": "operator",
            "login": LOGINS["operator"],
            "pages": [
                page("/portals"),
                page("/portals/barid?hours=168"),
                page("/portals/watiqa"),
                page("/operations"),
                page("/figures"),
                page("/figures?by=service"),
                page("/figures?by=post"),
            ],
        },
        {
            "role": "agency",
            "login": LOGINS["agency"],
            "pages": [
                page("/portals"),
                page("/portals/watiqa"),
                page("/portals/barid", 403),
                page("/figures"),
            ],
        },
    ]


def strangers(away: str, broken: str) -> Pages:
    return [
        page("/"),
        page("/services"),
        page("/services?q=passport"),
        page("/services?q=zzzz"),
        *(page(f"/services/{each}") for each in SERVICES),
        page("/sign-in"),
        page("/sign-in?as=agent&expired=yes&to=/agenda"),
        page("/signed-out"),
        page("/signed-in?state=unknown&code=x", 400),
        page("/nothing/here", 404),
        page("/services/nothing.here", 404),
        page("/audit/anomalies?days=many", 400),
        page(f"{away}/", 503),
        page(f"{broken}/", 500),
    ]


async def persons(world: World) -> Pages:
    """Cases in all states that a person may find one in."""
    example = (await world.get("/v1/services/watiqa.birth-extract")).json()["example"]
    draft = (await world.post("/v1/drafts", {"service": "watiqa.birth-extract", "form": example})).json()["id"]
    due = (await world.order("watiqa.birth-extract"))["id"]
    asked = {kind: (await world.order("echo.note", behave=behave))["id"] for kind, behave in (
        ("provide_document", "ask_document"), ("confirm", "ask_confirm"), ("rate", "rate"), ("appeal", "appeal"),
    )}  # fmt: skip
    parcel, meeting, over = [(await world.order(each))["id"] for each in ("echo.parcel", "echo.meeting", "echo.note")]
    for kind, case in asked.items():
        await offered(world, case, kind)
    await offered(world, meeting, "choose_slot")
    await world.until(parcel, lambda case: case["shipment"])
    await world.ended(over)
    booking = (await world.order("passeport.renewal-adult"))["id"]
    await world.pay(booking)
    await offered(world, booking, "choose_slot")
    await world.fault("rendezvous", "error")  # from now on
    card = (await world.post("/v1/cards", {})).json()["id"]
    record = (await world.get("/v1/me")).headers["call-id"]

    async def posts() -> str:
        found = (await world.get(f"/v1/cases/{meeting}")).json()["actions"]
        url = next(each["posts_url"] for each in found if each["type"] == "choose_slot")
        return str((await world.get(url)).json()["data"][0]["id"])

    form = "/services/watiqa.birth-extract/form"
    return [
        page("/"),
        page("/services"),
        *(page(f"/services/{each}") for each in SERVICES),
        *(page(f"/services/{each}/form") for each in SERVICES),
        page(f"{form}"),
        page(form, 422, post={"do": "check"}),
        page(f"{form}"),
        page(form, 413, post={"large": 30_000_000}),
        page(f"{form}?draft={draft}&saved=yes"),
        page(f"/services/watiqa.birth-extract/check?draft={draft}"),
        page("/cases"),
        *(page(f"/cases/{each}") for each in (due, *asked.values(), parcel, meeting, over)),
        page(f"/cases/{due}?sent=yes"),
        page(f"/cases/{due}/pay", post={}, still=True),
        page(f"/cases/{due}/do/withdraw"),
        *(page(f"/cases/{case}/do/{kind}") for kind, case in asked.items()),
        page(f"/cases/{asked['provide_document']}/do/provide_document", 422, post={"key": "k"}),
        page(f"/cases/{over}/do/withdraw", 409, post={"key": "k"}),
        page(f"/cases/{meeting}/slots"),
        page(f"/cases/{meeting}/slots?post={await posts()}"),
        page(f"/cases/{meeting}/slots", 422, post={"post": await posts()}),
        page(f"/cases/{booking}/slots?post=lyon", 503),
        page(f"/cases/{parcel}/parcel"),
        page(f"/cases/{due}/receipt"),
        page(f"/records/{record}"),
        page("/me"),
        page("/me/accesses"),
        page("/me/accesses?about=everyone"),
        page("/me/cards"),
        page(f"/me/cards/{card}"),
        page(f"/me/cards/{card}?chosen=yes&show=name&show=birthdate"),
        page("/me/mandates"),
        page("/me/mandates/new"),
        page(
            "/me/mandates/new",
            post={"agent": "demo-agent", "days": "7", "purpose": "x", "scope:cases:read": "yes"},
        ),
        page("/me/mandates/new", 422, post={"agent": "nobody"}),
        page("/me/messages"),
        page("/me/preferences"),
        page("/me/preferences?saved=yes"),
        page("/me/preferences", 422, post={"email:consent": "yes", "email:address": "no address"}),
        page("/me/family"),
        page("/me/preferences", 403, post={"csrf": "00"}),
        page("/me"),
        page("/sign-out", post={}),
    ]


def agents(case_id: str, mandate: str) -> Pages:
    """For herself, and then for a person."""
    return [
        page("/agenda?post=lyon"),
        page("/agenda", 422, post={"post": "lyon", "typed": "nobody"}),
        page("/agenda", post={"post": "lyon", "typed": f"rdv-{case_id[-6:]}"}),
        page("/agenda/late"),
        page(f"/agenda/cases/{case_id}"),
        page("/people"),
        page("/people/take", 422, post={"code": "000000000"}),
        page("/agenda?post=bruxelles", 403),
        page("/people"),
        page(f"/people/{mandate}/act", post={}),
        page("/services/watiqa.birth-extract/form"),
        page("/people"),
        page("/people/take", 409, post={"acting_for": "mnd_another"}),
        page(f"/agenda/cases/{case_id}?mandate=mnd_nobody", 403),
        page("/sign-in?as=operator&to=/portals"),
    ]


async def mandate(world: World) -> str:
    """One that an agent has taken up. Its id."""
    wish = {
        "agent": "demo-agent",
        "scope": ["cases:read", "cases:write"],
        "purpose": "Mon extrait de naissance",
        "expires_at": (datetime.now(UTC) + timedelta(days=2)).isoformat(),
    }
    given = (await world.post("/v1/mandates", wish)).json()
    agent = await world.citizen(LOGINS["agent"], client_id="demo-agent")
    assert (await world.post("/v1/mandates/take", {"code": given["code"]}, agent)).status_code == 200
    return str(given["id"])
