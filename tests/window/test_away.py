"""Every page while the gateway is away, and while a portal is: it says so, and what to do, in three languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler

from tests.window.played_gateway import COOKIE, Played, listed, played, refused, told
from tests.window.served_window import form_of
from window.app import routes

SAID: Final = {
    "en": ("The service cannot be reached right now", "Try again", "The portal does not answer at the moment"),
    "fr": ("Le service est injoignable pour le moment", "Réessayer", "Le portail ne répond pas pour le moment"),
    "ar": ("لا يمكن الوصول إلى الخدمة الآن", "المحاولة من جديد", "البوابة لا تجيب في الوقت الحالي"),
}
VALUES: Final = {"service_id": "x.paper", "case_id": "case_1", "kind": "appeal", "document_id": "d", "portal": "barid",
                 "call_id": "call_1", "index": "1", "name": "0/000", "card_id": "card_1"}  # fmt: skip
ROLES: Final = {"/agenda": "agent", "/people": "agent", "/audit": "auditor", "/portals": "operator",
                "/operations": "operator", "/figures": "operator"}  # fmt: skip
ASKS_NOTHING: Final = (
    "/static/",
    "/health",
    "/sign-in",
    "/signed-in",
    "/signed-out",
    "/language",
    "/records/{call_id}",
)
"""Pages without a call of the gateway, or, of signing in, of the identity provider alone."""


@pytest.fixture(autouse=True)
def _asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The API's client waits and tries again, which is tested with it."""
    monkeypatch.setattr("window.api._ATTEMPTS", 1)


def _pages() -> list[str]:
    found = []
    for handler in routes():
        if isinstance(handler, HTTPRouteHandler) and "GET" in handler.http_methods:
            found += [re.sub(r":[a-z]+}", "}", path) for path in handler.paths]
    pages = [each for each in found if not each.startswith(ASKS_NOTHING) or each.endswith("/proof")]
    return sorted(each.format_map(VALUES) for each in pages if not each.endswith("/paid"))


def _role(path: str) -> str:
    return next((role for start, role in ROLES.items() if path.startswith(start)), "person")


async def _signed_in(window: Played, path: str) -> None:
    role = _role(path)
    await window.session(role, mandate="mandate_1" if role == "agent" else "", mandate_name="Amina")


async def test_every_page_says_when_the_gateway_is_away(tmp_path: Path) -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    wrong = []
    async with played(tmp_path, away) as window:
        pages = _pages()
        assert len(pages) > 35
        for path in pages:
            await _signed_in(window, path)
            for language, (title, again, _) in SAID.items():
                asked = f"{path}?draft=draft_1" if path.endswith("/check") else path
                page = await window.web.get(asked, headers={"Accept-Language": language})
                right = page.status_code == 503 and title in page.text and again in page.text
                if not right or int(page.headers.get("retry-after", "0")) < 1:
                    wrong.append((path, language, page.status_code))
            assert await window.store.find(window.web.cookies[COOKIE]) is not None, f"{path} ended the session"
    assert wrong == []


async def test_every_page_says_when_a_portal_is_away(tmp_path: Path) -> None:
    def down(_: httpx.Request) -> httpx.Response:
        return refused(503, "portal_unavailable", "portal", retry_after=7)

    wrong = []
    async with played(tmp_path, down) as window:
        for path in _pages():
            await _signed_in(window, path)
            for language, (_, again, title) in SAID.items():
                asked = f"{path}?draft=draft_1" if path.endswith("/check") else path
                page = await window.web.get(asked, headers={"Accept-Language": language})
                right = page.status_code == 503 and title in page.text and again in page.text
                if not right or page.headers.get("retry-after") != "7":
                    wrong.append((path, language, page.status_code))
    assert wrong == []


@pytest.mark.parametrize("gone", ["away", "page"])
async def test_state_of_the_log_without_the_health_of_the_gateway(tmp_path: Path, gone: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response | None:
        match request.url.path:
            case "/health/ready" if gone == "away":
                raise httpx.ConnectError("refused", request=request)
            case "/health/ready":
                return httpx.Response(503, text="<html>", headers={"content-type": "application/json"})
            case "/.well-known/mre-gateway":
                return told({"audit": {"origin": "log", "vkeys": []}})
            case "/audit/log/checkpoint" | "/audit/log/anchors":
                return httpx.Response(200, content=b"log\n1\nroot\n", headers={"call-id": "c"})
        return None

    async with played(tmp_path, answer) as window:
        await window.session("auditor")
        page = await window.web.get("/audit/state")
    assert page.status_code == (503 if gone == "away" else 200), page.text


@pytest.mark.parametrize("cause", ["gateway", "portal"])
async def test_post_that_met_trouble_can_be_sent_again(tmp_path: Path, cause: str) -> None:
    """With all that was typed, to where it was sent, and as for whom it was opened."""

    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.method == "GET":
            return listed()
        if cause == "gateway":
            raise httpx.ConnectError("refused", request=request)
        return refused(503, "portal_unavailable", "portal")

    async with played(tmp_path, answer) as window:
        await window.session("agent", mandate="mandate_1", mandate_name="Amina")
        page = await window.web.get("/people")
        sent = form_of(page.text, "/people/take")
        answered = await window.send(page, "/people/take", code="123 <4>")
        assert answered.status_code == 503
        again = form_of(answered.text, "/people/take")
        assert again["code"] == "123 <4>"
        assert {name: again[name] for name in ("owner", "acting_for")} == {
            name: sent[name] for name in ("owner", "acting_for")
        }
        repeated = await window.send(answered, "/people/take")
        assert repeated.status_code == 503, "it is taken as a form of ours"


async def test_link_of_a_post_without_fields_leads_to_its_page(tmp_path: Path) -> None:
    """The way on is never an address that only takes what is posted."""

    def down(_: httpx.Request) -> httpx.Response:
        return refused(409, "action_not_open")

    async with played(tmp_path, down) as window:
        await window.session()
        home = await window.web.get("/signed-out")
        csrf = form_of(home.text, "/sign-out")["csrf"]
        page = await window.web.post("/cases/case_1/pay", data={"csrf": csrf}, headers=window.ours())
    assert page.status_code == 409
    assert 'class="ds-button" href="/cases/case_1"' in page.text
