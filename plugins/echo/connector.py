"""The way to Echo. Each method is one request: `mapping` says what to send and what the answer means."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

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
from plugins.echo import mapping


class Echo(Connector, Filing, Tracking):
    async def file(self, filing: Submission) -> Filed:
        answer = await self.http.post("/demands", json=mapping.demand(filing))
        return mapping.filed(check(answer, mapping.REFUSALS).content)

    async def progress(self, reference: str, **access: str) -> Progress:
        answer = await self.http.get(_path(reference))
        return mapping.progress(check(answer, mapping.REFUSALS).content)

    async def track(self, reference: str, **proof: str) -> Progress:
        return await self.progress(reference)

    async def find(self, idempotency_key: str) -> Filed | None:
        answer = await self.http.get("/demands", params={"client_reference": idempotency_key})
        return mapping.first_filed(check(answer).content, idempotency_key)

    async def act(self, reference: str, action: str, answer: dict[str, Any]) -> Progress:
        said = await self.http.post(_path(reference, "actions", action), json=answer)
        return mapping.progress(check(said, mapping.REFUSALS).content)

    async def withdraw(self, reference: str) -> Progress:
        answer = await self.http.post(_path(reference, "cancel"))
        return mapping.progress(check(answer, mapping.REFUSALS).content)

    async def document(self, reference: str, id: str) -> Document:
        answer = await self.http.get(_path(reference, "documents", id))
        return mapping.document(check(answer, mapping.REFUSALS).content)


def _path(reference: str, *below: str) -> str:
    """A reference may have been typed by anybody: one of another form must not choose the path."""
    if not mapping.REFERENCE.fullmatch(reference):
        raise Refused("not_found_at_portal")
    return "/".join(["/demands", reference, *(quote(part, safe="") for part in below)])
