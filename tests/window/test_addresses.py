"""Addresses that a portal or an identity provider names: where a form of a page leads, and what stands in a header."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.window.played_gateway import Played, played, told
from window import csrf
from window.addresses import UnsafeAddress, origin_of

UNSAFE: Final = (
    "https://pay.example;script-src-elem * 'unsafe-inline'/x",
    "https://pay.example;script-src-elem/x",
    "https://pay.example,evil.example/x",
    "https://*.example/x",
    "https://pay.example'/x",
    "http://evil.example/x",
    "javascript:alert(1)//https://pay.example",
    "data:text/html,x",
    "//evil.example/x",
    "/cases",
    "https:///x",
    "https://",
    "https://pay.example@evil.example/x",
    "https://pay.example\\@evil.example/x",
    "https:\\\\evil.example/x",
    "https://pay.example /x",
    "https://pay.example\n/x",
    " https://pay.example/x",
    "https://pay.example:x/",
    "https://pay_.example/x",
    "https://%70ay.example/x",
    "https://１２７.0.0.1/x",
    "https://\u202epay.example/x",
    "https://" + "a" * 300 + "/x",
    "",
    None,
    ["https://pay.example/x"],
)
SAFE: Final = {
    "https://pay.example/x?y=;script-src": "https://pay.example",
    "HTTPS://Pay.Example": "https://pay.example",
    "https://pay.example:8443/": "https://pay.example:8443",
    "https://بنك.ma/أداء": "https://xn--ngb8ci.ma",
    "https://[2001:db8::1]:8443/x": "https://[2001:db8::1]:8443",
}
CASE: Final = {"id": "case_1", "service": "x.paper", "service_title": "Paper", "actions": []}


class Portal:
    """What it names, and its provider."""

    checkout: Any = "https://pay.example/x"
    provider: Any = None

    def answer(self, request: httpx.Request) -> httpx.Response | None:
        if request.url.path == "/v1/cases/case_1/actions/pay":
            return told({**CASE, "checkout": {"url": self.checkout, "method": "POST", "fields": {"order": "1"}}})
        if request.url.path == "/.well-known/oauth-protected-resource":
            return told({"authorization_servers": ["https://idp.example"]})
        if request.url.path == "/.well-known/openid-configuration":
            named = {f"{each}_endpoint": f"https://idp.example/{each}" for each in ("authorization", "token")}
            return told(
                {"issuer": "https://idp.example", "jwks_uri": "https://idp.example/keys", **named, **self.provider}
            )
        if request.url.path == "/keys":
            return told(
                {
                    "keys": [
                        {"kty": "OKP", "crv": "Ed25519", "kid": "1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
                    ]
                }
            )
        return None


@pytest.fixture
def portal() -> Portal:
    return Portal()


@pytest.fixture
async def window(tmp_path: Path, portal: Portal) -> AsyncIterator[Played]:
    async with played(tmp_path, portal.answer) as found:
        yield found


@pytest.mark.parametrize("url", UNSAFE)
def test_unsafe_address_has_no_origin(url: Any) -> None:
    for demo in (True, False):
        with pytest.raises(UnsafeAddress):
            origin_of(url, demo=demo)


@pytest.mark.parametrize("url", SAFE)
def test_origin_is_fit_for_a_header(url: str) -> None:
    assert origin_of(url, demo=False) == SAFE[url]


@pytest.mark.parametrize("host", ["127.0.0.1:8401", "localhost", "[::1]:8401"])
def test_demo_alone_leads_to_this_machine_without_tls(host: str) -> None:
    assert origin_of(f"http://{host}/x", demo=True) == f"http://{host}"
    with pytest.raises(UnsafeAddress):
        origin_of(f"http://{host}/x", demo=False)


async def _pay(window: Played) -> httpx.Response:
    session = await window.session()
    sent = {"csrf": csrf.token(session.key)}
    return await window.web.post("/cases/case_1/pay", data=sent, headers=window.ours())


@pytest.mark.parametrize("url", UNSAFE)
async def test_nobody_is_sent_to_an_unsafe_card_page(window: Played, portal: Portal, url: Any) -> None:
    """Neither by the form, which sends itself, nor by a policy into which the address writes directives."""
    portal.checkout = url
    page = await _pay(window)
    assert page.status_code == 502
    assert "The payment page cannot be opened" in page.text
    assert "data-submit" not in page.text
    policy = page.headers["content-security-policy"]
    assert "form-action 'self';" in policy
    assert "script-src-elem" not in policy


@pytest.mark.parametrize("url", SAFE)
async def test_card_page_is_named_by_its_origin(window: Played, portal: Portal, url: str) -> None:
    portal.checkout = url
    page = await _pay(window)
    assert page.status_code == 200
    assert f"form-action 'self' {SAFE[url]};" in page.headers["content-security-policy"]


@pytest.mark.parametrize("url", [each for each in UNSAFE if each])
async def test_unsafe_sign_out_of_a_provider_is_left_out(window: Played, portal: Portal, url: Any) -> None:
    """She is signed out here all the same."""
    portal.provider = {"end_session_endpoint": url}
    await window.session()
    done = await window.send(await window.web.get("/sign-in"), "/sign-out")
    assert done.status_code == 200
    assert "form-action 'self';" in done.headers["content-security-policy"]
    assert "data-submit" not in done.text


@pytest.mark.parametrize("member", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize("url", ["http://idp.example/x", "javascript:alert(1)", "https://idp.example;x/y", "//x", 5])
async def test_provider_with_an_unsafe_address_is_not_used(
    window: Played, portal: Portal, member: str, url: Any
) -> None:
    portal.provider = {member: url}
    assert (await window.web.get("/sign-in/start")).status_code == 503
    assert all(each.url.scheme == "https" or each.url.host == "127.0.0.1" for each in window.calls)
