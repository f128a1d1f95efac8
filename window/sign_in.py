"""Signing in: OpenID Connect, the authorisation code flow with PKCE, done by the window and never by the browser.

Tokens stay in the session. The browser sees a `state` on the way out and a code, which is good once, on the way back.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import jwt

from window.api import ApiAway
from window.session.model import PendingSignIn, Session, SessionData, Tokens, owner_of
from window.session.store import Changed, SessionStore
from window.settings import SignIn, WindowSettings

CALLBACK: Final = "/signed-in"
_PENDING_SECONDS: Final = 900.0
_MOST_PENDING: Final = 5
_DISCOVERED_SECONDS: Final = 600.0
_REFRESH_BEFORE_SECONDS: Final = 30.0
_LEASE_SECONDS: Final = 20.0
_LOOK_SECONDS: Final = 0.05
_LEEWAY_SECONDS: Final = 30
_ALGORITHMS: Final = ("ES256", "ES384", "EdDSA", "PS256", "RS256")


class SignInFailed(Exception):
    """The provider said no, or its answer is not to our question. `code` is the OAuth error, or our own word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SignedOut(Exception):
    """The session is at its end: the tokens cannot be renewed."""


@dataclass(frozen=True, slots=True)
class _Provider:
    issuer: str
    metadata: Mapping[str, Any]
    keys: jwt.PyJWKSet
    found_at: float


class SignInService:
    def __init__(self, settings: WindowSettings, http: httpx.AsyncClient, store: SessionStore) -> None:
        """`http`: for the gateway's address and, with absolute ones, the providers."""
        self._settings, self._http, self._store = settings, http, store
        self._secrets = {
            role: each.client_secret.read() for role, each in settings.sign_in.items() if each.client_secret
        }
        self._providers: dict[str, _Provider] = {}

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(self._settings.sign_in)

    async def begin(self, session: Session, *, role: str, return_to: str, assurance: str, language: str) -> str:
        """Where to send the browser. The caller stores the session, which now holds what has to fit afterwards."""
        client = self._settings.sign_in[role]
        provider = await self._provider(client)
        verifier, state, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        now = time.time()
        pending = {key: each for key, each in session.data.pending.items() if now - each.begun_at < _PENDING_SECONDS}
        while len(pending) >= _MOST_PENDING:
            del pending[min(pending, key=lambda key: pending[key].begun_at)]
        pending[state] = PendingSignIn(role=role, verifier=verifier, nonce=nonce, return_to=return_to, begun_at=now)
        session.data.pending = pending
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": self._settings.origin + CALLBACK,
            "scope": " ".join(("openid", *client.scopes)),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "ui_locales": language,
        }
        if assurance:
            asked["acr_values"] = assurance
        address = provider.metadata["authorization_endpoint"]
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"

    async def finish(self, session: Session, answer: Mapping[str, str]) -> tuple[SessionData, str]:
        """Data of the session that begins now, and where she wanted to go. Raises `SignInFailed` and `ApiAway`."""
        pending = session.data.pending.get(answer.get("state", ""))
        if pending is None or time.time() - pending.begun_at > _PENDING_SECONDS:
            raise SignInFailed("state_unknown")
        client = self._settings.sign_in[pending.role]
        provider = await self._provider(client)
        named = answer.get("iss", "")
        if named != provider.issuer and (
            named or provider.metadata.get("authorization_response_iss_parameter_supported")
        ):
            raise SignInFailed("issuer_mismatch")  # RFC 9207: another provider's answer
        if "code" not in answer:
            raise SignInFailed(answer.get("error") or "no_code")
        form = {
            "grant_type": "authorization_code",
            "code": answer["code"],
            "redirect_uri": self._settings.origin + CALLBACK,
            "code_verifier": pending.verifier,
        }
        granted = await self._grant(pending.role, provider, form)
        claims = self._claims(provider, client.client_id, granted.get("id_token", ""), pending.nonce)
        arabic = [claims.get("given_name#ar") or "", claims.get("family_name#ar") or ""]
        data = SessionData(
            role=pending.role,
            issuer=provider.issuer,
            owner=owner_of(provider.issuer, claims["sub"]),
            name=str(claims.get("name") or ""),
            name_ar=" ".join(each for each in arabic if each),
            assurance=str(claims.get("acr") or ""),
            tokens=_tokens(granted),
            language=session.data.language,
            kept=session.data.kept,
        )
        return data, pending.return_to

    async def fresh(self, session: Session) -> None:
        """Make sure that the access token is good for a while. Of several requests at the same time, in whatever
        process, one renews it. Raises `SignedOut`."""
        deadline = time.monotonic() + _LEASE_SECONDS
        while True:
            tokens = session.data.tokens
            if tokens is None or tokens.access_expires - time.time() > _REFRESH_BEFORE_SECONDS:
                return
            if not tokens.refresh:
                if tokens.access_expires > time.time():
                    return
                raise SignedOut
            if await self._store.lease_refresh(session, _LEASE_SECONDS):
                await self._refresh(session, tokens)
                return
            await asyncio.sleep(_LOOK_SECONDS)
            found = await self._store.find(session.key)
            if found is None or time.monotonic() > deadline:
                raise SignedOut
            session.data, session.version = found.data, found.version

    async def provider_end(self, session: Session) -> str:
        """Where the provider ends its own session (RP-initiated logout), or empty."""
        client = self._settings.sign_in.get(session.data.role)
        if client is None:
            return ""
        try:
            address = (await self._provider(client)).metadata.get("end_session_endpoint", "")
        except (ApiAway, SignInFailed):
            return ""
        if not address:
            return ""
        asked = {"client_id": client.client_id, "post_logout_redirect_uri": f"{self._settings.origin}/signed-out"}
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"

    async def _refresh(self, session: Session, tokens: Tokens) -> None:
        role = session.data.role
        provider = await self._provider(self._settings.sign_in[role])
        try:
            granted = await self._grant(
                role, provider, {"grant_type": "refresh_token", "refresh_token": tokens.refresh}
            )
        except SignInFailed as error:
            raise SignedOut from error
        session.data.tokens = _tokens(granted, tokens)
        for _ in range(5):
            try:
                await self._store.save(session)
            except Changed:
                found = await self._store.find(session.key)
                if found is None:
                    raise SignedOut from None
                found.data.tokens = session.data.tokens
                session.data, session.version = found.data, found.version
            else:
                return

    async def _grant(self, role: str, provider: _Provider, form: dict[str, str]) -> dict[str, Any]:
        client_id = self._settings.sign_in[role].client_id
        secret = self._secrets.get(role)
        auth = httpx.BasicAuth(client_id, secret) if secret else None
        data = form if secret else {**form, "client_id": client_id}
        answer = await self._asked("POST", provider.metadata["token_endpoint"], data=data, auth=auth)
        try:
            body = answer.json()
        except ValueError:
            raise ApiAway("the identity provider answers with something else than JSON") from None
        if answer.status_code >= 500:
            raise ApiAway(f"the identity provider answers {answer.status_code}")
        if answer.status_code != 200 or "access_token" not in body:
            raise SignInFailed(str(body.get("error") or "refused"))
        granted: dict[str, Any] = body
        return granted

    def _claims(self, provider: _Provider, client_id: str, id_token: str, nonce: str) -> dict[str, Any]:
        """Of an ID token that is for us and answers this sign-in (OpenID Connect Core, 3.1.3.7)."""
        try:
            kid = jwt.get_unverified_header(id_token).get("kid")
            key = next(each for each in provider.keys.keys if kid is None or each.key_id == kid)
            claims: dict[str, Any] = jwt.decode(
                id_token,
                key.key,
                algorithms=list(_ALGORITHMS),
                audience=client_id,
                issuer=provider.issuer,
                leeway=_LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except (jwt.PyJWTError, StopIteration):
            self._providers.pop(provider.issuer, None)  # its keys may have changed
            raise SignInFailed("id_token_invalid") from None
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise SignInFailed("nonce_mismatch")
        return claims

    async def _provider(self, client: SignIn) -> _Provider:
        issuer = client.issuer.rstrip("/") or await self._named_by_gateway()
        known = self._providers.get(issuer)
        if known is not None and time.monotonic() - known.found_at < _DISCOVERED_SECONDS:
            return known
        metadata = (await self._asked("GET", f"{issuer}/.well-known/openid-configuration")).json()
        if metadata.get("issuer", "").rstrip("/") != issuer:
            raise SignInFailed("issuer_mismatch")
        keys = jwt.PyJWKSet.from_dict((await self._asked("GET", metadata["jwks_uri"])).json())
        provider = _Provider(metadata["issuer"], metadata, keys, time.monotonic())
        self._providers[issuer] = provider
        return provider

    async def _named_by_gateway(self) -> str:
        answer = await self._asked("GET", "/.well-known/oauth-protected-resource")
        return str(answer.json()["authorization_servers"][0]).rstrip("/")

    async def _asked(self, method: str, url: str, **request: Any) -> httpx.Response:
        try:
            return await self._http.request(method, url, **request)
        except httpx.HTTPError as error:
            raise ApiAway(f"{method} {url}: {type(error).__name__}") from error


def _tokens(granted: Mapping[str, Any], before: Tokens | None = None) -> Tokens:
    return Tokens(
        access=str(granted["access_token"]),
        access_expires=time.time() + float(granted.get("expires_in") or 60),
        refresh=str(granted.get("refresh_token") or (before.refresh if before else "")),
    )


def local_path(wanted: str, default: str = "/") -> str:
    """`wanted` if it is a path of the window: no address of another host gets through, in no spelling of browsers."""
    good = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isascii() and wanted.isprintable()
    return (
        wanted if good and "\\" not in wanted and len(wanted) <= 2000 and not wanted.startswith(CALLBACK) else default
    )
