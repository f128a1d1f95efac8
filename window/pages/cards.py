"""The MRE Services card: issued, shown as a QR code, revoked."""

from __future__ import annotations

import secrets
from typing import Any, Final

from litestar import Request, get, post
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery

from window import handed_on
from window.addresses import QUERY
from window.forbidden import PAGE
from window.visit import Visit

_PAGE: Final = 20
_SHOWN: Final = ("name", "national_id_ending", "birthdate")


@get("/me/cards")
async def cards(visit: Visit, cursor: FromQuery[str] = "") -> Any:
    api = await visit.require()
    found = await api.get("/v1/cards", limit=_PAGE, cursor=cursor)
    return visit.page("me/cards.html", cards=found["data"], next=found["next_cursor"], key=secrets.token_urlsafe(16))


@post("/me/cards", status_code=200)
async def issue(request: Request[Any, Any, State], visit: Visit) -> Any:
    api = await visit.require()
    card = await api.post("/v1/cards", {}, key=str((await request.form()).get("key", ""))[:100])
    return visit.see(f"/me/cards/{card['id']}")


@get("/me/cards/{card_id:str}", opt={QUERY: ("show",)})
async def card(
    request: Request[Any, Any, State], visit: Visit, card_id: FromPath[str], chosen: FromQuery[str] = ""
) -> Any:
    """As it is shown at a counter: the code, and what it discloses. The name alone until she says more."""
    api = await visit.require()
    disclosed = [each for each in request.query_params.getall("show", []) if each in _SHOWN] if chosen else ["name"]
    found = await api.get(f"/v1/cards/{card_id}", disclose=",".join(disclosed))
    return visit.page("me/card.html", card=found, disclosed=disclosed, may_show=_SHOWN)


@get("/me/cards/{card_id:str}/code.svg")
async def code(visit: Visit, card_id: FromPath[str], disclose: FromQuery[str] = "") -> Any:
    await visit.require()
    names = ",".join(each for each in disclose.split(",") if each in _SHOWN)
    return await handed_on.file(
        visit, f"/v1/cards/{card_id}", name="card", accept="image/svg+xml", params={"disclose": names}
    )


@post("/me/cards/{card_id:str}/revoke", status_code=200, opt={PAGE: "/me/cards/{card_id}"})
async def revoke(visit: Visit, card_id: FromPath[str]) -> Any:
    api = await visit.require()
    await api.post(f"/v1/cards/{card_id}/revoke", {})
    return visit.see("/me/cards")


ROUTES = [cards, issue, card, code, revoke]
