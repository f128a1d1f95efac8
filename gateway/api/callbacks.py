"""`/callbacks/{portal}/{path}`: portals calling back, and people coming back from a card page.

A paying portal calls `payment`; a filing portal that pushes calls any path and only says which demand has changed.

Each portal authenticates its calls in its own way, so the connector checks them; what they say is a hint, and the
portal is asked. A call that was not believed, or not confirmed, is one by `anonymous` in the record. A browser that
returns proves nothing: it gets a page, and nothing changes.
"""

from __future__ import annotations

from typing import Any, Final

from litestar import Controller, Response, route
from litestar.params import FromPath

from gateway.api.access import PUBLIC, Call, backend_of, entry_of, language_of
from gateway.api.codes import CODES
from gateway.api.pages import returned
from gateway.api.problems import Problem
from gateway.cases.payments import AUTHENTIC
from gateway.cases.store import Conflict
from gateway.connectors.contract import Callback, Filing, Paying, Refused, Reply, Verdict
from gateway.json_members import read_as_json_repeats

PAYMENT: Final = "payment"
RETURN: Final = "return"


class CallbacksController(Controller):
    path = "/callbacks"
    tags = ("Callbacks",)
    include_in_schema = False

    @route(
        "/{portal:str}/{path:path}",
        http_method=["GET", "POST"],
        opt={"scope": PUBLIC, "operation": "callbacks.receive"},
        status_code=200,
    )
    async def receive(self, request: Call, portal: FromPath[str], path: FromPath[str]) -> Response[Any]:
        backend, entry = backend_of(request), entry_of(request)
        portals = backend.office.portals
        kind = str(path).strip("/")
        pays, notifies = portals.has(portal, Paying), portals.implements(portal, Filing.notice)
        if not pays and not notifies:
            raise Problem("not_found")
        entry.portal = portal
        if pays and kind == RETURN:
            entry.purpose = "payment"
            return returned(language_of(request), backend.messages)
        callback = Callback(method=request.method, path=kind, headers=dict(request.headers), body=await request.body())
        if read_as_json_repeats(callback.body):
            raise Problem("malformed_callback")
        if pays and kind == PAYMENT and request.method == "POST":
            entry.purpose = "payment"
            return await _payment(request, portal, callback)
        if not notifies:
            raise Problem("not_found")
        entry.purpose = "notice"
        return await _notice(request, portal, callback)


async def _payment(request: Call, portal: str, callback: Callback) -> Response[Any]:
    backend, entry = backend_of(request), entry_of(request)
    try:
        budget = backend.settings.server.callback_seconds
        verdict, reply, code = await backend.office.payments.callback(portal, callback, budget)
    except Conflict as error:
        raise Problem("overloaded", retry_after=1) from error
    except Refused as error:
        raise Problem("capability_missing", portal=portal) from error
    entry.code = code
    entry.decision = "deny" if verdict is Verdict.REJECTED else "allow"
    entry.rule = AUTHENTIC
    if verdict is Verdict.REJECTED:
        entry.kind, entry.outcome = "refusal", "denied"
    backend.nudge()
    return _told(reply)


async def _notice(request: Call, portal: str, callback: Callback) -> Response[Any]:
    """What the portal says is not believed: the cases that it is about are made due, and the journey asks.

    A reference that no open case has gets the same answer: who calls must not learn which ones there are.
    """
    backend, entry = backend_of(request), entry_of(request)
    entry.rule = AUTHENTIC
    try:
        notice = await backend.office.portals.call(portal, Filing.notice, callback)
    except Refused as error:
        entry.kind, entry.decision, entry.outcome = "refusal", "deny", "denied"
        raise Problem(error.code if error.code in CODES else "callback_refused") from error
    entry.decision, entry.principal = "allow", "portal"
    concerned = await backend.office.cases.wake(portal, notice.reference)
    if concerned:
        entry.case_id, entry.service, entry.subject = concerned[0]
    entry.code = "notice_taken" if concerned else "notice_of_nothing"
    backend.nudge()
    return _told(notice.reply)


def _told(reply: Reply) -> Response[Any]:
    return Response(reply.body, status_code=reply.status, media_type=reply.media_type)
