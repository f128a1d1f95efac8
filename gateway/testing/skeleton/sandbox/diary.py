"""Appointments: two posts, half-hour slots on every morning that is asked for, one person a slot."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from litestar import Request, delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery

from gateway.sandbox.authoring import Objection, SandboxContext, read_json

POSTS: Final[dict[str, dict[str, Any]]] = {
    "lyon": {"name": {"ar": "ليون", "fr": "Lyon", "en": "Lyons"}, "city": "Lyon", "country": "FR"},
    "lille": {"name": {"ar": "ليل", "fr": "Lille", "en": "Lille"}, "city": "Lille", "country": "FR"},
}
TIMEZONE: Final = "Europe/Paris"
HOURS: Final = ("0900", "0930", "1000", "1030")
DAYS_AT_MOST: Final = 92

Body = dict[str, Any]


def diary(context: SandboxContext) -> list[HTTPRouteHandler]:
    bookings = context.table("bookings")

    def taken() -> set[str]:
        return {each["slot"] for each in bookings.where(cancelled=False)}

    @get("/posts", sync_to_thread=False)
    def posts() -> list[Body]:
        return [{"id": id, **about, "timezone": TIMEZONE} for id, about in POSTS.items()]

    @get("/slots", sync_to_thread=False)
    def slots(post: FromQuery[str], first: FromQuery[date], last: FromQuery[date]) -> list[Body]:
        if post not in POSTS:
            raise Objection(404, "no_such_post")
        days = [first + timedelta(days=n) for n in range(min((last - first).days + 1, DAYS_AT_MOST))]
        gone = taken()
        ids = (f"{post}-{day:%Y%m%d}-{hour}" for day in days for hour in HOURS)
        return [_slot(id) for id in ids if id not in gone]

    @post("/bookings")
    async def book(request: Request[Any, Any, Any]) -> Body:
        asked = await read_json(request, dict[str, str])
        slot = _slot(asked["slot"])
        with context.store.transaction():
            if slot["id"] in taken():
                raise Objection(409, "slot_taken")
            number = f"B-{len(bookings) + 1}"
            bookings.put(number, {"number": number, "key": asked["key"], "slot": slot["id"], "cancelled": False})
            context.effects.record("booking", number)
        return {"number": number, "key": asked["key"], "slot": slot}

    @get("/bookings", sync_to_thread=False)
    def search(key: FromQuery[str]) -> list[Body]:
        found = bookings.where(key=key, cancelled=False)
        return [{"number": each["number"], "key": key, "slot": _slot(each["slot"])} for each in found]

    @delete("/bookings/{number:str}", status_code=200, sync_to_thread=False)
    def cancel(number: FromPath[str]) -> Body:
        found = bookings.get(number)
        if found is None:
            raise Objection(404, "no_such_booking")
        if not found["cancelled"]:
            with context.store.transaction():
                bookings.put(number, {**found, "cancelled": True})
                context.effects.record("booking_cancelled", number)
        return {"number": number, "status": "cancelled"}

    return [posts, slots, book, search, cancel]


def _slot(id: str) -> Body:
    try:
        post, day, hour = id.split("-")
        start = datetime.strptime(f"{day}{hour}", "%Y%m%d%H%M").replace(tzinfo=ZoneInfo(TIMEZONE)).astimezone(UTC)
    except ValueError:
        raise Objection(422, "no_such_slot") from None
    end = start + timedelta(minutes=30)
    return {"id": id, "post": post, "start": start.isoformat(), "end": end.isoformat()}
