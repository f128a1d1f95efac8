"""For agents: the post's day with check-in, people one may act for, notes, handing over, what is late.

For whom an agent acts is in her session, and every page says it (`layout/base.html`).
"""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from typing import Any, Final

from litestar import Request, get, post
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from window.api import Api, ApiProblem
from window.forbidden import PAGE
from window.visit import Visit

_NOTE: Final = 2_000
_CARD: Final = 16_384
_ID: Final = 100
_FIRST: Final = date.min + timedelta(days=1)
_LAST: Final = date.max - timedelta(days=1)
_MANDATE_PAGES: Final = 20
"""Of a hundred mandates each: more are not looked through."""
"""Days that have one before and one after."""

Req = Request[Any, Any, State]


@get("/agenda")
async def agenda(visit: Visit, post: FromQuery[str] = "", on: FromQuery[str] = "") -> Any:
    return await _agenda(visit, post=post, on=on)


@post("/agenda", status_code=200)
async def check_in(visit: Visit, request: Req) -> Any:
    """By a card that was scanned or a number that was typed: who it is, is shown once, on this page."""
    form = await request.form()
    post, typed = str(form.get("post", ""))[:64], str(form.get("typed", "")).strip()[:_CARD]
    if not typed:
        return await _agenda(visit, post=post, wrong=visit._("Scan a card, or type a number."))
    await visit.require("agent")
    body = {"post": post, "shown": typed}
    try:
        arrived = await visit.as_herself().post("/v1/agenda/check-ins", body)
    except ApiProblem as problem:
        if problem.status not in (404, 400):
            raise
        return await _agenda(visit, post=post, wrong=problem.detail, typed="" if "~" in typed else typed)
    return await _agenda(visit, post=post, arrived=arrived)


@get("/agenda/late")
async def late(visit: Visit) -> Any:
    api = await _herself(visit)
    found = await api.get("/v1/agenda/late")
    names = await visit.post_names(api) if any(each["post"] for each in found["data"]) else {}
    return visit.page("agenda/late.html", late=found["data"], names=names)


@get("/agenda/cases/{case_id:str}")
async def notes(visit: Visit, case_id: FromPath[str], mandate: FromQuery[str] = "") -> Any:
    """`mandate`: under which the case is reached; without one as a case of her post. Whom she acts for just now has
    nothing to do with it."""
    return await _notes(visit, case_id, mandate)


@post("/agenda/cases/{case_id:str}", status_code=200)
async def add_note(visit: Visit, case_id: FromPath[str], request: Req) -> Any:
    await visit.require("agent")
    form = await request.form()
    text, mandate = str(form.get("text", "")), str(form.get("mandate", ""))[:_ID]
    if not text.strip() or len(text) > _NOTE:
        wrong = visit._("Write a note of at most 2,000 characters.")
        return await _notes(visit, case_id, mandate, typed=text, wrong=wrong)
    try:
        await visit.under(mandate).post(
            f"/v1/cases/{case_id}/notes", {"text": text}, key=str(form.get("key", ""))[:100]
        )
    except ApiProblem as problem:
        if problem.status not in (422, 429):
            raise
        return await _notes(visit, case_id, mandate, typed=text, wrong=problem.detail)
    return visit.see(visit.url(f"/agenda/cases/{case_id}", **({"mandate": mandate} if mandate else {})))


@get("/people")
async def people(visit: Visit) -> Any:
    return await _people(visit)


@post("/people/take", status_code=200, opt={PAGE: "/people"})
async def take(visit: Visit, request: Req) -> Any:
    api = await _herself(visit)
    form = await request.form()
    try:
        await api.post("/v1/mandates/take", {"code": str(form.get("code", ""))[:40] or "-"})
    except ApiProblem as problem:
        if problem.status not in (400, 403, 422, 429):
            raise
        return await _people(visit, wrong=problem.detail)
    return visit.see("/people")


@post("/people/{mandate:str}/act", status_code=200, opt={PAGE: "/people"})
async def act(visit: Visit, mandate: FromPath[str]) -> Any:
    """From now on she acts for this person, until she stops."""
    api = await _herself(visit)
    held = [each for each in await _held(api) if each["id"] == mandate]
    if not held:
        raise NotFoundException
    await visit.change(mandate=mandate, mandate_name=held[0]["person_name"] or visit._("the person"))
    kept = visit.session.data.kept if visit.session else None
    return visit.see(kept.path if kept is not None and kept.mandate == mandate else "/cases")


@post("/people/stop", status_code=200, opt={PAGE: "/people"})
async def stop(visit: Visit) -> Any:
    await visit.require("agent")
    await visit.change(mandate="", mandate_name="")
    return visit.see("/people")


@post("/people/{mandate:str}/hand-over", status_code=200, opt={PAGE: "/people"})
async def hand_over(visit: Visit, mandate: FromPath[str]) -> Any:
    api = await _herself(visit)
    return await _people(visit, handed=await api.post(f"/v1/mandates/{mandate}/hand-over"))


@post("/people/{mandate:str}/give-back", status_code=200, opt={PAGE: "/people"})
async def give_back(visit: Visit, mandate: FromPath[str]) -> Any:
    api = await _herself(visit)
    await api.post(f"/v1/mandates/{mandate}/revoke")
    if visit.session is not None and visit.session.data.mandate == mandate:
        await visit.change(mandate="", mandate_name="")
    return visit.see("/people")


async def _herself(visit: Visit) -> Api:
    await visit.require("agent")
    return visit.as_herself()


async def _held(api: Api) -> list[dict[str, Any]]:
    """All that the agent holds now, of her newest ones."""
    found: list[dict[str, Any]] = []
    cursor = ""
    for _ in range(_MANDATE_PAGES):
        page = await api.get("/v1/mandates", limit=100, cursor=cursor)
        found += [each for each in page["data"] if each["state"] == "held"]
        if not page["has_more"]:
            break
        cursor = page["next_cursor"]
    return found


async def _people(visit: Visit, *, wrong: str = "", handed: dict[str, Any] | None = None) -> Any:
    api = await _herself(visit)
    found = await _held(api)
    assert visit.session is not None
    acting, kept = visit.session.data.mandate, visit.session.data.kept
    waiting = kept.mandate if kept is not None else ""
    return visit.page("agenda/people.html", mandates=found, acting=acting, waiting=waiting, wrong=wrong, handed=handed)


async def _agenda(
    visit: Visit, *, post: str, on: str = "", wrong: str = "", typed: str = "", arrived: Any = None
) -> Any:
    api = await _herself(visit)
    posts = (await api.get("/v1/me"))["posts"]
    post = post or next(iter(posts), "")
    try:
        day = date.fromisoformat(on).isoformat() if on else ""
    except ValueError:
        day = ""
    found = await api.get("/v1/agenda", post=post, on=day) if post else None
    shown = min(max(date.fromisoformat(found["held_on"]), _FIRST), _LAST) if found else date.today()
    return visit.page(
        "agenda/agenda.html",
        posts=posts,
        names=await visit.post_names(api) if posts else {},
        post=post,
        agenda=found,
        before=(shown - timedelta(days=1)).isoformat(),
        after=(shown + timedelta(days=1)).isoformat(),
        wrong=wrong,
        typed=typed,
        arrived=arrived,
        status=200,
    )


async def _notes(visit: Visit, case_id: str, mandate: str, *, typed: str = "", wrong: str = "") -> Any:
    await visit.require("agent")
    found = await visit.under(mandate[:_ID]).get(f"/v1/cases/{case_id}/notes")
    return visit.page(
        "agenda/notes.html",
        case_id=case_id,
        mandate=mandate[:_ID],
        notes=found["data"],
        typed=typed,
        wrong=wrong,
        most=_NOTE,
        key=secrets.token_urlsafe(16),
    )


ROUTES = [agenda, check_in, late, notes, add_note, people, take, act, stop, hand_over, give_back]
