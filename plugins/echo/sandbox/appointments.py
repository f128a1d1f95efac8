"""Echo's diary: three posts in three time zones, half-hour slots on weekday mornings, one person a slot.

Slots are there for every day that is asked for, whatever the sandbox's clock says: it may run far too fast.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from litestar import delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody

from gateway.sandbox.authoring import Objection, SandboxContext

CASABLANCA: Final = "Africa/Casablanca"
POSTS: Final[dict[str, dict[str, Any]]] = {
    "lyon": {"name": {"ar": "ليون", "fr": "Lyon", "en": "Lyons"}, "country": "FR", "timezone": "Europe/Paris"},
    "tanger": {
        "name": {"ar": "طنجة", "fr": "Tanger", "en": "Tangier"},
        "country": "MA",
        "timezone": "Africa/Casablanca",
    },
    "montreal": {"name": {"ar": "مونريال", "fr": "Montréal"}, "country": "CA", "timezone": "America/Toronto"},
}
SLOTS: Final = ("09:00", "09:30", "10:00", "10:30", "11:00", "11:30")
SATURDAY: Final = 5


class Wish(msgspec.Struct):
    slot: str
    client_reference: str
    name: str
    about: str = ""


def diary(context: SandboxContext) -> list[HTTPRouteHandler]:
    bookings = context.table("bookings")

    def taken() -> set[str]:
        return {each["slot"] for each in bookings.where(cancelled=False)}

    @get("/posts")
    async def posts(service: FromQuery[str] = "") -> dict[str, Any]:
        return {"posts": [{"id": id, "city": about["name"]["fr"], **about} for id, about in POSTS.items()]}

    @get("/slots")
    async def slots(post: FromQuery[str], first: FromQuery[date], last: FromQuery[date]) -> dict[str, Any]:
        if post not in POSTS:
            raise Objection(404, "no_such_post")
        gone = taken()
        return {"slots": [slot for slot in between(post, first, last) if slot["id"] not in gone]}

    @post("/bookings")
    async def book(data: JSONBody[Wish]) -> dict[str, Any]:
        slot = slot_of(data.slot)
        with context.store.transaction():
            if data.slot in taken():
                raise Objection(409, "somebody_was_faster")
            reference = f"B{len(bookings) + 1:06d}"
            made = {
                "reference": reference,
                "client_reference": data.client_reference,
                "slot": data.slot,
                "about": data.about,
                "cancelled": False,
            }
            bookings.put(reference, made)
            context.effects.record("booking", reference, client_reference=data.client_reference, slot=data.slot)
        return {**made, "slot": slot}

    @get("/bookings")
    async def search(client_reference: FromQuery[str]) -> dict[str, Any]:
        found = bookings.where(client_reference=client_reference)
        return {"bookings": [{**each, "slot": slot_of(each["slot"])} for each in found]}

    @delete("/bookings/{reference:str}", status_code=200)
    async def cancel(reference: FromPath[str]) -> dict[str, Any]:
        found = bookings.get(reference)
        if found is None:
            raise Objection(404, "no_such_booking")
        if not found["cancelled"]:
            with context.store.transaction():
                bookings.put(reference, {**found, "cancelled": True})
                context.effects.record("booking_cancelled", reference, client_reference=found["client_reference"])
        return {"reference": reference, "state": "cancelled"}

    return [posts, slots, book, search, cancel]


def between(post: str, first: date, last: date) -> Iterator[dict[str, Any]]:
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        if day.weekday() < SATURDAY:
            yield from (slot_of(f"{post}.{day.isoformat()}.{time}".replace("-", "").replace(":", "")) for time in SLOTS)


def slot_of(id: str) -> dict[str, Any]:
    post, day, time = id.split(".")
    start = datetime.strptime(f"{day}{time}", "%Y%m%d%H%M").replace(tzinfo=ZoneInfo(POSTS[post]["timezone"]))
    end = start + timedelta(minutes=30)
    return {"id": id, "post": post, "start": start.astimezone(UTC).isoformat(), "end": end.astimezone(UTC).isoformat()}
