"""Track a parcel or a demand: one's own, or any by its number and proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from gateway.audit.entry import Entry
from gateway.auth import policy
from gateway.auth.keys import KeyRing
from gateway.auth.policy import Denied
from gateway.auth.principal import Principal
from gateway.cases.commands.caller import Caller, deciding
from gateway.cases.commands.case_access import CaseAccess
from gateway.cases.commands.not_offered import CapabilityMissing, PortalNotFound
from gateway.cases.model import Case, Personal
from gateway.cases.portals import Portals
from gateway.cases.store import Cases
from gateway.cases.tracking import RULE, ProofTracking, TriesUsed
from gateway.connectors.contract import Filing, Progress, Tracking
from gateway.storage.vault import Erased


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackReference:
    portals: Portals
    tracking: ProofTracking
    cases: Cases
    access: CaseAccess
    ring: KeyRing
    call_seconds: float

    async def run(self, caller: Caller, portal: str, reference: str, proof: Mapping[str, str]) -> Progress:
        """`proof`: what the caller typed besides the reference, by member. The caller's own case needs none.

        Raises `PortalNotFound`, `CapabilityMissing`, `Denied`, `ProofMissing`, `TriesUsed`, and what the portal's
        connector raises."""
        entry, principal = caller.entry, caller.principal
        self._require_portal(entry, portal)
        with deciding(entry):
            policy.within(principal, name=portal)
        if (own := await self._own(principal, portal, reference)) is not None:
            case, personal = own
            entry.case_id, entry.service = case.id, case.service
            calls = self.portals.recorded_in(entry, budget=self.call_seconds)
            return await calls.call(portal, Filing.progress, case.state.filing.reference, **personal.access)
        return await self._by_proof(entry, portal, reference, proof, principal=principal)

    async def run_public(
        self, entry: Entry, address: str, portal: str, reference: str, proof: Mapping[str, str]
    ) -> Progress:
        """For a caller without a token, at this address. Raises as `run`, but not `Denied`."""
        self._require_portal(entry, portal)
        hidden = self.ring.digest("tracking-address", address)
        return await self._by_proof(entry, portal, reference, proof, address=hidden)

    def _require_portal(self, entry: Entry, portal: str) -> None:
        if not self.portals.knows(portal):  # names invented by callers must not become a label or a field of the record
            raise PortalNotFound(portal)
        entry.portal = portal
        if not isinstance(self.portals.connector(portal), Tracking):
            raise CapabilityMissing(portal)

    async def _by_proof(
        self,
        entry: Entry,
        portal: str,
        reference: str,
        proof: Mapping[str, str],
        *,
        principal: Principal | None = None,
        address: str = "",
    ) -> Progress:
        try:
            return await self.tracking.track(
                portal,
                reference,
                proof,
                principal=principal,
                address=address,
                entry=entry,
                budget=self.call_seconds,
            )
        except TriesUsed:
            entry.kind, entry.decision, entry.outcome = "refusal", "deny", "denied"
            entry.rule, entry.reason = RULE, "too_many_tries"
            raise

    async def _own(self, principal: Principal, portal: str, reference: str) -> tuple[Case, Personal] | None:
        """The caller's case that the portal knows by this reference, where the token suffices to see it; otherwise the
        caller tracks by proof, as anybody does."""
        connector = self.portals.connector(portal)
        if not isinstance(connector, Tracking) or not connector.tracking_proof:
            return None

        def read(connection: Connection) -> tuple[Case, Personal] | None:
            case = self.cases.known_as(connection, portal, reference, subject=principal.pseudonym)
            if case is None or not self._may_see(principal, case):
                return None
            try:
                return case, self.cases.read_personal(connection, case)
            except Erased:
                return None

        return await self.cases.storage.run_read(read)

    def _may_see(self, principal: Principal, case: Case) -> bool:
        service = self.access.catalogue.service(case.service)
        try:
            policy.owns(
                principal,
                case_client=case.client,
                case_subject=case.subject,
                service=case.service,
                filed=case.created_at,
            )
        except Denied:
            return False
        return policy.reaches(principal, service.acr if service else policy.SURE)
