"""`/audit`: the request log for auditors. Every look is itself a record, which the person looked at can see."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from gateway import national_id
from gateway.api.audit.filter import ASKED
from gateway.api.audit.shapes import RecordView, SubjectRequest, SubjectView
from gateway.api.http.access import Call, entry_of
from gateway.api.http.cursor import Cursor, number
from gateway.api.http.problems import FieldError, Problem
from gateway.api.http.route_rules import RouteRule
from gateway.api.http.shapes import Page
from gateway.audit.reader import AuditReader
from gateway.audit.search import Filter, Found
from gateway.auth.keys import KeyRing

_SHORT: Final = """All filters that are given must hold. Each of them is exact and quick by its own index; where several
are given, at most `audit.scan_records` records are looked at for one page. A page can so be short, or even empty, while
`has_more` is true: go on with `next_cursor` until it is not. The record of this look says what was searched for."""


class AuditController(Controller):
    path = "/audit"
    tags = ("Audit",)

    @get(
        "/records",
        operation_id="listRecords",
        summary="Records of the log, newest first",
        problems=("cursor_invalid", "filter_invalid"),
        description=_SHORT,
        dependencies=ASKED,
        rule=RouteRule(scope="audit:list", operation="audit.list", rate="expensive", purpose="audit"),
    )
    async def records(
        self,
        request: Call,
        where: NamedDependency[Filter],
        audit_reader: NamedDependency[AuditReader],
        cursor: Cursor = "",
        limit: Annotated[int, QueryParameter(ge=1, le=500)] = 50,
    ) -> Response[Page[RecordView]]:
        found = await audit_reader.page(entry_of(request), where, after=number(cursor), limit=limit)
        following = None if found.next is None else str(found.next)
        page = Page(data=[_view(each) for each in found.records], has_more=following is not None, next_cursor=following)
        return Response(page, headers={"Cache-Control": "no-store"})

    @get(
        "/records/{index:int}",
        operation_id="getRecord",
        summary="One record by its index",
        description="With its place in the log and its leaf hash. The look is itself a record.",
        problems=("record_not_found", "record_expired", "not_found"),
        rule=RouteRule(scope="audit:list", operation="audit.read", purpose="audit"),
    )
    async def record(
        self, request: Call, index: FromPath[int], audit_reader: NamedDependency[AuditReader]
    ) -> Response[RecordView]:
        found = await audit_reader.record(entry_of(request), index)
        return Response(_view(found), headers={"Cache-Control": "no-store"})

    @post(
        "/subjects",
        operation_id="resolveSubject",
        summary="The pseudonyms of a person, for a stated purpose",
        description="A question asked by POST, so that the number stands in no address; it writes nothing but its own "
        "record, which the person sees, and needs no `Idempotency-Key`. Any well-formed number has pseudonyms: the "
        "answer does not tell whether the person is known here.",
        status_code=200,
        # `secret`: the log commits to no body. A number so short is found by trying all of them, given the salt.
        rule=RouteRule(scope="subjects:resolve", operation="audit.resolve", purpose="audit", secret_body=True),
    )
    async def subjects(
        self, request: Call, data: JSONBody[SubjectRequest], ring: NamedDependency[KeyRing]
    ) -> Response[SubjectView]:
        entry = entry_of(request)
        entry.kind, entry.purpose = "access", data.purpose
        try:
            entry.subject = ring.pseudonym(national_id.typed(data.national_id))
        except ValueError:
            raise Problem("invalid_request", errors=[FieldError("/national_id", "invalid")]) from None
        view = SubjectView(purpose=data.purpose, subjects=list(ring.ledger.every(entry.subject, entry.at)))
        return Response(view, headers={"Cache-Control": "no-store"})


def _view(found: Found) -> RecordView:
    return RecordView(index=found.index, leaf_hash=found.leaf_hash, record=found.record)
