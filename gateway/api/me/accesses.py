"""`/v1/me/accesses`: the person's own ledger (law 09-08): who looked at their data, when, and what for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from gateway.api.audit.shapes import AccessView
from gateway.api.http.access import Call, caller_of, language_of
from gateway.api.http.cursor import Cursor, number
from gateway.api.http.route_rules import RouteRule
from gateway.api.http.shapes import Page
from gateway.audit.record import Record
from gateway.cases.commands.list_accesses import ListAccesses


class AccessesController(Controller):
    path = "/v1/me"
    tags = ("Me",)

    @get(
        "/accesses",
        operation_id="listMyAccesses",
        summary="Who looked at my data",
        problems=("cursor_invalid", "not_found"),
        description="All that was done about the person, looks of auditors included. `about=everyone` gives the looks "
        "at many people at once, which name nobody and can have shown the person too: what was searched is in "
        "`search`. Both together are every look there was.",
        rule=RouteRule(scope="cases:read", operation="me.accesses", purpose="right-of-access"),
    )
    async def accesses(
        self,
        request: Call,
        list_accesses: NamedDependency[ListAccesses],
        about: Annotated[Literal["me", "everyone"], QueryParameter()] = "me",
        cursor: Cursor = "",
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> Response[Page[AccessView]]:
        found = await list_accesses.run(
            caller_of(request), about_everyone=about == "everyone", after=number(cursor), limit=limit
        )
        data = [_view(each.record, found.purposes) for each in found.page.records]
        following = None if found.page.next is None else str(found.page.next)
        page = Page(data=data, has_more=following is not None, next_cursor=following)
        return Response(page, headers={"Cache-Control": "no-store", "Content-Language": language_of(request)})


def _view(record: Record, purposes: Mapping[str, str]) -> AccessView:
    """`purposes`: of the person's mandates, by id."""
    return AccessView(
        occurred_at=datetime.fromisoformat(record.at),
        call_id=record.call,
        kind=record.kind,
        client=record.client or None,
        operation=record.operation,
        purpose=record.purpose or None,
        service=record.service or None,
        search=record.search or None,
        agent=record.actor or None,
        mandate=record.mandate or None,
        mandate_purpose=purposes.get(record.mandate),
        reason=record.reason or None,
        portals=sorted({hop.portal for hop in record.hops}),
        outcome=record.outcome,
    )
