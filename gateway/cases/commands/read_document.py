"""Read a document that a portal made for a case."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.audit.entry import Entry
from gateway.cases.model import Case
from gateway.cases.portals import Portals
from gateway.connectors.contract import Document, Filing


class DocumentNotFound(Exception):
    """The case has no such document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDocument:
    portals: Portals
    call_seconds: float

    def require(self, case: Case, document_id: str) -> None:
        """Raises `DocumentNotFound`."""
        known = {document.id for document in case.state.filing.documents}
        if document_id not in known or not self.portals.has(case.state.filing.portal, Filing):
            raise DocumentNotFound(document_id)

    async def run(self, entry: Entry, case: Case, document_id: str) -> Document:
        """As the portal gives it now. Raises what the portal's connector raises."""
        state = case.state
        calls = self.portals.recorded_in(entry, budget=self.call_seconds)
        return await calls.call(state.filing.portal, Filing.document, state.filing.reference, document_id)
