"""Mandates that a person gives to a consulate or call centre, and ends. An agent takes one up by its code."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from litestar import Request, get, post
from litestar.datastructures import State
from litestar.datastructures.multi_dicts import FormMultiDict
from litestar.params import FromPath, FromQuery

from window import catalogue
from window.api import Api, ApiProblem
from window.forbidden import PAGE
from window.visit import LANGUAGE, Visit

_PAGE: Final = 20
_DAYS: Final = ("1", "7", "30", "90")
_SCOPES: Final = ("cases:read", "cases:write", "tracking:read")
_TEXT: Final = 500


@get("/me/mandates")
async def mandates(visit: Visit, cursor: FromQuery[str] = "") -> Any:
    api = await visit.require()
    found = await api.get("/v1/mandates", limit=_PAGE, cursor=cursor)
    return visit.page("me/mandates.html", mandates=found["data"], next=found["next_cursor"])


@get("/me/mandates/new")
async def form(visit: Visit) -> Any:
    api = await visit.require()
    kept = dict(await visit.take_kept(visit.path) or [])
    return await _form(
        visit, api, kept, [each for each in _SCOPES if f"scope:{each}" in kept] or list(_SCOPES), back=bool(kept)
    )


@post("/me/mandates/new", status_code=200)
async def give(request: Request[Any, Any, State], visit: Visit) -> Any:
    """Shows the code, once. Sent twice, the same mandate and the same code."""
    incoming = await request.form()
    typed = {name: value for name, value in incoming.items() if isinstance(value, str)}
    scopes = [each for each in _SCOPES if f"scope:{each}" in typed]
    speaks = visit.pressed(typed.get("do", ""))[0] == LANGUAGE
    api = await visit.require()
    if speaks:
        return await _form(visit, api, typed, scopes)
    try:
        mandate = await api.post("/v1/mandates", _asked(incoming, scopes), key=typed.get("key", "")[:100])
    except ApiProblem as problem:
        if problem.status not in (400, 422) or not problem.errors:
            raise
        return await _form(visit, api, typed, scopes, problem=problem)
    return visit.page("me/mandate_given.html", mandate=mandate)


@post("/me/mandates/{mandate_id:str}/end", status_code=200, opt={PAGE: "/me/mandates"})
async def end(visit: Visit, mandate_id: FromPath[str]) -> Any:
    api = await visit.require()
    await api.post(f"/v1/mandates/{mandate_id}/revoke", {})
    return visit.see("/me/mandates")


def _asked(form: FormMultiDict, scopes: list[str]) -> dict[str, Any]:
    """As the API wants it. The end is counted from when the form was shown, so that a second click asks the same."""
    begun, days = str(form.get("begun", "")), str(form.get("days", ""))
    lasts, now = timedelta(days=int(days) if days in _DAYS else 1), datetime.now(UTC)
    try:
        until = datetime.fromisoformat(begun) + lasts
    except (ValueError, OverflowError):
        until = now + lasts
    asked: dict[str, Any] = {
        "agent": str(form.get("agent", "")).strip(),
        "scope": scopes,
        "purpose": str(form.get("purpose", "")).strip(),
        "expires_at": until.isoformat(),
        "earlier_cases": form.get("earlier_cases") == "yes",
    }
    if portal := str(form.get("portal", "")):
        asked["services"] = [portal]
    return asked


async def _form(
    visit: Visit, api: Api, typed: dict[str, str], scopes: list[str], *, problem: ApiProblem | None = None,
    back: bool = False,
) -> Any:  # fmt: skip
    """`back`: she typed it before she had to sign in again."""
    found = await catalogue.find(api, visit.settings)
    portals = {each["portal"]: each["portal_title"] for each in found["data"]}
    agent = visit.settings.sign_in.get("agent")
    return visit.page(
        "me/mandate.html",
        status=422 if problem else 200,
        typed=typed,
        back=back,
        scopes=scopes,
        all_scopes=_SCOPES,
        days=_DAYS,
        portals=portals,
        agent=typed.get("agent", agent.client_id if agent else ""),
        wrong=_wrong(visit, typed, scopes, problem) if problem else [],
        language_form="form",
        begun=datetime.now(UTC).isoformat(timespec="seconds"),
        key=secrets.token_urlsafe(16),
        most_text=_TEXT,
    )


def _wrong(visit: Visit, typed: dict[str, str], scopes: list[str], problem: ApiProblem) -> list[tuple[str, str, str]]:
    """Input, title and error, for the summary."""
    fields = {
        "agent": ("agent", visit._("Code of the consulate or call centre")),
        "purpose": ("purpose", visit._("What for?")),
        "scope": ("scope-1", visit._("What the agent may do")),
        "services": ("portal", visit._("For which services?")),
        "expires_at": ("days", visit._("For how long?")),
    }
    given = {**typed, "scope": " ".join(scopes)}
    found = []
    for each in problem.errors:
        name = each["pointer"].split("/")[1] if "/" in each["pointer"] else ""
        empty = name in ("agent", "purpose", "scope") and not given.get(name, "").strip()
        found.append((*fields.get(name, ("", "")), visit._("This has to be filled in.") if empty else each["detail"]))
    return found or [("", "", problem.detail)]


ROUTES = [mandates, form, give, end]
