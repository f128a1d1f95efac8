"""The way to Echo. Each method is one request: `mapping` says what to send and what the answer means."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections import deque
from typing import Any, Final
from urllib.parse import quote

from gateway.connectors.contract import (
    Appointment,
    Booking,
    Callback,
    Connector,
    Document,
    Filed,
    Filing,
    Notice,
    Person,
    Portal,
    Post,
    Progress,
    Refused,
    Reply,
    Slot,
    Submission,
    Tracking,
    Window,
    check,
)
from plugins.echo import mapping

FRESH_SECONDS: Final = 300
"""A push whose signature is older, or from the future, is not believed."""
SEEN: Final = 10_000
"""So many signatures are remembered, to know a replay; what a replay could do is make the gateway ask once more."""


class Echo(Connector, Filing, Tracking, Booking):
    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        self._seen: deque[str] = deque(maxlen=SEEN)

    async def file(self, filing: Submission) -> Filed:
        answer = await self.http.post("/demands", json=mapping.demand(filing))
        return mapping.filed(check(answer, mapping.REFUSALS).content)

    async def progress(self, reference: str, **access: str) -> Progress:
        answer = await self.http.get(_path(reference))
        return mapping.progress(check(answer, mapping.REFUSALS).content)

    async def track(self, reference: str, **proof: str) -> Progress:
        return await self.progress(reference)

    async def find(self, idempotency_key: str) -> Filed | None:
        answer = await self.http.get("/demands", params={"client_reference": idempotency_key})
        return mapping.first_filed(check(answer).content, idempotency_key)

    async def act(self, reference: str, action: str, answer: dict[str, Any]) -> Progress:
        said = await self.http.post(_path(reference, "actions", action), json=mapping.answer(answer))
        return mapping.progress(check(said, mapping.REFUSALS).content)

    async def withdraw(self, reference: str) -> Progress:
        answer = await self.http.post(_path(reference, "cancel"))
        return mapping.progress(check(answer, mapping.REFUSALS).content)

    async def document(self, reference: str, id: str) -> Document:
        answer = await self.http.get(_path(reference, "documents", id))
        return mapping.document(check(answer, mapping.REFUSALS).content)

    async def notice(self, callback: Callback) -> Notice:
        """`X-Echo-Signature: <seconds since 1970>.<HMAC-SHA256 of that, a point and the body, in hex>`."""
        at, _, given = callback.headers.get("x-echo-signature", "").partition(".")
        signed = f"{at}.".encode() + callback.body
        wanted = hmac.new(self.portal.secrets["api_key"].reveal().encode(), signed, hashlib.sha256).hexdigest()
        if not at.isdecimal() or not hmac.compare_digest(wanted.encode(), given.encode()):
            raise Refused("bad_signature")
        if abs(time.time() - int(at)) > FRESH_SECONDS:
            raise Refused("too_old")
        if given in self._seen:
            raise Refused("replayed")
        self._seen.append(given)
        try:
            return Notice(reference=mapping.changed(callback.body), reply=Reply(body=b"thanks"))
        except ValueError:
            raise Refused("malformed_callback") from None

    async def posts(self, service: str) -> list[Post]:
        answer = await self.http.get("/posts", params={"service": service})
        return mapping.posts(check(answer).content)

    async def slots(self, service: str, post: str, window: Window) -> list[Slot]:
        days = {"first": window.first.isoformat(), "last": window.last.isoformat()}
        answer = await self.http.get("/slots", params={"service": service, "post": post, **days})
        return mapping.slots(check(answer, mapping.REFUSALS).content, service)

    async def book(self, slot: Slot, person: Person) -> Appointment:
        answer = await self.http.post("/bookings", json=mapping.wish(slot, person))
        return mapping.booked(check(answer, mapping.REFUSALS).content, slot.service)

    async def find_booking(self, idempotency_key: str) -> Appointment | None:
        answer = await self.http.get("/bookings", params={"client_reference": idempotency_key})
        return mapping.first_booked(check(answer).content, idempotency_key)

    async def cancel(self, booking: str) -> None:
        check(await self.http.delete(f"/bookings/{quote(booking, safe='')}"), mapping.REFUSALS)


def _path(reference: str, *below: str) -> str:
    """A reference may have been typed by anybody: one of another form must not choose the path."""
    if not mapping.REFERENCE.fullmatch(reference):
        raise Refused("not_found_at_portal")
    return "/".join(["/demands", reference, *(quote(part, safe="") for part in below)])
