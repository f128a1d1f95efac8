"""`/v1/indicators`: how portals serve, in numbers that say nothing about anybody. JSON or CSV (RFC 4180)."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from typing import Annotated, Final, Literal

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from gateway.api.http.access import Admission, Call
from gateway.api.http.described import SECURED
from gateway.api.http.problems import FieldError, Problem
from gateway.api.http.response_headers import CONTENT_DISPOSITION, ETAG
from gateway.api.http.route_rules import PUBLIC, RouteRule
from gateway.api.indicators.shapes import IndicatorsView, IndicatorView
from gateway.cases.indicator_events import shifted
from gateway.cases.indicator_store import LEVELS
from gateway.cases.indicators import Indicators, Line, level_of
from gateway.settings import Settings

_DESCRIPTION: Final = """One row for each quarter and group, oldest first. `group_by` names what is told apart:
`portal`, `service`, `post`, `quarter`; a post is told apart within its service, a service within its portal, quarters
always.
Filters choose rows and change no number. By default the last four quarters that are published.
Quarters that are not published yet need a token with the scope `operate`, and are `provisional`."""

_DEFAULT_QUARTERS: Final = 4
_GROUPS: Final = frozenset({*LEVELS, "quarter"})
_QUARTER: Final = r"^[12][0-9]{3}-Q[1-4]$"
_JSON, _CSV = "application/json", "text/csv"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A spreadsheet takes text that begins so for a formula."""

COLUMNS: Final = IndicatorView.__struct_fields__


class IndicatorsController(Controller):
    path = "/v1/indicators"
    tags = ("Indicators",)

    @get(
        "",
        operation_id="listIndicators",
        summary="How portals serve: demands, answers, delays, satisfaction",
        problems=(*SECURED, "filter_invalid"),
        response_headers=(ETAG, CONTENT_DISPOSITION),
        description=_DESCRIPTION,
        rule=RouteRule(scope=PUBLIC, operation="indicators.list", purpose="statistics", compress=True),
    )
    async def list_indicators(
        self,
        request: Call,
        indicators: NamedDependency[Indicators],
        admission: NamedDependency[Admission],
        settings: NamedDependency[Settings],
        portal: Annotated[str | None, QueryParameter(max_length=40)] = None,
        service: Annotated[str | None, QueryParameter(max_length=100)] = None,
        post: Annotated[str | None, QueryParameter(max_length=64)] = None,
        first: Annotated[
            str | None, QueryParameter(name="from", pattern=_QUARTER, description="Like `2026-Q1`.")
        ] = None,
        last: Annotated[str | None, QueryParameter(name="to", pattern=_QUARTER, description="Like `2026-Q4`.")] = None,
        group_by: Annotated[
            str, QueryParameter(max_length=100, description="Names separated by commas.")
        ] = "portal,service,post,quarter",
        format: Annotated[Literal["json", "csv"] | None, QueryParameter(description="Before `Accept`.")] = None,
    ) -> Response[IndicatorsView]:
        given = {"portal": portal, "service": service, "post": post}
        filters = {name: value for name, value in given.items() if value is not None}
        names = [name.strip() for name in group_by.split(",")]
        if not _GROUPS.issuperset(names):
            raise Problem("filter_invalid", errors=[FieldError("/?group_by", "enum", allowed=sorted(_GROUPS))])
        most = settings.indicators.quarters
        last = last or indicators.newest()
        try:
            first = first or shifted(last, 1 - min(_DEFAULT_QUARTERS, most))
            furthest = shifted(first, most - 1)
        except ValueError:  # before the first quarter that can be written
            raise Problem("filter_invalid") from None
        if not first <= last <= min(furthest, indicators.current()):
            raise Problem("filter_invalid")
        provisional = last > indicators.newest()
        if provisional:
            await admission.admit(request, "operate")
        lines = await indicators.lines(first, last, level_of([*names, *filters]), filters)
        minimum = settings.indicators.minimum
        wanted = format or _accepted(request)
        if wanted == "csv":
            body, media_type = written(lines), _CSV
        else:
            rows = [IndicatorView(**{name: getattr(line, name) for name in COLUMNS}) for line in lines]
            body, media_type = msgspec.json.encode(IndicatorsView(data=rows, minimum=minimum)), _JSON
        return _answer(request, body, media_type, f"indicators-{first}-{last}", provisional=provisional)


def _accepted(request: Call) -> str:
    return "csv" if request.accept.best_match([_JSON, _CSV], default=_JSON) == _CSV else "json"


def _answer(request: Call, body: bytes, media_type: str, name: str, *, provisional: bool) -> Response[IndicatorsView]:
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    # An hour, not for ever: tomorrow another quarter may be the newest.
    cache = "private, no-store" if provisional else "public, max-age=3600"
    headers = {"ETag": etag, "Cache-Control": cache, "Vary": "Accept", "X-Content-Type-Options": "nosniff"}
    if etag in [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]:
        return Response(b"", status_code=304, headers=headers)  # type: ignore[arg-type]  # bytes, as below
    if media_type == _CSV:
        headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return Response(body, media_type=media_type, headers=headers)  # type: ignore[arg-type]  # encoded; the type documents it


def written(lines: Sequence[Line]) -> bytes:
    """RFC 4180 in UTF-8, the columns always the same. What is held back is an empty cell, and named in the last one."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(getattr(line, name)) for name in COLUMNS] for line in lines)
    return text.getvalue().encode()


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ";".join(value)
    return "'" + value if isinstance(value, str) and value.startswith(_FORMULA) else value
