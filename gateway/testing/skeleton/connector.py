"""I/O with the portal. What the words mean is in `mapping.py`; why the portal is as it is, in README.md."""

from __future__ import annotations

import time
from functools import partial
from typing import Any, Final

from gateway.connectors.authoring import (
    PDF,
    Appointment,
    Booking,
    Callback,
    Checkout,
    Connector,
    Document,
    Fee,
    Filed,
    Filing,
    Freshness,
    Message,
    MessageReceipt,
    Messaging,
    Parcel,
    Paying,
    Payment,
    Person,
    Portal,
    Post,
    Progress,
    Refund,
    Refused,
    Reply,
    Settlement,
    Shipment,
    Shipping,
    Slot,
    Stamp,
    StampOrder,
    Submission,
    Tracking,
    Verdict,
    Window,
    check,
    document,
    document_in_address,
    hmac_of_lines,
    in_address,
    must_match,
    seconds,
)

from . import mapping

# [filing]
DEMANDS: Final = "/demands"
_accepted = partial(check, refusals=mapping.REFUSALS, fields=mapping.FIELDS)
# [/]
# [not filing]
_accepted = partial(check, refusals=mapping.REFUSALS)
# [/]


class Skeleton(Connector, Filing, Tracking, Paying, Shipping, Booking, Messaging):
    # [paying]
    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        self._fresh = Freshness(window=300, remembered=10_000)

    # [/]
    # [filing]
    async def file(self, filing: Submission) -> Filed:
        # [person]
        key = {"Idempotency-Key": filing.key}
        response = await self.http.post(DEMANDS, json=mapping.demand(filing), headers=key)
        # [/]
        # [not person]
        response = await self.http.post(DEMANDS, json=mapping.demand(filing))
        # [/]
        return mapping.filed(_accepted(response).content, filing.key)

    async def progress(self, reference: str, **access: str) -> Progress:
        response = await self.http.get(f"{DEMANDS}/{in_address(reference)}")
        return mapping.progress(_accepted(response).content, reference)

    async def find(self, idempotency_key: str) -> Filed | None:
        response = await self.http.get(DEMANDS, params={"key": idempotency_key})
        return mapping.found(_accepted(response).content, idempotency_key)

    # [person]
    async def document(self, reference: str, id: str) -> Document:
        path = f"{DEMANDS}/{in_address(reference)}/documents/{document_in_address(id)}"
        return document(reference, id, _accepted(await self.http.get(path)), PDF)

    # [question]
    async def act(self, reference: str, action: str, answer: dict[str, Any]) -> Progress:
        """The same answer again changes nothing at the portal."""
        response = await self.http.post(
            f"{DEMANDS}/{in_address(reference)}/answers", json=mapping.answered(action, answer)
        )
        return mapping.progress(_accepted(response).content, reference)

    # [/]
    # [/]
    # [/]
    # [tracking]
    async def track(self, reference: str, **proof: str) -> Progress:
        response = await self.http.get(f"/tracking/{in_address(reference)}")
        return mapping.tracked(_accepted(response).content, reference)

    # [/]
    # [paying]
    async def checkout(self, fee: Fee) -> Checkout:
        """Sends nothing: the payer's browser opens the card page by posting these fields."""
        fields = mapping.card_page(fee, self.portal.callback_url)
        fields["signature"] = hmac_of_lines(self._payment_key(), mapping.CARD_PAGE, *fields.values(), body=b"")
        base = self.portal.public_base_url or str(self.http.base_url)
        return Checkout(oid=fee.oid, url=f"{base.rstrip('/')}/card", fields=fields)

    async def settle(self, callback: Callback) -> Settlement:
        """`X-Signature: <seconds since 1970>.<HMAC>` over purpose, path, seconds and body."""
        at, _, given = callback.headers.get("x-signature", "").partition(".")
        made = seconds(at)
        if made is None:
            raise Refused("bad_signature")
        must_match(hmac_of_lines(self._payment_key(), mapping.PUSH, callback.path, at, body=callback.body), given)
        self._fresh.admit(given, made, time.time())
        try:
            return mapping.pushed(callback.body)
        except ValueError:
            raise Refused("malformed_callback") from None

    def answer(self, verdict: Verdict) -> Reply:
        return mapping.reply(verdict)

    async def payment(self, oid: str) -> Settlement | None:
        response = await self.http.get(f"/payments/{in_address(oid, 'payment_not_found', form=mapping.ORDER)}")
        try:
            return mapping.settlement(_accepted(response).content, oid)
        except Refused as refused:
            if refused.code == "payment_not_found":  # the portal's own word
                return None
            raise

    async def refund(self, payment: Payment) -> Refund:
        order = in_address(payment.oid, "payment_not_found", form=mapping.ORDER)
        response = await self.http.post(f"/payments/{order}/refund", json=mapping.refund_request(payment))
        return mapping.refund(_accepted(response).content, payment)

    async def issue(self, order: StampOrder) -> Stamp:
        response = await self.http.post("/stamps", json=mapping.stamp_request(order))
        return mapping.issued(_accepted(response).content, order.key)

    async def find_stamp(self, idempotency_key: str) -> Stamp | None:
        response = await self.http.get("/stamps", params={"key": idempotency_key})
        return mapping.found_stamp(_accepted(response).content, idempotency_key)

    async def stamp(self, serial: str) -> Stamp:
        response = await self.http.get(_stamp_path(serial))
        return mapping.stamp(_accepted(response).content, serial)

    async def consume(self, serial: str, reference: str) -> Stamp:
        response = await self.http.post(f"{_stamp_path(serial)}/use", json={"demand": reference})
        return mapping.stamp(_accepted(response).content, serial)

    async def void(self, serial: str) -> Stamp:
        response = await self.http.post(f"{_stamp_path(serial)}/cancel")
        return mapping.stamp(_accepted(response).content, serial)

    def _payment_key(self) -> str:
        return self.portal.secrets["payment_key"].reveal()

    # [/]
    # [shipping]
    async def ship(self, parcel: Parcel) -> Shipment:
        response = await self.http.post("/parcels", json=mapping.parcel(parcel))
        return mapping.shipment(_accepted(response).content, parcel.key)

    async def find_shipment(self, idempotency_key: str) -> Shipment | None:
        response = await self.http.get("/parcels", params={"key": idempotency_key})
        return mapping.found_shipment(_accepted(response).content, idempotency_key)

    async def trace(self, number: str) -> Progress:
        response = await self.http.get(f"/parcels/{in_address(number)}")
        return mapping.way(_accepted(response).content, number)

    # [/]
    # [booking]
    async def posts(self, service: str) -> list[Post]:
        response = await self.http.get("/posts", params={"service": service})
        return mapping.posts(_accepted(response).content)

    async def slots(self, service: str, post: str, window: Window) -> list[Slot]:
        days = {"first": window.first.isoformat(), "last": window.last.isoformat()}
        response = await self.http.get("/slots", params={"post": post, **days})
        return mapping.slots(_accepted(response).content, service)

    async def book(self, slot: Slot, person: Person) -> Appointment:
        response = await self.http.post("/bookings", json=mapping.booking(slot, person))
        return mapping.booked(_accepted(response).content, slot, person.key)

    async def find_booking(self, idempotency_key: str) -> Appointment | None:
        response = await self.http.get("/bookings", params={"key": idempotency_key})
        return mapping.found_booking(_accepted(response).content, idempotency_key)

    async def cancel(self, booking: str) -> None:
        """The portal's own word that this booking is cancelled is read: an answer 200 alone may be anybody's."""
        response = await self.http.delete(f"/bookings/{in_address(booking)}")
        mapping.cancelled(_accepted(response).content, booking)

    # [/]
    # [messaging]
    async def send(self, message: Message) -> MessageReceipt:
        response = await self.http.post("/messages", json=mapping.message(message))
        return mapping.sent(_accepted(response).content, message.key)

    async def find_message(self, idempotency_key: str) -> MessageReceipt | None:
        response = await self.http.get("/messages", params={"key": idempotency_key})
        return mapping.found_message(_accepted(response).content, idempotency_key)

    async def delivery(self, reference: str) -> MessageReceipt:
        response = await self.http.get(f"/messages/{in_address(reference)}")
        return mapping.receipt(_accepted(response).content, reference)

    # [/]


# [paying]
def _stamp_path(serial: str) -> str:
    return f"/stamps/{in_address(serial, 'stamp_not_found', form='[0-9]{16}')}"


# [/]
