"""The records that an auditor searched for, as one file: the gateway gives them in parts, which go through singly."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qs

import httpx
from litestar import Request, get
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.response import Stream

from window.api import ApiAway, ApiProblem
from window.handed_on import kind_of, opened
from window.pages.audit import TEXTS, moment
from window.visit import Visit

_NEXT: Final = re.compile(r'<[^<>?]*\?([^<>]*)>\s*;\s*rel="next"')
_PLACE: Final = re.compile(r"[0-9]{1,16}")
_ATTEMPTS: Final = 6
_MOST_WAIT_SECONDS: Final = 10


@get("/audit/export")
async def export(visit: Visit, request: Request[Any, Any, State]) -> Stream:
    """To the newest checkpoint, however many parts that takes; nothing of it is held in memory. `Audit-Size`: how many
    records the log has there. If a part cannot be had the answer breaks off without its end, so that nobody takes it
    for a whole one."""
    await visit.require("auditor")
    asked = {name: request.query_params.get(name, "").strip()[:100] for name in (*TEXTS, "outcome", "kind")}
    asked["format"] = request.query_params.get("format", "jsonl")[:20]
    for name in ("since", "until"):
        if typed := request.query_params.get(name, "").strip()[:40]:
            try:
                asked[name] = moment(typed, visit.settings.look.time_zone)
            except (ValueError, OverflowError):
                raise NotFoundException from None
    asked = {name: value for name, value in asked.items() if value}
    part = await _part(visit, asked)
    headers = {
        "Content-Disposition": f'attachment; filename="log.{"csv" if asked["format"] == "csv" else "jsonl"}"',
        "Audit-Size": part.headers.get("audit-size", ""),
        "X-Accel-Buffering": "no",
    }
    kind, charset = kind_of(part.headers["content-type"])
    return Stream(_all(visit, part, asked), media_type=kind, encoding=charset, headers=headers)


async def _all(visit: Visit, part: httpx.Response, asked: Mapping[str, str]) -> AsyncIterator[bytes]:
    """Of the parts of a CSV the first alone has the names of the columns."""
    place, title = -1, False
    try:
        while True:
            async for piece in part.aiter_bytes():
                rest = piece
                if title:
                    _, end, rest = piece.partition(b"\n")
                    title = not end
                if rest:
                    yield rest
            following = _following(part.headers.get("link", ""))
            if following is None:
                return
            if int(following["first"]) <= place:
                raise ApiAway("the export does not come to an end")
            place, title = int(following["first"]), asked["format"] == "csv"
            await part.aclose()
            if visit.session is None or await visit.services.store.find(visit.session.key) is None:
                raise ApiAway("the session has ended, here or elsewhere")
            part = await _part(visit, {**asked, **following})
    finally:
        await part.aclose()


async def _part(visit: Visit, asked: Mapping[str, str]) -> httpx.Response:
    """Its answer, open. An export takes longer than a token lives, and the gateway gives a few at a time."""
    for attempt in range(_ATTEMPTS):
        await visit.require("auditor")
        try:
            return await opened(visit, "/audit/export", accept="*/*", params=asked).__aenter__()
        except ApiProblem as problem:
            if problem.status not in (429, 503) or "first" not in asked or attempt == _ATTEMPTS - 1:
                raise
            await asyncio.sleep(min(problem.retry_after or 1, _MOST_WAIT_SECONDS))
    raise AssertionError  # the loop ends by returning or raising


def _following(link: str) -> dict[str, str] | None:
    """Where the next part begins and to which size the export keeps; whatever else the address says is not followed."""
    found = _NEXT.search(link)
    if found is None:
        return None
    named = {name: values[0] for name, values in parse_qs(found[1]).items() if name in ("first", "size")}
    if set(named) != {"first", "size"} or not all(_PLACE.fullmatch(each) for each in named.values()):
        raise ApiAway("the export goes on at no place of the log")
    return named


ROUTES = [export]
