"""What keeps a demand from being filed: by the rights of the caller, and by the demand itself. `FileCase` and
`ValidateDemand` go through the same steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from gateway.auth import policy
from gateway.auth.policy import Denied
from gateway.cards.store import CardStore
from gateway.cases.commands.caller import Caller, allow
from gateway.cases.commands.case_access import CaseAccess
from gateway.cases.commands.draft_access import DraftAccess, DraftNotFound
from gateway.cases.commands.not_offered import ServiceNotFound
from gateway.cases.drafts import Draft
from gateway.cases.examination import Demand, Examiner, Findings, Outcome
from gateway.cases.forms import FormError
from gateway.cases.intake import Invalid
from gateway.cases.model import Case
from gateway.cases.portals import NotAvailable
from gateway.cases.store import Cases, Damaged
from gateway.connectors.catalogue import Catalogue
from gateway.connectors.contract import Related
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
    language: str
    """In which the gateway writes to the person."""
    told_in: str
    """In which faults are told."""
    related_case: str = ""
    card: str = ""
    """The text of an MRE Services card, for the fast lane."""
    draft: str = ""
    """Id of the draft that the demand was made of; it is deleted with the filing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamineDemand:
    access: CaseAccess
    catalogue: Catalogue
    cases: Cases
    cards: CardStore
    examiner: Examiner
    drafts: DraftAccess
    languages: tuple[str, ...]

    def service(self, caller: Caller, given: CaseInput) -> Service:
        """The service, which the call's audit entry then names. Raises `ServiceNotFound`."""
        service, entry = self.catalogue.service(given.service), caller.entry
        if service is None:
            raise ServiceNotFound(given.service)
        entry.service, entry.portal, entry.purpose = service.id, service.plugin, service.purpose
        return service

    async def rights(self, caller: Caller, service: Service, given: CaseInput, findings: Findings) -> Demand:
        """Whether this caller may file here now, whatever the form says.

        With `findings.at_once` it raises `Denied`, `NotAvailable`, `CardNotAccepted`, `LanguageUnknown` or `Invalid`.
        """
        before = len(findings.errors)
        with findings.collecting(Denied):
            policy.within(caller.principal, name=service.id)
        with findings.collecting(Denied):
            allow(caller.entry, policy.require_acr(caller.principal, service.acr))
        entitled = len(findings.errors) == before
        if (out := self.catalogue.blocked_by(service.id)) is not None:
            findings.add(NotAvailable(out.id, out.reason))
        fast_lane = bool(given.card) and await self.cards.entitles(given.card, caller.principal.pseudonym)
        if given.card and not fast_lane:
            findings.add(CardNotAccepted())
        if given.language not in self.languages:
            findings.add(LanguageUnknown(self.languages))
        related = await self._own_case(caller, given.related_case, "/related_case", findings)
        return Demand(
            service=service,
            form=given.form,
            language=given.language,
            told_in=given.told_in,
            related=related,
            fast_lane=fast_lane,
            may_ask_portal=entitled,
        )

    async def content(self, caller: Caller, demand: Demand, findings: Findings) -> Outcome:
        """As `Examiner.examine`."""
        own_case = partial(self._own_case, caller, findings=findings)
        return await self.examiner.examine(demand, caller.principal, caller.entry, findings, own_case)

    async def draft(self, caller: Caller, given: CaseInput, findings: Findings) -> Draft | None:
        """The draft that the demand was made of; None if it names none, or what it names is a finding."""
        if not given.draft:
            return None
        try:
            draft = await self.drafts.find(caller, given.draft)
        except (DraftNotFound, Denied):
            draft = None
        if draft is None or draft.service != given.service:
            findings.add(Invalid([FormError("/draft", "draft_unknown")]))
            return None
        return draft

    async def _own_case(self, caller: Caller, case_id: str, place: str, findings: Findings) -> Related | None:
        """Another case of the same caller, named at `place`; somebody else's is reported as not found."""
        if not case_id:
            return None
        case = await self.cases.get(case_id)
        try:
            if case is None:
                raise LookupError(case_id)
            await self.access.require_owner(caller, case)
        except (LookupError, Denied):
            findings.add(Invalid([FormError(place, "case_unknown")]))
            return None
        with findings.collecting(Denied):
            policy.require_acr(caller.principal, self.access.assurance(case.service))
            if case.damaged:
                raise Damaged(case.id)
            return _told(case)
        return None


def _told(case: Case) -> Related:
    return Related(
        case_id=case.id,
        service=case.service,
        portal=case.state.filing.portal,
        reference=case.state.filing.reference,
        shipment=case.state.shipment.number,
        status=case.status,
    )
