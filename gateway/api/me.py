"""`/v1/me/accesses`: the person's own ledger (law 09-08): who looked at their data, when, and what for."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Final, Literal

from litestar import Controller, Response, get
from litestar.params import QueryParameter

from gateway.api.access import Call, assured, backend_of, entry_of, language_of, principal_of
from gateway.api.cursor import Cursor, number
from gateway.api.problems import Problem
from gateway.api.shapes import AccessView, Page
from gateway.audit.search import Filter, search

_GENERAL: Final = Filter(kind="access", subjects=("",))


class MeController(Controller):
    path = "/v1/me"
    tags = ("Me",)

    @get(
        "/accesses",
        operation_id="listMyAccesses",
        summary="Who looked at my data",
        description="All that was done about the person, looks of auditors included. `about=everyone` gives the looks "
        "at many people at once, which name nobody and can have shown the person too: what was searched is in "
        "`search`. Both together are every look there was.",
        opt={"scope": "cases:read", "operation": "me.accesses", "purpose": "right-of-access"},
    )
    async def accesses(
        self,
        request: Call,
        about: Annotated[Literal["me", "everyone"], QueryParameter()] = "me",
        cursor: Cursor = "",
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> Response[Page[AccessView]]:
        principal = principal_of(request)
        if not principal.pseudonym:
            # An application is nobody: without this it would read everything that concerns no person.
            raise Problem("not_found")
        assured(request, "")
        mine = backend_of(request).ring.ledger.every(principal.pseudonym, entry_of(request).at)
        where = Filter(subjects=mine) if about == "me" else _GENERAL
        after = number(cursor)
        found = await backend_of(request).storage.run_read(partial(search, where=where, after=after, limit=limit))
        mandates = backend_of(request).mandates
        named = await mandates.named(principal.pseudonym, {each.record.mandate for each in found.records} - {""})
        purposes = {id: await mandates.purpose(each) for id, each in named.items()}
        data = [
            AccessView(
                at=datetime.fromisoformat(each.record.at),
                call_id=each.record.call,
                kind=each.record.kind,
                client=each.record.client,
                operation=each.record.operation,
                purpose=each.record.purpose,
                service=each.record.service or None,
                search=each.record.search or None,
                agent=each.record.actor or None,
                mandate=each.record.mandate or None,
                mandate_purpose=purposes.get(each.record.mandate),
                reason=each.record.reason or None,
                portals=sorted({hop.portal for hop in each.record.hops}),
                outcome=each.record.outcome,
            )
            for each in found.records
        ]
        following = None if found.next is None else str(found.next)
        page = Page(data=data, has_more=following is not None, next_cursor=following)
        return Response(page, headers={"Cache-Control": "no-store", "Content-Language": language_of(request)})
