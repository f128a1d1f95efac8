"""Notes of a case: the person reads them too."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, get, post
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery

from window.api import ApiProblem
from window.forbidden import HERSELF, PAGE
from window.visit import LANGUAGE, Visit

_TEXT: Final = 2_000
_ID: Final = 100
_PLACE: Final = 64
_PAGE: Final = "/agenda/cases/{case_id}?mandate={mandate}&post={post}&on={on}"


@dataclass(frozen=True, slots=True)
class From:
    """Where the link to the case was. `mandate`: under which the case is reached; without one as a case of her post.
    Whom she acts for just now has nothing to do with it."""

    mandate: str
    post: str
    on: str

    @classmethod
    def of(cls, named: Any) -> From:
        return cls(
            *(str(named.get(name, ""))[:most] for name, most in (("mandate", _ID), ("post", _PLACE), ("on", _PLACE)))
        )

    def query(self) -> dict[str, str]:
        named = {"mandate": self.mandate, "post": self.post, "on": self.on}
        return {name: value for name, value in named.items() if value}

    def agenda(self) -> dict[str, str]:
        return {name: value for name, value in self.query().items() if name != "mandate"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    text: str = ""
    key: str = ""
    wrong: str = ""
    kept: bool = False


@get("/agenda/cases/{case_id:str}")
async def notes(
    visit: Visit, case_id: FromPath[str], mandate: FromQuery[str] = "", post: FromQuery[str] = "",
    on: FromQuery[str] = "",
) -> Any:  # fmt: skip
    await visit.require("agent")
    kept = dict(await visit.take_kept(visit.path, herself=True) or [])
    typed = Typed(text=kept.get("text", ""), key=kept.get("key", ""), kept=bool(kept.get("text")))
    return await _notes(visit, case_id, From.of({"mandate": mandate, "post": post, "on": on}), typed)


@post("/agenda/cases/{case_id:str}", status_code=200, opt={PAGE: _PAGE, HERSELF: True})
async def add_note(visit: Visit, case_id: FromPath[str], request: Request[Any, Any, State]) -> Any:
    form = await request.form()
    speaks = visit.pressed(str(form.get("do", "")))[0] == LANGUAGE
    await visit.require("agent")
    text, key, came = str(form.get("text", "")), str(form.get("key", ""))[:_ID], From.of(form)
    if speaks:
        return await _notes(visit, case_id, came, Typed(text=text, key=key))
    if not text.strip() or len(text) > _TEXT:
        wrong = visit._("Write a note of at most 2,000 characters.")
        return await _notes(visit, case_id, came, Typed(text=text, wrong=wrong))
    try:
        await visit.under(came.mandate).post(f"/v1/cases/{case_id}/notes", {"text": text}, key=key)
    except ApiProblem as problem:
        if problem.status not in (422, 429):
            raise
        return await _notes(visit, case_id, came, Typed(text=text, wrong=problem.detail))
    return visit.see(visit.url(f"/agenda/cases/{case_id}", **came.query()))


async def _notes(visit: Visit, case_id: str, came: From, typed: Typed) -> Any:
    case = await _case(visit, case_id, came)
    found = await visit.under(came.mandate).get(f"/v1/cases/{case_id}/notes")
    return visit.page(
        "agenda/notes.html",
        status=422 if typed.wrong else 200,
        case_id=case_id,
        case=case,
        came=came,
        back=visit.url("/agenda", **came.agenda()),
        notes=found["data"],
        typed=typed,
        most=_TEXT,
        key=typed.key or secrets.token_urlsafe(16),
        wrong=[("text", visit._("A new note"), typed.wrong)] if typed.wrong else [],
        language_form="form",
    )


async def _case(visit: Visit, case_id: str, came: From) -> dict[str, Any] | None:
    """What the case is about, from the list that she came from, which names nobody. None where that does not say."""
    api = visit.as_herself()
    try:
        if came.post:
            listed = (await api.get("/v1/agenda", **came.agenda()))["visits"]
        else:
            listed = (await api.get("/v1/agenda/late"))["data"]
    except ApiProblem:
        return None
    found = next((each for each in listed if each["case"] == case_id), None)
    if found is None and came.mandate and visit.session is not None and visit.session.data.mandate == came.mandate:
        found = await visit.under(came.mandate).get(f"/v1/cases/{case_id}")  # the page she has just come from
    return found


ROUTES = [notes, add_note]
