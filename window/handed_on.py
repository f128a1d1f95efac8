"""Answers of the API that go to the browser as they come: files, and what happens as it happens."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from typing import Final

import httpx
import msgspec
from litestar import Response
from litestar.response import Stream

from window.api import ApiAway, ApiProblem, check_header, check_path
from window.own_words import said
from window.visit import Visit

_SHOWN: Final = ("application/pdf", "image/png", "image/svg+xml", "image/jpeg", "text/plain", "text/calendar")
"""What a browser may show by itself; all else is only saved. No page of a portal's is shown under our address."""
_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")
_CHARSET: Final = re.compile(r"""\bcharset="?([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)
_LONG_SECONDS: Final = 3600.0
PLAIN: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"


async def file(
    visit: Visit, path: str, *, name: str, accept: str = "*/*", params: Mapping[str, str] | None = None,
    save: bool = False,
) -> Response[bytes]:  # fmt: skip
    """The file at `path` of the API. `name` is what it is saved as, without an ending. Raises `ApiProblem`,
    `ApiAway`."""
    async with opened(visit, path, accept=accept, params=params) as answer:
        body = await answer.aread()
        kind = answer.headers.get("content-type", "application/octet-stream")
    bare, charset = kind_of(kind)
    shown = bare in _SHOWN and not save
    found = {
        "content-disposition": f'{"inline" if shown else "attachment"}; filename="{_saved_as(name, bare)}"',
        "content-security-policy": PLAIN,
    }
    media_type = bare if bare in _SHOWN else "application/octet-stream"
    return Response(body, media_type=media_type, encoding=charset, headers=found)


async def stream(visit: Visit, path: str, *, after: str) -> Response[None] | Stream:
    """The event stream at `path`, from the event `after` on, until the session ends, wherever she signs out; 204 where
    nothing comes any more."""
    store, session = visit.services.store, visit.session
    headers = {"Last-Event-ID": after} if after else {}
    answering = opened(visit, path, accept="text/event-stream", headers=headers, seconds=_LONG_SECONDS)
    answer = await answering.__aenter__()
    if answer.status_code == 204:
        await answering.close()
        return Response(None, status_code=204)

    async def lines() -> AsyncIterator[bytes]:
        try:
            async for part in answer.aiter_bytes():
                if session is not None and not await store.lives(session.key):
                    return
                yield part
        except httpx.HTTPError:
            return  # the browser comes again, with the last event it saw
        finally:
            await answering.close()

    return Stream(lines(), media_type="text/event-stream", headers={"x-accel-buffering": "no"})


class opened:
    """One answer, open until `close`. The token is the session's; `visit.require` has seen to it."""

    def __init__(
        self, visit: Visit, path: str, *, accept: str, params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None, seconds: float | None = None,
    ) -> None:  # fmt: skip
        check_path(path)
        if "?" in path:  # what is asked beside the path is in `params`
            raise ApiProblem(404, {"code": "not_found"}, {})
        data = visit.session.data if visit.session else None
        for each in (headers or {}).values():
            check_header(each)
        sent = {"Accept": accept, "Accept-Language": visit.content_language, **(headers or {})}
        if data and data.tokens:
            sent["Authorization"] = f"Bearer {data.tokens.access}"
        if data and data.mandate:
            sent["Mandate"] = data.mandate
        self._mandate, self._texts = sent.get("Mandate", ""), visit.texts
        http = visit.services.streams if seconds else visit.services.http
        timeout = httpx.Timeout(visit.settings.gateway.timeout_seconds, read=seconds or http.timeout.read)
        self._http, self._asked = http, http.build_request("GET", path, params=params, headers=sent, timeout=timeout)
        self._answer: httpx.Response | None = None

    async def __aenter__(self) -> httpx.Response:
        try:
            self._answer = answer = await self._http.send(self._asked, stream=True)
            if answer.status_code < 400:
                return answer
            body = await answer.aread()
        except httpx.HTTPError as error:
            await self.close()
            raise ApiAway(type(error).__name__) from error
        await self.close()
        if answer.headers.get("content-type", "").startswith("application/problem+json"):
            problem = said(msgspec.json.decode(body), self._texts)
            raise ApiProblem(answer.status_code, problem, answer.headers, mandate=self._mandate)
        raise ApiAway(f"answered {answer.status_code} without a problem document")

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        if self._answer is not None:
            await self._answer.aclose()


def kind_of(told: str) -> tuple[str, str]:
    """The media type alone, and the character set of a text: the response writes both into its header, each once."""
    bare, _, parameters = told.partition(";")
    charset = _CHARSET.search(parameters)
    return bare.strip().lower(), charset[1].lower() if charset else "utf-8"


def _saved_as(name: str, kind: str) -> str:
    endings = {
        "application/pdf": ".pdf", "text/plain": ".txt", "text/html": ".html", "text/calendar": ".ics",
        "image/svg+xml": ".svg", "image/png": ".png", "image/jpeg": ".jpg", "text/csv": ".csv",
        "application/xml": ".xml", "application/json": ".json",
    }  # fmt: skip
    return (_NAME.sub("-", name).strip(".-") or "file")[:80] + endings.get(kind, "")
