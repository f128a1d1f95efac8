"""How the methods of the resources reach the gateway: one class that waits, one that does not."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

import anyio
import httpx

from mre_services import models
from mre_services.event_stream import EventStream
from mre_services.problems import UNREADABLE, ApiProblem, GatewayUnreachable, ServiceError, problem_of
from mre_services.retries import Retries, may_repeat

Token = str | Callable[[], str]
AsyncToken = str | Callable[[], str | Awaitable[str]]
File = tuple[str, bytes, str]
"""Name, content and media type."""

_SAFE: Final = ("GET", "HEAD", "OPTIONS")
_STREAM: Final = "text/event-stream"
_SILENCE_SECONDS: Final = 60.0
"""A stream says something every 15 s, and be it a comment; after this long it is taken for broken."""


@dataclass(frozen=True, slots=True)
class Download:
    """A file."""

    content: bytes
    media_type: str
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """An answer with what is around it."""

    status: int
    headers: Mapping[str, str]
    data: Any
    """Decoded JSON; bytes where it is something else; nothing where there is nothing."""

    @property
    def etag(self) -> str | None:
        """For `if_match`."""
        return self.headers.get("etag")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSettings:
    base_url: str
    language: str = "fr"
    mandate: str | None = None
    timeout: float = 30.0
    retries: Retries = field(default_factory=Retries)


@dataclass(slots=True, kw_only=True)
class PreparedCall:
    """One call, however often it has to be sent."""

    method: str
    url: str
    params: httpx.QueryParams
    headers: dict[str, str]
    timeout: httpx.Timeout
    body: bytes | None = None
    file: File | None = None
    made: int = 0
    waited: float = 0.0
    token: str | None = None

    @property
    def key(self) -> str | None:
        return self.headers.get("Idempotency-Key")

    def request(self, http: httpx.Client | httpx.AsyncClient, token: str | None) -> httpx.Request:
        self.made, self.token = self.made + 1, token
        headers = self.headers | ({"Authorization": f"Bearer {token}"} if token else {})
        files = {"file": self.file} if self.file else None
        return http.build_request(
            self.method,
            self.url,
            params=self.params,
            headers=headers,
            content=self.body,
            files=files,
            timeout=self.timeout,
        )

    def unreachable(self, error: httpx.TransportError) -> GatewayUnreachable:
        """Raises the error itself where another attempt would not help."""
        if not may_repeat(error):
            raise error
        return GatewayUnreachable(self.made, self.key)

    def pause(self, retries: Retries, failure: ServiceError) -> float:
        """Seconds until the next attempt. Raises the failure where there is none."""
        seconds = retries.pause(self.made, self.waited, failure)
        if seconds is None:
            raise failure
        self.waited += seconds
        return seconds


def segment(value: object) -> str:
    """A value as one segment of a path."""
    text = quote(str(value), safe="")
    if text in ("", ".", ".."):
        raise ValueError(f"not the name of anything: {value!r}")
    return text


def prepare(
    settings: CallSettings,
    method: str,
    path: str,
    *,
    params: Mapping[str, Any] | None = None,
    body: Any = None,
    file: File | None = None,
    headers: Mapping[str, str | None] | None = None,
    idempotency_key: str | None = None,
    mandated: bool = False,
    accept: str = "application/json",
    read_seconds: float | None = None,
) -> PreparedCall:
    """Raises `ValueError` for an address that is not the gateway's: the token goes nowhere else."""
    if not path.startswith("/") or path.startswith("//") or "\\" in path:
        raise ValueError(f"an address of the gateway begins with one slash, and has no host: {path!r}")
    sent = {"Accept": accept, "Accept-Language": settings.language, "User-Agent": "mre-services"}
    sent |= {name: value for name, value in (headers or {}).items() if value is not None}
    if mandated and settings.mandate:
        sent["Mandate"] = settings.mandate
    method = method.upper()
    if method not in _SAFE:
        sent.setdefault("Idempotency-Key", idempotency_key or str(uuid4()))
    content = None
    if body is not None:
        given = (
            {name: value for name, value in body.items() if value is not None} if isinstance(body, Mapping) else body
        )
        content = json.dumps(given, ensure_ascii=False, default=_moment).encode()
        sent["Content-Type"] = "application/json"
    return PreparedCall(
        method=method,
        url=settings.base_url + path,
        params=httpx.QueryParams(tuple(_query(params or {}))),
        headers=sent,
        timeout=httpx.Timeout(settings.timeout, read=read_seconds or settings.timeout),
        body=content,
        file=file,
    )


def _query(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in params.items():
        for each in value if isinstance(value, list | tuple | set | frozenset) else [value]:
            if each is not None:
                yield name, _text(each)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def _moment(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"not JSON: {type(value).__name__}")


def read_response(response: httpx.Response, key: str | None) -> ApiResponse:
    data: Any = response.content or None
    media_type = response.headers.get("content-type", "").split(";")[0].strip().lower()
    if data is not None and (media_type == "application/json" or media_type.endswith("+json")):
        try:
            data = response.json()
        except ValueError:
            raise _unreadable(response, key) from None
    return ApiResponse(response.status_code, response.headers, data)


def _unreadable(response: httpx.Response, key: str | None) -> ApiProblem:
    return ApiProblem(response.status_code, {"code": UNREADABLE}, response.headers, key)


def json_of(response: httpx.Response, key: str | None) -> Any:
    found = read_response(response, key)
    if isinstance(found.data, bytes):
        raise _unreadable(response, key)
    return found.data


def download_of(response: httpx.Response) -> Download:
    return Download(response.content, response.headers.get("content-type", ""), response.headers)


def _succeeded(response: httpx.Response) -> bool:
    return response.is_success or response.status_code == 304


class AsyncCalls:
    def __init__(self, settings: CallSettings, token: AsyncToken | None, http: httpx.AsyncClient) -> None:
        self.settings = settings
        self.token = token
        self.http = http

    async def json(self, method: str, path: str, **call: Any) -> Any:
        prepared = prepare(self.settings, method, path, **call)
        return json_of(await self.send(prepared), prepared.key)

    async def text(self, method: str, path: str, **call: Any) -> str:
        return (await self.send(prepare(self.settings, method, path, **call))).text

    async def download(self, method: str, path: str, **call: Any) -> Download:
        return download_of(await self.send(prepare(self.settings, method, path, **call)))

    async def pages(self, page: Callable[..., Awaitable[Any]], *args: Any, **query: Any) -> AsyncIterator[Any]:
        cursor = None
        while True:
            found = await page(*args, **query, cursor=cursor)
            for each in found["data"]:
                yield each
            if (cursor := found.get("next_cursor")) is None:
                return

    async def stream(
        self, path: str, *, params: Mapping[str, Any], mandated: bool = False
    ) -> AsyncGenerator[models.CaseEvent, None]:
        """The events, for as long as there are any. A connection that breaks is opened again where it broke."""
        reading = _Reading(self.settings, path, params, mandated)
        while True:
            try:
                response = await self.send(prepared := reading.prepare(), stream=True)
                try:
                    if response.status_code == 204:
                        return
                    async for piece in response.aiter_bytes():
                        for event in reading.events(piece):
                            yield event
                finally:
                    await response.aclose()
            except httpx.TransportError as error:
                pause = reading.broke(prepared.unreachable(error))
            else:
                pause = reading.ended()
            await anyio.sleep(pause)

    async def send(self, call: PreparedCall, *, stream: bool = False) -> httpx.Response:
        """The answer, read unless it is a stream. Raises `ServiceError`."""
        while True:
            try:
                response = await self.http.send(call.request(self.http, await self._token()), stream=stream)
                if _succeeded(response):
                    return response
                if stream:
                    await response.aread()
            except httpx.TransportError as error:
                failure: ServiceError = call.unreachable(error)
            else:
                if response.status_code == 401 and call.made == 1 and await self._token() != call.token:
                    continue  # it was renewed meanwhile
                failure = problem_of(response, call.key)
            await anyio.sleep(call.pause(self.settings.retries, failure))

    async def _token(self) -> str | None:
        if not callable(self.token):
            return self.token
        found = self.token()
        return found if isinstance(found, str) else await found


class Calls:
    def __init__(self, settings: CallSettings, token: Token | None, http: httpx.Client) -> None:
        self.settings = settings
        self.token = token
        self.http = http

    def json(self, method: str, path: str, **call: Any) -> Any:
        prepared = prepare(self.settings, method, path, **call)
        return json_of(self.send(prepared), prepared.key)

    def text(self, method: str, path: str, **call: Any) -> str:
        return self.send(prepare(self.settings, method, path, **call)).text

    def download(self, method: str, path: str, **call: Any) -> Download:
        return download_of(self.send(prepare(self.settings, method, path, **call)))

    def pages(self, page: Callable[..., Any], *args: Any, **query: Any) -> Iterator[Any]:
        cursor = None
        while True:
            found = page(*args, **query, cursor=cursor)
            yield from found["data"]
            if (cursor := found.get("next_cursor")) is None:
                return

    def stream(
        self, path: str, *, params: Mapping[str, Any], mandated: bool = False
    ) -> Generator[models.CaseEvent, None, None]:
        """The events, for as long as there are any. A connection that breaks is opened again where it broke."""
        reading = _Reading(self.settings, path, params, mandated)
        while True:
            try:
                response = self.send(prepared := reading.prepare(), stream=True)
                try:
                    if response.status_code == 204:
                        return
                    for piece in response.iter_bytes():
                        yield from reading.events(piece)
                finally:
                    response.close()
            except httpx.TransportError as error:
                pause = reading.broke(prepared.unreachable(error))
            else:
                pause = reading.ended()
            time.sleep(pause)

    def send(self, call: PreparedCall, *, stream: bool = False) -> httpx.Response:
        """The answer, read unless it is a stream. Raises `ServiceError`."""
        while True:
            try:
                response = self.http.send(call.request(self.http, self._token()), stream=stream)
                if _succeeded(response):
                    return response
                if stream:
                    response.read()
            except httpx.TransportError as error:
                failure: ServiceError = call.unreachable(error)
            else:
                if response.status_code == 401 and call.made == 1 and self._token() != call.token:
                    continue  # it was renewed meanwhile
                failure = problem_of(response, call.key)
            time.sleep(call.pause(self.settings.retries, failure))

    def _token(self) -> str | None:
        return self.token() if callable(self.token) else self.token


class _Reading:
    """How far a stream has been read, over all its connections."""

    def __init__(self, settings: CallSettings, path: str, params: Mapping[str, Any], mandated: bool) -> None:
        self._settings, self._path, self._params, self._mandated = settings, path, params, mandated
        self._stream = EventStream(last_id=params.get("cursor") or "")
        self._without_progress = 0
        self._waited = 0.0
        self._progress = False

    def prepare(self) -> PreparedCall:
        self._progress = False
        params = {**self._params, "cursor": self._stream.last_id or None}
        return prepare(
            self._settings,
            "GET",
            self._path,
            params=params,
            mandated=self._mandated,
            accept=_STREAM,
            read_seconds=_SILENCE_SECONDS,
        )

    def events(self, piece: bytes) -> Iterator[models.CaseEvent]:
        for data in self._stream.read(piece):
            self._progress, self._without_progress, self._waited = True, 0, 0.0
            yield json.loads(data)

    def broke(self, failure: GatewayUnreachable) -> float:
        """Seconds until the next connection. Raises the failure after too many that brought nothing."""
        self._stream.broken()
        self._without_progress += 1
        pause = self._settings.retries.pause(self._without_progress, self._waited, failure)
        if pause is None:
            raise failure
        self._waited += pause
        return pause

    def ended(self) -> float:
        """The gateway closed the stream. Where something came it is asked at once whether that was all (204)."""
        self._stream.broken()
        return 0.0 if self._progress else self._stream.retry_seconds or 2.0
