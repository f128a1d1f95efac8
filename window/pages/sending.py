"""A form that is filled in: looked over once more, and sent."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any, Final

from litestar import Request, get, post
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery

from window.api import Api, ApiProblem
from window.forbidden import PAGE
from window.forms.fields import parts
from window.forms.filled import Filled
from window.forms.mistakes import by_pointer
from window.forms.summary import answers, identity
from window.pages.form import FILED, blocking, drawing_of, filed_as, form_page, service_of, to_case
from window.session.model import SessionData
from window.visit import Visit

Incoming = Request[Any, Any, State]

_ATTEMPTS: Final = 8
_LOOK_SECONDS: Final = 0.25
_REMEMBERED: Final = 20
_ROLES: Final = ("person", "agent")


@get("/services/{service_id:str}/check")
async def check(visit: Visit, service_id: FromPath[str], draft: FromQuery[str]) -> Any:
    """All answers once more, what it costs, and the button that sends them."""
    api = await visit.require(*_ROLES)
    asked = service_of(visit, api, service_id), api.send("GET", f"/v1/drafts/{draft}")
    try:
        service, answer = await asyncio.gather(*asked)
    except ApiProblem as problem:
        return to_case(visit, draft, problem)
    found = answer.data
    checked = await api.post("/v1/cases/validate", {"service": service_id, "form": found["form"]})
    if not checked["valid"]:
        errors = blocking(checked["findings"], service["form"], found["form"], visit.texts)
        filled = Filled(found["form"], draft, (answer.etag or ""), errors)
        return await form_page(visit, api, service, filled, status=422)
    drawing = await drawing_of(visit, api, service, found["form"], {})
    return visit.page(
        "form/check.html",
        service=service,
        draft=found,
        version=(answer.etag or ""),
        fee=checked["fee"],
        warnings=[each for each in checked["findings"] if not each["blocks"]],
        parts=answers(parts(service["form"], drawing), found["form"]),
        identity=identity(service),
    )


@post("/services/{service_id:str}/send", status_code=200, opt={PAGE: "/services/{service_id}/check?draft={draft}"})
async def send(request: Incoming, visit: Visit, service_id: FromPath[str]) -> Any:
    """Files the case. The idempotency key follows from the draft as it was shown: however often it is sent, and by
    however many processes, it is filed once."""
    api = await visit.require(*_ROLES)
    posted = await request.form()
    draft, version = str(posted.get("draft", "")), str(posted.get("version", ""))
    key = hashlib.sha256(f"{draft} {version}".encode()).hexdigest()
    try:
        answer = await api.send("GET", f"/v1/drafts/{draft}")
    except ApiProblem as problem:
        if problem.code != "draft_not_found":
            raise
        return visit.see(await _filed_before(visit, api, draft, key))
    found = answer.data
    if (answer.etag or "") != version or found["service"] != service_id:
        return visit.see(visit.url(f"/services/{service_id}/check", draft=draft))
    body = {"service": service_id, "form": found["form"], "draft": draft, "language": visit.content_language}
    await visit.update(lambda data: data.more.update(sending={"key": key, "body": body}))
    try:
        case = await _filed(api, body, key=key)
    except ApiProblem as problem:
        if problem.status != 422 or not problem.errors:
            raise
        service = await service_of(visit, api, service_id)
        errors = by_pointer(problem.errors, service["form"], found["form"], visit.texts)
        return await form_page(visit, api, service, Filled(found["form"], draft, version, errors), status=422)
    await _remember(visit, draft, case["id"])
    return visit.see(f"/cases/{case['id']}?sent=yes")


async def _remember(visit: Visit, draft: str, case: str) -> None:
    def remember(data: SessionData) -> None:
        before = dict(list(data.more.get(FILED, {}).items())[-_REMEMBERED:])
        data.more[FILED] = {**before, draft: case}
        data.more.pop("sending", None)

    await visit.update(remember)


async def _filed(api: Api, body: dict[str, Any], *, key: str) -> Any:
    for attempt in range(_ATTEMPTS):
        try:
            return await api.post("/v1/cases", body, key=key)
        except ApiProblem as problem:
            if problem.code != "idempotency_in_progress" or attempt == _ATTEMPTS - 1:
                raise
            await asyncio.sleep(_LOOK_SECONDS)
    raise AssertionError  # the loop ends by returning or raising


async def _filed_before(visit: Visit, api: Api, draft: str, key: str) -> str:
    """A draft that is gone was filed, in all likelihood by the first of two clicks. If its answer was lost, the same
    request under the same key gets it again."""
    if case := filed_as(visit, draft):
        return f"/cases/{case}"
    sending = visit.session.data.more.get("sending", {}) if visit.session else {}
    if sending.get("key") != key:
        return "/cases"
    try:
        found = await _filed(api, sending["body"], key=key)
    except ApiProblem as problem:
        if problem.status != 422:
            raise
        return "/cases"  # there is no such draft, and no answer: it was deleted, or filed from another device
    await _remember(visit, draft, found["id"])
    return f"/cases/{found['id']}?sent=yes"


ROUTES = [check, send]
