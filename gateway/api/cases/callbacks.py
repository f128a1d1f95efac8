"""`/callbacks/{portal}/{path}`: portals calling back, and people coming back from a card page.

A paying portal calls `payment`; a filing portal that pushes calls any path and only says which demand has changed.

A call that was not believed, or not confirmed, is one by `anonymous` in the record. A browser that returns proves
nothing: it is sent on to the client's address, by GET, or gets a page, and nothing changes.
"""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, route
from litestar.di import NamedDependency
from litestar.params import FromPath

from gateway.api.http.access import Call, entry_of, language_of
from gateway.api.http.pages import returned
from gateway.api.http.problems import Problem
from gateway.api.http.route_rules import PUBLIC, RouteRule
from gateway.cases.commands.receive_callback import ReceiveCallback
from gateway.connectors.contract import Callback
from gateway.i18n.messages import Messages
from gateway.json_members import read_as_json_repeats


class CallbacksController(Controller):
    path = "/callbacks"
    tags = ("Callbacks",)
    include_in_schema = False

    @route(
        "/{portal:str}/{path:path}",
        http_method=["GET", "POST"],
        rule=RouteRule(scope=PUBLIC, operation="callbacks.receive", rate="free"),
        status_code=200,
    )
    async def receive(
        self,
        request: Call,
        portal: FromPath[str],
        path: FromPath[str],
        receive_callback: NamedDependency[ReceiveCallback],
        messages: NamedDependency[Messages],
    ) -> Response[Any]:
        entry, kind = entry_of(request), str(path).strip("/")
        if receive_callback.is_return(entry, portal, kind):
            if url := await receive_callback.returns_to(portal, kind):
                return _see_other(url)
            return returned(language_of(request), messages)
        callback = Callback(method=request.method, path=kind, headers=dict(request.headers), body=await request.body())
        if read_as_json_repeats(callback.body):
            raise Problem("malformed_callback")
        reply = await receive_callback.run(entry, portal, callback)
        return Response(reply.body, status_code=reply.status, media_type=reply.media_type)


def _see_other(url: str) -> Response[None]:
    """On to the client by GET, whatever the browser came by: a POST from another site would leave the cookies of the
    client's session behind (`SameSite=Lax`), and bring along the payment portal's fields."""
    headers = {"Location": url, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return Response(None, status_code=303, headers=headers)
