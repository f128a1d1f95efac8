"""Bearer tokens from a portal's token endpoint (RFC 6749), used as RFC 6750 says: asked for, kept, replaced.

Not a scheme by itself: a scheme is a subclass that says how the request for a token is made.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

import httpx
import msgspec

from gateway.json_members import repeats
from gateway.outbound.errors import CredentialsFailed
from gateway.outbound.schemes.setup import Setup
from gateway.secret import Secret

_DEFAULT_LIFE: Final = 300.0
_EARLY_SHARE: Final = 0.1
_EARLY_MOST: Final = 30.0


class _TokenResponse(msgspec.Struct):
    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the kind of token, not one
    expires_in: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    value: Secret
    refresh_at: float
    expires_at: float


class BearerToken(httpx.Auth):
    """One token for all calls to the portal.

    However many calls need a new token, one request for it is under way at a time, in a task that no single call can
    cancel. A token near its end is replaced in the background while it still serves. When the portal answers 401 the
    token is dropped, and the request is sent once more with a new one.

    """

    token_type: ClassVar = "bearer"  # noqa: S105 - the kind of token, not one
    """The kind of token that is wanted, in lower case."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._token: _Token | None = None
        self._refresh: asyncio.Task[_Token] | None = None

    def _request(self) -> httpx.Request:
        """A request for a token, made anew each time: its proof of our identity may be valid only once."""
        raise NotImplementedError

    async def _exchange(self) -> httpx.Response:
        return await self._setup.send(self._request())

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
            self._refresh.add_done_callback(lambda task: task.cancelled() or task.exception())  # asyncio must not warn
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
            response = await self._exchange()
        except (httpx.TransportError, TimeoutError) as error:
            raise CredentialsFailed(f"no answer to the token request ({type(error).__name__})") from None
        if response.status_code != 200:
            denied = 400 <= response.status_code < 500 and response.status_code not in (408, 429)
            raise CredentialsFailed(f"the token request was answered {response.status_code}", denied=denied)
        if repeats(response.content):
            raise CredentialsFailed("the answer to the token request says something twice")
        try:
            answer = msgspec.json.decode(response.content, type=_TokenResponse)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise CredentialsFailed("the answer to the token request is not a token") from None
        if answer.token_type.lower() != self.token_type or not answer.access_token.isascii():
            raise CredentialsFailed(f"the answer to the token request is not a {self.token_type} token")
        life = _DEFAULT_LIFE if answer.expires_in is None else max(answer.expires_in, 0.0)
        return _Token(
            value=Secret(answer.access_token),
            refresh_at=asked + life - min(life * _EARLY_SHARE, _EARLY_MOST),
            expires_at=asked + life,
        )


def token_request(url: httpx.URL, form: Mapping[str, str]) -> httpx.Request:
    """A request to a token endpoint; its answer is JSON (RFC 6749 section 5.1)."""
    headers = {"accept": "application/json", "accept-encoding": "identity"}
    return httpx.Request("POST", url, data=dict(form), headers=headers)
