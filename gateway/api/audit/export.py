"""`GET /audit/export`: records for people and SIEMs, as one stream."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl, urlencode

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Stream

from gateway.api.audit.filter import ASKED
from gateway.api.http.access import Call, entry_of
from gateway.api.http.cursor import LARGEST
from gateway.api.http.problems import Problem
from gateway.api.http.response_headers import AUDIT_SIZE, CONTENT_DISPOSITION, LINK
from gateway.api.http.route_rules import RouteRule
from gateway.api.http.server_state import ServerState
from gateway.audit import access_records
from gateway.audit.reader import AuditReader
from gateway.audit.rows import Format, rows
from gateway.audit.search import Filter
from gateway.settings import Settings

_DESCRIPTION: Final = """The records that fit, oldest first, up to the newest checkpoint: `Audit-Size` says how many it
covers, and none of them changes any more. One answer goes through at most `audit.export_records` places of the log.
If there are more, `Link` with `rel="next"` leads on; it keeps to the same checkpoint. A stream that broke off is taken
up again after the last index that arrived, by `first`; later on, what is new begins at the `Audit-Size` of before. More
than `audit.exports` at once are refused with 503."""

_SOON_SECONDS: Final = 5


class Stopped(Exception):
    """The gateway stops. The answer breaks off without its end, so that nobody takes it for a whole one."""


class AuditExportController(Controller):
    path = "/audit/export"
    tags = ("Audit",)

    @get(
        "",
        operation_id="exportRecords",
        summary="Records as JSON Lines, CSV or OCSF events",
        problems=("filter_invalid",),
        response_headers=(AUDIT_SIZE, LINK, CONTENT_DISPOSITION),
        description=_DESCRIPTION,
        dependencies=ASKED,
        rule=RouteRule(scope="audit:export", operation="audit.export", rate="expensive", purpose="audit"),
    )
    async def export(
        self,
        request: Call,
        where: NamedDependency[Filter],
        audit_reader: NamedDependency[AuditReader],
        settings: NamedDependency[Settings],
        server_state: NamedDependency[ServerState],
        format: Annotated[Format, QueryParameter(description="`ocsf`: API Activity, one event a line.")] = "jsonl",
        first: Annotated[int, QueryParameter(ge=0, le=LARGEST, description="Index to begin with.")] = 0,
        size: Annotated[
            int | None, QueryParameter(ge=0, le=LARGEST, description="An earlier `Audit-Size` to keep to.")
        ] = None,
    ) -> Response[Any]:
        entry = entry_of(request)
        access_records.describe(entry, where)
        newest = await audit_reader.size()
        size = newest if size is None else size
        if size > newest:
            raise Problem("filter_invalid")
        stop = min(first + settings.audit.export_records, size)
        form = rows(format, origin=settings.audit.origin)
        headers = {
            "Audit-Size": str(size),
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="audit-{first}.{"csv" if format == "csv" else "jsonl"}"',
            "X-Accel-Buffering": "no",
        }
        if stop < size:
            asked = parse_qsl(request.scope["query_string"].decode("latin-1"))
            query = [each for each in asked if each[0] not in ("first", "size")]
            following = urlencode([*query, ("first", stop), ("size", size)])
            headers["Link"] = f'<{settings.public_url}/audit/export?{following}>; rel="next"'
        await audit_reader.describe_export(entry, where, first, stop)
        if server_state.exports >= settings.audit.exports:
            raise Problem("overloaded", retry_after=_SOON_SECONDS)
        stream = _counted(server_state, audit_reader.export(form, where, first, stop))
        await anext(stream)  # takes the place, before anybody else is let in
        return Stream(stream, media_type=form.media_type, headers=headers)


async def _counted(state: ServerState, parts: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The first thing given is empty: it says that the export has its place."""
    state.exports += 1
    try:
        yield b""
        async for part in parts:
            if state.draining:
                raise Stopped
            yield part
    finally:
        state.exports -= 1
