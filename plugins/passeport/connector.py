"""I/O with passeport.ma. What the words mean is in `mapping.py` and `pre_application.py`; why the
portal is as it is, in README.md."""

from __future__ import annotations

from functools import partial
from typing import Any

from gateway.connectors.authoring import (
    PDF,
    CheckFinding,
    Connector,
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

from . import mapping, pre_application

_accepted = partial(check, refusals=mapping.REFUSALS, fields=mapping.FIELDS, fields_member="champs")


class Passeport(Connector, Filing, Tracking):
    """Pre-applications for passports, followed by polling. The person lodges the file at a counter."""

    tracking_proof = ("last_name", "first_name", "birth_date")

    async def file(self, filing: Submission) -> Filed:
        response = await self.http.post("/pre-demandes", json=pre_application.body(filing))
        return mapping.filed(filing.key, _accepted(response).content)

    async def check(self, filing: Submission) -> list[CheckFinding]:
        """Assumed: see README."""
        response = await self.http.post("/pre-demandes/verification", json=pre_application.sought(filing))
        return mapping.objections(_accepted(response).content)

    async def progress(self, reference: str, **access: str) -> Progress:
        """The pre-application itself answers to the gateway's token: no `access` word is needed or kept."""
        response = await self.http.get(f"/pre-demandes/{in_address(reference)}")
        return mapping.progress(_accepted(response).content)

    async def withdraw(self, reference: str) -> Progress:
        """Possible until the file was lodged at a counter, afterwards `Refused("too_late")`."""
        response = await self.http.post(f"/pre-demandes/{in_address(reference)}/annulation")
        return mapping.progress(_accepted(response).content)

    async def act(self, reference: str, action: str, answer: dict[str, Any]) -> Progress:
        """`reissue`, with `{"parcel": number}` of the parcel that was lost or came back: once per parcel. `choose_slot`
        tells where and when the person comes now, until the file is lodged: the same again changes nothing."""
        if action == "choose_slot":
            moved = pre_application.moved(answer)
            response = await self.http.put(f"/pre-demandes/{in_address(reference)}/rendez-vous", json=moved)
            return mapping.progress(_accepted(response).content)
        body = {"colis": lost_parcel(action, answer)}
        response = await self.http.post(f"/pre-demandes/{in_address(reference)}/refabrication", json=body)
        return mapping.progress(_accepted(response).content)

    async def document(self, reference: str, id: str) -> Document:
        path = f"/pre-demandes/{in_address(reference)}/documents/{document_in_address(id)}"
        return document(reference, id, _accepted(await self.http.get(path)), PDF)

    async def find(self, idempotency_key: str) -> Filed | None:
        response = await self.http.get("/pre-demandes", params={"reference_client": idempotency_key})
        return mapping.found(idempotency_key, _accepted(response).content)

    async def track(self, reference: str, **proof: str) -> Progress:
        """`proof` is `last_name`, `first_name` and `birth_date`. It travels in the body, never in an address."""
        response = await self.http.post("/suivi", json=mapping.tracking(reference, proof))
        return mapping.tracked(reference, _accepted(response).content)
