"""A bearer token got with our own credentials (RFC 6749 section 4.4, used as RFC 6750 says).

`[auth] scheme = "oauth2_client_credentials"`, `token_path`, `secret` the name of the client secret, optional `scope`,
and `client_auth`: `basic` (default, RFC 6749 section 2.3.1) or `post`. The client's name is the option `client_id`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote_plus

import httpx
import msgspec

from gateway.outbound.errors import CredentialsFailed
from gateway.outbound.schemes.setup import SchemeError, Setup
from gateway.secret import Secret

_DEFAULT_LIFE: Final = 300.0
_EARLY_SHARE: Final = 0.1
_EARLY_MOST: Final = 30.0


class _Answer(msgspec.Struct):
    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the kind of token, not one
    expires_in: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    value: Secret
    refresh_at: float
    expires_at: float


class ClientCredentials(httpx.Auth):
    """One token for all calls to the portal.

    However many calls need a new token, one request for it is under way at a time, in a task that no single call can
    cancel. A token near its end is replaced in the background while it still serves. When the portal answers 401 the
    token is dropped, and the request is sent once more with a new one.
    """

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._url = setup.url("token_path")
        self._client_id = setup.option("client_id")
        self._secret = setup.secret()
        self._scope = str(setup.table.get("scope", ""))
        self._client_auth = setup.text("client_auth", "basic")
        if self._client_auth not in ("basic", "post"):
            raise SchemeError("[auth] `client_auth` is `basic` or `post`")
        self._token: _Token | None = None
        self._refresh: asyncio.Task[_Token] | None = None

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        token = await self._valid_token()
        request.headers["authorization"] = f"Bearer {token.value.reveal()}"
        response = yield request
        if response.status_code == 401:
            if self._token is token:
                self._token = None
            token = await self._valid_token()
            request.headers["authorization"] = f"Bearer {token.value.reveal()}"
            yield request

    async def _valid_token(self) -> _Token:
        now = self._setup.clock()
        token = self._token
        if token is not None and now < token.refresh_at:
            return token
        if self._refresh is None:
            self._refresh = asyncio.create_task(self._replace())
            self._refresh.add_done_callback(lambda task: task.cancelled() or task.exception())  # somebody looked
        refresh = self._refresh
        if token is not None and now < token.expires_at:
            return token
        try:
            return await asyncio.shield(refresh)
        except CredentialsFailed as error:
            raise CredentialsFailed(str(error), denied=error.denied) from None

    async def _replace(self) -> _Token:
        try:
            self._token = token = await self._fetch()
            return token
        finally:
            self._refresh = None

    async def _fetch(self) -> _Token:
        asked = self._setup.clock()
        try:
            response = await self._setup.send(self._request())
        except (httpx.TransportError, TimeoutError) as error:
            raise CredentialsFailed(f"no answer to the token request ({type(error).__name__})") from None
        if response.status_code != 200:
            denied = 400 <= response.status_code < 500 and response.status_code not in (408, 429)
            raise CredentialsFailed(f"the token request was answered {response.status_code}", denied=denied)
        try:
            answer = msgspec.json.decode(response.content, type=_Answer)
        except msgspec.DecodeError:
            raise CredentialsFailed("the answer to the token request is not a token") from None
        if answer.token_type.lower() != "bearer" or not answer.access_token.isascii():
            raise CredentialsFailed("the answer to the token request is not a bearer token")
        life = _DEFAULT_LIFE if answer.expires_in is None else max(answer.expires_in, 0.0)
        return _Token(
            value=Secret(answer.access_token),
            refresh_at=asked + life - min(life * _EARLY_SHARE, _EARLY_MOST),
            expires_at=asked + life,
        )

    def _request(self) -> httpx.Request:
        form = {"grant_type": "client_credentials"}
        if self._scope:
            form["scope"] = self._scope
        headers = {"accept": "application/json", "accept-encoding": "identity"}
        if self._client_auth == "post":
            form |= {"client_id": self._client_id, "client_secret": self._secret.reveal()}
        request = httpx.Request("POST", self._url, data=form, headers=headers)
        if self._client_auth == "basic":
            basic = httpx.BasicAuth(quote_plus(self._client_id), quote_plus(self._secret.reveal()))
            request = next(basic.auth_flow(request))
        return request


def build(setup: Setup) -> httpx.Auth:
    return ClientCredentials(setup)
