"""File a case: from what a person sends to a stored case with its receipt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection

from gateway.auth import policy
from gateway.auth.policy import Denied
from gateway.auth.quotas import Quotas
from gateway.cards.store import CardStore
from gateway.cases.commands.caller import Caller, allow, deciding
from gateway.cases.commands.case_access import CaseAccess
from gateway.cases.commands.concerned_people import ConcernedPeople
from gateway.cases.commands.not_offered import ServiceNotFound
from gateway.cases.commands.unit_of_work import IdempotentWrites, Presenter, UnitOfWork, WriteRequest, Written
from gateway.cases.forms import FormError
from gateway.cases.idempotency import StoredResponse
from gateway.cases.intake import Draft, Intake, Invalid
from gateway.cases.model import Case, Contact
from gateway.cases.portals import NotAvailable
from gateway.cases.store import Cases
from gateway.cases.subject import NotEntitled
from gateway.connectors.catalogue import Catalogue
from gateway.connectors.services import Service


class CardNotAccepted(Exception):
    """The card that was shown is not the caller's own, or is no longer valid."""


class LanguageUnknown(Exception):
    """The gateway does not write in that language, only in those that are `known`."""

    def __init__(self, known: tuple[str, ...]) -> None:
        super().__init__(len(known))
        self.known = known


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseInput:
    service: str
    form: Mapping[str, Any]
    contact: Contact
    language: str
    """In which the gateway writes to the person."""
    related_case: str = ""
    card: str = ""
    """The text of an MRE Services card, for the fast lane."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCase:
    writes: IdempotentWrites
    access: CaseAccess
    catalogue: Catalogue
    cases: Cases
    cards: CardStore
    intake: Intake
    quotas: Quotas
    people: ConcernedPeople
    languages: tuple[str, ...]

    async def run(self, request: WriteRequest, given: CaseInput, present: Presenter[Case]) -> Written:
        """Raises `ServiceNotFound`, `NotAvailable`, `CardNotAccepted`, `LanguageUnknown`, `NotEntitled`, `Invalid`,
        `QuotaUsed`, `Denied`, and as `IdempotentWrites.run`."""
        caller, entry = request.caller, request.caller.entry
        service = self.catalogue.service(given.service)
        if service is None:
            raise ServiceNotFound(given.service)
        entry.service, entry.portal, entry.purpose = service.id, service.plugin, service.purpose
        with deciding(entry):
            policy.within(caller.principal, name=service.id)
            allow(entry, policy.require_acr(caller.principal, service.acr))
        if (out := self.catalogue.blocked_by(service.id)) is not None:
            raise NotAvailable(out.id, out.reason)
        fast_lane = bool(given.card) and await self.cards.entitles(given.card, caller.principal.pseudonym)
        if given.card and not fast_lane:
            raise CardNotAccepted
        if given.language not in self.languages:
            raise LanguageUnknown(self.languages)
        if given.related_case:
            await self._require_related(caller, given.related_case)
        work = partial(self._file, given=given, service=service, fast_lane=fast_lane, present=present)
        try:
            return await self.writes.run(request, work)
        except NotEntitled as error:  # a repetition of what was filed gets its response, and is no attempt
            await self.people.record_refusal(caller.entry, error)
            raise

    async def _file(
        self, unit: UnitOfWork, *, given: CaseInput, service: Service, fast_lane: bool, present: Presenter[Case]
    ) -> StoredResponse:
        draft = await self.intake.prepare(
            service,
            unit.caller.principal,
            form=given.form,
            contact=given.contact,
            language=given.language,
            related_case=given.related_case,
            fast_lane=fast_lane,
            entry=unit.caller.entry,
        )
        unit.caller.entry.case_id = draft.case.id
        return await unit.commit(partial(self._keep, caller=unit.caller, draft=draft), present)

    def _keep(self, tx: Connection, *, caller: Caller, draft: Draft) -> Case:
        self.intake.keep(tx, draft)
        self.people.record_filing(tx, caller.entry, draft.concerned)
        # Last, because all filings of one client wait for each other from here to the commit.
        self.quotas.file_case(tx, client=caller.principal.client_id, subject=caller.principal.pseudonym, filed=1)
        return draft.case

    async def _require_related(self, caller: Caller, case_id: str) -> None:
        """Another case of the same caller; somebody else's is reported as not found."""
        case = await self.cases.get(case_id)
        try:
            if case is None:
                raise LookupError(case_id)
            await self.access.require_owner(caller, case)
        except (LookupError, Denied) as error:
            raise Invalid([FormError("/related_case", "case_unknown")]) from error
        self.access.require_assurance(caller, case.service)
