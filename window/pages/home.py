"""The first page: what waits for her and her newest requests; for a visitor, what there is and how it goes; those who
serve, check and run are sent to theirs."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import get, post
from litestar.params import FromPath, FromQuery

from window.api import ApiProblem
from window.catalogue import categories
from window.forbidden import PAGE
from window.navigation import first_page
from window.visit import Visit

_NEWEST: Final = 5
_MOST_WAITING: Final = 20


@get("/")
async def home(visit: Visit, thrown: FromQuery[str] = "") -> Any:
    if visit.session is not None and visit.signed_in_as("agent", "auditor", "operator", "agency"):
        return visit.see(first_page(visit.session.data.role)[0])
    if not visit.signed_in_as("person"):
        return visit.page("home/visitor.html", categories=await categories(visit.api, visit.settings))
    api = await visit.require()
    waiting, newest, drafts, found = await asyncio.gather(
        api.get("/v1/cases", status="action_required", limit=_MOST_WAITING),
        api.get("/v1/cases", limit=_NEWEST),
        api.get("/v1/drafts", limit=_NEWEST),
        categories(api, visit.settings),
    )
    return visit.page(
        "home/person.html",
        waiting=waiting["data"],
        newest=newest["data"],
        more=newest["has_more"],
        drafts=drafts["data"],
        thrown=thrown == "yes",
        categories=found,
    )


@post("/drafts/{draft_id:str}/throw-away", status_code=200, opt={PAGE: "/"})
async def throw_away(visit: Visit, draft_id: FromPath[str]) -> Any:
    """Deletes what was begun and not sent; twice is as good as once."""
    api = await visit.require("person", "agent")
    try:
        await api.delete(f"/v1/drafts/{draft_id}")
    except ApiProblem as problem:
        if problem.code != "draft_not_found":
            raise
    return visit.see("/?thrown=yes" if visit.signed_in_as("person") else "/cases?thrown=yes")


ROUTES = [home, throw_away]
