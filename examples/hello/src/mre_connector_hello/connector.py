"""I/O with the portal. What the words mean is in `mapping.py`; why the portal is as it is, in README.md."""

from __future__ import annotations

from gateway.connectors.authoring import (
    PDF,
    Connector,
    Document,
    Filed,
    Filing,
    Progress,
    Submission,
    check,
    document,
    document_in_address,
    in_address,
)

from . import mapping


class Hello(Connector, Filing):
    async def file(self, filing: Submission) -> Filed:
        key = {"Idempotency-Key": filing.key}
        response = await self.http.post("/demands", json=mapping.demand(filing), headers=key)
        return mapping.filed(check(response, mapping.REFUSALS).content, filing.key)

    async def progress(self, reference: str, **access: str) -> Progress:
        response = await self.http.get(f"/demands/{in_address(reference)}")
        return mapping.progress(check(response, mapping.REFUSALS).content, reference)

    async def find(self, idempotency_key: str) -> Filed | None:
        response = await self.http.get("/demands", params={"key": idempotency_key})
        return mapping.found(check(response, mapping.REFUSALS).content, idempotency_key)

    async def document(self, reference: str, id: str) -> Document:
        path = f"/demands/{in_address(reference)}/documents/{document_in_address(id)}"
        return document(reference, id, check(await self.http.get(path), mapping.REFUSALS), PDF)
