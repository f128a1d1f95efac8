"""Ownership of a case, and the assurance that a caller needs to see it."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.auth import policy
from gateway.auth.policy import Decision
from gateway.auth.principal import Principal
from gateway.cases.commands.attempt_reports import AttemptReports
from gateway.cases.commands.caller import Caller, allow, deciding
from gateway.cases.model import Case
from gateway.cases.store import Cases, Damaged, Reach
from gateway.connectors.catalogue import Catalogue


class CaseNotFound(Exception):
    """There is none, or the caller must not know of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAccess:
    cases: Cases
    catalogue: Catalogue
    attempts: AttemptReports

    async def find(self, caller: Caller, case_id: str) -> Case:
        """The case, if it is the caller's.

        Its owner needs the assurance that filing it takes; others do not learn that it exists. Raises `CaseNotFound`,
        and `Denied` for too little assurance."""
        case, entry = await self.cases.get(case_id), caller.entry
        if case is None:
            raise CaseNotFound(case_id)
        entry.case_id, entry.service = case.id, case.service
        with deciding(entry, not_found=CaseNotFound):
            allow(entry, await self.require_owner(caller, case))
        self.require_assurance(caller, case.service)
        return case

    async def find_to_change(self, caller: Caller, case_id: str) -> Case:
        """As `find`. Raises `Damaged` too, so that nothing is asked of a portal about a case that cannot be saved."""
        case = await self.find(caller, case_id)
        if case.damaged:
            raise Damaged(case_id)
        return case

    async def require_owner(self, caller: Caller, case: Case) -> Decision:
        """Raises `Denied`; the owner then sees the attempt."""
        async with self.attempts.reported_to(case.subject, caller, case_id=case.id, service=case.service):
            return policy.owns(
                caller.principal,
                case_client=case.client,
                case_subject=case.subject,
                service=case.service,
                filed=case.created_at,
            )

    def require_assurance(self, caller: Caller, service: str) -> None:
        """Check that the caller has the assurance that the service requires for filing; everything that shows or
        changes a case requires it too.

        For a service that has left the catalogue it is `policy.SURE`, as for an empty `service`. Call it after the
        check of ownership. Raises `Denied`, with the challenge of RFC 9470.
        """
        with deciding(caller.entry):
            policy.require_acr(caller.principal, self.assurance(service))

    def assurance(self, service: str) -> str:
        """The assurance level that the service requires; `policy.SURE` for one that has left the catalogue, or none."""
        found = self.catalogue.service(service) if service else None
        return found.acr if found else policy.SURE

    def reach(self, principal: Principal) -> Reach:
        """The cases that the caller's assurance suffices for: a list leaves out the others."""
        known = self.catalogue.services()
        if policy.reaches(principal, policy.SURE):
            return Reach(tuple(each.id for each in known if not policy.reaches(principal, each.acr)), but=True)
        return Reach(tuple(each.id for each in known if policy.reaches(principal, each.acr)))
