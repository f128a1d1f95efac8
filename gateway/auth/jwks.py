"""An issuer's public keys: found by RFC 8414 or OpenID Connect discovery, cached, robust to its absence."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import httpx
import jwt
import msgspec

from gateway.auth.errors import AuthError
from gateway.settings import Auth, Issuer

_MIN_RSA_BITS: Final = 2048

T = TypeVar("T")


class _Metadata(msgspec.Struct):
    issuer: str
    jwks_uri: str


class _KeySet(msgspec.Struct):
    keys: list[dict[str, Any]]


class _FetchError(Exception):
    """The issuer did not give usable keys; the text says why, without anything it sent."""


class IssuerKeys:
    """The keys of one issuer. Callers that wait for the same fetch share it, and one that gives up does not end it.

    After a failed fetch the old keys stay good for `jwks_stale_seconds`. Nothing an outsider sends can make us ask the
    issuer more often than every `jwks_min_refresh_seconds`.
    """

    def __init__(
        self, issuer: Issuer, settings: Auth, http: httpx.AsyncClient, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.issuer = issuer
        self._settings, self._http, self._clock = settings, http, clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched = float("-inf")
        self._asked = float("-inf")
        self._jwks_url = issuer.jwks_url
        self._flight: asyncio.Task[None] | None = None
        self.failure = ""
        """Why the last fetch failed, for `doctor` and the readiness check; empty if it did not."""

    async def get(self, kid: str) -> jwt.PyJWK:
        """The key, or `AuthError`: `token_unknown_key`, or `issuer_unavailable` if that cannot be known now."""
        if kid not in self._keys or self._age() >= self._settings.jwks_cache_seconds:
            await self._refresh()
        if self._age() >= self._settings.jwks_stale_seconds:
            self._keys = {}
        key = self._keys.get(kid)
        if key is not None:
            return key
        if self.failure:
            wait = max(1.0, self._asked + self._settings.jwks_min_refresh_seconds - self._clock())
            raise AuthError("issuer_unavailable", "the token's issuer does not give its keys now", retry_after=wait)
        raise AuthError("token_unknown_key", "the issuer has no key with this kid")

    def _age(self) -> float:
        return self._clock() - self._fetched

    async def _refresh(self) -> None:
        if self._flight is None:
            if self._clock() - self._asked < self._settings.jwks_min_refresh_seconds:
                return
            self._asked = self._clock()
            self._flight = asyncio.create_task(self._fetch())
            self._flight.add_done_callback(self._landed)
        await asyncio.shield(self._flight)

    def _landed(self, _flight: asyncio.Task[None]) -> None:
        self._flight = None

    async def _fetch(self) -> None:
        try:
            async with asyncio.timeout(self._settings.jwks_timeout_seconds):
                url = self._jwks_url or await self._discover()
                keys = _usable(await self._load(url, _KeySet))
        except (
            TimeoutError,
            httpx.HTTPError,
            httpx.InvalidURL,
            ValueError,
            msgspec.MsgspecError,
            _FetchError,
        ) as error:
            self.failure = str(error) if isinstance(error, _FetchError) else type(error).__name__
            self._jwks_url = self.issuer.jwks_url
            return
        self._keys, self._fetched, self.failure = keys, self._clock(), ""

    async def _discover(self) -> str:
        """RFC 8414, section 3.1: the well-known part goes between host and path; OpenID Connect appends it."""
        issuer = self.issuer.issuer.rstrip("/")
        parts = urlsplit(issuer)
        origin = f"{parts.scheme}://{parts.netloc}"
        for url in (
            f"{origin}/.well-known/oauth-authorization-server{parts.path}",
            f"{issuer}/.well-known/openid-configuration",
        ):
            try:
                found = await self._load(url, _Metadata)
            except (_FetchError, msgspec.MsgspecError):
                continue
            if found.issuer != self.issuer.issuer:
                raise _FetchError("the discovery document names another issuer")
            if urlsplit(found.jwks_uri)[:2] != parts[:2]:
                raise _FetchError("jwks_uri is on another host: set jwks_url in the settings if that is right")
            self._jwks_url = found.jwks_uri
            return found.jwks_uri
        raise _FetchError("no discovery document")

    async def _load(self, url: str, kind: type[T]) -> T:
        headers = {"accept": "application/json", "accept-encoding": "identity"}
        async with self._http.stream("GET", url, headers=headers, follow_redirects=False) as response:
            if response.status_code != 200:
                raise _FetchError(f"status {response.status_code}")
            if response.headers.get("content-encoding", "identity") != "identity":
                raise _FetchError("compressed against our wish")
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > self._settings.jwks_max_bytes:
                    raise _FetchError("larger than jwks_max_bytes")
        return msgspec.json.decode(body, type=kind)


def _usable(found: _KeySet) -> dict[str, jwt.PyJWK]:
    keys = {}
    for data in found.keys:
        kid = data.get("kid")
        if not isinstance(kid, str) or data.get("use", "sig") != "sig" or data.get("kty") == "oct":
            continue
        try:
            key = jwt.PyJWK(data)
        except (jwt.PyJWTError, TypeError, ValueError):
            continue  # a key of a kind we do not know must not cost us the others
        if getattr(key.key, "key_size", _MIN_RSA_BITS) < _MIN_RSA_BITS and key.key_type == "RSA":
            continue
        keys[kid] = key
    if not keys:
        raise _FetchError("no usable key in the set")
    return keys
