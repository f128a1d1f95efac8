"""The part of a service's form whose values the gateway knows already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from gateway.auth.preferences import PreferenceStore
from gateway.auth.principal import Principal
from gateway.cases.commands.caller import Caller
from gateway.cases.commands.case_access import CaseAccess
from gateway.cases.prefill import prefill
from gateway.cases.store import Cases
from gateway.connectors.services import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefillForm:
    cases: Cases
    access: CaseAccess
    preferences: PreferenceStore

    def serves(self, principal: Principal) -> bool:
        """Whether to offer prefill: the caller must be a person with the scope to read her own forms."""
        return bool(principal.pseudonym) and "cases:read" in principal.scopes

    async def run(self, caller: Caller, service: Service) -> dict[str, Any]:
        """For a caller whom it `serves`."""
        person, entry = caller.principal, caller.entry
        entry.client, entry.subject, entry.principal = person.client_id, person.pseudonym, person.kind
        reach = self.access.reach(person)

        def known(read: Connection) -> tuple[dict[str, Any], dict[str, str]]:
            earlier = self.cases.last_form(read, person.pseudonym, service.plugin, reach)
            return earlier, self._profile(read, person)

        return prefill(service, person.claims, *await self.cases.storage.run_read(known))

    def _profile(self, read: Connection, person: Principal) -> dict[str, str]:
        """The addresses that she gave for messages; an agent does not read them."""
        if person.kind != "citizen":
            return {}
        kept = self.preferences.read(read, person.pseudonym).preferences
        return {"email": kept.email.address, "phone": kept.sms.address}
