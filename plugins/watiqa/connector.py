"""I/O with watiqa.ma. What the words mean is in `mapping.py`; why the portal is as it is, in README.md."""

from __future__ import annotations

from functools import partial
from typing import Any

from gateway.connectors.authoring import (
    PDF,
    CheckFinding,
    Connector,
    DemandRef,
    Document,
    Filed,
    Filing,
    Progress,
    Submission,
    Tracking,
    check,
    document,
    document_in_address,
    in_address,
    lost_parcel,
)

from . import mapping

_accepted = partial(check, refusals=mapping.REFUSALS, fields=mapping.FIELDS)


class Watiqa(Connector, Filing, Tracking):
    """Orders of civil-status documents, followed by polling."""

    tracking_proof = ("email",)
    progress_many_most = 100

    async def file(self, filing: Submission) -> Filed:
        response = await self.http.post("/orders", json=mapping.order(filing))
        return mapping.filed(filing.key, _accepted(response).content)

    async def check(self, filing: Submission) -> list[CheckFinding]:
        """Assumed: see README."""
        response = await self.http.post("/orders/check", json=mapping.sought(filing))
        return mapping.objections(_accepted(response).content)

    async def progress(self, reference: str, **access: str) -> Progress:
        """The order itself answers to the gateway's token: no `access` word is needed or kept."""
        response = await self.http.get(f"/orders/{in_address(reference)}")
        return mapping.progress(_accepted(response).content)

    async def progress_many(self, demands: list[DemandRef]) -> list[Progress]:
        """Assumed: see README. The numbers travel in the body, because addresses of requests end in logs."""
        response = await self.http.post("/orders/states", json={"numbers": [each.reference for each in demands]})
        return mapping.states(_accepted(response).content, {each.reference: each.key for each in demands})

    async def withdraw(self, reference: str) -> Progress:
        """Possible until the office has the order in hand, afterwards `Refused("too_late")`."""
        response = await self.http.post(f"/orders/{in_address(reference)}/cancel")
        return mapping.progress(_accepted(response).content)

    async def act(self, reference: str, action: str, answer: dict[str, Any]) -> Progress:
        """`reissue`, with `{"parcel": number}` of the parcel that was lost or came back: once per parcel."""
        body = {"parcel": lost_parcel(action, answer)}
        response = await self.http.post(f"/orders/{in_address(reference)}/reissue", json=body)
        return mapping.progress(_accepted(response).content)

    async def document(self, reference: str, id: str) -> Document:
        path = f"/orders/{in_address(reference)}/documents/{document_in_address(id)}"
        return document(reference, id, _accepted(await self.http.get(path)), PDF)

    async def find(self, idempotency_key: str) -> Filed | None:
        response = await self.http.get("/orders", params={"client_reference": idempotency_key})
        return mapping.found(idempotency_key, _accepted(response).content)

    async def track(self, reference: str, **proof: str) -> Progress:
        """`proof` is `email`. It travels in the body, because addresses of requests end in logs."""
        response = await self.http.post("/tracking", json={"order": reference, "email": proof["email"]})
        return mapping.tracked(reference, _accepted(response).content)
