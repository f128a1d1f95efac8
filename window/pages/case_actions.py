"""What a person does about a case: an answer, an appointment, an appeal, a mark, taking it back.

Each form has a key of its own. Sent twice it is done once; if the case has moved on meanwhile, she sees what happened
and what she had typed.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from litestar import Request, get, post
from litestar.datastructures import State, UploadFile
from litestar.params import FromPath, FromQuery

from window import calendar
from window.api import Api, ApiProblem
from window.forbidden import PAGE
from window.forms import uploads
from window.forms.mistakes import of_file, too_large
from window.request_body import FILES
from window.session.model import SessionData
from window.visit import LANGUAGE, Visit

Incoming = Request[Any, Any, State]

_ROLES: Final = ("person", "agent")
_ANSWERED: Final = ("provide_document", "confirm", "rate", "appeal", "withdraw")
_SLOTS: Final = 300
_POSTS: Final = 100
_MOST_FILES: Final = 10
_MOST_TEXT: Final = 5000
_CHOSEN: Final = "chosen"
_CLICKS: Final = 5
_KEY: Final = 100
_DONE_BEFORE: Final = ("idempotency_key_reused", "idempotency_in_progress")


@get("/cases/{case_id:str}/do/{kind:str}")
async def action(visit: Visit, case_id: FromPath[str], kind: FromPath[str]) -> Any:
    api = await visit.require(*_ROLES)
    case = await api.get(f"/v1/cases/{case_id}")
    fields = await visit.take_kept(visit.path) or []
    files = [value for name, value in fields if name == "attachment"][:_MOST_FILES]
    return await _form(visit, case, kind, typed=dict(fields), kept=files, back=bool(fields))


@post("/cases/{case_id:str}/do/{kind:str}", status_code=200, opt={FILES: True})
async def answer(request: Incoming, visit: Visit, case_id: FromPath[str], kind: FromPath[str]) -> Any:
    incoming = await request.form()
    typed = {name: value for name, value in incoming.items() if isinstance(value, str)}
    speaks = visit.pressed(typed.get("do", ""))[0] == LANGUAGE
    api = await visit.require(*_ROLES)
    files = [each for each in incoming.getall("file", []) if isinstance(each, UploadFile) and each.filename]
    kept = [each for each in incoming.getall("attachment", []) if isinstance(each, str)][:_MOST_FILES]
    if kind not in _ANSWERED:
        return visit.see(f"/cases/{case_id}")
    try:
        body = await _body(api, kind, typed, files, kept)
        if speaks:
            return await _form(visit, await api.get(f"/v1/cases/{case_id}"), kind, typed=typed, kept=kept)
        if kind == "provide_document" and not body["attachments"]:
            case = await api.get(f"/v1/cases/{case_id}")
            return await _form(visit, case, kind, typed=typed, wrong="file", status=422)
        await api.post(f"/v1/cases/{case_id}/actions/{kind}", body, key=_key(typed, case_id, kind))
    except ApiProblem as problem:
        return await _refused(visit, api, case_id, kind, typed, kept, problem)
    return visit.see(f"/cases/{case_id}?done=yes")


@get("/cases/{case_id:str}/slots")
async def slots(visit: Visit, case_id: FromPath[str], post: FromQuery[str] = "", since: FromQuery[str] = "") -> Any:
    """Free times of one post; first which post, where the form has named none."""
    api = await visit.require(*_ROLES)
    case = await api.get(f"/v1/cases/{case_id}")
    kept = dict(await visit.take_kept(visit.path) or [])
    return await _calendar(visit, api, case, post, since, picked=kept.get("slot", ""), back="slot" in kept)


@post("/cases/{case_id:str}/slots", status_code=200, opt={PAGE: "/cases/{case_id}/slots?post={post}&since={since}"})
async def choose(request: Incoming, visit: Visit, case_id: FromPath[str]) -> Any:
    """Books. If somebody was faster, the free times as they are now, and her post. An appointment that this page
    did not know of, made on another device perhaps, is moved when she says so."""
    typed = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    speaks = visit.pressed(typed.get("do", ""))[0] == LANGUAGE
    api = await visit.require(*_ROLES)
    place, since = typed.get("post", ""), typed.get("since", "")
    if speaks:
        case = await api.get(f"/v1/cases/{case_id}")
        return await _calendar(visit, api, case, place, since, picked=typed.get("slot", ""))
    if not typed.get("slot"):
        case = await api.get(f"/v1/cases/{case_id}")
        return await _calendar(visit, api, case, place, since, wrong="none", status=422)
    case = await api.get(f"/v1/cases/{case_id}")
    again = typed.get("key", "") in _chosen_before(visit)  # a second click: the API gives the first one's answer
    if not again and _booked(case) not in (typed.get("has", ""), ""):
        return await _calendar(visit, api, case, place, since, wrong="has", slot=typed["slot"], status=409)
    try:
        key = _key(typed, case_id, "choose_slot")
        await api.post(f"/v1/cases/{case_id}/actions/choose_slot", {"slot": typed["slot"]}, key=key)
    except ApiProblem as problem:
        if problem.code in _DONE_BEFORE:
            return visit.see(f"/cases/{case_id}")
        if problem.code not in ("slot_taken", "slot_invalid"):
            return await _refused(visit, api, case_id, "choose_slot", typed, [], problem)
        case = await api.get(f"/v1/cases/{case_id}")
        return await _calendar(visit, api, case, place, since, wrong="taken", status=409)
    await visit.update(lambda data: _remember(data, typed.get("key", "")[:_KEY]))
    return visit.see(f"/cases/{case_id}")


async def _body(
    api: Api, kind: str, typed: dict[str, str], files: list[UploadFile], kept: list[str]
) -> dict[str, Any]:  # fmt: skip
    """As the API wants it for this action. Raises `ApiProblem` for a file that it does not take; what it has taken is
    in `kept`, for the next time."""
    if kind == "provide_document":
        for each in files[: _MOST_FILES - len(kept)]:
            kept.append(await uploads.hand_on(api, each))  # noqa: PERF401  what was taken stays, if the next is refused
        return {"attachments": kept}
    members = {"confirm": ("choice", "text"), "appeal": ("choice", "text"), "rate": ("choice",)}.get(kind, ())
    return {name: typed[name][:_MOST_TEXT] for name in members if typed.get(name, "").strip()}


def _key(typed: dict[str, str], case_id: str, kind: str) -> str:
    """Of this form as it was shown, with what is chosen in it: a second click repeats the first."""
    said = "\n".join((case_id, kind, typed.get("key", ""), typed.get("choice", ""), typed.get("slot", "")))
    return hashlib.sha256(f"{said}\n{typed.get('text', '')}".encode()).hexdigest()


async def _refused(
    visit: Visit, api: Api, case_id: str, kind: str, typed: dict[str, str], kept: list[str], problem: ApiProblem
) -> Any:
    """What happened, with all that she typed."""
    if problem.code in _DONE_BEFORE:
        return visit.see(f"/cases/{case_id}")
    if problem.status in (413, 422) or problem.code.startswith("attachment_"):
        case = await api.get(f"/v1/cases/{case_id}")
        return await _form(visit, case, kind, typed=typed, kept=kept, problem=problem, status=422)
    if problem.status not in (409, 412):
        raise problem
    case = await api.get(f"/v1/cases/{case_id}")
    return visit.page("cases/changed.html", status=409, case=case, problem=problem, typed=typed)


async def _form(
    visit: Visit, case: dict[str, Any], kind: str, *, typed: dict[str, str], kept: list[str] | None = None,
    problem: ApiProblem | None = None, wrong: str = "", status: int = 200, back: bool = False,
) -> Any:  # fmt: skip
    """`back`: she typed it, or sent the files, before she had to sign in again."""
    found = next((each for each in case["actions"] if each["type"] == kind), None)
    if found is None or kind not in _ANSWERED:
        return visit.see(f"/cases/{case['id']}" if kind != "choose_slot" else f"/cases/{case['id']}/slots")
    return visit.page(
        "cases/action.html",
        status=status,
        case=case,
        action=found,
        kind=kind,
        typed=typed,
        kept=kept or [],
        back=back,
        wrong=_wrong(visit, kind, found, problem) if problem else _no_file(visit) if wrong == "file" else [],
        most_bytes=visit.settings.gateway.file_bytes,
        too_large=too_large(visit.settings.gateway.file_bytes, visit.texts),
        language_form="form",
        key=secrets.token_urlsafe(16),
        most_text=_MOST_TEXT,
    )


def _wrong(visit: Visit, kind: str, action: dict[str, Any], problem: ApiProblem) -> list[tuple[str, str, str]]:
    """Input, title and error, for the summary."""
    if kind == "provide_document":
        told = of_file(problem, {}, visit.settings.gateway.file_bytes, visit.texts)
        return [("file", visit._("Files or photos"), told)]
    choice = ("choice-1", visit._("Your mark") if kind == "rate" else visit._("Your answer"))
    fields = {"/choice": choice, "/text": ("text", visit._("In your own words"))}
    first = choice if action["choices"] else fields["/text"]
    choose = visit._("Choose one of these.")
    found = [
        (*fields.get(each["pointer"], first), choose if each["pointer"] == "/choice" else each["detail"])
        for each in problem.errors
    ]
    return found or [("", "", f"{problem.detail} {problem.remedy}".strip())]


def _no_file(visit: Visit) -> list[tuple[str, str, str]]:
    return [("file", visit._("Files or photos"), visit._("Choose at least one file."))]


async def _calendar(
    visit: Visit, api: Api, case: dict[str, Any], place: str, since: str, *, picked: str = "", wrong: str = "",
    slot: str = "", status: int = 200, back: bool = False,
) -> Any:  # fmt: skip
    """`back`: she had picked one before she had to sign in again."""
    action = next((each for each in case["actions"] if each["type"] == "choose_slot"), None)
    if action is None:
        return visit.see(f"/cases/{case['id']}")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(action["posts_url"] or "").query).items()}
    posts = (await api.get("/v1/posts", **asked, limit=_POSTS))["data"]
    held = case["appointment"] if case["appointment"] and case["appointment"]["state"] == "booked" else None
    if len(posts) == 1:
        place = posts[0]["id"]
    elif held and not place:
        place = held["post"]
    chosen = next((each for each in posts if each["id"] == place), None)
    free: list[dict[str, Any]] = []
    if chosen is not None:
        wanted = {"service": asked.get("service", case["service"]), "post": place, "limit": _SLOTS}
        free = (await api.get("/v1/slots", **wanted, **({"from": since} if since else {})))["data"]
    if back and picked not in [each["id"] for each in free]:
        wrong, back = "taken", False
    return visit.page(
        "cases/slots.html",
        status=status,
        case=case,
        action=action,
        posts=sorted(posts, key=lambda each: str(each["name"])),
        chosen=chosen,
        held=held,
        days=calendar.by_day(free, visit.content_language),
        later=calendar.day_after(free),
        since=since,
        picked=picked or slot,
        back=back,
        clock=calendar.place(chosen["timezone"], visit.content_language) if chosen else "",
        wrong=wrong,
        mistakes=[("slot-1-1" if free else "", "", visit._("Choose a time first."))] if wrong == "none" else [],
        language_form="form" if free else "",
        has=_booked(case),
        wish=next((each for each in free if each["id"] == slot), None),
        key=secrets.token_urlsafe(16),
    )


def _chosen_before(visit: Visit) -> list[str]:
    """Keys of the forms of this session by which a time was booked."""
    return list(visit.session.data.more.get(_CHOSEN, ())) if visit.session else []


def _remember(data: SessionData, key: str) -> None:
    data.more[_CHOSEN] = [*data.more.get(_CHOSEN, ()), key][-_CLICKS:]


def _booked(case: dict[str, Any]) -> str:
    """Number of the appointment that stands; empty for none."""
    appointment = case["appointment"]
    return str(appointment["reference"]) if appointment and appointment["state"] == "booked" else ""


ROUTES = [action, answer, slots, choose]
