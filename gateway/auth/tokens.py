"""Verification of JWT access tokens (RFC 9068), with the cautions of RFC 8725."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Final, Self

import httpx

from gateway.auth import binding, grants
from gateway.auth.binding import Call, Confirmation
from gateway.auth.clients import Client, Clients
from gateway.auth.dpop import Proofs
from gateway.auth.errors import AuthError, Scheme
from gateway.auth.jwks import IssuerKeys, State
from gateway.auth.jws import BadJws, Jws, Key, parse, unknown_algorithms
from gateway.auth.keys import KeyRing
from gateway.auth.principal import Principal, derive
from gateway.settings import Auth, SettingsError
from gateway.trusted_authorities import tls_context

_TYPES: Final = frozenset({"at+jwt", "application/at+jwt"})
_LAST_INSTANT: Final = 1e12
_SCHEMES: Final[dict[str, Scheme]] = {"bearer": "Bearer", "dpop": "DPoP"}
_MOST_TRIED: Final = 8
"""A token without a kid is tried with so many keys at most."""


@dataclass(frozen=True, slots=True)
class _Believed:
    principal: Principal
    keys: IssuerKeys
    key: Key
    bound: Confirmation


class Verifier:
    """Believes or refuses access tokens. A believed one is remembered until it expires or its key is withdrawn, for the
    price of a hash; what it is bound to is proved anew by every call."""

    def __init__(
        self,
        settings: Auth,
        *,
        ring: KeyRing,
        clients: Clients,
        resource: str = "",
        proofs: Proofs | None = None,
        ca_bundle: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`resource` is what clients ask tokens for (RFC 8707), the audience where an issuer has no other. Without
        `proofs` no token that is bound to a DPoP key can be used.

        Raises `SettingsError` if an issuer is configured with an algorithm that is not a public-key signature, or if
        `ca_bundle` cannot be used.
        """
        self._settings, self._ring, self._clients, self._clock = settings, ring, clients, clock
        self._proofs = proofs
        for issuer in settings.issuers:
            if not issuer.algorithms or (weak := unknown_algorithms(issuer.algorithms)):
                named = ", ".join(map(repr, weak)) if issuer.algorithms else "none given"
                raise SettingsError(f"auth.issuers: {issuer.issuer}: algorithms: not a public-key signature: {named}")
        trusted = tls_context(ca_bundle)
        self._http = httpx.AsyncClient(timeout=settings.jwks_timeout_seconds, trust_env=False, verify=trusted)
        self._issuers = {issuer.issuer: IssuerKeys(issuer, settings, self._http) for issuer in settings.issuers}
        self._audiences = {issuer.issuer: issuer.audience or resource for issuer in settings.issuers}
        self._believed: OrderedDict[bytes, _Believed] = OrderedDict()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    @property
    def failures(self) -> dict[str, str]:
        """Issuers whose keys could not be fetched last time, and why."""
        return {name: keys.failure for name, keys in self._issuers.items() if keys.failure}

    async def states(self) -> dict[str, State]:
        """Whether tokens of each issuer could be verified now; asks one whose keys are old, within the limits."""
        keys = self._issuers.values()
        return dict(zip(self._issuers, await asyncio.gather(*(each.state() for each in keys)), strict=True))

    def known_states(self) -> dict[str, State]:
        """The same from what is known, without asking."""
        return {name: keys.known_state() for name, keys in self._issuers.items()}

    async def authenticate(self, authorization: str | None, call: Call | None = None) -> tuple[Principal, str]:
        """The caller named by an `Authorization` header, and the nonce for the client's next proof, if it needs a new
        one. `call` is what proves that the caller holds a bound token. Raises `AuthError`."""
        if not authorization:
            raise AuthError("token_missing", "the Authorization header is missing")
        named, _, token = authorization.partition(" ")
        scheme, token = _SCHEMES.get(named.lower()), token.strip(" ")
        if scheme is None:
            raise AuthError("token_missing", "the Authorization header is not of the scheme Bearer or DPoP")
        try:
            believed = await self._believe(token)
        except AuthError as error:
            error.scheme = scheme
            raise
        return believed.principal, await self._check_binding(believed, scheme, token, call or Call())

    def believed(self, authorization: str) -> tuple[Principal, bool] | None:
        """The caller, if this token was believed before and is kept, and whether a proof is still to come: to tell
        callers apart, and to let nobody in."""
        token = authorization.partition(" ")[2].strip(" ")
        if len(token) > self._settings.token_max_bytes:
            return None
        found = self._believed.get(hashlib.sha256(token.encode("latin-1")).digest())
        return (found.principal, bool(found.bound)) if found else None

    async def still(self, principal: Principal) -> bool:
        """Whether the token that a stream or a ticket began with would be believed now: its time, its client, and the
        issuer's key that signed it."""
        keys = self._issuers.get(principal.issuer)
        if keys is None or self._clients.get(principal.client_id) is None or self._clock() >= principal.expires_at:
            return False
        return any(key.thumbprint == principal.key for key in await keys.current())

    async def verify(self, token: str) -> Principal:
        """The caller that an access token speaks for, if whoever has it may use it. Raises `AuthError`."""
        return (await self.authenticate(f"Bearer {token}"))[0]

    async def _check_binding(self, believed: _Believed, scheme: Scheme, token: str, call: Call) -> str:
        """RFC 9449, 7.2: a token bound to a key is no bearer token; and an unbound one is not proved by any key."""
        bound, client = believed.bound, self._clients.get(believed.principal.client_id)
        if client is not None and client.sender_constrained and not bound:
            raise AuthError("token_not_bound", "the client's tokens must be bound to a key or certificate")
        if bound.dpop_key and scheme != "DPoP":
            raise AuthError("token_binding_failed", "the token is bound to a key: use the scheme DPoP", scheme="DPoP")
        if scheme == "DPoP" and not bound.dpop_key:
            raise AuthError("token_binding_failed", "the token is not bound to a key", scheme=scheme)
        try:
            bound.check_certificate(call)
        except AuthError as error:
            error.scheme = scheme
            raise
        if not bound.dpop_key:
            return ""
        if self._proofs is None:
            raise AuthError("token_binding_failed", "proofs of keys are not taken here", scheme=scheme)
        return await self._proofs.check(call, token, bound.dpop_key)

    async def _believe(self, token: str) -> _Believed:
        if len(token) > self._settings.token_max_bytes or not token.isascii():
            raise AuthError("token_malformed", "the token is not a JWT, or too long")
        digest = hashlib.sha256(token.encode()).digest()
        believed = self._believed.get(digest)
        if believed is not None and believed.principal.expires_at + self._settings.leeway_seconds <= self._clock():
            del self._believed[digest]
            raise AuthError("token_expired", "the token has expired")
        if believed is not None and believed.key not in await believed.keys.current():
            self._believed.pop(digest, None)  # its key was withdrawn, or is not known to be good any more
            believed = None
        if believed is None:
            believed = await self._verify(token)
            self._believed[digest] = believed
            while len(self._believed) > self._settings.token_cache_size:
                self._believed.popitem(last=False)
        elif digest in self._believed:
            self._believed.move_to_end(digest)
        return believed

    async def _verify(self, token: str) -> _Believed:
        try:
            jws = parse(token)
            claims = jws.claims()
        except BadJws as error:
            raise AuthError("token_malformed", f"the token is not a signed JWT: {error}") from error
        if _text(jws.header, "typ").lower() not in _TYPES:
            raise AuthError("token_malformed", "the token's typ is not at+jwt")
        keys = self._issuers.get(_text(claims, "iss"))
        if keys is None:
            raise AuthError("token_untrusted_issuer", "the token's issuer is not one we believe")
        key = await _signed_by(jws, keys)
        self._check_audience(claims, self._audiences[keys.issuer.issuer])
        self._check_times(claims)
        for name in ("sub", "client_id"):
            if not _text(claims, name):
                raise AuthError("token_malformed", f"the claim {name} is missing")
        client = self._clients.get(claims["client_id"])
        if client is None:
            raise AuthError("client_unknown", "the token was given to a client that is not registered here")
        bound = binding.read(claims)
        principal = replace(self._principal(claims, keys, client, bound), key=key.thumbprint)
        return _Believed(principal, keys, key, bound)

    def _principal(self, claims: Mapping[str, Any], keys: IssuerKeys, client: Client, bound: Confirmation) -> Principal:
        granted = grants.granted(claims, keys.issuer, client)
        principal = grants.admitted(derive(granted, client, self._ring), keys.issuer)
        return replace(principal, scheme="DPoP") if bound.dpop_key else principal

    @staticmethod
    def _check_audience(claims: Mapping[str, Any], audience: str) -> None:
        """A string or a list of strings (RFC 7519, 4.1.3)."""
        named = claims.get("aud")
        several = [named] if isinstance(named, str) else named
        if not isinstance(several, list) or not all(isinstance(each, str) for each in several):
            raise AuthError("token_wrong_audience", "the token names no audience")
        if not audience or audience not in several:
            raise AuthError("token_wrong_audience", "the token is for another audience")

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        """`exp` and `iat` must be there (RFC 9068, section 2.2); `leeway_seconds` allows for clocks that differ."""
        now, leeway = self._clock(), self._settings.leeway_seconds
        ends, made = _instant(claims, "exp"), _instant(claims, "iat")
        if ends + leeway <= now:
            raise AuthError("token_expired", "the token has expired")
        for name in ("iat", "nbf"):
            if (name == "iat" or name in claims) and _instant(claims, name) - leeway > now:
                raise AuthError("token_not_yet_valid", "the token is not valid yet")
        if ends - made > self._settings.token_max_seconds:
            raise AuthError("token_lives_too_long", "the token is made for longer than we accept")


async def _signed_by(jws: Jws, keys: IssuerKeys) -> Key:
    """The issuer's key that signed it, by an algorithm that the settings name. Raises `AuthError`."""
    algorithm, kid = jws.header.get("alg"), jws.header.get("kid", None)
    if not isinstance(algorithm, str) or algorithm not in keys.issuer.algorithms:
        raise AuthError("token_algorithm_not_allowed", "the token's algorithm is not allowed for its issuer")
    if kid is not None and not (isinstance(kid, str) and kid):
        raise AuthError("token_malformed", "the token's kid is not text")
    found = await keys.find(kid or "")
    fitting = [key for key in found if key.fits(algorithm)]
    if (key := _verifying(jws, algorithm, fitting)) is not None:
        return key
    if kid is None and await keys.renew():  # it may be a new key's, which nothing names
        fitting = [key for key in await keys.find("") if key.fits(algorithm)]
        if (key := _verifying(jws, algorithm, fitting)) is not None:
            return key
    if not fitting:
        raise AuthError("token_algorithm_not_allowed", "the algorithm does not fit the key")
    raise AuthError("token_bad_signature", "the signature does not verify")


def _verifying(jws: Jws, algorithm: str, keys: list[Key]) -> Key | None:
    return next((key for key in keys[:_MOST_TRIED] if key.verifies(jws, algorithm)), None)


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""


def _instant(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _LAST_INSTANT:
        raise AuthError("token_malformed", f"the claim {name} is missing or not a time")
    return value
