"""Parcels: handed over, on their way, delivered as the clock goes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from litestar import Request, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery

from gateway.sandbox.authoring import Objection, SandboxContext, read_json

WAY: Final = ((0.0, "handed_over"), (86_400.0, "on_its_way"), (259_200.0, "delivered"))
"""Simulated seconds after the handing over, status from then on."""
RETURNED: Final = "Nobody"
"""A parcel to this name comes back."""
WEIGHTS: Final = (8, 6, 4, 2, 3, 5, 9, 7)

Body = dict[str, Any]


def parcels(context: SandboxContext) -> list[HTTPRouteHandler]:
    kept = context.table("parcels")

    def shown(parcel: Body) -> Body:
        age = context.clock.timestamp() - parcel["at"]
        way = [*WAY[:-1], (WAY[-1][0], "returned")] if parcel["name"] == RETURNED else WAY
        events = [
            {"status": status, "at": datetime.fromtimestamp(parcel["at"] + after, UTC).isoformat()}
            for after, status in way
            if after <= age
        ]
        return {"number": parcel["number"], "key": parcel["key"], "events": events}

    @post("/parcels")
    async def take(request: Request[Any, Any, Any]) -> Body:
        asked = await read_json(request, dict[str, Any])
        with context.store.transaction():
            number = _number(len(kept) + 1)
            at = context.clock.timestamp()
            parcel = {"number": number, "key": asked["key"], "name": asked["recipient"]["name"], "at": at}
            kept.put(number, parcel)
            context.effects.record("parcel", number)
        return {"number": number, "key": parcel["key"]}

    @get("/parcels", sync_to_thread=False)
    def search(key: FromQuery[str]) -> list[Body]:
        return [{"number": each["number"], "key": key} for each in kept.where(key=key)]

    @get("/parcels/{number:str}", sync_to_thread=False)
    def read(number: FromPath[str]) -> Body:
        parcel = kept.get(number)
        if parcel is None:
            raise Objection(404, "no_such_parcel")
        return shown(parcel)

    return [take, search, read]


def _number(serial: int) -> str:
    """S10 of the Universal Postal Union, with its check digit."""
    digits = f"{serial:08d}"
    check = 11 - sum(weight * int(digit) for weight, digit in zip(WEIGHTS, digits, strict=True)) % 11
    return f"RR{digits}{ {10: 0, 11: 5}.get(check, check) }MA"
