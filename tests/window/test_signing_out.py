"""When a session is over: where one comes back to, in which role, and that signing out ends it at the provider too."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler

from tests.window.played_gateway import COOKIE, Played, listed, played, told
from tests.window.served_window import form_of
from window.app import routes
from window.forbidden import PAGE
from window.request_body import NO_BROWSER

ISSUER: Final = "https://idp.example"
METADATA: Final = {
    "issuer": ISSUER, "authorization_endpoint": f"{ISSUER}/authorize", "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys", "end_session_endpoint": f"{ISSUER}/end", "revocation_endpoint": f"{ISSUER}/revoke",
}  # fmt: skip
KEY: Final = {"kty": "OKP", "crv": "Ed25519", "kid": "1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}


@pytest.fixture
async def window(tmp_path: Path) -> AsyncIterator[Played]:
    clients = {role: {"client_id": f"demo-{role}", "issuer": ISSUER} for role in ("person", "agent", "auditor")}
    async with played(tmp_path, _answers, sign_in=clients) as found:
        yield found


def _answers(request: httpx.Request) -> httpx.Response | None:
    match request.url.path:
        case "/.well-known/openid-configuration":
            return told(METADATA)
        case "/keys":
            return told({"keys": [KEY]})
        case "/revoke":
            return told({})
        case "/v1/mandates" | "/v1/cases":
            return listed()
        case "/v1/services":
            return told({"object": "list", "data": [], "categories": [], "suggestions": []})
    return None


async def _over(window: Played, role: str) -> None:
    """A session in this role, which then ends by itself."""
    session = await window.session(role)
    window.web.cookies.set("window-role", role, domain="127.0.0.1")
    await window.store.end(session.key)


def _handlers() -> list[HTTPRouteHandler]:
    return [each for each in routes() if isinstance(each, HTTPRouteHandler)]


def test_every_post_has_a_page_to_come_back_to() -> None:
    """Its own address by GET, or the page that its handler names: never one that would answer 405."""
    pages = {
        re.sub(r":[a-z]+}", "}", path) for each in _handlers() if "GET" in each.http_methods for path in each.paths
    }
    by_browsers = [each for each in _handlers() if "POST" in each.http_methods and not each.opt.get(NO_BROWSER)]
    posts = [(path, each) for each in by_browsers for path in each.paths]
    assert len(posts) > 10
    lost = []
    for path, handler in posts:
        own = re.sub(r":[a-z]+}", "}", path)
        if handler.opt.get(PAGE, own).partition("?")[0] not in pages:
            lost.append(own)
    assert lost == []


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/people/take", "/people"),
        ("/people/mandate_1/act", "/people"),
        ("/cases/case_1/pay", "/cases/case_1"),
        ("/services/x.paper/send", "/services/x.paper/check?draft=draft_1"),
    ],
)
async def test_post_of_an_ended_session_comes_back_to_its_page(window: Played, path: str, page: str) -> None:
    await _over(window, "agent")
    answer = await window.web.post(path, data={"draft": "draft_1", "code": "1"}, headers=window.ours())
    assert answer.status_code == 303
    assert httpx.URL(answer.headers["location"]).params["to"] == page


async def test_role_outlives_the_session(window: Played) -> None:
    """An agent whose session is over is not sent to the sign-in of people."""
    await _over(window, "agent")
    for answer in (
        await window.web.get("/cases/case_1"),
        await window.web.post("/people/take", data={"code": "1"}, headers=window.ours()),
    ):
        assert httpx.URL(answer.headers["location"]).params["as"] == "agent"


async def test_role_is_remembered_from_signing_in_until_signing_out(window: Played) -> None:
    await window.session("auditor")
    page = await window.web.get("/signed-out")
    answer = await window.send(page, "/sign-out")
    gone = [each for each in answer.headers.get_list("set-cookie") if each.startswith("window-role=;")]
    assert len(gone) == 1
    assert "Max-Age=0" in gone[0]


async def test_signing_out_works_when_the_session_is_over(window: Played) -> None:
    """Nothing is left to be done for it, and she is told that she is out."""
    session = await window.session()
    home = await window.web.get("/")
    await window.store.end(session.key)
    answer = await window.send(home, "/sign-out")
    assert answer.status_code == 200
    assert "You are signed out" in answer.text
    assert any(each.startswith(f"{COOKIE}=;") for each in answer.headers.get_list("set-cookie"))


async def test_link_of_the_language_never_leads_to_where_was_posted(window: Played) -> None:
    await window.session("agent")
    people = await window.web.get("/people")
    answer = await window.send(people, "/people/take", code="")
    assert '/language?code=fr&amp;to=/people"' in answer.text


async def test_signing_out_ends_the_session_at_the_provider(window: Played) -> None:
    """By a form that sends itself, so that the ID token is in no address; the refresh token is worth nothing more."""
    session = await window.session()
    tokens: Any = session.data.tokens
    tokens.id_token = "the.id.token"
    found = await window.store.change(session.key, lambda data: setattr(data, "tokens", tokens))
    assert found is not None
    answer = await window.send(await window.web.get("/"), "/sign-out")
    form = form_of(answer.text, f"{ISSUER}/end")
    assert form == {
        "id_token_hint": "the.id.token", "client_id": "demo-person",
        "post_logout_redirect_uri": f"{window.settings.origin}/signed-out",
    }  # fmt: skip
    assert "data-submit" in answer.text
    assert f"form-action 'self' {ISSUER};" in answer.headers["content-security-policy"]
    (revoked,) = window.asked("POST", "/revoke")
    assert b"token=refresh" in revoked.content
    assert await window.store.find(session.key) is None


async def test_signing_out_does_not_wait_for_a_provider_that_is_away(tmp_path: Path) -> None:
    def away(request: httpx.Request) -> httpx.Response | None:
        if request.url.host == "idp.example":
            raise httpx.ConnectError("refused", request=request)
        return _answers(request)

    async with played(tmp_path, away, sign_in={"person": {"client_id": "w", "issuer": ISSUER}}) as window:
        session = await window.session()
        answer = await window.send(await window.web.get("/"), "/sign-out")
        assert "You are signed out" in answer.text
        assert await window.store.find(session.key) is None
