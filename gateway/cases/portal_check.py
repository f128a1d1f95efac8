"""Asks the filing portal, before any fee, what it would refuse a demand for.

Only where its connector has `check`. Nobody waits long for it: without an answer the demand is taken unchecked, and the
portal decides when it is filed. What a portal objects to tells something of its register, so a person who tries one
thing after the other gets no more than `quotas.objections_per_person_day` such answers.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.audit.entry import Entry
from gateway.auth.principal import Principal
from gateway.auth.quotas import Quotas
from gateway.cases.portals import NotAvailable, Portals
from gateway.connectors.contract import CheckFinding, Filing, Refused, Submission, Unavailable, Unknown
from gateway.settings import Forms
from gateway.storage import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalCheck:
    portals: Portals
    storage: Storage
    quotas: Quotas
    limits: Forms

    def offered_by(self, portal: str) -> bool:
        return self.limits.check_wait_seconds > 0 and self.portals.implements(portal, Filing.check)

    async def run(
        self, portal: str, submission: Submission, principal: Principal, entry: Entry
    ) -> list[Refused] | None:
        """What the portal would refuse, as it would refuse it. None: nobody could say.

        `entry`: of the call, which records the query."""
        whose = principal.pseudonym or f"client:{principal.client_id}"
        if not await self.storage.run_read(lambda connection: self.quotas.may_be_told(connection, whose)):
            return None
        calls = self.portals.recorded_in(entry, budget=self.limits.check_wait_seconds)
        try:
            found = await calls.call(portal, Filing.check, submission)
        except Refused as refusal:
            found = [CheckFinding(code=refusal.code, fields=[*refusal.fields], message=refusal.portal_message)]
        except (Unavailable, Unknown, NotAvailable):
            return None
        if found:
            await self.storage.run_write(lambda tx: self.quotas.tell_objection(tx, whose))
        return [Refused(each.code, each.message, fields=dict.fromkeys(each.fields, each.code)) for each in found]
