"""What the sandbox's identity provider gives to a client that speaks OpenID Connect, and what the window believes."""

from __future__ import annotations

from typing import Any

import httpx
import jwt
import pytest

from gateway.sandbox.issuer import s256
from tests.acceptance.conftest import AMINA
from tests.acceptance.shared import IN_ONE_LOOP, shared_world
from tests.window.served_window import Window, shared_window
from window.identity_provider import IdentityProviders, SignInFailed
from window.session.model import PendingSignIn
from window.sign_in import SignInService

pytestmark = IN_ONE_LOOP
world = shared_world()
window = shared_window()

BACK = "http://127.0.0.1:9/signed-in"
VERIFIER = "v" * 43


async def _granted(world: Any, scope: str = "openid", nonce: str = "n1") -> dict[str, Any]:
    asked = {
        "response_type": "code", "client_id": "demo-window", "redirect_uri": BACK, "scope": scope, "state": "s",
        "nonce": nonce, "code_challenge": s256(VERIFIER), "code_challenge_method": "S256",
    }  # fmt: skip
    chosen = await world.web.post(f"{world.sandbox_url}/idp/authorize", data={**asked, "cnie": AMINA})
    code = httpx.URL(chosen.headers["location"]).params["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    answer = await world.web.post(f"{world.sandbox_url}/idp/token", data={**form, "client_id": "demo-window"})
    granted: dict[str, Any] = answer.json()
    return granted


async def _refresh(world: Any, token: str, client: str = "demo-window") -> httpx.Response:
    form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": client}
    answer: httpx.Response = await world.web.post(f"{world.sandbox_url}/idp/token", data=form)
    return answer


async def test_id_token_is_for_the_client_and_answers_its_nonce(world: Any) -> None:
    claims = jwt.decode((await _granted(world))["id_token"], options={"verify_signature": False})
    assert (claims["aud"], claims["nonce"], claims["name"]) == ("demo-window", "n1", "Amina El Fassi")


async def test_who_asks_for_no_id_token_gets_none(world: Any) -> None:
    granted = await _granted(world, scope="cases:read")
    assert "id_token" not in granted
    assert "refresh_token" not in granted


async def test_refresh_token_is_good_once(world: Any) -> None:
    first = await _granted(world)
    second = await _refresh(world, first["refresh_token"])
    assert second.status_code == 200
    assert (await _refresh(world, first["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await _refresh(world, second.json()["refresh_token"], "demo-frontend")).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("damage", ["nonce", "audience", "signature", "none"])
async def test_id_token_that_is_not_for_this_sign_in_is_refused(window: Window, world: Any, damage: str) -> None:
    """The nonce of another sign-in, another client's token, a signature that does not fit, none at all."""
    token = (await _granted(world))["id_token"]
    if damage == "signature":
        head, body, signature = token.split(".")
        token = f"{head}.{body}.{'A' * 8}{signature[8:]}"
    if damage == "none":
        claims = jwt.decode(token, options={"verify_signature": False})
        token = jwt.encode(claims, "", algorithm="none")
    async with httpx.AsyncClient(base_url=world.url, trust_env=False) as http:
        service = SignInService(window.settings, IdentityProviders(window.settings, http), None)  # type: ignore[arg-type]
        provider = await service._providers.of(window.settings.sign_in["person"])
        nonce, client = ("other" if damage == "nonce" else "n1"), ("x" if damage == "audience" else "demo-window")
        with pytest.raises(SignInFailed):
            service._claims(provider, client, token, nonce)


async def test_answer_of_another_issuer_is_refused(window: Window, world: Any) -> None:
    """The mix-up attack (RFC 9207)."""
    pending = PendingSignIn(role="person", verifier="v", nonce="n", return_to="/", begun_at=2**40)
    async with httpx.AsyncClient(base_url=world.url, trust_env=False) as http:
        service = SignInService(window.settings, IdentityProviders(window.settings, http), None)  # type: ignore[arg-type]
        for named in ({"iss": "https://evil.example"}, {}):
            with pytest.raises(SignInFailed, match="issuer_mismatch"):
                await service.finish(pending, {"state": "s", "code": "c", **named})
