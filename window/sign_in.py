"""Signing in: OpenID Connect, the authorisation code flow with PKCE, done by the window and never by the browser.

Tokens stay in the session. The browser sees a `state` on the way out and a code, which is good once, on the way back.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import jwt

from window.addresses import LONGEST
from window.api import ApiAway
from window.identity_provider import IdentityProviders, Provider, SignInFailed
from window.session.model import PendingSignIn, Session, SessionData, Tokens, owner_of
from window.session.sign_ins import SECONDS
from window.session.store import SessionStore
from window.settings import WindowSettings

CALLBACK: Final = "/signed-in"
_REFRESH_BEFORE_SECONDS: Final = 30.0
_STILL_GOOD_SECONDS: Final = 5.0
"""An access token that ends no sooner is used while another request renews it, or the provider is away."""
_AWAY_SECONDS: Final = 3.0
"""How long a provider that did not answer is left alone: those who wait do not try one after the other."""
_CALLS: Final = 4
"""Of a provider, for renewing tokens: where it is named, its metadata, its keys, the tokens."""
_SIGN_OUT_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 0.05
_DEFAULT_SECONDS: Final = 60.0
_FAR_SECONDS: Final = 1e9
_CODE: Final = re.compile(r"[a-z_]{1,60}")
_LOG: Final = logging.getLogger("window")


class SignedOut(Exception):
    """The session is at its end: the tokens cannot be renewed."""


@dataclass(frozen=True, slots=True)
class ProviderSignOut:
    """A form that ends the session at the identity provider (OpenID Connect RP-Initiated Logout 1.0, section 2).
    Posted, so that the ID token is in no address."""

    address: str
    fields: Mapping[str, str]


class SignInService:
    def __init__(self, settings: WindowSettings, providers: IdentityProviders, store: SessionStore) -> None:
        self._settings, self._store = settings, store
        self._providers = providers
        self._away_until: dict[str, float] = {}
        self._lease_seconds = _CALLS * settings.gateway.timeout_seconds + 1.0

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(self._settings.sign_in)

    async def begin(
        self, *, role: str, return_to: str, assurance: str, language: str
    ) -> tuple[str, str, PendingSignIn]:  # fmt: skip
        """Where to send the browser, and the state with which it comes back, under which it has to keep what has to fit
        then. Raises `ApiAway`."""
        client = self._settings.sign_in[role]
        provider = await self._providers.of(client)
        verifier, state, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        pending = PendingSignIn(role=role, verifier=verifier, nonce=nonce, return_to=return_to, begun_at=time.time())
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
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}", state, pending

    async def finish(self, pending: PendingSignIn | None, answer: Mapping[str, str]) -> SessionData:
        """Data of the session that begins now. `pending`: what this browser began with the state of the answer.
        Raises `SignInFailed` and `ApiAway`."""
        if pending is None or time.time() - pending.begun_at > SECONDS:
            raise SignInFailed("state_unknown")
        client = self._settings.sign_in[pending.role]
        provider = await self._providers.of(client)
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
        granted = await self._providers.grant(pending.role, provider, form)
        id_token = str(granted.get("id_token") or "")
        if provider.lacks_key(id_token):
            provider = await self._providers.of(client, anew=True)  # its keys have changed
        claims = self._claims(provider, client.client_id, id_token, pending.nonce)
        arabic = [claims.get("given_name#ar") or "", claims.get("family_name#ar") or ""]
        return SessionData(
            role=pending.role,
            issuer=provider.issuer,
            client_id=client.client_id,
            provider_session=str(claims.get("sid") or ""),
            owner=owner_of(provider.issuer, claims["sub"]),
            name=str(claims.get("name") or ""),
            name_ar=" ".join(each for each in arabic if each),
            assurance=str(claims.get("acr") or ""),
            tokens=_tokens(granted),
            sign_in_begun_at=pending.begun_at,
        )

    async def fresh(self, session: Session) -> None:
        """Make sure that the access token is good for a while. Of several requests at the same time, in whatever
        process, one renews it. Raises `SignedOut` where the provider says so, `ApiAway` while it says nothing."""
        deadline = time.monotonic() + self._lease_seconds
        while True:
            tokens = session.data.tokens
            left = tokens.access_expires - time.time() if tokens is not None else _REFRESH_BEFORE_SECONDS + 1
            if tokens is None or left > _REFRESH_BEFORE_SECONDS:
                return
            if not tokens.refresh:
                if left > 0:
                    return
                raise SignedOut
            if await self._store.lease_refresh(session, self._lease_seconds):
                try:
                    renewed = await self._refresh(session, tokens)
                except ApiAway:
                    if left <= _STILL_GOOD_SECONDS:
                        raise
                    return
                finally:
                    await self._store.end_lease(session)
                if renewed:
                    return
                continue
            if left > _STILL_GOOD_SECONDS:
                return
            if time.monotonic() > deadline:
                raise ApiAway("another request does not come to an end with renewing the tokens")
            await asyncio.sleep(_LOOK_SECONDS)
            session.data = await self._present(session)

    async def sign_out(self, role: str, tokens: Tokens | None) -> ProviderSignOut | None:
        """Makes the refresh token worth nothing (RFC 7009), and gives the form that ends the provider's own session;
        None if it cannot be asked to. `tokens`: None for a session that had ended already. Waits for no provider that
        is away."""
        client = self._settings.sign_in.get(role)
        if client is None:
            return None
        provider = self._providers.known(client)
        try:
            async with asyncio.timeout(_SIGN_OUT_SECONDS):
                provider = await self._providers.of(client)
                if (address := provider.metadata.get("revocation_endpoint")) and tokens is not None and tokens.refresh:
                    form = {"token": tokens.refresh, "token_type_hint": "refresh_token"}
                    await self._providers.as_client(role, address, form)
        except (ApiAway, SignInFailed, TimeoutError) as error:
            _LOG.warning("signing out at the identity provider: %s", type(error).__name__)
        if provider is None or not (address := provider.metadata.get("end_session_endpoint")):
            return None
        fields = {"client_id": client.client_id, "post_logout_redirect_uri": f"{self._settings.origin}/signed-out"}
        if tokens is not None and tokens.id_token:
            fields = {"id_token_hint": tokens.id_token, **fields}
        return ProviderSignOut(str(address), fields)

    async def _present(self, session: Session) -> SessionData:
        found = await self._store.find(session.key, used=False)
        if found is None:
            raise SignedOut
        return found.data

    async def _refresh(self, session: Session, tokens: Tokens) -> bool:
        """With the lease. False if another request has used the refresh token meanwhile, which is good once: `session`
        then has what that one got."""
        session.data = await self._present(session)
        if session.data.tokens is None or session.data.tokens.refresh != tokens.refresh:
            return False
        role = session.data.role
        if role not in self._settings.sign_in:
            raise SignedOut
        if time.monotonic() < self._away_until.get(role, 0.0):
            raise ApiAway("the identity provider was away a moment ago")
        form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh}
        try:
            granted = await self._providers.grant(role, await self._providers.of(self._settings.sign_in[role]), form)
        except ApiAway:
            self._away_until[role] = time.monotonic() + _AWAY_SECONDS
            raise
        except SignInFailed as error:
            if error.code != "invalid_grant":  # the provider's trouble, or ours with it: not hers
                raise ApiAway(f"the identity provider renews no tokens: {word(error.code)}") from error
            raise SignedOut from error
        renewed = _tokens(granted, tokens)
        found = await self._store.change(session.key, lambda data: setattr(data, "tokens", renewed))
        if found is None:
            raise SignedOut
        session.data = found.data
        return True

    def _claims(self, provider: Provider, client_id: str, id_token: str, nonce: str) -> dict[str, Any]:
        """Of an ID token that is for us and answers this sign-in (OpenID Connect Core, 3.1.3.7)."""
        try:
            claims = provider.claims(id_token, client_id, "sub")
        except jwt.PyJWTError:
            raise SignInFailed("id_token_invalid") from None
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise SignInFailed("nonce_mismatch")
        return claims


def word(code: str) -> str:
    """An error code of OAuth as it may stand in a log; what is none, and may stand in any address, is `?`."""
    return code if _CODE.fullmatch(code) else "?"


def _tokens(granted: Mapping[str, Any], before: Tokens | None = None) -> Tokens:
    told = granted.get("expires_in")
    seconds = float(told) if isinstance(told, int | float) and 0 < told < _FAR_SECONDS else _DEFAULT_SECONDS
    return Tokens(
        access=str(granted["access_token"]),
        access_expires=time.time() + seconds,
        refresh=str(granted.get("refresh_token") or (before.refresh if before else "")),
        id_token=str(granted.get("id_token") or (before.id_token if before else "")),
    )


def local_path(wanted: str) -> str:
    """`wanted` if it is a path of the window, else `/`. No address of another host gets through, in no spelling of
    browsers."""
    path = wanted.partition("?")[0].partition("#")[0]
    good = path.startswith("/") and not any(each in f"{path}/" for each in ("//", "/./", "/../"))
    plain = wanted.isascii() and wanted.isprintable() and "\\" not in wanted
    return wanted if good and plain and len(wanted) <= LONGEST and not wanted.startswith(CALLBACK) else "/"
