"""The caller's cases, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from gateway.cases.case_search import matching
from gateway.cases.commands.caller import Caller
from gateway.cases.commands.case_access import CaseAccess
from gateway.cases.legal_days import days_between
from gateway.cases.model import Case
from gateway.cases.store import Cases
from gateway.connectors.catalogue import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """All that is given must hold."""

    statuses: tuple[str, ...] = ()
    """Any of them; empty for every status."""
    service: str | None = None
    first_day: date | None = None
    """Filed on this day or later, as it is dated in Morocco."""
    last_day: date | None = None
    text: str = ""
    """What a person types to find a case: `Cases.page` and `gateway.cases.case_search` say where it is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCases:
    access: CaseAccess
    cases: Cases
    catalogue: Catalogue

    async def run(self, caller: Caller, wanted: CaseFilter, *, cursor: str, limit: int) -> tuple[list[Case], str]:
        """A page and the cursor of the next one, empty at the end.

        Cases of services that require more assurance than the caller has are left out. Raises `BadCursor`, `Denied` if
        the filter names such a service, and `DaysInvalid`."""
        principal = caller.principal
        acting = principal.acting
        if wanted.service is not None and self.catalogue.service(wanted.service) is not None:
            self.access.require_assurance(caller, wanted.service)
        start, end = days_between(wanted.first_day, wanted.last_day)
        starts = [each for each in (start, acting.since if acting else None) if each is not None]
        return await self.cases.page(
            subject=principal.pseudonym,
            client=None if principal.pseudonym else principal.client_id,
            statuses=wanted.statuses,
            service=wanted.service,
            cursor=cursor,
            limit=limit,
            within=acting.services if acting else (),
            since=max(starts, default=None),
            before=end,
            matching=matching(wanted.text, self.catalogue.services()),
            reach=self.access.reach(principal),
        )
