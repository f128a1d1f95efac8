"""The way to Echo. Each method is one request: `mapping` says what to send and what the answer means."""

from __future__ import annotations

import time
from typing import Any, Final
from urllib.parse import quote

from gateway.connectors.authoring import (
    Appointment,
    Booking,
    Callback,
    Connector,
    DemandRef,
    Document,
    Filed,
    Filing,
    Freshness,
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
    check_after,
    document_in_address,
    hmac_of_lines,
    in_address,
    must_match,
    seconds,
)

from . import mapping

PUSH: Final = "echo push v1"
FRESH_SECONDS: Final = 300
"""A push whose signature is older, or from the future, is not believed."""
SEEN: Final = 10_000
"""So many signatures are remembered, to know a replay; what a replay could do is make the gateway ask once more."""


class Echo(Connector, Filing, Tracking, Booking):
    progress_many_most = 50

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        self._fresh = Freshness(FRESH_SECONDS, SEEN)

    async def file(self, filing: Submission) -> Filed:
        answer = await self.http.post("/demands", json=mapping.demand(filing))
        return mapping.filed(check(answer, mapping.REFUSALS).content, filing.key)

    async def progress(self, reference: str, **access: str) -> Progress:
        answer = check(await self.http.get(_path(reference)), mapping.REFUSALS)
        return mapping.progress(answer.content, reference, check_after(answer))

    async def progress_many(self, demands: list[DemandRef]) -> list[Progress]:
        """The references travel in the body: addresses of requests end in logs."""
        numbers = [each.reference for each in demands]
        answer = await self.http.post("/demands/standing", json={"references": numbers})
        return mapping.standing(check(answer).content, {each.reference: each.key for each in demands})

    async def track(self, reference: str, **proof: str) -> Progress:
        return await self.progress(reference)

    async def find(self, idempotency_key: str) -> Filed | None:
        answer = await self.http.get("/demands", params={"client_reference": idempotency_key})
        return mapping.first_filed(check(answer).content, idempotency_key)

    async def act(self, reference: str, action: str, answer: dict[str, Any]) -> Progress:
        said = await self.http.post(_path(reference, "actions", action), json=mapping.answer(answer))
        return mapping.progress(check(said, mapping.REFUSALS).content, reference)

    async def withdraw(self, reference: str) -> Progress:
        answer = await self.http.post(_path(reference, "cancel"))
        return mapping.progress(check(answer, mapping.REFUSALS).content, reference)

    async def document(self, reference: str, id: str) -> Document:
        answer = await self.http.get(_path(reference, "documents", document_in_address(id)))
        return mapping.document(check(answer, mapping.REFUSALS).content)

    async def notice(self, callback: Callback) -> Notice:
        """`X-Echo-Signature: <seconds since 1970>.<HMAC-SHA256 in hex>` over purpose, method, path, seconds and body.

        Its key is not the one that our own requests carry; what it says is for this address and this direction only.
        """
        at, _, given = callback.headers.get("x-echo-signature", "").partition(".")
        given, made = given.lower(), seconds(at)
        if callback.method != "POST" or made is None:
            raise Refused("bad_signature")
        key = self.portal.secrets["push_key"].reveal()
        must_match(hmac_of_lines(key, PUSH, "POST", callback.path, at, body=callback.body), given)
        self._fresh.admit(given, made, time.time())
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
        return mapping.booked(check(answer, mapping.REFUSALS).content, slot, person.key)

    async def find_booking(self, idempotency_key: str) -> Appointment | None:
        answer = await self.http.get("/bookings", params={"client_reference": idempotency_key})
        return mapping.first_booked(check(answer).content, idempotency_key)

    async def cancel(self, booking: str) -> None:
        """Echo's own word that this booking is cancelled is read: an answer 200 alone may be anybody's."""
        answer = await self.http.delete(f"/bookings/{in_address(booking, form=mapping.BOOKING.pattern)}")
        mapping.cancelled(check(answer, mapping.REFUSALS).content, booking)


def _path(reference: str, *below: str) -> str:
    """A reference may have been typed by anybody: one of another form must not choose the path."""
    known = in_address(reference, form=mapping.REFERENCE.pattern)
    return "/".join(["/demands", known, *(quote(part, safe="") for part in below)])
