"""I/O with rokhas.ma. What the words mean is in `mapping.py`; why the portal is as it is, in README.md."""

from __future__ import annotations

from typing import Any

import httpx

from gateway.connectors.authoring import (
    PDF,
    CheckFinding,
    Connector,
    Document,
    Filed,
    Filing,
    NotYet,
    Progress,
    Submission,
    Tracking,
    check,
    document,
    document_in_address,
    in_address,
)

from . import demand, mapping


class Rokhas(Connector, Filing, Tracking):
    """Demands for permits, followed by polling; the connection itself proves who we are (mutual TLS)."""

    tracking_proof = ("owner_id",)

    async def file(self, filing: Submission) -> Filed:
        response = await self.http.post("/api/dossiers", json=demand.body(filing))
        return mapping.filed(filing.key, _accepted(response).content)

    async def check(self, filing: Submission) -> list[CheckFinding]:
        """Assumed: see README."""
        response = await self.http.post("/api/dossiers/verification", json=demand.sought(filing))
        return mapping.objections(_accepted(response).content)

    async def progress(self, reference: str, **access: str) -> Progress:
        response = await self.http.get(f"/api/dossiers/{in_address(reference)}")
        return mapping.progress(_accepted(response).content)

    async def act(self, reference: str, action: str, answer: dict[str, Any]) -> Progress:
        """`pay` the fees with a stamp, or `provide_document` what the commission asked for. The same answer again
        changes nothing at the portal."""
        path, body = demand.answered(action, answer)
        response = await self.http.post(f"/api/dossiers/{in_address(reference)}/{path}", json=body)
        return mapping.progress(_accepted(response).content)

    async def withdraw(self, reference: str) -> Progress:
        """Possible until the president has signed or refused, afterwards `Refused("too_late")`."""
        response = await self.http.post(f"/api/dossiers/{in_address(reference)}/desistement")
        return mapping.progress(_accepted(response).content)

    async def document(self, reference: str, id: str) -> Document:
        path = f"/api/dossiers/{in_address(reference)}/documents/{document_in_address(id)}"
        return document(reference, id, _accepted(await self.http.get(path)), PDF)

    async def find(self, idempotency_key: str) -> Filed | None:
        response = await self.http.get("/api/dossiers", params={"client_reference": idempotency_key})
        return mapping.found(idempotency_key, _accepted(response).content)

    async def track(self, reference: str, **proof: str) -> Progress:
        """`owner_id` is the owner's CNIE or trade-register number. It travels in the body: addresses end in logs."""
        body = demand.public_question(reference, proof["owner_id"])
        response = await self.http.post("/api/suivi", json=body)
        return mapping.tracked(reference, _accepted(response).content)


def _accepted(response: httpx.Response) -> httpx.Response:
    if response.status_code == 400 and mapping.wants_certificate(response.content):
        raise NotYet("portal_denied_gateway")
    return check(response, mapping.REFUSALS, fields=mapping.FIELDS, fields_member="CHAMPS")
