"""Hand in a file before filing, or use a document of an earlier case again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy import Connection

from gateway.auth.principal import Principal
from gateway.auth.quotas import Quotas
from gateway.cases.attachments import Attachments, Held, Origin, Packed, packed
from gateway.cases.commands.case_access import CaseAccess
from gateway.cases.commands.read_document import ReadDocument
from gateway.cases.commands.unit_of_work import (
    IdempotentWrites,
    Presenter,
    ShuttingDown,
    UnitOfWork,
    WriteRequest,
    Written,
)
from gateway.cases.files import FileRefused
from gateway.cases.idempotency import StoredResponse
from gateway.cases.inspection import Inspection, InspectionFailed
from gateway.cases.model import Case, Event
from gateway.cases.store import Cases
from gateway.connectors.contract import Unavailable

SOON_SECONDS: Final = 2.0
"""When to come back if the inspecting processes are busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreAttachment:
    writes: IdempotentWrites
    attachments: Attachments
    inspection: Inspection
    quotas: Quotas
    accepting: Callable[[], bool]
    """Whether this process still takes new work."""

    async def inspect(self, filename: str, content: bytes, *, owner: str) -> Packed:
        """The file, ready to be stored. `owner`: who queues for it. It runs before the write, because it takes long and
        is cancelled when its caller leaves.

        Raises `FileRefused`, `inspection.Busy`, `InspectionFailed` or `ShuttingDown`."""
        try:
            inspected = await self.inspection.inspect(content, filename=filename, owner=owner)
        except InspectionFailed as error:
            if not self.accepting():
                raise ShuttingDown(SOON_SECONDS) from error
            raise
        return await packed(inspected, content)

    async def run(self, request: WriteRequest, file: Packed, present: Presenter[Held]) -> Written:
        """Raises `QuotaUsed`, and as `IdempotentWrites.run`."""
        work = partial(self.keep, principal=request.caller.principal, file=file)
        return await self.writes.run(request, lambda unit: unit.commit(work, present))

    def keep(self, tx: Connection, *, principal: Principal, file: Packed, origin: Origin | None = None) -> Held:
        """Called inside the caller's unit of work. Raises `QuotaUsed`."""
        client, subject = principal.client_id, principal.pseudonym
        self.quotas.keep_file(tx, client=client, subject=subject, size=file.size)
        return self.attachments.keep(tx, client=client, subject=subject, file=file, origin=origin)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReuseDocument:
    """The copy is an attachment like one that was handed in. The consent is on the timeline of both cases."""

    writes: IdempotentWrites
    access: CaseAccess
    cases: Cases
    documents: ReadDocument
    store: StoreAttachment

    async def run(self, request: WriteRequest, case_id: str, document_id: str, present: Presenter[Held]) -> Written:
        """Raises `CaseNotFound`, `DocumentNotFound`, `QuotaUsed`, what the portal's connector raises, and as
        `StoreAttachment.inspect` and `IdempotentWrites.run`."""
        case, entry = await self.access.find(request.caller, case_id), request.caller.entry
        self.documents.require(case, document_id)
        entry.portal, entry.code = case.state.filing.portal, "document_reused"
        work = partial(self._reuse, case=case, document_id=document_id, present=present)
        return await self.writes.run(request, work, holds_key=True)

    async def _reuse(
        self, unit: UnitOfWork, *, case: Case, document_id: str, present: Presenter[Held]
    ) -> StoredResponse:
        principal, portal = unit.caller.principal, case.state.filing.portal
        await self.access.find_to_change(unit.caller, case.id)
        document = await self.documents.run(unit.caller.entry, case, document_id)
        try:
            file = await self.store.inspect(
                document.filename or document.id, document.content, owner=principal.pseudonym
            )
        except FileRefused as error:  # the person cannot correct a document that is not plain
            raise Unavailable("portal_answer_unexpected") from error
        changed = await self.access.find(unit.caller, case.id)

        def keep(tx: Connection) -> Held:
            origin = Origin(case_id=case.id, document=document_id)
            held = self.store.keep(tx, principal=principal, file=file, origin=origin)
            self.cases.save(tx, changed, [Event(code="document_shared", portal=portal, data={"document": document_id})])
            return held

        return await unit.commit(keep, present)
