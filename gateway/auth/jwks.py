"""An issuer's public keys: found by RFC 8414 or OpenID Connect discovery, cached, robust to its absence.

A key that the issuer has taken out of its set is good for nothing once the set has been fetched again, which is at most
`jwks_cache_seconds` later; while the issuer does not answer, at most `jwks_stale_seconds`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Literal, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec

from gateway.auth.errors import AuthError
from gateway.auth.jws import Key, UnusableKey, read_key
from gateway.json_members import repeats
from gateway.settings import Auth, Issuer

T = TypeVar("T")


class _Metadata(msgspec.Struct):
    issuer: str
    jwks_uri: str


class _KeySet(msgspec.Struct):
    keys: list[object]


class _FetchError(Exception):
    """The issuer did not give usable keys; the text says why, without anything it sent."""


State = Literal["up", "stale", "down"]
"""Of an issuer: its keys are fresh; it does not answer, but its keys are not too old; there are none to verify with."""


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
        self._keys: tuple[Key, ...] = ()
        self.unusable: tuple[str, ...] = ()
        """Why keys of the last set are not used, one text each, for `doctor`."""
        self._fetched = float("-inf")
        self._asked = float("-inf")
        self._fetches = 0
        self._jwks_url = issuer.jwks_url
        self._flight: asyncio.Task[None] | None = None
        self.failure = ""
        """Why the last fetch failed, for `doctor` and the readiness check; empty if it did not."""

    async def current(self) -> tuple[Key, ...]:
        """The keys that are good now, asked for again when they are older than `jwks_cache_seconds`."""
        if self._age() >= self._settings.jwks_cache_seconds:
            await self._refresh()
        if self._age() >= self._settings.jwks_stale_seconds:
            self._keys = ()
        return self._keys

    async def find(self, kid: str) -> tuple[Key, ...]:
        """The keys with this id, of which there may be several (RFC 7517, 4.5); all keys if `kid` is empty.

        Raises `AuthError`: `token_unknown_key` if the issuer was asked just now for this token and has none;
        `issuer_keys_pending` if it was asked a moment ago and may not be asked again yet, which says nothing about the
        token: RFC 6750's invalid_token would make a client throw a good one away, so that is 503 with Retry-After;
        `issuer_unavailable` if it does not answer.
        """
        before = self._fetches
        if found := _named(await self.current(), kid):
            return found
        if self._fetches == before:
            await self._refresh()
        if found := _named(await self.current(), kid):
            return found
        wait = max(1.0, self._asked + self._settings.jwks_min_refresh_seconds - self._clock())
        if self.failure:
            raise AuthError("issuer_unavailable", "the token's issuer does not give its keys now", retry_after=wait)
        if self._fetches == before:
            raise AuthError("issuer_keys_pending", "the issuer's keys were fetched a moment ago", retry_after=wait)
        raise AuthError("token_unknown_key", "the issuer has no key with this kid")

    async def renew(self) -> bool:
        """Ask the issuer again, if that is allowed by now; whether there are newer keys than before."""
        before = self._fetches
        await self._refresh()
        return self._fetches != before

    async def state(self) -> State:
        """Whether tokens of this issuer can be verified now."""
        await self.current()
        return self.known_state()

    def known_state(self) -> State:
        old = self._age() >= self._settings.jwks_stale_seconds
        if old or not self.usable(self._keys):
            return "down"
        return "stale" if self.failure or self._age() >= self._settings.jwks_cache_seconds else "up"

    def usable(self, keys: tuple[Key, ...]) -> tuple[Key, ...]:
        """Those that fit one of the issuer's configured algorithms."""
        return tuple(key for key in keys if any(key.fits(each) for each in self.issuer.algorithms))

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
                keys, unusable = _read(await self._load(url, _KeySet))
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
        self._keys, self.unusable = keys, unusable
        self._fetched, self.failure = self._clock(), ""
        self._fetches += 1

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
        if repeats(bytes(body)):  # another reader would take the other one of two keys, or of two addresses
            raise _FetchError("two members of one name")
        return msgspec.json.decode(body, type=kind)


def _read(found: _KeySet) -> tuple[tuple[Key, ...], tuple[str, ...]]:
    """The keys that can be used, and why the others cannot: a key of a kind that we do not know costs nothing else."""
    keys, unusable = [], []
    for data in found.keys:
        try:
            keys.append(read_key(data))
        except UnusableKey as error:
            unusable.append(str(error))
    if not keys:
        raise _FetchError("no usable key in the set")
    return tuple(keys), tuple(unusable)


def _named(keys: tuple[Key, ...], kid: str) -> tuple[Key, ...]:
    return tuple(key for key in keys if key.kid == kid) if kid else keys
