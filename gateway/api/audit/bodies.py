"""`/audit/records/{index}/bodies`: the requests and answers behind a record, where the operator keeps them."""

from __future__ import annotations

from base64 import b64encode
from typing import Annotated

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from gateway.api.audit.shapes import AccessPurpose, BodiesView, BodyView
from gateway.api.http.access import Call, entry_of
from gateway.api.http.route_rules import RouteRule
from gateway.audit.bodies import Body
from gateway.audit.reader import AuditReader

Purpose = Annotated[
    AccessPurpose, QueryParameter(description="Why; it stands in the record of this look, which the person sees.")
]


class AuditBodiesController(Controller):
    path = "/audit"
    tags = ("Audit",)

    @get(
        "/records/{index:int}/bodies",
        operation_id="getBodies",
        summary="The requests and answers behind a record",
        problems=("record_not_found", "record_expired", "bodies_not_kept", "erased"),
        description="Only where the operator keeps them (`audit.keep_bodies`), and until the person is erased.",
        rule=RouteRule(scope="audit:bodies", operation="audit.bodies", rate="expensive"),
    )
    async def read(
        self, request: Call, index: FromPath[int], purpose: Purpose, audit_reader: NamedDependency[AuditReader]
    ) -> Response[BodiesView]:
        kept = await audit_reader.bodies(entry_of(request), index, purpose)
        view = BodiesView(index=index, bodies=[_view(each) for each in kept])
        return Response(view, headers={"Cache-Control": "no-store"})


def _view(body: Body) -> BodyView:
    try:
        return BodyView(where=body.where, opens=body.opens, text=body.content.decode())
    except UnicodeDecodeError:
        return BodyView(where=body.where, opens=body.opens, base64=b64encode(body.content).decode())
