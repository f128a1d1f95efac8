"""I/O with eTimbre and CMI. What the words mean is in `mapping.py`; why the portal is as it is, in README.md."""

from __future__ import annotations

import httpx

from gateway.connectors.authoring import (
    Callback,
    Checkout,
    Connector,
    Fee,
    NotYet,
    Paying,
    Payment,
    Refund,
    Refused,
    Reply,
    Settlement,
    Stamp,
    StampOrder,
    Verdict,
    check,
)

from . import mapping, ver3
from .settings import ETimbreSettings

CALLBACK_PATH = "payment"


class ETimbre(Connector, Paying):
    """A card page and its callback by the CMI protocol; stamps, inquiries and refunds in JSON."""

    settings: ETimbreSettings

    async def checkout(self, fee: Fee) -> Checkout:
        """Sends nothing: the payer's browser opens the attempt at CMI by posting these fields."""
        fields = mapping.checkout_fields(
            fee,
            settings=self.settings,
            return_url=fee.return_url or f"{self.portal.callback_url}/return",
            callback_url=f"{self.portal.callback_url}/{CALLBACK_PATH}",
            store_key=self._store_key(),
        )
        fields["hash"] = ver3.hash(fields, self._store_key())
        base = self.portal.public_base_url or str(self.http.base_url)
        return Checkout(oid=fee.oid, url=f"{base.rstrip('/')}/fim/est3Dgate", fields=fields)

    async def settle(self, callback: Callback) -> Settlement:
        """A hint and no more: the payer's browser brings the same signed fields, and the hash does not cover names.

        `Refused`: `unexpected_callback`, `malformed_callback`, `bad_signature`, `callback_incomplete`,
        `callback_altered`.
        """
        if callback.method != "POST" or callback.path.rpartition("/")[2] != CALLBACK_PATH:
            raise Refused("unexpected_callback")
        fields = ver3.received(mapping.form_fields(callback.body))
        if not ver3.verified(fields, self._store_key()):
            raise Refused("bad_signature")
        return mapping.settlement(fields, store_key=self._store_key(), settings=self.settings)

    def answer(self, verdict: Verdict) -> Reply:
        return mapping.reply(verdict)

    async def payment(self, oid: str) -> Settlement | None:
        """What the acquirer says of this order; None if no card page was ever opened for it, in its own words.

        It has no other no: what else comes with an error status is trouble on the way.
        """
        response = await self.http.get(f"/payments/{mapping.oid(oid)}")
        kind = response.headers.get("content-type", "")
        if response.status_code == httpx.codes.NOT_FOUND and mapping.never_opened(kind, response.content):
            return None
        return mapping.inquiry(oid, check(response).content)

    async def refund(self, payment: Payment) -> Refund:
        path = f"/payments/{mapping.oid(payment.oid)}/refund"
        response = await self.http.post(path, json=mapping.refund_request(payment))
        return mapping.refund(payment, _accepted(response).content)

    async def issue(self, order: StampOrder) -> Stamp:
        response = await self.http.post("/stamps", json=mapping.stamp_request(order))
        return mapping.issued(_accepted(response).content, order.key)

    async def find_stamp(self, idempotency_key: str) -> Stamp | None:
        response = await self.http.get("/stamps", params={"client_reference": idempotency_key})
        return mapping.first_stamp(_accepted(response).content, idempotency_key)

    async def stamp(self, serial: str) -> Stamp:
        response = await self.http.get(f"/stamps/{mapping.serial(serial)}")
        return mapping.stamp(_accepted(response).content)

    async def consume(self, serial: str, reference: str) -> Stamp:
        """`Refused("stamp_already_used")` if it was consumed for another reference."""
        path = f"/stamps/{mapping.serial(serial)}/consume"
        response = await self.http.post(path, json={"reference": reference})
        return mapping.stamp(_accepted(response).content)

    async def void(self, serial: str) -> Stamp:
        response = await self.http.post(f"/stamps/{mapping.serial(serial)}/cancel")
        return mapping.stamp(_accepted(response).content)

    def _store_key(self) -> str:
        return self.portal.secrets["store_key"].reveal()


def _accepted(response: httpx.Response) -> httpx.Response:
    """CMI takes the money a moment after we told it to; until then the portal refuses, though only for now."""
    try:
        return check(response, {**mapping.REFUSALS, mapping.NOT_YET: mapping.NOT_YET})
    except Refused as refused:
        if refused.code == mapping.NOT_YET:
            raise NotYet(mapping.NOT_YET, refused.portal_message, retry_after=1.0) from None
        raise
