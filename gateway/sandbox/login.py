"""Log in at the sandbox identity provider without a browser: the real flows, over HTTP."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec

from gateway.sandbox.issuer import s256
from gateway.secret import Secret

REDIRECT_URI = "http://127.0.0.1:8499/callback"
"""Nothing listens there: the code is read from the redirect itself."""


class LoginError(Exception):
    """The provider said no, or is not there. The message says what to do."""


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of the token endpoint."""

    access_token: str
    expires_in: int
    scope: str
    token_type: str

    def __repr__(self) -> str:
        return f"Token(scope={self.scope!r}, expires_in={self.expires_in})"


class SandboxLogin:
    """A client of the provider at `issuer`, for example `http://127.0.0.1:8401/idp`."""

    def __init__(self, issuer: str, http: httpx.AsyncClient) -> None:
        self._issuer, self._http = issuer.rstrip("/"), http

    async def citizen(
        self,
        cnie: str,
        *,
        client_id: str = "demo-frontend",
        scopes: Iterable[str] = (),
        acr: str = "substantial",
    ) -> Token:
        """Authorisation code with PKCE, as a frontend does it for a person. No scopes: all that the client may have.

        An agent logs in to an agents' client the same way; `cnie` is then the name the agent logs in by.
        """
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
        demand = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": REDIRECT_URI,
            "scope": " ".join(scopes),
            "state": state,
            "code_challenge": s256(verifier),
            "code_challenge_method": "S256",
            "acr_values": acr,
        }
        endpoints = await self._discover()
        await self._checked("GET", endpoints["authorization_endpoint"], params=demand)
        chosen = await self._checked("POST", endpoints["authorization_endpoint"], data={**demand, "cnie": cnie})
        if chosen.status_code != 303:
            raise LoginError("the provider did not accept this person")
        answer = {name: values[0] for name, values in parse_qs(urlsplit(chosen.headers["location"]).query).items()}
        if answer.get("state") != state or answer.get("iss") != endpoints["issuer"]:
            raise LoginError("the answer is not to our question: state or iss differ")
        if "code" not in answer:
            raise LoginError(answer.get("error_description") or answer.get("error", "no code"))
        form = {
            "grant_type": "authorization_code",
            "client_id": client_id,
            "code": answer["code"],
            "redirect_uri": REDIRECT_URI,
            "code_verifier": verifier,
        }
        return await self._token(endpoints, data=form)

    async def machine(self, client_id: str, secret: Secret, *, scopes: Iterable[str] = ()) -> Token:
        """Client credentials."""
        form = {"grant_type": "client_credentials", "scope": " ".join(scopes)}
        endpoints = await self._discover()
        return await self._token(endpoints, data=form, auth=(client_id, secret.reveal()))

    async def _discover(self) -> dict[str, Any]:
        found = await self._checked("GET", f"{self._issuer}/.well-known/openid-configuration")
        endpoints: dict[str, Any] = found.json()
        return endpoints

    async def _token(self, endpoints: dict[str, Any], **request: Any) -> Token:
        response = await self._checked("POST", endpoints["token_endpoint"], **request)
        return msgspec.json.decode(response.content, type=Token)

    async def _checked(self, method: str, url: str, **request: Any) -> httpx.Response:
        try:
            response = await self._http.request(method, url, follow_redirects=False, **request)
        except httpx.HTTPError as error:
            raise LoginError(f"no sandbox identity provider at {self._issuer}: start `mre-gateway sandbox`") from error
        if response.status_code < 400:
            return response
        try:
            body = response.json()
            reason = body.get("error_description") or body.get("detail") or body["error"]
        except (ValueError, KeyError, AttributeError):
            reason = f"status {response.status_code}"
        raise LoginError(f"the identity provider refused: {reason}")
