"""I/O with watiqa.ma. What the words mean is in `mapping.py`; why the portal is as it is, in README.md."""

from __future__ import annotations

from typing import Any

import httpx

from gateway.connectors.contract import (
    Connector,
    Document,
    Filed,
    Filing,
    Progress,
    Refused,
    Submission,
    Tracking,
    check,
)

from . import mapping


class Watiqa(Connector, Filing, Tracking):
    """Orders of civil-status documents, followed by polling."""

    tracking_proof = ("email",)

    async def file(self, filing: Submission) -> Filed:
        response = await self.http.post("/orders", json=mapping.order(filing))
        return mapping.filed(_accepted(response).content)

    async def progress(self, reference: str, **access: str) -> Progress:
        """The order itself answers to the gateway's token: no `access` word is needed or kept."""
        response = await self.http.get(f"/orders/{mapping.order_number(reference)}")
        return mapping.progress(_accepted(response).content)

    async def withdraw(self, reference: str) -> Progress:
        """Possible until the office has the order in hand, afterwards `Refused("too_late")`."""
        response = await self.http.post(f"/orders/{mapping.order_number(reference)}/cancel")
        return mapping.progress(_accepted(response).content)

    async def act(self, reference: str, action: str, answer: dict[str, Any]) -> Progress:
        """`reissue`, with `{"parcel": number}` of the parcel that was lost or came back: once per parcel."""
        body = mapping.reissue(action, answer)
        response = await self.http.post(f"/orders/{mapping.order_number(reference)}/reissue", json=body)
        return mapping.progress(_accepted(response).content)

    async def document(self, reference: str, id: str) -> Document:
        path = f"/orders/{mapping.order_number(reference)}/documents/{mapping.document_id(id)}"
        response = _accepted(await self.http.get(path))
        return mapping.document(reference, id, response.headers.get("content-type", ""), response.content)

    async def find(self, idempotency_key: str) -> Filed | None:
        response = await self.http.get("/orders", params={"client_reference": idempotency_key})
        return mapping.found(idempotency_key, _accepted(response).content)

    async def track(self, reference: str, **proof: str) -> Progress:
        """`proof` is `email`. It travels in the body, because addresses of requests end in logs."""
        response = await self.http.post("/tracking", json={"order": reference, "email": proof["email"]})
        return mapping.tracked(_accepted(response).content)


def _accepted(response: httpx.Response) -> httpx.Response:
    try:
        return check(response, mapping.REFUSALS)
    except Refused as refused:
        refused.fields.update(mapping.objections(refused.code, response.content))
        raise
