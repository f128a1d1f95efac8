"""The post's day, and checking in: by a card that is scanned, or a number that is typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal

from litestar import Request, get, post
from litestar.datastructures import State
from litestar.params import FromQuery

from window.api import Api, ApiProblem
from window.forbidden import HERSELF, PAGE
from window.pages.agenda.held import herself
from window.visit import LANGUAGE, Visit

Who = Literal["all", "here", "not-yet"]

_CARD: Final = 16_384
_IN_A_CARD: Final = "~"
"""No number has it (RFC 9901, section 4)."""
_POST: Final = 64
_FIRST: Final = date.min + timedelta(days=1)
_LAST: Final = date.max - timedelta(days=1)
"""Days that have one before and one after."""
_MOST: Final = 500
"""Appointments of one day that the API tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedIn:
    """What became of a card or number: who has come, or what is wrong with it."""

    typed: str = ""
    wrong: str = ""
    arrived: dict[str, Any] | None = None
    before: bool = False
    """Whether that was known already."""
    kept: bool = False


@get("/agenda")
async def agenda(visit: Visit, post: FromQuery[str] = "", on: FromQuery[str] = "", who: FromQuery[Who] = "all") -> Any:
    api = await herself(visit)
    kept = dict(await visit.take_kept(visit.path, herself=True) or [])
    typed = kept.get("typed", "")
    return await _agenda(visit, api, post=post, on=on, who=who, done=CheckedIn(typed=typed, kept=bool(typed)))


@post("/agenda", status_code=200, opt={PAGE: "/agenda?post={post}&on={on}", HERSELF: True})
async def check_in(visit: Visit, request: Request[Any, Any, State]) -> Any:
    """Who it is, is shown once, on this page."""
    form = await request.form()
    speaks = visit.pressed(str(form.get("do", "")))[0] == LANGUAGE
    api = await herself(visit)
    post, on = str(form.get("post", ""))[:_POST], str(form.get("on", ""))[:_POST]
    typed = str(form.get("typed", "")).strip()[:_CARD]
    done = CheckedIn(typed=typed) if speaks else await _checked_in(visit, api, post, typed)
    return await _agenda(visit, api, post=post, on=on, who="all", done=done)


async def _checked_in(visit: Visit, api: Api, post: str, typed: str) -> CheckedIn:
    if not typed:
        return CheckedIn(wrong=visit._("Scan a card, or type a number."))
    known = await api.get("/v1/agenda", post=post)
    here = {each["case"] for each in known["visits"] if each["checked_in_at"]}
    try:
        arrived = await api.post("/v1/agenda/check-ins", {"post": post, "shown": typed})
    except ApiProblem as problem:
        if problem.status not in (404, 400):
            raise
        if _IN_A_CARD in typed:
            bad = visit._("This card does not count: it has run out, was ended, or was not read whole.")
            then = visit._("Scan it again, or type the number of the booking.")
            return CheckedIn(wrong=f"{bad} {then}" if problem.code == "card_not_found" else problem.detail)
        return CheckedIn(wrong=problem.detail, typed=typed)
    return CheckedIn(arrived=arrived, before=arrived["case"] in here)


async def _agenda(visit: Visit, api: Api, *, post: str, on: str, who: Who, done: CheckedIn) -> Any:
    posts = (await api.get("/v1/me"))["posts"]
    post = post or next(iter(posts), "")
    try:
        day = date.fromisoformat(on).isoformat() if on else ""
    except ValueError:
        day = ""
    names = await visit.post_names(api) if posts else {}
    found = await api.get("/v1/agenda", post=post, on=day) if post else None
    visits = found["visits"] if found else []
    held_on = date.fromisoformat(found["held_on"]) if found else date.today()
    shown = min(max(held_on, _FIRST), _LAST)
    return visit.page(
        "agenda/agenda.html",
        status=422 if done.wrong else 200,
        posts=posts,
        names=names,
        post=post,
        agenda=found,
        visits=[each for each in visits if who == "all" or bool(each["checked_in_at"]) == (who == "here")],
        counts={"all": len(visits), "here": sum(bool(each["checked_in_at"]) for each in visits)},
        full=_MOST if len(visits) >= _MOST else 0,
        who=who,
        day=day,
        before=(shown - timedelta(days=1)).isoformat(),
        after=(shown + timedelta(days=1)).isoformat(),
        done=done,
        wrong=[("typed", visit._("Card or number"), done.wrong)] if done.wrong else [],
        language_form="form" if found else "",
    )


ROUTES = [agenda, check_in]
