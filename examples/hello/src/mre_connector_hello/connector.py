"""I/O with the portal. What the words mean is in `mapping.py`; why the portal is as it is, in README.md."""

from __future__ import annotations

from functools import partial
from typing import Final

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

DEMANDS: Final = "/demands"
_accepted = partial(check, refusals=mapping.REFUSALS, fields=mapping.FIELDS)


class Hello(Connector, Filing):
    async def file(self, filing: Submission) -> Filed:
        key = {"Idempotency-Key": filing.key}
        response = await self.http.post(DEMANDS, json=mapping.demand(filing), headers=key)
        return mapping.filed(_accepted(response).content, filing.key)

    async def progress(self, reference: str, **access: str) -> Progress:
        response = await self.http.get(f"{DEMANDS}/{in_address(reference)}")
        return mapping.progress(_accepted(response).content, reference)

    async def find(self, idempotency_key: str) -> Filed | None:
        response = await self.http.get(DEMANDS, params={"key": idempotency_key})
        return mapping.found(_accepted(response).content, idempotency_key)

    async def document(self, reference: str, id: str) -> Document:
        path = f"{DEMANDS}/{in_address(reference)}/documents/{document_in_address(id)}"
        return document(reference, id, _accepted(await self.http.get(path)), PDF)
