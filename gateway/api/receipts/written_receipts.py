"""A case's receipt as a page or a paper, written beside the event loop, a few at a time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any, Final, Literal

from litestar import Response

from gateway.api.cases.download import download
from gateway.api.http.access import Call
from gateway.api.receipts import page
from gateway.api.receipts.facts import facts_of
from gateway.api.views import claims_of
from gateway.connectors.contract import Document
from gateway.i18n.messages import Messages

ReceiptFormat = Literal["json", "html", "pdf"]

_TYPES: Final[dict[str, ReceiptFormat]] = {"application/json": "json", "text/html": "html", "application/pdf": "pdf"}


def accepted(request: Call) -> ReceiptFormat:
    """What `Accept` prefers; JSON if it does not say."""
    return _TYPES[request.accept.best_match([*_TYPES], default="application/json") or "application/json"]


class WrittenReceipts:
    def __init__(self, *, messages: Messages, at_once: int) -> None:
        self._messages = messages
        self._places = asyncio.Semaphore(at_once)

    async def answer(self, wanted: ReceiptFormat, case_id: str, receipt: str, headers: dict[str, str]) -> Response[Any]:
        """`receipt`: a compact JWS of ours; `wanted` is not `json`."""
        async with self._places:
            written = await asyncio.to_thread(self._written, wanted, receipt)
        if wanted == "pdf":
            name = f"receipt-{case_id}.pdf"
            return download(Document(id=name, filename=name, media_type="application/pdf", content=written), headers)
        safe = {**headers, "Content-Security-Policy": page.POLICY, "Referrer-Policy": "no-referrer"}
        return Response(written, media_type="text/html", headers=safe)

    def _written(self, wanted: ReceiptFormat, receipt: str) -> bytes:
        claims = claims_of(receipt)
        facts = facts_of(receipt, claims, self._messages)
        if wanted == "html":
            return page.render(facts).encode()
        from gateway.api.receipts import paper  # the PDF library takes long to import

        return paper.render(facts, made=datetime.fromtimestamp(claims["iat"], UTC))
