"""How a person wants to be told, and what she was told."""

from __future__ import annotations

import contextlib
import secrets
from typing import Any, Final

from litestar import Request, get, post
from litestar.datastructures import State
from litestar.params import FromQuery
from mre_services import ApiResponse

from window import calendar
from window.api import Api, ApiProblem
from window.forbidden import PAGE
from window.visit import LANGUAGE, Visit

_PAGE: Final = 50
_ZONES: Final = (
    "Africa/Casablanca", "Europe/Paris", "Europe/Brussels", "Europe/Madrid", "Europe/Rome", "Europe/Amsterdam",
    "Europe/Berlin", "Europe/London", "America/Montreal", "America/New_York", "Asia/Dubai", "Asia/Riyadh",
)  # fmt: skip
_CHANNELS: Final = ("email", "sms")


@get("/me/messages")
async def messages(visit: Visit, cursor: FromQuery[str] = "") -> Any:
    api = await visit.require()
    found = await api.get("/v1/me/messages", limit=_PAGE, cursor=cursor)
    return visit.page("me/messages.html", messages=found["data"], next=found["next_cursor"])


@get("/me/preferences")
async def preferences(visit: Visit, saved: FromQuery[str] = "") -> Any:
    api = await visit.require()
    answer = await api.send("GET", "/v1/me/preferences")
    kept = dict(await visit.take_kept(visit.path) or [])
    value = _read(kept) if "etag" in kept else answer.data
    code = (kept["channel"], kept["code"]) if "channel" in kept and "code" in kept else None
    return await _form(
        visit, api, value, held=answer, etag=kept.get("etag", ""), saved=saved == "yes", code=code, back=bool(kept)
    )


@post("/me/preferences", status_code=200)
async def change(request: Request[Any, Any, State], visit: Visit) -> Any:
    """Replaces all of them, unless they were changed meanwhile: then she sees both and decides."""
    form = await request.form()
    typed = {name: value for name, value in form.items() if isinstance(value, str)}
    value = _read(typed)
    speaks = visit.pressed(typed.get("do", ""))[0] == LANGUAGE
    api = await visit.require()
    if speaks:
        return await _form(visit, api, value, etag=typed.get("etag", ""))
    try:
        said = await api.put("/v1/me/preferences", value, if_match=typed.get("etag", ""))
    except ApiProblem as problem:
        if problem.code == "precondition_failed":
            return await _form(visit, api, value, problem=problem, status=409)
        if problem.status != 422:
            raise
        return await _form(visit, api, value, etag=typed.get("etag", ""), problem=problem, status=422)
    for each in _CHANNELS:
        if said[each]["state"] == "unverified" and not said[each]["code_expires_at"]:
            with contextlib.suppress(ApiProblem):  # the page offers it again, and says then why not
                await api.post("/v1/me/preferences/code", {"channel": each})
    return visit.see("/me/preferences?saved=yes")


@post("/me/preferences/code", status_code=200, opt={PAGE: "/me/preferences"})
async def send_code(request: Request[Any, Any, State], visit: Visit) -> Any:
    """Have a code sent to an address that is not verified."""
    return await _about_address(request, visit, "/v1/me/preferences/code", once=True)


@post("/me/preferences/verify", status_code=200, opt={PAGE: "/me/preferences"})
async def verify(request: Request[Any, Any, State], visit: Visit) -> Any:
    """Give back the code that was sent."""
    return await _about_address(request, visit, "/v1/me/preferences/verify", "code")


async def _about_address(
    request: Request[Any, Any, State], visit: Visit, path: str, *names: str, once: bool = False
) -> Any:
    """`once`: the form has an idempotency key, and sent twice it is done once."""
    api = await visit.require()
    form = await request.form()
    body = {name: str(form.get(name, "")).strip() for name in ("channel", *names)}
    if not all(body.values()):
        return visit.see("/me/preferences")
    try:
        await api.post(path, body, key=str(form.get("key", ""))[:100] if once else "")
    except ApiProblem as problem:
        if problem.status not in (409, 422, 429):
            raise
        held = await api.send("GET", "/v1/me/preferences")
        if held.data.get(body["channel"], {}).get("state") == "verified":
            return visit.see("/me/preferences")  # the button was pressed twice
        return await _form(visit, api, held.data, held=held, refused=(body["channel"], problem), status=problem.status)
    return visit.see("/me/preferences")


def _read(typed: dict[str, str]) -> dict[str, Any]:
    """As `PUT /v1/me/preferences` takes it."""
    value: dict[str, Any] = {"language": typed.get("language") or None, "details": typed.get("details") == "yes"}
    for each in _CHANNELS:
        address = typed.get(f"{each}:address", "").strip()
        value[each] = {"consent": typed.get(f"{each}:consent") == "yes", "address": address or None}
    start, end = typed.get("quiet:start", "").strip(), typed.get("quiet:end", "").strip()
    quiet = {"start": start, "end": end, "timezone": typed.get("quiet:timezone", "").strip()}
    return value | {"quiet_hours": quiet if start or end else None}


async def _form(
    visit: Visit, api: Api, value: dict[str, Any], *, held: ApiResponse | None = None, etag: str = "",
    problem: ApiProblem | None = None, refused: tuple[str, ApiProblem] | None = None, saved: bool = False,
    status: int = 200, code: tuple[str, str] | None = None, back: bool = False,
) -> Any:  # fmt: skip
    """`value` is what the fields show, `held` what the gateway has; `refused`: a channel, and why its code was not sent
    or not taken; `code`: a channel, and the code that was typed before she had to sign in again; `back`: she typed
    something before that."""
    changed = problem is not None and problem.code == "precondition_failed"
    held = held or await api.send("GET", "/v1/me/preferences")
    who = await api.get("/v1/me")
    return visit.page(
        "me/preferences.html",
        status=status,
        value=value,
        held=held.data,
        etag=etag or held.etag or "",
        refused=refused,
        code=code,
        languages_offered=who["languages"],
        wrong=_wrong(visit, value, problem) if problem and not changed else [],
        language_form="form",
        changed=changed,
        saved=saved,
        back=back,
        zone=visit.settings.look.time_zone,
        zones=_zones(visit, value),
        key=secrets.token_urlsafe(16),
    )


def _zones(visit: Visit, value: dict[str, Any]) -> list[tuple[str, str]]:
    """The usual ones and her own, by the city whose clock it is."""
    own = (value["quiet_hours"] or {}).get("timezone")
    names = dict.fromkeys((*_ZONES, visit.settings.look.time_zone, *([own] if own else [])))
    found = [(each, _city(each, visit.content_language)) for each in names]
    return sorted(found, key=lambda each: each[1])


def _city(zone: str, language: str) -> str:
    try:
        return calendar.place(zone, language)
    except LookupError:  # what somebody sent by hand
        return zone


def _wrong(visit: Visit, value: dict[str, Any], problem: ApiProblem) -> list[tuple[str, str, str]]:
    """Input, title and error, for the summary; in the page's own words where the API knows a text of any form."""
    fields = {
        "/email": ("email-address", visit._("E-mail")),
        "/sms": ("sms-address", visit._("SMS")),
        "/language": ("language", visit._("Language of the messages")),
        "/quiet_hours/start": ("quiet-start", visit._("No messages from … to …")),
        "/quiet_hours/end": ("quiet-end", visit._("No messages from … to …")),
        "/quiet_hours/timezone": ("zone", visit._("By the clock of")),
    }
    quiet = value["quiet_hours"] or {}
    own = {
        "/quiet_hours/timezone": visit._("Choose one of the list, such as Europe/Paris."),
        **{
            f"/quiet_hours/{each}": visit._("Fill in both times, or none of them.")
            for each in ("start", "end")
            if not quiet.get(each)
        },
    }
    found = []
    for each in problem.errors:
        pointer = next((known for known in fields if each["pointer"].startswith(known)), "")
        found.append((*fields.get(pointer, ("", "")), own.get(pointer, each["detail"])))
    return found or [("", "", f"{problem.detail} {problem.remedy}".strip())]


ROUTES = [messages, preferences, change, send_code, verify]
