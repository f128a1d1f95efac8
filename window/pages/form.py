"""The form of a service: filled in, kept as a draft, checked, sent."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import State, UploadFile
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from window.api import Api, ApiProblem
from window.forbidden import PAGE
from window.forms import uploads
from window.forms.conditions import mark, style_sheet
from window.forms.fields import Choice, Drawing, Part, parts, shown, unplaced
from window.forms.pointers import Schema, defaults, laid_over, place, schema_at
from window.forms.reading import ITEMS_SUFFIX, NAME_SUFFIX, Posted, read
from window.forms.summary import answers, identity
from window.request_body import FILES
from window.session.model import SessionData
from window.visit import Visit

Incoming = Request[Any, Any, State]

_ATTEMPTS: Final = 8
_LOOK_SECONDS: Final = 0.25
_REMEMBERED: Final = 5
_ROLES: Final = ("person", "agent")
_FORM: Final = "/services/{service_id}/form"


@dataclass(slots=True)
class Filled:
    """A form as it stands: what is in it, what is wrong with it, and the draft that it is."""

    form: Any
    draft: str = ""
    etag: str = ""
    errors: dict[str, list[str]] | None = None
    names: Mapping[str, str] | None = None
    """Of attached files, by pointer."""
    conflict: bool = False
    saved: bool = False
    kept: bool = False


@get("/services/{service_id:str}/form")
async def form(visit: Visit, service_id: FromPath[str], draft: FromQuery[str] = "", saved: FromQuery[str] = "") -> Any:
    api = await visit.require(*_ROLES)
    service = await _service(visit, api, service_id)
    kept = await visit.take_kept(visit.path)
    if kept is not None:
        posted = Posted(kept)
        value = laid_over(service["prefill"] or {}, read(service["form"], posted))
        filled = Filled(value, posted.one("draft"), posted.one("etag"), names=_names(kept), kept=True)
        return await _page(visit, api, service, filled)
    if draft:
        answer = await api.send("GET", f"/v1/drafts/{draft}")
        found = answer.data
        if found["service"] != service_id:
            raise NotFoundException
        value = laid_over(service["prefill"] or {}, found["form"])
        return await _page(visit, api, service, Filled(value, draft, (answer.etag or ""), saved=saved == "yes"))
    value = laid_over(defaults(service["form"]) or {}, service["prefill"] or {})
    return await _page(visit, api, service, Filled(value))


@post("/services/{service_id:str}/form", status_code=200, opt={FILES: True})
async def fill_in(request: Incoming, visit: Visit, service_id: FromPath[str]) -> Any:
    """By the button that was pressed: go on, keep it for later, one more or one less of a list."""
    api = await visit.require(*_ROLES)
    service = await _service(visit, api, service_id)
    incoming = await request.form()
    fields = [(name, value) for name, value in incoming.multi_items() if isinstance(value, str)]
    posted = Posted(fields)
    errors = await uploads.take(api, service["form"], incoming, posted)
    does, _, target = posted.one("do").partition(":")
    listed = _is_list(service["form"], target)
    if does == "add" and listed:
        posted.add_item(target)
    elif does == "remove":
        pointer, _, place = target.rpartition("/")
        posted.remove(pointer + ITEMS_SUFFIX, place)
    elif does == "detach":
        posted.put(target, "")
    value = read(service["form"], posted)
    if does == "add" and listed:
        value = _with_empty_item(value, target)
    filled = Filled(value, posted.one("draft"), posted.one("etag"), errors, _names(fields))
    if errors or does not in ("check", "save", "anyway"):
        return await _page(visit, api, service, filled, status=422 if errors else 200)
    if does == "save":
        if not await _keep(api, visit, service_id, filled):
            return await _page(visit, api, service, filled, status=409)
        return visit.see(visit.url(f"/services/{service_id}/form", draft=filled.draft, saved="yes"))
    return await _check(visit, api, service, filled)


@post("/services/{service_id:str}/choices", status_code=200, opt={PAGE: _FORM})
async def choices(request: Incoming, visit: Visit, service_id: FromPath[str]) -> dict[str, list[dict[str, str]]]:
    """For the script of the form: the choices of all fields that depend on others, as the form is filled in now. By
    POST, because what somebody filled in has no place in an address."""
    api = await visit.require(*_ROLES)
    service = await _service(visit, api, service_id)
    fields = [(name, value) for name, value in (await request.form()).multi_items() if isinstance(value, str)]
    value = read(service["form"], Posted(fields))
    found = await visit.services.sources.choices(api, service_id, service["form"], value)
    return {
        pointer: [{"value": each.value, "title": each.title} for each in listed] for pointer, listed in found.items()
    }


@post("/services/{service_id:str}/files", status_code=200, opt={PAGE: _FORM, FILES: True})
async def file(request: Incoming, visit: Visit, service_id: FromPath[str]) -> Response[dict[str, str]]:
    """For the script of the form: one file, with progress. The answer is its id, or what is wrong with it."""
    api = await visit.require(*_ROLES)
    del service_id
    sent = (await request.form()).get("file")
    if not isinstance(sent, UploadFile) or not sent.filename:
        return Response({"problem": visit._("Choose a file first.")}, status_code=422)
    try:
        return Response({"id": await uploads.hand_on(api, sent), "name": uploads.shortened(sent.filename)})
    except ApiProblem as problem:
        if problem.status in (401, 403):
            raise
        told = problem.errors[0]["detail"] if problem.errors else problem.detail
        return Response({"problem": f"{told} {problem.remedy}"}, status_code=422)


@get("/services/{service_id:str}/check")
async def check(visit: Visit, service_id: FromPath[str], draft: FromQuery[str]) -> Any:
    """All answers once more, what it costs, and the button that sends them."""
    api = await visit.require(*_ROLES)
    service, answer = await asyncio.gather(_service(visit, api, service_id), api.send("GET", f"/v1/drafts/{draft}"))
    found = answer.data
    checked = await api.post("/v1/cases/validate", {"service": service_id, "form": found["form"]})
    if not checked["valid"]:
        errors, _ = _sorted_findings(checked["findings"])
        filled = Filled(found["form"], draft, (answer.etag or ""), errors)
        return await _page(visit, api, service, filled, status=422)
    drawing = await _drawing(visit, api, service, found["form"], {})
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
        service = await _service(visit, api, service_id)
        errors = _by_pointer(problem.errors)
        return await _page(visit, api, service, Filled(found["form"], draft, version, errors), status=422)
    await _remember(visit, draft, case["id"])
    return visit.see(f"/cases/{case['id']}?sent=yes")


async def _remember(visit: Visit, draft: str, case: str) -> None:
    def remember(data: SessionData) -> None:
        before = dict(list(data.more.get("filed", {}).items())[-_REMEMBERED:])
        data.more["filed"] = {**before, draft: case}
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
    more = visit.session.data.more if visit.session else {}
    if case := more.get("filed", {}).get(draft):
        return f"/cases/{case}"
    sending = more.get("sending", {})
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


async def _check(visit: Visit, api: Api, service: dict[str, Any], filled: Filled) -> Any:
    body = {"service": service["id"], "form": filled.form}
    try:
        checked = await api.post("/v1/cases/validate", body)
    except ApiProblem as problem:
        if problem.status not in (400, 422) or not problem.errors:
            raise
        filled.errors = _by_pointer(problem.errors)
        return await _page(visit, api, service, filled, status=422)
    if not checked["valid"]:
        filled.errors, _ = _sorted_findings(checked["findings"])
        return await _page(visit, api, service, filled, status=422)
    if not await _keep(api, visit, service["id"], filled):
        return await _page(visit, api, service, filled, status=409)
    return visit.see(visit.url(f"/services/{service['id']}/check", draft=filled.draft))


async def _keep(api: Api, visit: Visit, service_id: str, filled: Filled) -> bool:
    """As a draft of the API. False, with the present version in `filled`, when another device has changed it."""
    body = {"form": filled.form, "language": visit.content_language}
    if not filled.draft:
        filled.draft = (await api.post("/v1/drafts", {"service": service_id, **body}))["id"]
        return True
    try:
        await api.put(f"/v1/drafts/{filled.draft}", body, if_match=filled.etag)
    except ApiProblem as problem:
        if problem.code == "draft_not_found":
            filled.draft = (await api.post("/v1/drafts", {"service": service_id, **body}))["id"]
            return True
        if problem.code != "precondition_failed":
            raise
        filled.etag = (await api.send("GET", f"/v1/drafts/{filled.draft}")).etag or ""
        filled.conflict = True
        return False
    return True


async def _service(visit: Visit, api: Api, service_id: str) -> dict[str, Any]:
    found: dict[str, Any] = await api.get(f"/v1/services/{service_id}")
    if found["form"] is None or (found["portal"] in visit.settings.look.hidden_portals and not visit.settings.demo):
        raise NotFoundException
    if visit.signed_in_as("person") and visit.session is not None:
        _need_assurance(visit, found["acr"])
    return found


def _need_assurance(visit: Visit, wanted: str) -> None:
    """Before she fills in a form that she could not send."""
    from window.visit import NeedsSignIn

    levels = ("low", "substantial", "high")
    has = visit.session.data.assurance if visit.session else ""
    if has in levels and wanted in levels and levels.index(has) < levels.index(wanted):
        raise NeedsSignIn("person", assurance=wanted)


async def _drawing(
    visit: Visit, api: Api, service: dict[str, Any], value: Any, errors: dict[str, list[str]]
) -> Drawing:
    found: dict[str, list[Choice]] = await visit.services.sources.choices(api, service["id"], service["form"], value)
    return Drawing(value, errors, found, visit._("Yes"), visit._("No"))


async def _page(visit: Visit, api: Api, service: dict[str, Any], filled: Filled, *, status: int = 200) -> Any:
    errors = filled.errors or {}
    drawn = parts(service["form"], await _drawing(visit, api, service, filled.form, errors))
    return visit.page(
        "form/form.html",
        status=status,
        service=service,
        filled=filled,
        parts=drawn,
        wrong=_wrong(drawn),
        elsewhere=unplaced(errors, drawn),
        identity=identity(service),
        mark=mark,
        conditions=visit.style(style_sheet(service["form"])),
        shown=lambda each: shown(each, filled.form),
        names=filled.names or {},
    )


def _wrong(drawn: list[Part]) -> list[tuple[str, str, str]]:
    """Id, title and error of each field with one; where several fields are called the same, with their part's title."""
    fields = [(part, inner) for part in drawn for each in part.fields for inner in each.walk()]
    called = Counter(field.title for _, field in fields)
    found = []
    for part, field in fields:
        named = f"{part.title}, {field.title}" if called[field.title] > 1 and part.title else field.title
        found += [(field.id, named, text) for text in field.errors]
    return found


def _sorted_findings(findings: list[dict[str, Any]]) -> tuple[dict[str, list[str]], list[dict[str, Any]]]:
    """What blocks, by pointer into the form, and what does not."""
    errors: dict[str, list[str]] = {}
    for each in findings:
        if each["blocks"]:
            text = each["portal_message"] or each["detail"]
            errors.setdefault((each["pointer"] or "").removeprefix("/form"), []).append(text)
    return errors, [each for each in findings if not each["blocks"]]


def _by_pointer(errors: list[dict[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in errors:
        found.setdefault(each["pointer"].removeprefix("/form"), []).append(each["detail"])
    return found


def _names(fields: list[tuple[str, str]]) -> dict[str, str]:
    return {name.removesuffix(NAME_SUFFIX): value for name, value in fields if name.endswith(NAME_SUFFIX)}


def _is_list(form: Schema, pointer: str) -> bool:
    """Whether the form has a list of items there. A pointer that somebody made up, or into a list, has none."""
    part = schema_at(form, pointer) if pointer.startswith("/") else None
    inside = any(place(each) is not None for each in pointer.split("/"))
    return part is not None and not inside and part.get("type") == "array" and part["items"].get("type") == "object"


def _with_empty_item(value: Any, pointer: str) -> Any:
    """An item that nothing was filled into yet, to be drawn."""
    *way, last = pointer.split("/")[1:]
    inside = value
    for name in way:
        inside = inside.setdefault(name, {})
    inside[last] = [*inside.get(last, []), {}]
    return value


ROUTES = [form, fill_in, choices, file, check, send]
