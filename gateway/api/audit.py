"""`/audit`: the request log for auditors. Every look is itself a record, which the person looked at can see."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

import msgspec
from litestar import Controller, Response, get
from litestar.params import Parameter

from gateway.api.access import Call, backend_of, entry_of
from gateway.api.cursor import LARGEST, Cursor, number
from gateway.api.problems import Problem
from gateway.api.shapes import Page, RecordView
from gateway.audit import nodes
from gateway.audit.search import Filter, Found, by_index, search

Text = Annotated[str, Parameter(max_length=100)]

_PSEUDONYM: Final = re.compile("p[0-9]{4}_[0-9a-f]{32}")


class AuditController(Controller):
    path = "/audit"
    tags = ("Audit",)

    @get(
        "/records",
        operation_id="listRecords",
        summary="Records of the log, newest first",
        opt={"scope": "audit:list", "operation": "audit.list", "purpose": "audit"},
    )
    async def records(
        self,
        request: Call,
        since: datetime | None = None,
        until: datetime | None = None,
        portal: Text = "",
        service: Text = "",
        client: Text = "",
        outcome: Text = "",
        kind: Annotated[Literal["call", "step", "admin", "access", "refusal"] | None, Parameter()] = None,
        call_id: Text = "",
        subject: Text = "",
        cursor: Cursor = "",
        limit: Annotated[int, Parameter(ge=1, le=500)] = 50,
    ) -> Response[Page[RecordView]]:
        entry = entry_of(request)
        entry.kind = "access"
        if _PSEUDONYM.fullmatch(subject):
            entry.subject = subject
        where = Filter(
            since=_utc(since),
            until=_utc(until),
            portal=portal,
            service=service,
            client=client,
            outcome=outcome,
            kind=kind or "",
            call_id=call_id,
            subject=subject,
        )
        async with backend_of(request).storage.read() as connection:
            found = await search(connection, where, after=number(cursor), limit=limit)
        following = None if found.next is None else str(found.next)
        page = Page(data=[_view(each) for each in found.records], has_more=following is not None, next_cursor=following)
        return Response(page, headers={"Cache-Control": "no-store"})

    @get(
        "/records/{index:int}",
        operation_id="getRecord",
        summary="One record by its index",
        opt={"scope": "audit:list", "operation": "audit.read", "purpose": "audit"},
    )
    async def record(self, request: Call, index: int) -> Response[RecordView]:
        entry = entry_of(request)
        entry.kind = "access"
        async with backend_of(request).storage.read() as connection:
            found = await by_index(connection, index) if 0 <= index <= LARGEST else None
            if found is None and 0 <= index < await connection.run_sync(nodes.expired):
                raise Problem("record_expired")
        if found is None:
            raise Problem("record_not_found")
        entry.subject, entry.case_id = found.record.subject, found.record.case
        return Response(_view(found), headers={"Cache-Control": "no-store"})


def _view(found: Found) -> RecordView:
    return RecordView(index=found.index, leaf_hash=found.leaf_hash, record=msgspec.to_builtins(found.record))


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    try:
        if moment.tzinfo is None:
            raise Problem("filter_invalid")
        return moment.astimezone(UTC)
    except OverflowError:  # the first or the last day there is, in another zone
        raise Problem("filter_invalid") from None
