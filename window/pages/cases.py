"""A person's requests: the list, and one case across all its portals."""

from __future__ import annotations

import asyncio
from typing import Any, Final, Literal

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from window import handed_on
from window.addresses import UnsafeAddress
from window.api import Api, ApiProblem
from window.case_steps import ENDED, possible, required, steps, withdrawing
from window.forbidden import PAGE
from window.forms.pointers import Schema, schema_at
from window.visit import Visit

_PAGE: Final = 20
_DRAFTS: Final = 100
_EVENTS: Final = 1000
_ROLES: Final = ("person", "agent")
CARD_PAGE: Final = "card-page"
"""In the address: where she comes from."""


@get("/cases")
async def cases(visit: Visit, cursor: FromQuery[str] = "", thrown: FromQuery[str] = "") -> Any:
    """Her own; for an agent those of the person that she acts for, and what she has begun for that person, which the
    home page says to others."""
    api = await visit.require(*_ROLES)
    begun = [] if cursor or visit.signed_in_as("person") else (await api.get("/v1/drafts", limit=_DRAFTS))["data"]
    found = await api.get("/v1/cases", limit=_PAGE, cursor=cursor)
    return visit.page(
        "cases/list.html", cases=found["data"], next=found["next_cursor"], drafts=begun, thrown=thrown == "yes"
    )


@get("/cases/{case_id:str}")
async def case(
    visit: Visit,
    case_id: FromPath[str],
    sent: FromQuery[str] = "",
    done: FromQuery[str] = "",
    back: FromQuery[str] = "",
) -> Any:
    """Everything about one case. It asks no portal: a portal that is away changes nothing here."""
    api = await visit.require(*_ROLES)
    # First what was told, then how it stands: what comes in between is told again by the stream, and nothing missed.
    events = await api.get(f"/v1/cases/{case_id}/events", limit=_EVENTS)
    found = await api.get(f"/v1/cases/{case_id}")
    record = api.last_call_id
    service, notes = await asyncio.gather(_service(api, found["service"]), _notes(api, case_id))
    told = events["data"]
    return visit.page(
        "cases/case.html",
        case=found,
        call_id=record,
        events=list(reversed(told)),
        last_event=told[-1]["id"] if told else "",
        steps=steps(found, service.get("steps", [])),
        objections=_objections(found, service.get("form") or {}),
        notes=notes,
        todo=required(found),
        offers=possible(found),
        ended=found["status"] in ENDED,
        withdrawing=withdrawing(told),
        sent=sent == "yes",
        done=done == "yes",
        unpaid=_unpaid(found, told) if back == CARD_PAGE else "",
    )


@get("/cases/{case_id:str}/live", media_type="text/event-stream")
async def live(
    request: Request[Any, Any, State], visit: Visit, case_id: FromPath[str], after: FromQuery[str] = ""
) -> Response[Any] | Stream:
    """What happens to the case as it happens. The token stays here."""
    await visit.require(*_ROLES)
    seen = request.headers.get("last-event-id", "") or after
    return await handed_on.stream(visit, f"/v1/cases/{case_id}/events", after=seen[:200])


@post("/cases/{case_id:str}/pay", status_code=200, opt={PAGE: "/cases/{case_id}"})
async def pay(visit: Visit, case_id: FromPath[str]) -> Any:
    """Hands her over to the portal's card page: no card number is ever typed here."""
    api = await visit.require(*_ROLES)
    back = f"{visit.settings.origin}/cases/{case_id}/paid"
    found = await api.post(f"/v1/cases/{case_id}/actions/pay", {"return_url": back})
    checkout = found["checkout"]
    if checkout is None:
        return visit.see(f"/cases/{case_id}")
    try:
        visit.may_send_to(checkout["url"])
    except UnsafeAddress:
        return visit.page("cases/no_card_page.html", status=502, case=found)
    action = next((each for each in found["actions"] if each["type"] == "pay"), None)
    return visit.page("cases/to_card_page.html", case=found, checkout=checkout, action=action)


@get("/cases/{case_id:str}/paid")
async def paid(visit: Visit, case_id: FromPath[str]) -> Any:
    """Back from the card page. Whether she has paid is in the case; the address proves nothing."""
    await visit.require(*_ROLES)
    return visit.see(visit.url(f"/cases/{case_id}", back=CARD_PAGE))


@get("/cases/{case_id:str}/parcel")
async def parcel(visit: Visit, case_id: FromPath[str]) -> Any:
    """Where her parcel is, as the post has it now."""
    api = await visit.require(*_ROLES)
    found = await api.get(f"/v1/cases/{case_id}")
    if found["shipment"] is None:
        return visit.see(f"/cases/{case_id}")
    tracking = await api.get(found["shipment"]["tracking_url"])
    return visit.page("cases/parcel.html", case=found, tracking=tracking, history=list(reversed(tracking["history"])))


def _unpaid(case: dict[str, Any], events: list[dict[str, Any]]) -> Literal["", "refused", "unknown"]:
    """For who is back from the card page. A payment that nobody has told yet may still have been made."""
    if not any(each["type"] == "pay" for each in required(case)):
        return ""
    told = [each["code"] for each in events if each["code"] in ("checkout_opened", "payment_declined")]
    return "refused" if told[-1:] == ["payment_declined"] else "unknown"


async def _service(api: Api, service: str) -> dict[str, Any]:
    """Empty where it is not offered any more."""
    try:
        found: dict[str, Any] = await api.get(f"/v1/services/{service}")
    except ApiProblem:
        return {}
    return found


def _objections(case: dict[str, Any], form: Schema) -> list[str]:
    """What a portal objects to in the form, by what the form calls it."""
    refusal, told = case["refusal"] or {"errors": []}, []
    for each in refusal["errors"]:
        title = (schema_at(form, each["pointer"].removeprefix("/form")) or {}).get("title", "")
        detail = "" if title and each["code"] == refusal["code"] else each["detail"]
        told.append(": ".join(filter(None, (title, detail))))
    return told


async def _notes(api: Api, case_id: str) -> list[dict[str, Any]]:
    """What agents wrote about it. A token that may not read them sees the rest of the page."""
    try:
        found = await api.get(f"/v1/cases/{case_id}/notes")
    except ApiProblem as problem:
        if problem.status not in (403, 404):
            raise
        return []
    notes: list[dict[str, Any]] = found["data"]
    return notes


ROUTES = [cases, case, live, pay, paid, parcel]
