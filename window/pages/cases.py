"""A person's requests: the list, one case, and the way to the card page and back."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import Request, get, post
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from window.visit import Visit

_PAGE: Final = 20
_EVENTS: Final = 100


@get("/cases")
async def cases(visit: Visit, cursor: FromQuery[str] = "") -> Any:
    api = await visit.require()
    found = await api.get("/v1/cases", limit=_PAGE, cursor=cursor)
    return visit.page("cases/list.html", cases=found["data"], next=found["next_cursor"])


@get("/cases/{case_id:str}")
async def case(visit: Visit, case_id: FromPath[str]) -> Any:
    api = await visit.require("person", "agent")
    found, events = await asyncio.gather(
        api.get(f"/v1/cases/{case_id}"), api.get(f"/v1/cases/{case_id}/events", limit=_EVENTS)
    )
    return visit.page("cases/case.html", case=found, events=list(reversed(events["data"])))


@post("/cases/{case_id:str}/pay", status_code=200)
async def pay(visit: Visit, case_id: FromPath[str]) -> Any:
    """Hands her over to the portal's card page: no card number is ever typed here."""
    api = await visit.require("person", "agent")
    back = f"{visit.settings.origin}/cases/{case_id}/paid"
    found = await api.post(f"/v1/cases/{case_id}/actions/pay", {"return_url": back})
    checkout = found["checkout"]
    if checkout is None:
        return visit.see(f"/cases/{case_id}")
    visit.form_targets.append(checkout["url"])
    action = next((each for each in found["actions"] if each["type"] == "pay"), None)
    return visit.page("cases/to_card_page.html", case=found, checkout=checkout, action=action)


@get("/cases/{case_id:str}/paid")
async def paid(visit: Visit, case_id: FromPath[str], request: Request[Any, Any, State]) -> Any:
    """Back from the card page. Whether she has paid is in the case; the address proves nothing."""
    del request
    if not case_id:
        raise NotFoundException
    await visit.require("person", "agent")
    return visit.see(f"/cases/{case_id}")


ROUTES = [cases, case, pay, paid]
