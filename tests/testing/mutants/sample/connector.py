"""I/O with the portal."""

from __future__ import annotations

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
)

from . import mapping


class Sample(Connector, Filing, Tracking):
    progress_many_most = 10
    tracking_proof = ("email",)

    async def file(self, filing: Submission) -> Filed:
        answer = await self.http.post("/demands", json=mapping.demand(filing))
        return mapping.filed(check(answer, mapping.REFUSALS).content, filing.key)

    async def find(self, idempotency_key: str) -> Filed | None:
        answer = await self.http.get("/demands", params={"key": idempotency_key})
        return mapping.found(check(answer).content, idempotency_key)

    async def check(self, filing: Submission) -> list[CheckFinding]:
        answer = await self.http.post("/checks", json=mapping.demand(filing))
        return mapping.findings(check(answer, mapping.REFUSALS).content)

    async def progress(self, reference: str, **access: str) -> Progress:
        answer = await self.http.get(f"/demands/{in_address(reference)}")
        return mapping.progress(check(answer, mapping.REFUSALS).content)

    async def progress_many(self, demands: list[DemandRef]) -> list[Progress]:
        answer = await self.http.post("/standing", json={"numbers": [each.reference for each in demands]})
        return mapping.standing(check(answer).content, {each.reference: each.key for each in demands})

    async def track(self, reference: str, **proof: str) -> Progress:
        answer = await self.http.post("/tracking", json={"number": in_address(reference), "email": proof["email"]})
        return mapping.tracked(check(answer, mapping.REFUSALS).content, reference)

    async def act(self, reference: str, action: str, answer: dict[str, Any]) -> Progress:
        said = await self.http.post(f"/demands/{in_address(reference)}/actions", json=mapping.reply(action, answer))
        return mapping.progress(check(said, mapping.REFUSALS).content)

    async def withdraw(self, reference: str) -> Progress:
        answer = await self.http.post(f"/demands/{in_address(reference)}/cancel")
        return mapping.progress(check(answer, mapping.REFUSALS).content)

    async def document(self, reference: str, id: str) -> Document:
        answer = await self.http.get(f"/demands/{in_address(reference)}/documents/{document_in_address(id)}")
        return document(reference, id, check(answer, mapping.REFUSALS), PDF)
