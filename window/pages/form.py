"""The form of a service: filled in, checked, kept as a draft."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import State, UploadFile
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from mre_services import ApiResponse

from window.api import Api, ApiProblem
from window.forbidden import PAGE
from window.forms import uploads
from window.forms.conditions import mark, style_sheet
from window.forms.fields import Drawing, Field, Part, parts, shown, unplaced
from window.forms.filled import Filled, keep, kept_as
from window.forms.mistakes import Mistake, by_pointer, megabytes, of_file, too_large
from window.forms.pointers import Schema, defaults, laid_over, place, schema_at, value_at
from window.forms.reading import ITEMS_SUFFIX, NAME_SUFFIX, Posted, read
from window.forms.summary import identity
from window.request_body import FILES
from window.translations import Texts
from window.visit import Visit

Incoming = Request[Any, Any, State]

_ROLES: Final = ("person", "agent")
_FORM: Final = "/services/{service_id}/form"
_KEEPING: Final = ("check", "save", "anyway")
"""What buttons do that make or change a draft: of a form that was filed already it would be a second request."""
FILED: Final = "filed"
"""Of the session: drafts that were filed, and as which case."""


@get("/services/{service_id:str}/form")
async def form(
    visit: Visit, service_id: FromPath[str], draft: FromQuery[str] = "", saved: FromQuery[str] = "",
    key: FromQuery[str] = "",
) -> Any:  # fmt: skip
    """Empty, or a draft. `key`: of a form that was begun; whoever looks back finds what became of it."""
    api = await visit.require(*_ROLES)
    service = await service_of(visit, api, service_id)
    kept = await visit.take_kept(visit.path)
    if kept is not None:
        posted = Posted(kept)
        value = laid_over(service["prefill"] or {}, read(service["form"], posted))
        filled = Filled(value, posted.one("draft"), posted.one("etag"), names=_names(kept), kept=True)
        return await form_page(visit, api, service, filled)
    if draft:
        try:
            answer = await api.send("GET", f"/v1/drafts/{draft}")
        except ApiProblem as problem:
            return to_case(visit, draft, problem)
        return await _draft_page(visit, api, service, answer, saved=saved == "yes")
    if begun := kept_as(visit, key)[0]:
        if case := filed_as(visit, begun):
            return visit.see(f"/cases/{case}")
        try:
            return await _draft_page(visit, api, service, await api.send("GET", f"/v1/drafts/{begun}"), key=key)
        except ApiProblem as problem:
            if problem.code != "draft_not_found":
                raise
    value = laid_over(defaults(service["form"]) or {}, service["prefill"] or {})
    return await form_page(visit, api, service, Filled(value, key=key))


async def _draft_page(
    visit: Visit, api: Api, service: dict[str, Any], answer: ApiResponse, *, saved: bool = False, key: str = ""
) -> Any:
    found = answer.data
    if found["service"] != service["id"]:
        raise NotFoundException
    value = laid_over(service["prefill"] or {}, found["form"])
    return await form_page(visit, api, service, Filled(value, found["id"], answer.etag or "", saved=saved, key=key))


@post("/services/{service_id:str}/form", status_code=200, opt={FILES: True})
async def fill_in(request: Incoming, visit: Visit, service_id: FromPath[str]) -> Any:
    """By the button that was pressed: go on, keep it for later, one more or one less of a list, in another language."""
    incoming = await request.form()
    fields = [(name, value) for name, value in incoming.items() if isinstance(value, str)]
    posted = Posted(fields)
    does, target = visit.pressed(posted.one("do"))
    api = await visit.require(*_ROLES)
    service = await service_of(visit, api, service_id)
    schema: Schema = service["form"]
    begun = posted.one("draft") or kept_as(visit, posted.one("key"))[0]
    if does in _KEEPING and (case := filed_as(visit, begun)):
        return visit.see(f"/cases/{case}?sent=yes")
    errors = await uploads.take(api, schema, incoming, posted, visit.texts, visit.settings.gateway.file_bytes)
    filled = Filled({}, posted.one("draft"), posted.one("etag"), errors, _names(fields), key=posted.one("key"))
    if does == "remove":
        filled.focus, _, place = target.rpartition("/")
        posted.remove(filled.focus + ITEMS_SUFFIX, place)
    elif does == "detach":
        posted.put(target, "")
    filled.form = read(schema, posted)
    if does == "add" and _is_list(schema, target):
        filled.focus = target
        filled.still_empty = len(posted.all(target + ITEMS_SUFFIX)) > len(value_at(filled.form, target) or ())
        filled.form = _with_empty_item(filled.form, target)
    if errors or does not in _KEEPING:
        return await form_page(visit, api, service, filled, status=422 if errors else 200)
    if does == "save":
        if not await keep(api, visit, service_id, filled):
            return await form_page(visit, api, service, filled, status=409)
        return visit.see(visit.url(f"/services/{service_id}/form", draft=filled.draft, saved="yes"))
    return await _check(visit, api, service, filled)


@post("/services/{service_id:str}/choices", status_code=200, opt={PAGE: _FORM})
async def choices(request: Incoming, visit: Visit, service_id: FromPath[str]) -> dict[str, list[dict[str, str]]]:
    """For the script of the form: the choices of all fields that depend on others, as the form is filled in now. By
    POST, because what somebody filled in has no place in an address."""
    api = await visit.require(*_ROLES)
    service = await service_of(visit, api, service_id)
    fields = [(name, value) for name, value in (await request.form()).items() if isinstance(value, str)]
    value = read(service["form"], Posted(fields))
    found = (await visit.services.sources.choices(api, service_id, service["form"], value)).listed
    return {
        pointer: [{"value": each.value, "title": each.title} for each in listed] for pointer, listed in found.items()
    }


@post("/services/{service_id:str}/files", status_code=200, opt={PAGE: _FORM, FILES: True})
async def file(request: Incoming, visit: Visit, service_id: FromPath[str]) -> Response[dict[str, str]]:
    """For the script of the form: one file, with progress. The answer is its id, or what is wrong with it."""
    api = await visit.require(*_ROLES)
    incoming = await request.form()
    sent = incoming.get("file")
    if not isinstance(sent, UploadFile) or not sent.filename:
        return Response({"problem": visit._("Choose a file first.")}, status_code=422)
    try:
        return Response({"id": await uploads.hand_on(api, sent), "name": uploads.shortened(sent.filename)})
    except ApiProblem as problem:
        if problem.status in (401, 403):
            raise
        service = await service_of(visit, api, service_id)
        part = schema_at(service["form"], str(incoming.get("at", "/"))) or {}
        told = of_file(problem, part, visit.settings.gateway.file_bytes, visit.texts)
        return Response({"problem": told}, status_code=422)


async def _check(visit: Visit, api: Api, service: dict[str, Any], filled: Filled) -> Any:
    body = {"service": service["id"], "form": filled.form}
    try:
        checked = await api.post("/v1/cases/validate", body)
    except ApiProblem as problem:
        if problem.status not in (400, 422) or not problem.errors:
            raise
        filled.errors = by_pointer(problem.errors, service["form"], filled.form, visit.texts)
        return await form_page(visit, api, service, filled, status=422)
    if not checked["valid"]:
        filled.errors = blocking(checked["findings"], service["form"], filled.form, visit.texts)
        return await form_page(visit, api, service, filled, status=422)
    if not await keep(api, visit, service["id"], filled):
        return await form_page(visit, api, service, filled, status=409)
    return visit.see(visit.url(f"/services/{service['id']}/check", draft=filled.draft))


async def service_of(visit: Visit, api: Api, service_id: str) -> dict[str, Any]:
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


async def drawing_of(
    visit: Visit, api: Api, service: dict[str, Any], value: Any, errors: dict[str, list[Mistake]]
) -> Drawing:
    found = await visit.services.sources.choices(api, service["id"], service["form"], value)
    return Drawing(value, errors, found.listed, visit._("Yes"), visit._("No"), found.missing)


async def form_page(visit: Visit, api: Api, service: dict[str, Any], filled: Filled, *, status: int = 200) -> Any:
    errors = filled.errors or {}
    drawn = parts(service["form"], await drawing_of(visit, api, service, filled.form, errors))
    elsewhere = [("", title, mistake.text) for title, mistake in unplaced(errors, drawn, service["form"])]
    return visit.page(
        "form/form.html",
        status=status,
        service=service,
        filled=filled,
        parts=drawn,
        wrong=[*_wrong(drawn, visit.texts), *elsewhere],
        identity=identity(service),
        mark=mark,
        conditions=visit.style(style_sheet(service["form"])),
        shown=lambda each: shown(each, filled.form),
        names=filled.names or {},
        focused=_focused(drawn, filled),
        megabytes=megabytes,
        too_large=lambda field: too_large(field.most_bytes or visit.settings.gateway.file_bytes, visit.texts),
        most_bytes=visit.settings.gateway.file_bytes,
        language_form="form",
    )


def _wrong(drawn: list[Part], texts: Texts) -> list[tuple[str, str, str]]:
    """Input, title and error of each field with one; where several are called the same, with their part's title."""
    fields = [(part, inner) for part in drawn for each in part.fields for inner in each.walk()]
    called = Counter(field.title for _, field in fields)
    found = []
    for part, field in fields:
        twice = called[field.title] > 1 and part.title
        named = texts._("%(part)s, %(what)s", part=part.title, what=field.title) if twice else field.title
        found += [(field.first_input, named, mistake.text) for mistake in field.errors]
    return found


def _focused(drawn: list[Part], filled: Filled) -> str:
    """Pointer of the field to go on with in the list that has changed: the first of the new item. Without one the
    list's own, whose button it is."""
    fields = [inner for part in drawn for each in part.fields for inner in each.walk()]
    changed = next((each for each in fields if each.pointer == filled.focus), None)
    if changed is None or not changed.fields or not _empty(changed.fields[-1]):
        return filled.focus
    return next((each.pointer for each in changed.fields[-1].walk() if not each.fields), filled.focus)


def _empty(item: Field) -> bool:
    return all(each.value in (None, "", [], {}) for each in item.walk() if not each.fields)


def blocking(findings: list[dict[str, Any]], schema: Schema, form: Any, texts: Texts) -> dict[str, list[Mistake]]:
    """What filing would be refused for, by pointer into the form."""
    return by_pointer([each for each in findings if each["blocks"]], schema, form, texts)


def filed_as(visit: Visit, draft: str) -> str:
    """The case that this browser has made of the draft; empty for none."""
    filed = visit.session.data.more.get(FILED, {}) if visit.session else {}
    return str(filed.get(draft, ""))


def to_case(visit: Visit, draft: str, problem: ApiProblem) -> Any:
    """Who looks back to a draft that was filed sees what became of it. Raises `problem` if it is another one."""
    case = filed_as(visit, draft) if problem.code == "draft_not_found" else ""
    if not case:
        raise problem
    return visit.see(f"/cases/{case}")


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


ROUTES = [form, fill_in, choices, file]
