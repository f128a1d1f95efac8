"""Identity providers as OpenID Connect describes them: where they are, their keys, and their token endpoint."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx
import jwt

from window.addresses import UnsafeAddress, origin_of
from window.api import ApiAway
from window.settings import SignIn, WindowSettings

_DISCOVERED_SECONDS: Final = 600.0
_ALGORITHMS: Final = ("ES256", "ES384", "EdDSA", "PS256", "RS256")
_LEEWAY_SECONDS: Final = 30
_NEEDED: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class SignInFailed(Exception):
    """The provider said no, or its answer is not to our question. `code` is the OAuth error, or our own word."""

    role: str = ""
    return_to: str = ""
    """Where she was going, if that is known."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Provider:
    """As it described itself."""

    issuer: str
    metadata: Mapping[str, Any]
    keys: jwt.PyJWKSet
    found_at: float

    def key(self, id_token: str) -> jwt.PyJWK | None:
        """By which it is signed, as it says itself. Raises `jwt.PyJWTError` for what is no token."""
        kid = jwt.get_unverified_header(id_token).get("kid")
        return next((each for each in self.keys.keys if kid is None or each.key_id == kid), None)

    def claims(self, token: str, client_id: str, *required: str) -> dict[str, Any]:
        """Of a token that this provider signed for this client (OpenID Connect Core, 3.1.3.7). Raises
        `jwt.PyJWTError`."""
        key = self.key(token)
        if key is None:
            raise jwt.InvalidKeyError
        claims: dict[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=list(_ALGORITHMS),
            audience=client_id,
            issuer=self.issuer,
            leeway=_LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "iss", "aud", *required]},
        )
        return claims

    def lacks_key(self, id_token: str) -> bool:
        """Whether its keys, asked for anew, may have the one that this token needs."""
        try:
            return self.key(id_token) is None
        except jwt.PyJWTError:
            return False


class IdentityProviders:
    """Those of the settings' roles. `http`: for the gateway's address and, with absolute ones, the providers."""

    def __init__(self, settings: WindowSettings, http: httpx.AsyncClient) -> None:
        self._settings, self._http = settings, http
        self._secrets = {
            role: each.client_secret.read() for role, each in settings.sign_in.items() if each.client_secret
        }
        self._known: dict[str, Provider] = {}
        self._under_way: dict[str, asyncio.Task[Provider]] = {}

    async def of(self, client: SignIn, *, anew: bool = False) -> Provider:
        """As it describes itself; asked again after some minutes, and with `anew`. While it is away, as it was."""
        issuer = client.issuer.rstrip("/") or await self._named_by_gateway()
        known = self._known.get(issuer)
        if known is not None and not anew and time.monotonic() - known.found_at < _DISCOVERED_SECONDS:
            return known
        try:
            found = await asyncio.shield(self._asking(issuer))
        except ApiAway:
            if known is None:
                raise
            return known
        self._known[issuer] = found
        return found

    def _asking(self, issuer: str) -> asyncio.Task[Provider]:
        """One question at a time, whose answer all get who wait for it: while a provider hangs, those who sign in take
        no connections from everybody else."""
        task = self._under_way.get(issuer)
        if task is None:
            task = self._under_way[issuer] = asyncio.create_task(self._discovered(issuer))
            task.add_done_callback(lambda done: self._answered(issuer, done))
        return task

    def _answered(self, issuer: str, task: asyncio.Task[Provider]) -> None:
        del self._under_way[issuer]
        if not task.cancelled():
            task.exception()  # known to who waits, if anybody does any more

    def known(self, client: SignIn) -> Provider | None:
        """As it was when it was asked last; None if it never was, or the gateway names it."""
        return self._known.get(client.issuer.rstrip("/"))

    async def _discovered(self, issuer: str) -> Provider:
        metadata = await self._document(f"{issuer}/.well-known/openid-configuration")
        if str(metadata.get("issuer", "")).rstrip("/") != issuer:
            raise SignInFailed("issuer_mismatch")
        try:
            for each in _NEEDED:
                origin_of(metadata.get(each), demo=self._settings.demo)
        except UnsafeAddress:
            raise ApiAway("the identity provider's metadata lack an address, or name one without TLS") from None
        try:
            keys = jwt.PyJWKSet.from_dict(await self._document(metadata["jwks_uri"]))
        except jwt.PyJWTError:
            raise ApiAway("the identity provider has no keys that can be used") from None
        return Provider(metadata["issuer"], metadata, keys, time.monotonic())

    async def _named_by_gateway(self) -> str:
        named = (await self._document("/.well-known/oauth-protected-resource")).get("authorization_servers")
        if not isinstance(named, list) or not named:
            raise ApiAway("the gateway names no identity provider")
        return str(named[0]).rstrip("/")

    async def _document(self, url: str) -> dict[str, Any]:
        answer = await self._asked("GET", url)
        if answer.status_code != 200:
            raise ApiAway(f"GET {url}: {answer.status_code}")
        return _object(answer)

    async def _asked(self, method: str, url: str, **request: Any) -> httpx.Response:
        try:
            return await self._http.request(method, url, **request)
        except httpx.HTTPError as error:
            raise ApiAway(f"{method} {url}: {type(error).__name__}") from error

    async def grant(self, role: str, provider: Provider, form: dict[str, str]) -> dict[str, Any]:
        """What the token endpoint gives. Raises `SignInFailed` where it says no, `ApiAway` where it says nothing."""
        answer = await self.as_client(role, provider.metadata["token_endpoint"], form)
        if answer.status_code >= 500 or answer.status_code == 429:
            raise ApiAway(f"the identity provider answers {answer.status_code}")
        body = _object(answer)
        if answer.status_code != 200 or not body.get("access_token"):
            raise SignInFailed(str(body.get("error") or "refused"))
        return body

    async def as_client(self, role: str, address: str, form: dict[str, str]) -> httpx.Response:
        """A form sent by the client of this role, with its secret if it has one. Raises `ApiAway`."""
        client_id, secret = self._settings.sign_in[role].client_id, self._secrets.get(role)
        auth = httpx.BasicAuth(client_id, secret) if secret else None
        return await self._asked("POST", address, data=form if secret else {**form, "client_id": client_id}, auth=auth)


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ApiAway(f"answered {answer.status_code} with something else than a JSON object")
    return body
