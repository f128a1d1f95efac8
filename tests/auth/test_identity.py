from __future__ import annotations

import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest

from gateway.auth.errors import AuthError
from gateway.auth.tokens import Verifier
from gateway.sandbox import host
from gateway.sandbox.context import Store
from gateway.sandbox.identity import identity
from gateway.sandbox.issuer import s256
from gateway.sandbox.login import REDIRECT_URI, LoginError, SandboxLogin
from gateway.sandbox.serve import running
from gateway.secret import Secret
from gateway.settings import Auth, load

from .conftest import believed

GATEWAY = "https://gateway.example"
VERIFIER = "v" * 43


@dataclass
class Provider:
    url: str
    http: httpx.AsyncClient
    folder: Path
    restart: Any

    @property
    def login(self) -> SandboxLogin:
        return SandboxLogin(self.url, self.http)

    def secret(self, client: str) -> Secret:
        return Secret((self.folder / "secrets" / f"idp.{client}").read_text())

    def demand(self, **over: str) -> dict[str, str]:
        good = {
            "response_type": "code",
            "client_id": "demo-frontend",
            "redirect_uri": REDIRECT_URI,
            "scope": "cases:read",
            "state": "st&te=1",
            "code_challenge": s256(VERIFIER),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (good | over).items() if value != "-"}

    async def choose(self, cnie: str = "AB123456", **over: str) -> httpx.Response:
        return await self.http.post(f"{self.url}/authorize", data=self.demand(**over) | {"cnie": cnie})

    async def code(self, **over: str) -> str:
        return query(await self.choose(**over))["code"]

    async def redeem(self, code: str, **over: str) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "client_id": "demo-frontend",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
        }
        return await self.http.post(f"{self.url}/token", data=form | over)


def query(response: httpx.Response) -> dict[str, str]:
    assert response.status_code == 303, response.text
    assert response.headers["location"].startswith(f"{REDIRECT_URI}?")
    return {name: value for name, (value,) in parse_qs(urlsplit(response.headers["location"]).query).items()}


class Swappable:
    app: Any

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await self.app(scope, receive, send)


@pytest.fixture
async def provider(tmp_path, clients):
    socket = Swappable()
    async with running(socket) as url, httpx.AsyncClient(trust_env=False, verify=False) as http:

        def restart() -> None:
            store = Store(tmp_path / "sandbox.sqlite")
            socket.app = identity(
                base_url=url, audience=GATEWAY, store=store, clients=clients, key_dir=tmp_path / "keys" / "idp"
            )

        restart()
        yield Provider(url, http, tmp_path, restart)


@pytest.fixture
async def believer(provider, ring, clients):
    """Finds the provider's keys by discovery, and asks again without delay."""
    settings = Auth(
        issuers=(believed(provider.url, name="sandbox", jwks_url="", audience=GATEWAY),), jwks_min_refresh_seconds=1e-9
    )
    async with Verifier(settings, ring=ring, clients=clients) as verifier:
        yield verifier


async def test_a_citizen_logs_in_and_the_gateway_believes_her(provider, believer):
    token = await provider.login.citizen("ab 123456", acr="high")
    principal = await believer.verify(token.access_token)
    assert (principal.kind, principal.client_id, principal.acr) == ("citizen", "demo-frontend", "high")
    assert principal.scopes == {"cases:read", "cases:write", "tracking:read"}
    assert (principal.claims.name, principal.claims.email) == ("Amina El Fassi", "amina@example.org")
    assert principal.claims.phone == "+33612345678"
    assert token.expires_in == 600


async def test_an_unknown_number_is_always_the_same_invented_person(provider, believer):
    first, second = [await believer.verify((await provider.login.citizen("X9999")).access_token) for _ in range(2)]
    assert first.subject == second.subject
    assert first.claims == second.claims


@pytest.mark.parametrize(
    ("client", "kind"), [("demo-app", "app"), ("demo-auditor", "auditor"), ("demo-operator", "operator")]
)
async def test_a_machine_gets_a_token_for_its_secret(provider, believer, client, kind):
    token = await provider.login.machine(client, provider.secret(client))
    principal = await believer.verify(token.access_token)
    assert (principal.kind, principal.client_id, principal.subject) == (kind, client, client)


async def test_tokens_have_the_shape_of_rfc_9068(provider):
    token = (await provider.login.citizen("AB123456", scopes=["cases:read"])).access_token
    header, claims = jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})
    assert (header["typ"], header["alg"]) == ("at+jwt", "ES256")
    assert {"iss", "exp", "aud", "sub", "client_id", "iat", "jti", "scope", "acr"} <= claims.keys()
    assert (claims["aud"], claims["scope"]) == (GATEWAY, "cases:read")
    assert "AB123456" not in claims["sub"]


async def test_a_narrower_scope_may_be_asked_a_wider_one_not(provider):
    secret = provider.secret("demo-app")
    assert (await provider.login.machine("demo-app", secret, scopes=["tracking:read"])).scope == "tracking:read"
    with pytest.raises(LoginError, match="may ask for"):
        await provider.login.machine("demo-app", secret, scopes=["audit:bodies"])


async def test_a_wrong_secret_is_an_invalid_client(provider):
    form = {"grant_type": "client_credentials", "client_id": "demo-app", "client_secret": "wrong"}
    response = await provider.http.post(f"{provider.url}/token", data=form)
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    assert response.headers["www-authenticate"] == "Basic"


async def test_the_secret_may_come_in_the_form_too(provider):
    form = {
        "grant_type": "client_credentials",
        "client_id": "demo-app",
        "client_secret": provider.secret("demo-app").reveal(),
    }
    response = await provider.http.post(f"{provider.url}/token", data=form)
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")


async def test_secrets_and_keys_belong_to_their_owner_alone(provider):
    for path in [*(provider.folder / "secrets").iterdir(), *(provider.folder / "keys" / "idp").iterdir()]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_code_works_once(provider):
    code = await provider.code()
    assert (await provider.redeem(code)).status_code == 200
    again = await provider.redeem(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "over",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": ""},
        {"code_verifier": s256(VERIFIER)},
        {"redirect_uri": "http://127.0.0.1:1/callback"},
        {"code": "guessed"},
    ],
)
async def test_a_code_is_bound_to_its_verifier_and_address_and_lost_when_tried(provider, over):
    code = await provider.code()
    response = await provider.redeem(**({"code": code} | over))
    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")
    if "code" not in over:
        assert (await provider.redeem(code)).status_code == 400


async def test_a_code_is_too_old_after_a_minute(provider, monkeypatch):
    code, now = await provider.code(), time.time()
    monkeypatch.setattr("gateway.sandbox.issuer.time.time", lambda: now + 61)
    assert (await provider.redeem(code)).json()["error"] == "invalid_grant"


async def test_a_code_survives_a_restart(provider):
    code = await provider.code()
    provider.restart()
    assert (await provider.redeem(code)).status_code == 200


async def test_a_restart_keeps_the_keys(provider, believer):
    token = await provider.login.citizen("AB123456")
    provider.restart()
    assert (await believer.verify(token.access_token)).kind == "citizen"
    assert len((await provider.http.get(f"{provider.url}/jwks.json")).json()["keys"]) == 1


async def test_state_and_issuer_come_back_with_the_code(provider):
    answer = query(await provider.choose())
    assert (answer["state"], answer["iss"]) == ("st&te=1", provider.url)


@pytest.mark.parametrize(
    ("over", "error"),
    [
        ({"code_challenge": "-"}, "invalid_request"),
        ({"code_challenge_method": "-"}, "invalid_request"),
        ({"code_challenge_method": "plain", "code_challenge": VERIFIER}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "audit:bodies"}, "invalid_scope"),
        ({"deny": "1"}, "access_denied"),
    ],
)
async def test_a_wrong_demand_goes_back_to_the_client(provider, over, error):
    answer = query(await provider.choose(**over))
    assert (answer["error"], answer["state"]) == (error, "st&te=1")
    assert "code" not in answer


@pytest.mark.parametrize(
    "over",
    [
        {"client_id": "stranger"},
        {"client_id": "demo-app"},
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": "http://127.0.0.1.evil.example/callback"},
        {"redirect_uri": "-"},
    ],
)
async def test_a_browser_is_never_sent_to_an_address_that_is_not_registered(provider, over):
    response = await provider.choose(**over)
    assert response.status_code == 400
    assert "location" not in response.headers


async def test_a_parameter_sent_twice_is_refused(provider):
    twice = [*provider.demand().items(), ("state", "other")]
    assert (await provider.http.get(f"{provider.url}/authorize", params=twice)).status_code == 400


@pytest.mark.parametrize(
    ("lang", "direction", "word"), [("ar", "rtl", "من أنت"), ("fr", "ltr", "Qui"), ("en", "ltr", "Who")]
)
async def test_the_login_page_speaks_three_languages(provider, lang, direction, word):
    response = await provider.http.get(
        f"{provider.url}/authorize", params=provider.demand(), headers={"accept-language": f"de, {lang}-MA;q=0.8"}
    )
    assert f'<html lang="{lang}" dir="{direction}">' in response.text
    assert word in response.text
    assert 'value="AB123456"' in response.text


async def test_the_page_carries_the_demand_without_letting_it_out(provider):
    response = await provider.http.get(
        f"{provider.url}/authorize", params=provider.demand(state='"><script>alert(1)</script>')
    )
    assert "<script>" not in response.text
    assert "default-src 'none'" in response.headers["content-security-policy"]


async def test_what_is_not_a_cnie_is_asked_again(provider):
    response = await provider.choose(cnie="nobody")
    assert response.status_code == 400
    assert 'role="alert"' in response.text
    with pytest.raises(LoginError):
        await provider.login.citizen("nobody")


async def test_after_a_rotation_new_and_old_tokens_are_believed_until_the_next_one(provider, believer):
    old = await provider.login.citizen("AB123456")
    await provider.http.post(f"{provider.url}/_rotate")
    new = await provider.login.citizen("AB123456")
    kids = {jwt.get_unverified_header(token.access_token)["kid"] for token in (old, new)}
    assert len(kids) == 2
    assert (await believer.verify(old.access_token)).kind == "citizen"
    assert (await believer.verify(new.access_token)).kind == "citizen"
    late = (await provider.login.citizen("AB123456")).access_token
    await provider.http.post(f"{provider.url}/_rotate")
    await provider.http.post(f"{provider.url}/_rotate")
    await believer.verify((await provider.login.citizen("AB123456")).access_token)
    with pytest.raises(AuthError) as caught:
        await believer.verify(late)
    assert caught.value.code == "token_unknown_key"


async def test_nobody_at_home_is_said_with_the_remedy():
    async with httpx.AsyncClient(trust_env=False, verify=False) as http:
        with pytest.raises(LoginError, match="mre-gateway sandbox"):
            await SandboxLogin("http://127.0.0.1:1/idp", http).citizen("AB123456")


async def test_the_provider_works_below_the_sandbox_host_and_only_in_the_demo(tmp_path, ring, clients):
    socket = Swappable()
    async with running(socket) as url, httpx.AsyncClient(trust_env=False, verify=False) as http:
        plugins = {"enabled": []}
        socket.app = host.build(load(state_dir=tmp_path, profile="demo", plugins=plugins), url=url)
        settings = Auth(
            issuers=(believed(f"{url}/idp", name="sandbox", jwks_url="", audience="http://127.0.0.1:8400"),)
        )
        async with Verifier(settings, ring=ring, clients=clients) as verifier:
            token = await SandboxLogin(f"{url}/idp", http).citizen("BK654321")
            assert (await verifier.verify(token.access_token)).claims.name == "Youssef Benali"
        socket.app = host.build(load(state_dir=tmp_path, profile="embedded", plugins=plugins), url=url)
        assert (await http.get(f"{url}/idp/jwks.json")).status_code == 404
