"""Track a parcel or a demand that was not filed here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.auth import policy
from gateway.cases.commands.caller import Caller, deciding
from gateway.cases.commands.not_offered import CapabilityMissing, PortalNotFound
from gateway.cases.portals import Portals
from gateway.cases.tracking import RULE, ProofTracking, TriesUsed
from gateway.connectors.contract import Progress, Tracking


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackReference:
    portals: Portals
    tracking: ProofTracking
    call_seconds: float

    async def run(self, caller: Caller, portal: str, reference: str, proof: Mapping[str, str]) -> Progress:
        """`proof`: what the caller typed besides the reference, by member.

        Raises `PortalNotFound`, `CapabilityMissing`, `Denied`, `ProofMissing`, `TriesUsed`, and what the portal's
        connector raises."""
        entry = caller.entry
        if not self.portals.knows(portal):  # names invented by callers must not become a label or a field of the record
            raise PortalNotFound(portal)
        entry.portal = portal
        if not self.portals.has(portal, Tracking):
            raise CapabilityMissing(portal)
        with deciding(entry):
            policy.within(caller.principal, name=portal)
        try:
            return await self.tracking.track(
                portal, reference, proof, principal=caller.principal, entry=entry, budget=self.call_seconds
            )
        except TriesUsed:
            entry.kind, entry.decision, entry.outcome = "refusal", "deny", "denied"
            entry.rule, entry.reason = RULE, "too_many_tries"
            raise
