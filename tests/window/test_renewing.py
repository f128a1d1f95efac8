"""Tokens that are renewed, and an identity provider that is away, changes its keys, or says strange things."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key

from tests.window.played_gateway import COOKIE, Played, listed, played, told
from window.session.model import Tokens

HOST: Final = "https://idp.example"


@dataclass
class Provider:
    """An identity provider whose issuer ends in a slash, as some do."""

    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    kid: str = "1"
    nonce: str = ""
    down: bool = False
    refusal: httpx.Response | None = None
    """What the token endpoint says instead of giving tokens."""
    strange: dict[str, httpx.Response] = field(default_factory=dict)
    """Other answers by their path."""

    def rotate(self) -> None:
        self.key, self.kid = generate_private_key(SECP256R1()), f"{self.kid}1"

    def answer(self, request: httpx.Request) -> httpx.Response | None:
        if self.down:
            raise httpx.ConnectError("refused", request=request)
        path = request.url.path
        if path in self.strange:
            return self.strange[path]
        if path == "/.well-known/openid-configuration":
            named = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
            return told({"issuer": f"{HOST}/", **{name: f"{HOST}/{end}" for name, end in named.items()}})
        if path == "/keys":
            public = jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
            return told({"keys": [{**public, "kid": self.kid, "alg": "ES256"}]})
        if path == "/token":
            return self.refusal or self._granted(parse_qs(request.content.decode()))
        return None

    def _granted(self, asked: dict[str, list[str]]) -> httpx.Response:
        now = int(time.time())
        claims = {"iss": f"{HOST}/", "aud": "w", "sub": "amina", "iat": now, "exp": now + 60, "nonce": self.nonce}
        id_token = jwt.encode(claims, self.key, algorithm="ES256", headers={"kid": self.kid})
        more = {"id_token": id_token} if asked["grant_type"] == ["authorization_code"] else {}
        return told({"access_token": "new", "expires_in": 600, "refresh_token": "next", **more})


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
async def window(tmp_path: Path, provider: Provider) -> AsyncIterator[Played]:
    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.url.host == "idp.example":
            return provider.answer(request)
        return listed() if request.url.path == "/v1/cases" else None

    async with played(tmp_path, answer, sign_in={"person": {"client_id": "w", "issuer": f"{HOST}/"}}) as found:
        yield found


async def _signed_in_for(window: Played, seconds: float) -> str:
    """With an access token that is good for so long. The key of the session."""
    tokens = Tokens(access="old", access_expires=time.time() + seconds, refresh="first")
    return (await window.session(tokens=tokens)).key


async def _sign_in(window: Played, provider: Provider) -> httpx.Response:
    begun = await window.web.get("/sign-in/start")
    assert begun.status_code == 303, begun.text
    asked = httpx.URL(begun.headers["location"]).params
    provider.nonce = asked["nonce"]
    return await window.web.get("/signed-in", params={"state": asked["state"], "code": "c"})


async def test_token_that_ends_soon_is_renewed(window: Played) -> None:
    key = await _signed_in_for(window, 1)
    assert (await window.web.get("/cases")).status_code == 200
    found = await window.store.find(key)
    assert found is not None
    assert found.data.tokens is not None
    assert (found.data.tokens.access, found.data.tokens.refresh) == ("new", "next")
    assert window.asked("GET", "/v1/cases")[-1].headers["authorization"] == "Bearer new"


async def test_provider_that_is_away_ends_no_session(
    window: Played, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the token is good the page comes; then the page says that something is away; and afterwards all is well."""
    monkeypatch.setattr("window.sign_in._AWAY_SECONDS", 0.0)
    provider.down = True
    await _signed_in_for(window, 20)
    assert (await window.web.get("/cases")).status_code == 200
    key = await _signed_in_for(window, -1)
    answers = await asyncio.gather(*(window.web.get("/cases") for _ in range(4)))
    assert {each.status_code for each in answers} == {503}
    assert await window.store.find(key) is not None
    provider.down = False
    assert (await window.web.get("/cases")).status_code == 200


async def test_those_who_wait_try_a_provider_that_is_away_once(window: Played, provider: Provider) -> None:
    await _signed_in_for(window, 1)
    await window.web.get("/cases")
    provider.down = True
    await _signed_in_for(window, -1)
    before = len(window.asked("POST", "/token"))
    answers = await asyncio.gather(*(window.web.get("/cases") for _ in range(6)))
    assert {each.status_code for each in answers} == {503}
    assert len(window.asked("POST", "/token")) == before + 1


@pytest.mark.parametrize(
    "refusal",
    [
        told({"error": "invalid_client"}, 401),
        told({"error": "temporarily_unavailable"}, 400),
        told({"error": "slow_down"}, 429),
        httpx.Response(502, text="<html>"),
        httpx.Response(200, text="<html>"),
        told([]),
    ],
    ids=["client", "unavailable", "too-often", "proxy", "page", "list"],
)
async def test_only_a_refused_token_ends_a_session(
    window: Played, provider: Provider, refusal: httpx.Response
) -> None:  # fmt: skip
    provider.refusal = refusal
    key = await _signed_in_for(window, -1)
    assert (await window.web.get("/cases")).status_code == 503
    assert await window.store.find(key) is not None


async def test_refused_refresh_token_ends_the_session(window: Played, provider: Provider) -> None:
    provider.refusal = told({"error": "invalid_grant"}, 400)
    key = await _signed_in_for(window, -1)
    assert (await window.web.get("/cases")).status_code == 303
    assert await window.store.find(key) is None


async def test_request_that_looked_before_uses_no_refresh_token_twice(window: Played) -> None:
    """Its session is as it was before another request renewed the tokens: the old refresh token would end it."""
    key = await _signed_in_for(window, 1)
    before = await window.store.find(key)
    await window.web.get("/cases")
    assert before is not None
    service: Any = window.sign_in
    await service.fresh(before)
    assert before.data.tokens is not None
    assert before.data.tokens.access == "new"
    assert len(window.asked("POST", "/token")) == 1


async def test_sign_ins_begun_in_several_tabs_do_not_disturb_each_other(window: Played, provider: Provider) -> None:
    answers = await asyncio.gather(*(window.web.get("/sign-in/start") for _ in range(5)))
    assert [each.status_code for each in answers] == [303] * 5
    for each in answers:
        asked = httpx.URL(each.headers["location"]).params
        provider.nonce = asked["nonce"]
        assert (await window.web.get("/signed-in", params={"state": asked["state"], "code": "c"})).status_code == 303


async def test_sixth_sign_in_replaces_the_oldest(window: Played, provider: Provider) -> None:
    begun = [httpx.URL((await window.web.get("/sign-in/start")).headers["location"]).params for _ in range(7)]
    assert len([name for name in window.web.cookies if name.startswith("window-sign-in-")]) == 5
    for asked, status in ((begun[1], 400), (begun[2], 303), (begun[6], 303)):
        provider.nonce = asked["nonce"]
        back = await window.web.get("/signed-in", params={"state": asked["state"], "code": "c"})
        assert back.status_code == status


async def test_keys_that_changed_are_asked_for_again(window: Played, provider: Provider) -> None:
    """At once, and not after the minutes that a provider's metadata are kept."""
    assert (await _sign_in(window, provider)).status_code == 303
    provider.rotate()
    assert (await _sign_in(window, provider)).status_code == 303
    assert len(window.asked("GET", "/keys")) == 2


async def test_signing_in_keeps_the_id_token_for_signing_out(window: Played, provider: Provider) -> None:
    await _sign_in(window, provider)
    found = await window.store.find(window.web.cookies[COOKIE])
    assert found is not None
    assert found.data.tokens is not None
    assert jwt.decode(found.data.tokens.id_token, options={"verify_signature": False})["sub"] == "amina"


@pytest.mark.parametrize("error", ["x\n2026-11-30 INFO window all is well", "all is well", "a" * 70, "access_denied"])
async def test_error_in_an_address_is_a_word_of_the_log_or_none(
    window: Played, caplog: pytest.LogCaptureFixture, error: str
) -> None:
    begun = await window.web.get("/sign-in/start")
    state = httpx.URL(begun.headers["location"]).params["state"]
    with caplog.at_level(logging.WARNING, "window"):
        page = await window.web.get("/signed-in", params={"state": state, "error": error})
    assert page.status_code == 400
    told = [each.getMessage() for each in caplog.records if "sign-in failed" in each.getMessage()]
    assert told == [f"sign-in failed: {error if error == 'access_denied' else '?'}"]


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/.well-known/openid-configuration", httpx.Response(404, text="nothing")),
        ("/.well-known/openid-configuration", httpx.Response(200, text="<html>")),
        ("/.well-known/openid-configuration", told({"issuer": f"{HOST}/"})),
        ("/keys", told({"keys": []})),
        ("/keys", told([])),
    ],
    ids=["none", "page", "incomplete", "no-keys", "list"],
)
async def test_strange_provider_is_one_that_is_away(
    window: Played, provider: Provider, path: str, answer: httpx.Response
) -> None:
    """And leaves no session behind."""
    provider.strange[path] = answer
    found = await window.web.get("/sign-in/start")
    assert found.status_code == 503
    assert "cannot be reached" in found.text
    assert COOKIE not in window.web.cookies


async def test_token_of_a_few_seconds_is_renewed_once_a_request(window: Played, provider: Provider) -> None:
    provider.refusal = told({"access_token": "new", "refresh_token": "next", "expires_in": 10})
    await _signed_in_for(window, -1)
    assert (await window.web.get("/cases")).status_code == 200
    assert len(window.asked("POST", "/token")) == 1


@pytest.mark.parametrize("seconds", ["soon", None, -5, float("inf"), "1e400"])
async def test_strange_lifetime_of_a_token_is_a_short_one(
    window: Played, provider: Provider, seconds: Any
) -> None:  # fmt: skip
    body = json.dumps({"access_token": "new", "refresh_token": "next", "expires_in": seconds})
    provider.refusal = httpx.Response(200, content=body)
    key = await _signed_in_for(window, -1)
    assert (await window.web.get("/cases")).status_code == 200
    found = await window.store.find(key)
    assert found is not None
    assert found.data.tokens is not None
    assert 0 < found.data.tokens.access_expires - time.time() <= 60
