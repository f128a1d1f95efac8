"""The part of a service's form whose values the gateway knows already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
        earlier = await self.cases.last_form(person.pseudonym, service.plugin, self.access.reach(person))
        return prefill(service, person.claims, earlier, await self._profile(person))

    async def _profile(self, person: Principal) -> dict[str, str]:
        """The addresses that she gave for messages; an agent does not read them."""
        if person.kind != "citizen":
            return {}
        kept = (await self.preferences.get(person.pseudonym)).preferences
        return {"email": kept.email.address, "phone": kept.sms.address}
