"""Verification of JWT access tokens (RFC 9068), with the cautions of RFC 8725."""

from __future__ import annotations

import hashlib
import ssl
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final, Self

import httpx
import jwt
from jwt.types import Options

from gateway.auth.clients import Clients
from gateway.auth.errors import AuthError, TokenCode
from gateway.auth.jwks import IssuerKeys
from gateway.auth.keys import KeyRing
from gateway.auth.principal import Principal, derive
from gateway.settings import Auth, SettingsError

_ASYMMETRIC: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
_TYPES: Final = frozenset({"at+jwt", "application/at+jwt"})
_UNPROVEN: Final[Options] = {"verify_signature": False}
_PROVEN: Final[Options] = {
    "verify_exp": False,  # times are checked here, against our clock and as numbers
    "verify_nbf": False,
    "verify_iat": False,
    "enforce_minimum_key_length": True,
}
_LAST_INSTANT: Final = 1e12
_CODES: Final[tuple[tuple[type[jwt.PyJWTError], TokenCode, str], ...]] = (
    (jwt.InvalidSignatureError, "token_bad_signature", "the signature does not verify"),
    (jwt.InvalidAlgorithmError, "token_algorithm_not_allowed", "the algorithm does not fit the key"),
    (jwt.InvalidKeyError, "token_algorithm_not_allowed", "the algorithm does not fit the key"),
    (jwt.InvalidAudienceError, "token_wrong_audience", "the token is for another audience"),
)


class Verifier:
    """Believes or refuses access tokens. A believed one is remembered until it expires, for the price of a hash."""

    def __init__(
        self, settings: Auth, *, ring: KeyRing, clients: Clients, clock: Callable[[], float] = time.time
    ) -> None:
        """Raises `SettingsError` if an issuer is configured with an algorithm that is not a public-key signature."""
        self._settings, self._ring, self._clients, self._clock = settings, ring, clients, clock
        trusted = ssl.create_default_context()  # the system's authorities, as on the way to the portals
        self._http = httpx.AsyncClient(timeout=settings.jwks_timeout_seconds, trust_env=False, verify=trusted)
        self._issuers = {issuer.issuer: IssuerKeys(issuer, settings, self._http) for issuer in settings.issuers}
        for issuer in settings.issuers:
            weak = sorted(set(issuer.algorithms) - _ASYMMETRIC)
            if weak:
                raise SettingsError(f"auth.issuers: {issuer.issuer}: not a public-key signature: {', '.join(weak)}")
        self._believed: OrderedDict[bytes, Principal] = OrderedDict()

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

    async def authenticate(self, authorization: str | None) -> Principal:
        """The caller named by an `Authorization` header. Raises `AuthError`."""
        if not authorization:
            raise AuthError("token_missing", "the Authorization header is missing")
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise AuthError("token_missing", "the Authorization header is not of the scheme Bearer")
        return await self.verify(token.strip())

    async def verify(self, token: str) -> Principal:
        """The caller that an access token speaks for. Raises `AuthError`."""
        if len(token) > self._settings.token_max_bytes or not token.isascii():
            raise AuthError("token_malformed", "the token is not a JWT, or too long")
        key = hashlib.sha256(token.encode()).digest()
        principal = self._believed.get(key)
        if principal is None:
            principal = await self._verify(token)
            self._believed[key] = principal
            if len(self._believed) > self._settings.token_cache_size:
                self._believed.popitem(last=False)
        elif principal.expires_at + self._settings.leeway_seconds <= self._clock():
            del self._believed[key]
            raise AuthError("token_expired", "the token has expired")
        else:
            self._believed.move_to_end(key)
        return principal

    async def _verify(self, token: str) -> Principal:
        try:
            parsed = jwt.decode_complete(token, options=_UNPROVEN)
        except (jwt.PyJWTError, ValueError) as error:
            raise AuthError("token_malformed", "the token is not a signed JWT") from error
        header, unproven = parsed["header"], parsed["payload"]
        if str(header.get("typ", "")).lower() not in _TYPES:
            raise AuthError("token_malformed", "the token's typ is not at+jwt")
        keys = self._issuers.get(_text(unproven, "iss"))
        if keys is None:
            raise AuthError("token_untrusted_issuer", "the token's issuer is not one we believe")
        algorithm = header.get("alg")
        if algorithm not in keys.issuer.algorithms:
            raise AuthError("token_algorithm_not_allowed", "the token's algorithm is not allowed for its issuer")
        kid = header.get("kid")
        if not isinstance(kid, str) or not kid:
            raise AuthError("token_malformed", "the token's header names no kid")
        claims = self._proven(token, await keys.get(kid), keys.issuer.audience, algorithm)
        self._check_times(claims)
        for name in ("sub", "client_id"):
            if not _text(claims, name):
                raise AuthError("token_malformed", f"the claim {name} is missing")
        client = self._clients.get(claims["client_id"])
        if client is None:
            raise AuthError("client_unknown", "the token was given to a client that is not registered here")
        return derive(claims, client, self._ring)

    def _proven(self, token: str, key: jwt.PyJWK, audience: str, algorithm: str) -> dict[str, Any]:
        """The claims under a good signature. The key's own algorithm must be the one the header names."""
        try:
            return jwt.decode(token, key, algorithms=[algorithm], audience=audience, options=_PROVEN)
        except jwt.MissingRequiredClaimError as error:
            raise AuthError("token_wrong_audience", "the token names no audience") from error
        except jwt.PyJWTError as error:
            for kind, code, reason in _CODES:
                if isinstance(error, kind):
                    raise AuthError(code, reason) from error
            raise AuthError("token_malformed", "the token's claims have the wrong types") from error

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        """`exp` and `iat` must be there (RFC 9068, section 2.2); `leeway_seconds` allows for clocks that differ."""
        now, leeway = self._clock(), self._settings.leeway_seconds
        if _instant(claims, "exp") + leeway <= now:
            raise AuthError("token_expired", "the token has expired")
        for name in ("iat", "nbf"):
            if (name == "iat" or name in claims) and _instant(claims, name) - leeway > now:
                raise AuthError("token_not_yet_valid", "the token is not valid yet")


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""


def _instant(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _LAST_INSTANT:
        raise AuthError("token_malformed", f"the claim {name} is missing or not a time")
    return value
