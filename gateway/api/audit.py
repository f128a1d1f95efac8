"""`/audit`: the request log for auditors. Every look is itself a record."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from litestar import Controller, Response, get
from litestar.params import Parameter

from gateway.api.access import Call, backend_of, entry_of
from gateway.api.problems import Problem
from gateway.api.shapes import Page, RecordView
from gateway.audit.search import Filter, Found, by_index, search

Text = Annotated[str, Parameter(max_length=100)]


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
        cursor: Annotated[int | None, Parameter(ge=0)] = None,
        limit: Annotated[int, Parameter(ge=1, le=500)] = 50,
    ) -> Response[Page[RecordView]]:
        entry_of(request).kind = "access"
        if any(moment is not None and moment.tzinfo is None for moment in (since, until)):
            raise Problem("filter_invalid")
        where = Filter(
            since=since,
            until=until,
            portal=portal,
            service=service,
            client=client,
            outcome=outcome,
            kind=kind or "",
            call_id=call_id,
            subject=subject,
        )
        async with backend_of(request).storage.read() as connection:
            found = await search(connection, where, after=cursor, limit=limit)
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
        entry_of(request).kind = "access"
        async with backend_of(request).storage.read() as connection:
            found = await by_index(connection, index) if 0 <= index < 2**63 else None
        if found is None:
            raise Problem("not_found")
        return Response(_view(found), headers={"Cache-Control": "no-store"})


def _view(found: Found) -> RecordView:
    return RecordView(index=found.index, leaf_hash=found.leaf_hash, record=msgspec.to_builtins(found.record))
