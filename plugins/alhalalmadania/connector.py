"""I/O with alhalalmadania.ma. What the words mean is in `demand.py` and `mapping.py`, the messages are in `soap.py`;
why the portal is as it is, in README.md."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from msgspec import Meta

from gateway.connectors.authoring import (
    PDF,
    Connector,
    ConnectorSettings,
    Document,
    Filed,
    Filing,
    Portal,
    Progress,
    Refused,
    Submission,
    UnexpectedAnswer,
    check,
    document_in_address,
    made_document,
    retry_after,
    same,
)

from . import demand, mapping, soap

ENDPOINT: Final = "/services/etat-civil"


class AlhalalmadaniaSettings(ConnectorSettings, frozen=True, kw_only=True):
    piece_bytes: Annotated[int, Meta(ge=1, description="Size of the largest document that the portal takes.")] = (
        5_000_000
    )


class Alhalalmadania(Connector, Filing):
    """Copies of civil-status records and pre-declarations, followed by polling."""

    settings: AlhalalmadaniaSettings

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        soap.contract()  # now, and not while somebody waits

    async def file(self, filing: Submission) -> Filed:
        """Refuses a document larger than the portal takes (`piece_bytes`) before anything is sent."""
        answer, unknown = await self._ask("Deposer", demand.lodging(filing, self.settings.piece_bytes))
        return mapping.filed(filing.key, answer, unknown)

    async def progress(self, reference: str, **access: str) -> Progress:
        return mapping.progress(*await self._ask("Consulter", {"numero": demand.number(reference)}))

    async def act(self, reference: str, action: str, answer: dict[str, Any]) -> Progress:
        """`provide_document`; the same files again change nothing, each has its own reference."""
        values = demand.completion(reference, action, answer, self.settings.piece_bytes)
        return mapping.progress(*await self._ask("Completer", values))

    async def withdraw(self, reference: str) -> Progress:
        """Possible until the officer has decided, afterwards `Refused("too_late")`."""
        return mapping.progress(*await self._ask("Retirer", {"numero": demand.number(reference)}))

    async def document(self, reference: str, id: str) -> Document:
        values = {"numero": demand.number(reference), "document": document_in_address(id)}
        answer, _ = await self._ask("Telecharger", values)
        same(answer["id"], id, "document")
        return made_document(reference, id, answer["type"], answer["contenu"], PDF)

    async def find(self, idempotency_key: str) -> Filed | None:
        answer, unknown = await self._ask("Rechercher", {"referenceClient": idempotency_key})
        return mapping.found(idempotency_key, answer, unknown)

    async def _ask(self, operation: str, values: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        response = await self.http.post(
            ENDPOINT, content=soap.message(operation, values), headers=soap.headers(operation)
        )
        if soap.is_soap(response.headers.get("content-type", "")):
            try:
                answer = soap.read(operation, response.content)
            except soap.Fault as fault:
                wait = retry_after(response.headers.get("retry-after"), now=datetime.now(UTC))
                error = mapping.failure(fault, wait)
                if isinstance(error, Refused) and response.is_server_error:
                    check(response)  # SOAP 1.2 over HTTP refuses with 400 (part 2, section 7.5.2)
                raise error from None
            else:
                check(response)  # SOAP 1.2 over HTTP gives an answer with 200 alone (part 2, section 7.5.1.2)
                return answer
        check(response)  # a page of somebody in between: its status may be believed, its words not
        raise UnexpectedAnswer("not SOAP")
