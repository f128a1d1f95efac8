"""The way to Barid Al-Maghrib: the tracking page, and shipments by JSON."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from gateway.connectors.authoring import (
    Connector,
    ConnectorSettings,
    Parcel,
    Progress,
    Refused,
    Shipment,
    Shipping,
    Tracking,
    check,
)

from . import mapping, s10


class BaridSettings(ConnectorSettings, frozen=True, kw_only=True):
    max_page_bytes: Annotated[
        int, Meta(ge=1024, description="A larger tracking page is not parsed. A real one has about 5 kB.")
    ] = mapping.MAX_PAGE_BYTES


class Barid(Connector, Shipping, Tracking):
    settings: BaridSettings
    not_served = mapping.NOT_SERVED

    async def track(self, reference: str, **proof: str) -> Progress:
        number = s10.normalise(reference)
        if number is None:
            raise Refused("tracking_number_invalid")
        page = check(await self.http.get("/Tracking/Search", params={"trackingCode": number}))
        return mapping.progress(number, page.content, max_bytes=self.settings.max_page_bytes)

    async def trace(self, number: str) -> Progress:
        return await self.track(number)

    async def ship(self, parcel: Parcel) -> Shipment:
        answer = await self.http.post("/shipments", json=mapping.shipment_request(parcel))
        return mapping.shipment(check(answer, mapping.REFUSALS).content, parcel.key)

    async def find_shipment(self, idempotency_key: str) -> Shipment | None:
        answer = await self.http.get("/shipments", params={"client_reference": idempotency_key})
        return mapping.first_shipment(check(answer).content, idempotency_key)
