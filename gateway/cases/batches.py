"""One request to a portal about many cases, where its connector has `progress_many`.

The request covers only cases that this worker holds. The ordinary step of each case gets its answer and decides as if
it had queried the portal itself; a case that has changed meanwhile is queried alone. The gateway accepts an answer for
a case only if the portal gave exactly one for its reference, and returned no reference that was not asked for: other
cases are queried alone. The audit log has one record of the request, which names the cases, and one of each case that
changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

import structlog

from gateway.audit.entry import Entry
from gateway.audit.log import AuditLog
from gateway.cases.claims import Lease
from gateway.cases.creation_keys import creation_key
from gateway.cases.dispatch import CallShares
from gateway.cases.model import Case
from gateway.cases.poll_wait import poll_key_of
from gateway.cases.portal_steps import is_of_another
from gateway.cases.portals import NotAvailable, Portals
from gateway.cases.step_context import Prepared
from gateway.cases.store import Cases
from gateway.connectors.catalogue import Catalogue
from gateway.connectors.contract import DemandRef, Filing, PortalError, Progress, Refused, Unavailable, Unknown
from gateway.ids import new_id
from gateway.settings import Journeys

log = structlog.get_logger()

OPERATION: Final = "journey.follow_many"
_MANY: Final = Filing.progress_many.name

_OF_ALL: Final = frozenset({"portal_unavailable", "portal_timeout", "portal_busy", "portal_failed", "breaker_open"})
"""Codes about the portal as a whole, not about this kind of request: no case is queried alone at once."""
_NOT_SENT: Final = frozenset({"breaker_open", "bulkhead_full", "connector_overloaded", "portal_busy"})
"""Codes that do not show whether the portal answers such requests."""


@dataclass(frozen=True, slots=True)
class _Member:
    case: Case
    ref: DemandRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    cases: Cases
    portals: Portals
    catalogue: Catalogue
    audit: AuditLog
    settings: Journeys
    shares: CallShares
    follows: Callable[[Case], bool]
    """Whether the next step of a case does nothing but query the filing portal."""
    alone_until: dict[str, float] = field(default_factory=dict)
    """By poll key: until then each case is queried alone."""

    def at_once(self, poll_key: str) -> int:
        """How many cases one request may serve now; 1 where each is queried alone."""
        portal, portals = poll_key.partition(".")[0], self.portals
        if poll_key != poll_key_of(portal, Filing.progress) or self.alone_until.get(poll_key, 0.0) > monotonic():
            return 1
        if not portals.implements(portal, Filing.progress_many):
            return 1
        connector = portals.connector(portal)
        most = connector.progress_many_most if isinstance(connector, Filing) else 1
        return max(1, min(most, self.settings.poll_at_once))

    async def query(self, poll_key: str, leases: Mapping[str, Lease]) -> dict[str, Prepared]:
        """The portal's answers, by case; query the missing cases alone."""
        portal = poll_key.partition(".")[0]
        members = await self._members(portal, leases)
        if len(members) < 2:
            return {}
        entry = Entry(
            call_id=new_id("step"),
            kind="step",
            operation=OPERATION,
            principal="journey",
            portal=portal,
            purpose=self._purpose(members),
            cases=[each.case.id for each in members],
        )
        try:
            said = await self._request(portal, members, entry)
        finally:
            if entry.hops:
                await self.audit.write(entry)
        if isinstance(said, Exception):
            return self._failed(poll_key, members, entry, said)
        return self._believed(poll_key, members, entry, said)

    async def _members(self, portal: str, leases: Mapping[str, Lease]) -> list[_Member]:
        found = []
        for case, personal in await self.cases.opened(list(leases)):
            held = case.claimed_by == leases[case.id].holder and case.state.filing.portal == portal
            if held and not case.damaged and case.state.filing.reference and self.follows(case):
                ref = DemandRef(
                    reference=case.state.filing.reference, key=creation_key(case.id, "file"), access=personal.access
                )
                found.append(_Member(case, ref))
        found.sort(key=lambda each: each.case.id)
        times = Counter(each.ref.reference for each in found)
        return [each for each in found if times[each.ref.reference] == 1]

    async def _request(
        self, portal: str, members: Sequence[_Member], entry: Entry
    ) -> list[Progress] | PortalError | NotAvailable:
        try:
            with self.shares.calling(portal):
                calls = self.portals.recorded_in(entry)
                said = await calls.call(portal, Filing.progress_many, [each.ref for each in members])
        except (PortalError, NotAvailable) as error:
            entry.outcome = "unknown" if isinstance(error, Unknown) else "unavailable"
            entry.outcome = "refused" if isinstance(error, Refused) else entry.outcome
            entry.code = error.code if isinstance(error, PortalError) else "connector_quarantined"
            return error
        return said

    def _failed(self, poll_key: str, members: Sequence[_Member], entry: Entry, error: Exception) -> dict[str, Prepared]:
        """A failed batch usually means that the portal is down. If only such requests fail, the cases are queried alone
        for some time, so that a mistake in the connector's `progress_many` delays no case."""
        if entry.code not in _NOT_SENT:
            self._alone(poll_key, entry.code)
        if isinstance(error, NotAvailable) or (isinstance(error, Unavailable) and entry.code in _OF_ALL):
            return {each.case.id: Prepared(each.case.version, entry.call_id, error) for each in members}
        return {}

    def _believed(
        self, poll_key: str, members: Sequence[_Member], entry: Entry, said: Sequence[Progress]
    ) -> dict[str, Prepared]:
        told = matched([each.ref.reference for each in members], said)
        if told is None or len({each.reference for each in said}) < len(said):
            self._alone(poll_key, "portal_answer_unexpected")
        found = {}
        for each in members:
            progress = (told or {}).get(each.ref.reference)
            if progress is None:
                continue
            if is_of_another(each.case.state.filing, progress):
                log.warning("portal_answer_odd", portal=entry.portal, operation=_MANY, case_id=each.case.id)
                continue
            found[each.case.id] = Prepared(each.case.version, entry.call_id, progress)
        return found

    def _alone(self, poll_key: str, code: str) -> None:
        self.alone_until[poll_key] = monotonic() + self.settings.poll_alone_seconds
        log.warning("queried_alone", portal=poll_key.partition(".")[0], operation=_MANY, code=code)

    def _purpose(self, members: Sequence[_Member]) -> str:
        services = (self.catalogue.service(each.case.service) for each in members)
        return " ".join(sorted({service.purpose for service in services if service is not None}))


def matched(named: Sequence[str], said: Sequence[Progress]) -> dict[str, Progress] | None:
    """The answer for each reference that has exactly one. None if the portal returned a reference that was not asked
    about: then the whole response is discarded."""
    times = Counter(each.reference for each in said)
    if not times.keys() <= set(named):
        return None
    return {each.reference: each for each in said if times[each.reference] == 1}
