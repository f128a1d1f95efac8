"""The way to Barid Al-Maghrib: the tracking page, and shipments by JSON."""

from __future__ import annotations

from gateway.connectors.authoring import (
    Connector,
    Parcel,
    Progress,
    Refused,
    Shipment,
    Shipping,
    Tracking,
    check,
)

from . import mapping, s10


class Barid(Connector, Shipping, Tracking):
    not_served = mapping.NOT_SERVED

    async def track(self, reference: str, **proof: str) -> Progress:
        number = s10.normalise(reference)
        if number is None:
            raise Refused("tracking_number_invalid")
        page = check(await self.http.get("/Tracking/Search", params={"trackingCode": number}))
        limit = int(self.portal.options.get("max_page_bytes", mapping.MAX_PAGE_BYTES))
        return mapping.progress(number, page.content, max_bytes=limit)

    async def trace(self, number: str) -> Progress:
        return await self.track(number)

    async def ship(self, parcel: Parcel) -> Shipment:
        answer = await self.http.post("/shipments", json=mapping.shipment_request(parcel))
        return mapping.shipment(check(answer, mapping.REFUSALS).content)

    async def find_shipment(self, idempotency_key: str) -> Shipment | None:
        answer = await self.http.get("/shipments", params={"client_reference": idempotency_key})
        return mapping.first_shipment(check(answer).content, idempotency_key)
