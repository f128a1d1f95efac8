"""A person lets an agent act for her."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from gateway import typed_text
from gateway.auth import policy
from gateway.auth.clients import Clients
from gateway.auth.mandates import Mandate, Mandates
from gateway.auth.quotas import Quotas
from gateway.auth.scopes import Scope
from gateway.cases.commands.caller import Caller, allow, deciding
from gateway.cases.commands.unit_of_work import IdempotentWrites, Presenter, WriteRequest, Written
from gateway.cases.forms import FormError
from gateway.cases.intake import Invalid
from gateway.cases.portals import Portals
from gateway.connectors.catalogue import Catalogue

ACR: Final = "substantial"
"""The assurance level that a person needs to give a mandate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateInput:
    agent: str
    """The client id of the agency."""
    scopes: tuple[Scope, ...]
    services: tuple[str, ...]
    purpose: str
    expires_at: datetime
    earlier_cases: bool


@dataclass(frozen=True, slots=True)
class GivenMandate:
    mandate: Mandate
    code: str
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveMandate:
    writes: IdempotentWrites
    mandates: Mandates
    quotas: Quotas
    clients: Clients
    catalogue: Catalogue
    portals: Portals

    async def run(self, request: WriteRequest, given: MandateInput, present: Presenter[GivenMandate]) -> Written:
        """Raises `Denied`, `Invalid`, `QuotaUsed`, and as `IdempotentWrites.run`."""
        caller, entry = request.caller, request.caller.entry
        with deciding(entry):
            policy.require_kind(caller.principal, "citizen")
            for scope in given.scopes:  # a mandate cannot exceed the giver's own scopes
                policy.require_scope(caller.principal, scope)
            allow(entry, policy.require_acr(caller.principal, ACR))
        if errors := self._errors(given):
            raise Invalid(errors)
        return await self.writes.run(
            request, lambda unit: unit.commit(lambda tx: self._give(tx, caller, given), present)
        )

    def _give(self, tx: Connection, caller: Caller, given: MandateInput) -> GivenMandate:
        purpose = typed_text.line(given.purpose)
        self.quotas.give_mandate(tx, subject=caller.principal.pseudonym)
        mandate, code = self.mandates.give(
            tx,
            caller.principal,
            client=given.agent,
            scopes=given.scopes,
            services=given.services,
            purpose=purpose,
            expires_at=given.expires_at.astimezone(UTC),
            earlier_cases=given.earlier_cases,
        )
        caller.entry.mandate = mandate.id
        return GivenMandate(mandate, code, purpose)

    def _errors(self, given: MandateInput) -> list[FormError]:
        errors = []
        client = self.clients.get(given.agent)
        if client is None or client.kind != "agent":
            errors.append(FormError("/agent", "agent_unknown"))
        elif any(scope not in client.scopes for scope in given.scopes):
            errors.append(FormError("/scope", "agent_may_not"))
        if not typed_text.acceptable(given.purpose) or not typed_text.line(given.purpose):
            errors.append(FormError("/purpose", "text"))
        moment = datetime.now(UTC)
        if given.expires_at.tzinfo is None:
            errors.append(FormError("/expires_at", "format"))
        elif not moment < given.expires_at <= moment + timedelta(days=self.mandates.limits.max_days):
            errors.append(FormError("/expires_at", "range"))
        errors += [
            FormError(f"/services/{number}", "service_unknown")
            for number, each in enumerate(given.services)
            if self.catalogue.service(each) is None and not self.portals.knows(each)
        ]
        return errors
