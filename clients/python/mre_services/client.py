"""The clients: `AsyncClient`, and `Client` for programs that do not await."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any, Self, cast

import httpx

from mre_services.calls import (
    ApiResponse,
    AsyncCalls,
    AsyncToken,
    Calls,
    CallSettings,
    PreparedCall,
    Token,
    prepare,
    read_response,
)
from mre_services.resources import AsyncResources, Resources
from mre_services.retries import Retries

_UNCHANGED: Any = object()


class AsyncClient(AsyncResources):
    """The MRE Services API of one gateway, as one caller.

    `token` is an access token, or a function that gives the present one; without it only what needs none can be called.
    A function is asked at each call, and again when a token is refused. `http` may be a client of your own (proxies,
    certificates, connection limits), which you close yourself.

    Every call raises `ServiceError`: `ApiProblem` or `GatewayUnreachable`. What may be repeated is repeated, at most
    `max_attempts` times and for `max_wait` seconds, with the same `Idempotency-Key`.
    """

    def __init__(
        self,
        base_url: str,
        token: AsyncToken | None = None,
        *,
        language: str = "fr",
        mandate: str | None = None,
        http: httpx.AsyncClient | None = None,
        timeout: float = 30.0,
        max_attempts: int = 4,
        max_wait: float = 60.0,
    ) -> None:
        settings = _settings(base_url, language, mandate, timeout, max_attempts, max_wait)
        self._owns = http is None
        self._use(AsyncCalls(settings, token, http or httpx.AsyncClient()))

    def _use(self, calls: AsyncCalls) -> None:
        super().__init__(calls)
        self._calls = calls

    def with_options(
        self, *, token: AsyncToken | None = _UNCHANGED, language: str = _UNCHANGED, mandate: str | None = _UNCHANGED
    ) -> AsyncClient:
        """The same client in another language, for another caller; it shares the connections."""
        found = AsyncClient.__new__(AsyncClient)
        found._owns = False
        settings, token = _changed(self._calls, token, language, mandate)
        found._use(AsyncCalls(settings, token, self._calls.http))
        return found

    def on_behalf_of(self, mandate: str) -> AsyncClient:
        """For an agent: the same client, with a person's mandate."""
        return self.with_options(mandate=mandate)

    async def request(self, method: str, path: str, **call: Any) -> Any:
        """Any call, also of what this client does not know yet: decoded JSON, bytes of anything else, or nothing.

        `json`, `params`, `headers`, `idempotency_key` and `accept` are as in `response`.
        """
        return (await self.response(method, path, **call)).data

    async def response(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str | None] | None = None,
        idempotency_key: str | None = None,
        accept: str = "application/json",
    ) -> ApiResponse:
        """Any call, with the status and the headers of its answer."""
        prepared = _prepared(self._calls, method, path, json, params, headers, idempotency_key, accept)
        return read_response(await self._calls.send(prepared), prepared.key)

    async def close(self) -> None:
        if self._owns:
            await self._calls.http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class Client(Resources):
    """As `AsyncClient`, for programs that do not await."""

    def __init__(
        self,
        base_url: str,
        token: Token | None = None,
        *,
        language: str = "fr",
        mandate: str | None = None,
        http: httpx.Client | None = None,
        timeout: float = 30.0,
        max_attempts: int = 4,
        max_wait: float = 60.0,
    ) -> None:
        settings = _settings(base_url, language, mandate, timeout, max_attempts, max_wait)
        self._owns = http is None
        self._use(Calls(settings, token, http or httpx.Client()))

    def _use(self, calls: Calls) -> None:
        super().__init__(calls)
        self._calls = calls

    def with_options(
        self, *, token: Token | None = _UNCHANGED, language: str = _UNCHANGED, mandate: str | None = _UNCHANGED
    ) -> Client:
        """The same client in another language, for another caller; it shares the connections."""
        found = Client.__new__(Client)
        found._owns = False
        settings, given = _changed(self._calls, token, language, mandate)
        found._use(Calls(settings, cast("Token | None", given), self._calls.http))
        return found

    def on_behalf_of(self, mandate: str) -> Client:
        """For an agent: the same client, with a person's mandate."""
        return self.with_options(mandate=mandate)

    def request(self, method: str, path: str, **call: Any) -> Any:
        """Any call, also of what this client does not know yet: decoded JSON, bytes of anything else, or nothing.

        `json`, `params`, `headers`, `idempotency_key` and `accept` are as in `response`.
        """
        return self.response(method, path, **call).data

    def response(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str | None] | None = None,
        idempotency_key: str | None = None,
        accept: str = "application/json",
    ) -> ApiResponse:
        """Any call, with the status and the headers of its answer."""
        prepared = _prepared(self._calls, method, path, json, params, headers, idempotency_key, accept)
        return read_response(self._calls.send(prepared), prepared.key)

    def close(self) -> None:
        if self._owns:
            self._calls.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _settings(
    base_url: str, language: str, mandate: str | None, timeout: float, max_attempts: int, max_wait: float
) -> CallSettings:
    url = httpx.URL(base_url)
    if url.scheme not in ("http", "https") or not url.host or url.query or url.fragment:
        raise ValueError(f"not the address of a gateway: {base_url!r}")
    retries = Retries(attempts=max_attempts, seconds=max_wait)
    return CallSettings(
        base_url=base_url.rstrip("/"), language=language, mandate=mandate, timeout=timeout, retries=retries
    )


def _changed(
    calls: AsyncCalls | Calls, token: AsyncToken | None, language: str, mandate: str | None
) -> tuple[CallSettings, AsyncToken | None]:
    settings = calls.settings
    if language is not _UNCHANGED:
        settings = replace(settings, language=language)
    if mandate is not _UNCHANGED:
        settings = replace(settings, mandate=mandate)
    return settings, calls.token if token is _UNCHANGED else token


def _prepared(
    calls: AsyncCalls | Calls,
    method: str,
    path: str,
    json: Any,
    params: Mapping[str, Any] | None,
    headers: Mapping[str, str | None] | None,
    idempotency_key: str | None,
    accept: str,
) -> PreparedCall:
    return prepare(
        calls.settings,
        method,
        path,
        body=json,
        params=params,
        headers=headers,
        idempotency_key=idempotency_key,
        accept=accept,
        mandated=True,
    )
