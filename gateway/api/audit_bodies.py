"""`/audit/records/{index}/bodies`: the requests and answers behind a record, where the operator keeps them."""

from __future__ import annotations

from base64 import b64encode
from typing import Annotated

from litestar import Controller, Response, get
from litestar.params import FromPath, QueryParameter
from sqlalchemy import Connection

from gateway.api.access import Call, backend_of, entry_of
from gateway.api.cursor import LARGEST
from gateway.api.problems import Problem
from gateway.api.shapes import BodiesView, BodyView, LookPurpose
from gateway.audit import bodies, nodes
from gateway.audit.bodies import Body
from gateway.audit.search import by_index, leaf_bytes

Purpose = Annotated[
    LookPurpose, QueryParameter(description="Why; it stands in the record of this look, which the person sees.")
]


class AuditBodiesController(Controller):
    path = "/audit"
    tags = ("Audit",)

    @get(
        "/records/{index:int}/bodies",
        operation_id="getBodies",
        summary="The requests and answers behind a record",
        description="Only where the operator keeps them (`audit.keep_bodies`), and until the person is erased.",
        opt={"scope": "audit:bodies", "operation": "audit.bodies"},
    )
    async def read(self, request: Call, index: FromPath[int], purpose: Purpose) -> Response[BodiesView]:
        backend, entry = backend_of(request), entry_of(request)
        entry.kind, entry.purpose = "access", purpose

        def look(connection: Connection) -> list[Body] | None:
            found = by_index(connection, index) if 0 <= index <= LARGEST else None
            if found is None:
                gone = 0 <= index < nodes.expired(connection)
                raise Problem("record_expired" if gone else "record_not_found")
            entry.subject, entry.case_id = found.record.subject, found.record.case
            leaf = leaf_bytes(connection, index) or b""
            return bodies.read(connection, backend.vault, found, leaf)

        kept = await backend.storage.run_read(look)
        if kept is None:
            raise Problem("bodies_not_kept")
        view = BodiesView(index=index, bodies=[_view(each) for each in kept])
        return Response(view, headers={"Cache-Control": "no-store"})


def _view(body: Body) -> BodyView:
    try:
        return BodyView(where=body.where, opens=body.opens, text=body.content.decode())
    except UnicodeDecodeError:
        return BodyView(where=body.where, opens=body.opens, base64=b64encode(body.content).decode())
