"""The caller's cases, newest first."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.cases.commands.caller import Caller
from gateway.cases.commands.case_access import CaseAccess
from gateway.cases.model import Case
from gateway.cases.store import Cases
from gateway.connectors.catalogue import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    status: str | None = None
    service: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCases:
    access: CaseAccess
    cases: Cases
    catalogue: Catalogue

    async def run(
        self, caller: Caller, pending_booking: CaseFilter, *, cursor: str, limit: int
    ) -> tuple[list[Case], str]:
        """A page and the cursor of the next one, empty at the end.

        Cases of services that require more assurance than the caller has are left out. Raises `BadCursor`, and `Denied`
        if the filter names such a service."""
        principal = caller.principal
        acting = principal.acting
        if pending_booking.service is not None and self.catalogue.service(pending_booking.service) is not None:
            self.access.require_assurance(caller, pending_booking.service)
        return await self.cases.page(
            subject=principal.pseudonym,
            client=None if principal.pseudonym else principal.client_id,
            status=pending_booking.status,
            service=pending_booking.service,
            cursor=cursor,
            limit=limit,
            within=acting.services if acting else (),
            since=acting.since if acting else None,
            reach=self.access.reach(principal),
        )
