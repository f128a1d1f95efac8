"""How a person wants to be told, and what she was told."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, get, post
from litestar.datastructures import State
from litestar.params import FromQuery

from window.api import Api, ApiProblem
from window.visit import Visit

_PAGE: Final = 50
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
    kept = await visit.take_kept(visit.path)
    value = _read(dict(kept)) if kept else answer.data
    return await _form(visit, api, value, answer.etag or "", saved=saved == "yes")


@post("/me/preferences", status_code=200)
async def change(request: Request[Any, Any, State], visit: Visit) -> Any:
    """Replaces all of them, unless they were changed meanwhile: then she sees both and decides."""
    api = await visit.require()
    form = await request.form()
    typed = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    value = _read(typed)
    try:
        await api.put("/v1/me/preferences", value, if_match=typed.get("etag", ""))
    except ApiProblem as problem:
        if problem.code == "precondition_failed":
            etag = (await api.send("GET", "/v1/me/preferences")).etag or ""
            return await _form(visit, api, value, etag, problem=problem, status=409)
        if problem.status != 422:
            raise
        return await _form(visit, api, value, typed.get("etag", ""), problem=problem, status=422)
    return visit.see("/me/preferences?saved=yes")


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
    visit: Visit, api: Api, value: dict[str, Any], etag: str, *, problem: ApiProblem | None = None,
    saved: bool = False, status: int = 200,
) -> Any:  # fmt: skip
    who = await api.get("/v1/me")
    wrong: dict[str, list[str]] = {}
    for each in problem.errors if problem else []:
        wrong.setdefault(each["pointer"], []).append(each["detail"])
    return visit.page(
        "me/preferences.html",
        status=status,
        value=value,
        etag=etag,
        languages_offered=who["languages"],
        wrong=wrong,
        problem=problem,
        saved=saved,
        zone=visit.settings.look.time_zone,
    )


ROUTES = [messages, preferences, change]
