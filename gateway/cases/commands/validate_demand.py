"""What is wrong with a demand, all of it, before anything is filed or paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from gateway.auth.policy import Denied
from gateway.auth.quotas import Quotas, QuotaUsed
from gateway.cases.commands.caller import Caller
from gateway.cases.commands.concerned_people import ConcernedPeople
from gateway.cases.commands.examine_demand import CardNotAccepted, CaseInput, ExamineDemand
from gateway.cases.examination import Findings, Unchecked
from gateway.cases.portals import NotAvailable, Portals
from gateway.cases.subject import NotEntitled
from gateway.connectors.contract import Money, Refused
from gateway.connectors.services import Service
from gateway.storage import Storage

Kind = Literal["form", "identity", "rights", "documents", "quota", "availability", "portal"]
"""What a finding is about."""

_KINDS: Final[dict[type[Exception], Kind]] = {
    Denied: "rights",
    CardNotAccepted: "rights",
    NotEntitled: "identity",
    QuotaUsed: "quota",
    NotAvailable: "availability",
    Refused: "portal",
}
DOCUMENTS: Final = frozenset({"attachment_unknown", "proof_of_relation_missing"})
"""Codes that are about documents, wherever they were found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    service: Service
    errors: list[Exception]
    """Each as filing raises it."""
    unchecked: list[Unchecked]
    down: list[str]
    """Portals that take part and do not answer at the moment: the case would wait for them."""
    fee: Money | None
    """What the form would cost."""


def kind_of(error: Exception, code: str) -> Kind:
    """What a finding is about, by its exception and its code."""
    return "documents" if code in DOCUMENTS else _KINDS.get(type(error), "form")


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateDemand:
    examine: ExamineDemand
    portals: Portals
    storage: Storage
    quotas: Quotas
    people: ConcernedPeople

    async def run(self, caller: Caller, given: CaseInput) -> Validation:
        """Raises `ServiceNotFound`, and `QuotaUsed` for too many validations."""
        principal, findings = caller.principal, Findings(at_once=False)
        client, subject = principal.client_id, principal.pseudonym
        service = self.examine.service(caller, given)
        await self.storage.run_write(lambda tx: self.quotas.validate(tx, client=client, subject=subject))
        demand = await self.examine.rights(caller, service, given, findings)
        await self.examine.draft(caller, given, findings)
        outcome = await self.examine.content(caller, demand, findings)
        if outcome.asked_about:
            await self.people.record_check(caller.entry, outcome.asked_about)
        with findings.collecting(QuotaUsed):
            await self.storage.run_read(
                lambda connection: self.quotas.require_case(connection, client=client, subject=subject)
            )
        return Validation(
            service=service,
            errors=findings.errors,
            unchecked=findings.unchecked,
            down=[each for each in service.portals if self.portals.state(each) == "down"],
            fee=outcome.fee,
        )
