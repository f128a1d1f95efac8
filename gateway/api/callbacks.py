"""`/callbacks/{portal}/{path}`: portals calling back, and people coming back from a card page.

Each portal authenticates its calls in its own way, so the connector checks them. A browser that returns proves nothing:
it gets a page, and nothing changes.
"""

from __future__ import annotations

from typing import Any, Final

from litestar import Controller, Response, route

from gateway.api.access import PUBLIC, Call, backend_of, entry_of, language_of
from gateway.api.pages import returned
from gateway.api.problems import Problem
from gateway.cases.store import Conflict
from gateway.connectors.contract import Callback, Paying, Refused, Verdict

PAYMENT: Final = "payment"
RETURN: Final = "return"


class CallbacksController(Controller):
    path = "/callbacks"
    tags = ("Callbacks",)
    include_in_schema = False

    @route(
        "/{portal:str}/{path:path}",
        http_method=["GET", "POST"],
        opt={"scope": PUBLIC, "operation": "callbacks.receive", "purpose": "payment"},
        status_code=200,
    )
    async def receive(self, request: Call, portal: str, path: str) -> Response[Any]:
        backend, entry = backend_of(request), entry_of(request)
        portals = backend.office.portals
        if not portals.has(portal, Paying):
            raise Problem("not_found")
        entry.portal, entry.principal = portal, "portal"
        kind = str(path).strip("/")
        if kind == RETURN:
            return returned(language_of(request), backend.messages)
        if kind != PAYMENT or request.method != "POST":
            raise Problem("not_found")
        callback = Callback(method=request.method, path=kind, headers=dict(request.headers), body=await request.body())
        try:
            verdict, reply, code = await backend.office.payments.callback(portal, callback)
        except Conflict as error:
            raise Problem("overloaded", retry_after=1) from error
        except Refused as error:
            raise Problem("capability_missing", portal=portal) from error
        entry.code = code
        entry.decision = "deny" if verdict is Verdict.REJECTED else "allow"
        entry.rule = "callback.authentic@1"
        if verdict is Verdict.REJECTED:
            entry.kind, entry.outcome = "refusal", "denied"
        backend.nudge()
        return Response(reply.body, status_code=reply.status, media_type=reply.media_type)
