"""What an identity provider says when it ends a session of its own: OpenID Connect Back-Channel Logout 1.0.

The provider itself posts a signed logout token; no browser is involved, and so neither cookie nor form token.
"""

from __future__ import annotations

import time
from typing import Any, Final

import jwt

from window.api import ApiAway
from window.identity_provider import IdentityProviders, Provider, SignInFailed
from window.session.store import ProviderLogout, SessionStore, UsedBefore
from window.settings import WindowSettings

PATH: Final = "/backchannel-logout"
_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
_TYPES: Final = ("logout+jwt", "application/logout+jwt", "jwt")
"""The first since 2022; a token without a type, or with the last, is of an older provider (section 2.4)."""
_LONGEST_SECONDS: Final = 3600.0
"""Used tokens are remembered until they expire: one that says it lives for years is refused."""
_REMEMBERED_SECONDS: Final = 60.0
"""After it has expired: more than the difference of the clocks that is allowed for."""
_KEYS_SECONDS: Final = 5.0
"""Anybody can post a token with a key that nobody knows: the provider is asked for new keys so often at most."""
_LONGEST_TEXT: Final = 255


class LogoutRefused(Exception):
    """`code` is an error of OAuth 2.0 (section 2.8); the text says what is wrong with the token, and nothing of it."""

    def __init__(self, text: str, code: str = "invalid_request") -> None:
        super().__init__(text)
        self.code = code


class ProviderLogoutService:
    def __init__(self, settings: WindowSettings, providers: IdentityProviders, store: SessionStore) -> None:
        self._settings, self._providers, self._store = settings, providers, store
        self._asked_at: dict[str, float] = {}

    async def end(self, logout_token: str) -> None:
        """Ends what the token names, in all processes. Raises `LogoutRefused`."""
        try:
            found = await self._verified(logout_token)
        except (ApiAway, SignInFailed):
            raise LogoutRefused("the keys of the provider cannot be had", "temporarily_unavailable") from None
        except (jwt.PyJWTError, OverflowError) as error:
            raise LogoutRefused(f"the token is not valid: {type(error).__name__}") from None
        try:
            await self._store.end_at_provider(found)
        except UsedBefore:
            raise LogoutRefused("the token was used before") from None

    async def _verified(self, token: str) -> ProviderLogout:
        """Section 2.6. Whom it claims to be from and for decides only which of our own settings it is held against."""
        kind = jwt.get_unverified_header(token).get("typ", "jwt")
        if not isinstance(kind, str) or kind.lower() not in _TYPES:
            raise LogoutRefused("the token is of another type")
        claimed = jwt.decode(token, options={"verify_signature": False})
        named = claimed.get("aud")
        for_whom = named if isinstance(named, list) else [named]
        for client_id in dict.fromkeys(each.client_id for each in self._settings.sign_in.values()):
            if client_id not in for_whom:
                continue
            provider = await self._provider(client_id, claimed.get("iss"), token)
            if provider is not None:
                return _checked(provider.claims(token, client_id, "jti"), client_id)
        raise LogoutRefused("the token is of no provider, or for no client, of this window")

    async def _provider(self, client_id: str, issuer: Any, token: str) -> Provider | None:
        for client in self._settings.sign_in.values():
            if client.client_id != client_id:
                continue
            provider = await self._providers.of(client)
            if provider.issuer != issuer:
                continue
            if provider.lacks_key(token) and self._may_ask(provider.issuer):
                provider = await self._providers.of(client, anew=True)
            return provider
        return None

    def _may_ask(self, issuer: str) -> bool:
        now, last = time.monotonic(), self._asked_at.get(issuer)
        if last is not None and now - last < _KEYS_SECONDS:
            return False
        self._asked_at[issuer] = now
        return True


def _checked(claims: dict[str, Any], client_id: str) -> ProviderLogout:
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(_EVENT), dict):
        raise LogoutRefused("events does not say that it is a logout")
    if "nonce" in claims:
        raise LogoutRefused("nonce: it is an ID token")
    subject, sid, token_id = (claims.get(name, "") for name in ("sub", "sid", "jti"))
    if not all(isinstance(each, str) and len(each) <= _LONGEST_TEXT for each in (subject, sid, token_id)):
        raise LogoutRefused("sub, sid and jti are texts")
    if not token_id or not (subject or sid):
        raise LogoutRefused("jti, and one of sub and sid, are needed")
    if claims["exp"] - time.time() > _LONGEST_SECONDS:
        raise LogoutRefused("exp is too far away")
    return ProviderLogout(
        issuer=claims["iss"],
        client_id=client_id,
        subject=subject,
        sid=sid,
        token_id=token_id,
        expires_at=claims["exp"] + _REMEMBERED_SECONDS,
    )
