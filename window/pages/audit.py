"""For auditors: the log searched, drawn over time, one record with its hops, a case's story, and the proof of a record
in the reader's own browser. Each look is itself a record, and the page says which.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit
from zoneinfo import ZoneInfo

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from window.addresses import QUERY
from window.api import Api, ApiProblem
from window.charts import Bar, Span, bars, waterfall
from window.visit import Visit

TEXTS: Final = ("portal", "service", "client", "operation", "subject", "actor", "case_id", "call_id")
OUTCOMES: Final = ("ok", "client_error", "refused", "unavailable", "unknown", "denied", "failed")
KINDS: Final = ("call", "step", "admin", "access", "refusal")
FORMATS: Final = ("jsonl", "csv", "ocsf")
_PAGE: Final = 25
_PIECES: Final = 48
_STORY: Final = 200
_DAY: Final = timedelta(days=1)
_LONGEST: Final = timedelta(days=3660)
"""That a chart may show."""
_LATEST: Final = 2**53 - 1
_TILE: Final = re.compile(r"[0-7]/(?:x[0-9]{3}/){0,5}[0-9]{3}(?:\.p/[1-9][0-9]{0,2})?")
ANY: Final = "*/*"
_LOCAL: Final = "%Y-%m-%dT%H:%M"

Req = Request[Any, Any, State]


class Sparse(dict[str, Any]):
    """A record of the log, which leaves out what is empty: templates read it as an empty text."""

    def __missing__(self, name: str) -> str:
        return ""


@get("/audit", opt={QUERY: (*TEXTS, "outcome", "kind", "since", "until", "cursor")})
async def search(visit: Visit, request: Req) -> Any:
    """The filters are in the address, so that a search can be kept and passed on: the log holds no personal data."""
    api = await visit.require("auditor")
    asked = {name: request.query_params.get(name, "").strip()[:100] for name in (*TEXTS, "outcome", "kind")}
    typed = {name: request.query_params.get(name, "").strip()[:40] for name in ("since", "until")}
    cursor = request.query_params.get("cursor", "")[:40]
    where = {name: value for name, value in asked.items() if value}
    page: dict[str, Any] = {"data": [], "has_more": False, "next_cursor": None}
    density: dict[str, Any] | None = None
    times, wrong = _times(visit, typed)
    where |= times
    try:
        if not wrong:
            page = await api.get("/audit/records", **where, cursor=cursor, limit=_PAGE)
            seen_by = api.last_call_id
            if page["data"] and not cursor:
                density = await api.get("/audit/density", **{**where, **_drawn(where, page)}, buckets=_PIECES)
            api.last_call_id = seen_by
    except ApiProblem as problem:
        if problem.status != 400:
            raise
        wrong = {each["pointer"].removeprefix("/?"): each["detail"] for each in problem.errors} or {"": problem.detail}
    kept = {**asked, **typed}
    pieces = _pieces(visit, density) if density else []
    return visit.page(
        "audit/search.html",
        asked=kept,
        records=[_filled(each) for each in page["data"]],
        next=_address("/audit", {**kept, "cursor": page["next_cursor"] or ""}) if page["has_more"] else "",
        newest=_address("/audit", kept) if cursor else "",
        density=density,
        further=page["has_more"] and not typed["since"],
        zone=visit.settings.look.time_zone,
        chart=bars(pieces, title=visit._("Records over time"), number=visit.formats.number) if pieces else "",
        pieces=[each for each in pieces if each.value],
        export=[(each, _address("/audit/export", {**kept, "format": each})) for each in FORMATS],
        outcomes=OUTCOMES,
        kinds=KINDS,
        texts=TEXTS,
        wrong=wrong,
    )


@get("/audit/records/{index:int}")
async def record(visit: Visit, index: FromPath[int]) -> Any:
    api = await visit.require("auditor")
    if not 0 <= index <= _LATEST:
        raise NotFoundException
    found = _filled(await api.get(f"/audit/records/{index}"))
    seen_by = api.last_call_id
    keys, note = await asyncio.gather(api.get("/.well-known/mre-gateway"), text_of(api, "/audit/log/checkpoint"))
    api.last_call_id = seen_by
    leaf = found["record"]
    return visit.page(
        "audit/record.html",
        found=found,
        record=leaf,
        facts=[(name, value) for name, value in leaf.items() if name not in ("hops", "sums") and value != ""],
        hops=[Sparse(each) for each in leaf.get("hops", [])],
        whole=visit.formats.number(leaf.get("duration_us", 0) / 1000),
        chart=_hops(visit, leaf),
        raw=json.dumps(leaf, ensure_ascii=False, indent=1),
        keys="\n".join(keys["audit"]["vkeys"]),
        note=note,
    )


@get("/audit/cases/{case_id:str}")
async def story(visit: Visit, case_id: FromPath[str]) -> Any:
    """All that was recorded of a case, the oldest first."""
    api = await visit.require("auditor")
    found: list[dict[str, Any]] = []
    cursor, first_look = "", ""
    for _ in range(-(-_STORY // 50)):
        page = await api.get("/audit/records", case_id=case_id[:100], cursor=cursor, limit=50)
        first_look = first_look or api.last_call_id
        found += page["data"]
        cursor = page["next_cursor"] or ""
        if not page["has_more"]:
            break
    api.last_call_id = first_look
    if not found:
        raise NotFoundException
    told = [{**_filled(each), "chart": _hops(visit, each["record"])} for each in reversed(found)]
    return visit.page("audit/story.html", case_id=case_id, records=told, cut=bool(cursor))


@get("/audit/anomalies")
async def anomalies(visit: Visit, days: FromQuery[int] = 1) -> Any:
    api = await visit.require("auditor")
    days = min(max(days, 1), 31)
    since = datetime.now(UTC) - timedelta(days=days)
    found = await api.get("/audit/anomalies", since=since.isoformat())
    listed = [
        {**each, "url": _search(each["records_url"], visit.settings.look.time_zone)} for each in found["anomalies"]
    ]
    return visit.page("audit/anomalies.html", found=found, anomalies=listed, days=days)


@get("/audit/tile/{name:path}")
async def tile(visit: Visit, name: FromPath[str]) -> Any:
    """Hashes of the log for the proof: public, and passed on as they are, because a page may ask its own host only."""
    name = str(name).lstrip("/")
    if not _TILE.fullmatch(name):
        raise NotFoundException
    found = await (await visit.require("auditor")).send("GET", f"/audit/log/tile/{name}", accept=ANY)
    return Response(
        found.data, media_type="application/octet-stream", headers={"Cache-Control": "private, max-age=3600"}
    )


def _filled(found: Mapping[str, Any]) -> dict[str, Any]:
    return {**found, "record": Sparse(found["record"])}


async def text_of(api: Api, path: str) -> str:
    return str((await api.send("GET", path, accept=ANY)).data or b"", "utf-8", "replace")


def moment(typed: str, zone: str) -> str:
    """What a field of a form holds, in the window's time, as the API takes it. Raises `ValueError`."""
    moment = datetime.fromisoformat(typed)
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).isoformat()


def _times(visit: Visit, typed: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What was typed, as the API takes it; and of each field what is wrong with it."""
    times, wrong = dict[str, str](), dict[str, str]()
    for name, value in typed.items():
        try:
            times |= {name: moment(value, visit.settings.look.time_zone)} if value else {}
        except (ValueError, OverflowError):
            wrong[name] = visit._("A time is written like 2026-11-30T09:00.")
    if len(times) == 2 and datetime.fromisoformat(times["until"]) <= datetime.fromisoformat(times["since"]):
        wrong["until"] = visit._("The end is not after the beginning.")
    return times, wrong


def _drawn(where: Mapping[str, str], page: Mapping[str, Any]) -> dict[str, str]:
    """The time that the chart above the list is of: what was asked for. Without a beginning it is that of the list, if
    all of it is on this page; else of a day, or of as much as the page shows. What is yet to come is not drawn."""
    if "since" in where:
        return {}
    now = datetime.now(UTC) + timedelta(seconds=1)
    until = min(datetime.fromisoformat(where["until"]), now) if "until" in where else now
    oldest = min(datetime.fromisoformat(each["record"]["at"]) for each in page["data"])
    since = min(oldest, until - _DAY) if page["has_more"] else oldest
    return {"since": max(since, until - _LONGEST).isoformat(), "until": until.isoformat()}


def _address(path: str, query: Mapping[str, str]) -> str:
    kept = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(kept)}" if kept else path


def _search(records_url: str, zone: str) -> str:
    """The same search on a page of ours: nothing of the address but known filters is kept."""
    asked = dict(parse_qsl(urlsplit(records_url).query))
    kept: dict[str, str] = {name: asked[name] for name in (*TEXTS, "outcome", "kind") if name in asked}
    for name in ("since", "until"):
        if name in asked:
            moment = datetime.fromisoformat(asked[name])
            # A field has whole minutes: the search begins no later and ends no earlier.
            late = timedelta(minutes=1) if name == "until" else timedelta()
            kept[name] = (moment + late).astimezone(ZoneInfo(zone)).strftime(_LOCAL)
    return _address("/audit", kept)


def _pieces(visit: Visit, density: Mapping[str, Any]) -> list[Bar]:
    start, zone = datetime.fromisoformat(density["since_at"]), ZoneInfo(visit.settings.look.time_zone)
    form = "%d/%m %H:%M" if density["seconds"] < 86_400 else "%d/%m/%Y"
    entries = []
    for number, count in enumerate(density["counts"]):
        at = (start + timedelta(seconds=number * density["seconds"])).astimezone(zone)
        entries.append(Bar(label=at.strftime(form), value=count))
    return entries


def _hops(visit: Visit, record: Mapping[str, Any]) -> Any:
    """The attempts to reach portals, in their order and by their length. When each began is not recorded: one is drawn
    after the other, and if together they took longer than the whole, side by side."""
    hops = record.get("hops", [])
    if not hops:
        return ""
    whole = record.get("duration_us", 0) / 1000
    known = sum(each.get("duration_us", 0) for each in hops) / 1000
    at, spans = 0.0, []
    for each in hops:
        took = each.get("duration_us", 0) / 1000
        said = " · ".join(_said(visit, each))
        good = each.get("outcome") == "answered" and each.get("status", 0) < 400
        spans.append(Span(label=said, start=at, length=took, said=said, tone="good" if good else "bad"))
        at += took if known <= whole else 0.0
    return waterfall(spans, whole, title=visit._("Attempts to reach portals, one below the other"))


def _said(visit: Visit, hop: Mapping[str, Any]) -> list[str]:
    parts = [f"{hop['portal']}.{hop.get('operation', '')}", f"#{hop.get('attempt', 0)}", hop.get("method", "")]
    parts.append(str(hop["status"]) if hop.get("status") else "")
    parts.append(f"{visit.formats.number(hop.get('duration_us', 0) / 1000)} ms")
    return [each for each in parts if each]


ROUTES = [search, record, story, anomalies, tile]
