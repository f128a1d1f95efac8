"""One step of a journey: gives a stage its case, calls portals, and stores their answers."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, TypeVar

import structlog
from sqlalchemy import Connection

from gateway.audit.entry import Entry
from gateway.audit.log import AuditLog
from gateway.cases.actions import drop_answers
from gateway.cases.claims import Lease, rest
from gateway.cases.dispatch import CallShares
from gateway.cases.model import Case, Event, Personal
from gateway.cases.portals import NotAvailable, Portals
from gateway.cases.state import Intent, Outage, State
from gateway.cases.store import Cases, Conflict
from gateway.connectors.contract import (
    CaseStatus,
    Filing,
    Operation,
    P,
    PortalError,
    Progress,
    R,
    Refused,
    Unavailable,
    Unknown,
)
from gateway.connectors.services import Service
from gateway.settings import Journeys

log = structlog.get_logger()

Also = Callable[[Connection], None]


class Keyed(Protocol):
    """The argument of a creation, with the key by which it can be found at the portal."""

    @property
    def key(self) -> str: ...


K = TypeVar("K", bound=Keyed)


@dataclass(frozen=True, slots=True)
class DueIn:
    """The time at which a journey goes on: there is nothing to do before."""

    seconds: float
    poll_key: str = ""
    """The portal has just said where the case stands, and is to be queried by this again."""
    stage: str = ""
    """The stage that has nothing to do before; empty: the one that says so."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A portal's answer for one case, from a query about many."""

    version: int
    """The case's version at the query: the answer does not hold for another version."""
    batch: str
    """`call_id` of the record of that request."""
    said: Progress | Exception
    """Or why there is no answer: a `PortalError` or `NotAvailable`."""


@dataclass(slots=True, kw_only=True)
class StepContext:
    """The services and the case that a stage gets for one step."""

    case: Case
    service: Service
    entry: Entry
    cases: Cases
    portals: Portals
    audit: AuditLog
    settings: Journeys
    speeds: Mapping[str, float]
    """How many times faster than ours a portal's time runs: that of the sandboxes."""
    shares: CallShares
    """Turns of the portals among the cases that this process advances."""
    lease: Lease | None = None
    """The lease of this process on the case; None where no other process could hold it."""
    prepared: Prepared | None = None
    next_stage: Callable[[Case], str]
    """The name of the stage that the case is to go through next."""
    rested: bool = field(default=False, init=False)
    """The step's commit has given the case back, with the time when it goes on."""
    _personal: Personal | None = field(default=None)
    _unsent: tuple[str, Intent] | None = field(default=None)
    """A creation with a stored intent, whose request was certainly not sent."""

    @property
    def state(self) -> State:
        return self.case.state

    async def personal(self) -> Personal:
        if self._personal is None:
            self._personal = await self.cases.personal(self.case)
        return self._personal

    async def call(self, portal: str, operation: Operation[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        self.entry.portal = portal
        with self.shares.calling(portal):
            return await self.portals.recorded_in(self.entry).call(portal, operation, *args, **kwargs)

    async def progress(self) -> Progress:
        """The state of the demand, from the filing portal."""
        state, prepared = self.state, self.prepared
        if prepared is not None and prepared.version == self.case.version:
            self.entry.portal, self.entry.batch = state.filing.portal, prepared.batch
            if isinstance(prepared.said, Exception):
                raise prepared.said
            return prepared.said
        access = (await self.personal()).access
        return await self.call(state.filing.portal, Filing.progress, state.filing.reference, **access)

    async def create_once(self, portal: str, creation: Operation[[K], R], argument: K) -> R | DueIn:
        """Create something at a portal exactly once; `argument.key` identifies it there.

        Before anything is sent the intent is durable. Found unfinished, the portal is asked by that key, and only after
        it has denied knowing it for `settle_seconds` is the request sent again; until then the result is `DueIn`.
        """
        state, operation = self.state, creation.name
        if operation in state.intents:
            found: R | DueIn | None = await self.resolve_outcome(creation)
            if found is not None:
                return found
        state.intents[operation] = announced = Intent(portal=portal, key=argument.key, at=self.case.clock())
        await self._write()
        self._unsent = operation, announced
        self._check_lease()
        self._unsent = None
        try:
            made = await self.call(portal, creation, argument)
        except Unknown:
            state.intents[operation] = Intent(portal=portal, key=argument.key, at=self.case.clock())
            raise
        except (Refused, Unavailable, NotAvailable) as error:
            if not isinstance(error, Refused):
                self._unsent = operation, announced
            del state.intents[operation]
            raise
        del state.intents[operation]
        return made

    async def resolve_outcome(self, creation: Operation[..., R]) -> R | DueIn | None:
        """Resolve a creation that was perhaps sent: returns the created thing, or None once the portal has denied it
        long enough. Either way the intent is cleared. `DueIn` while the request may still be under way at the portal.
        """
        intent = self.state.intents[creation.name]
        assert creation.finder is not None, "every creation has a finder"
        found: R | None = await self.call(intent.portal, creation.finder, intent.key)
        if found is None:
            journeys = self.settings
            left = journeys.settle_seconds - (self.case.clock() - intent.at).total_seconds()
            if left > 0:
                return DueIn(min(left, journeys.retry_base_seconds))
        del self.state.intents[creation.name]
        return found

    def _check_lease(self) -> None:
        """Check the lease right before a creation: a process that paused longer than its lease must stop, because
        another one may have asked the portal meanwhile and learnt that nothing was sent."""
        if self.lease is not None and self.lease.over:
            raise Conflict(self.case.id)

    async def forget_unsent(self) -> None:
        """Another writer has changed the case, so this step is discarded. An intent that it announced but did not send
        is removed all the same; otherwise the portal would be asked about a request that never left."""
        if self._unsent is None:
            return
        operation, announced = self._unsent
        case = await self.cases.get(self.case.id)
        if case is None or case.state.intents.get(operation) != announced:
            return
        if self.lease is not None and case.claimed_by != self.lease.holder:
            return
        del case.state.intents[operation]
        await self.cases.storage.run_write(partial(self.cases.save, case=case))

    async def save(
        self,
        *events: Event,
        personal: Personal | None = None,
        also: Also | None = None,
        due: DueIn | None = None,
    ) -> None:
        """Keep the step's result, its timeline entries, its audit record and what `also` writes in one transaction.

        `due`: when the stage that it names goes on. If that is the next one, the same transaction gives the case back.
        """
        self.state.outage = None
        lease = self.lease
        if due is None or lease is None or self.next_stage(self.case) != due.stage:
            await self._write(*events, personal=personal, record=True, also=also)
            return

        def with_rest(tx: Connection) -> None:
            if also is not None:
                also(tx)
            rest(tx, self.case.id, lease.holder, self.case.version, due.seconds, due.poll_key)

        await self._write(*events, personal=personal, record=True, also=with_rest)
        self.rested = True

    async def keep(self, *events: Event, personal: Personal | None = None) -> None:
        """Like `save`, but the portal's outage stays recorded."""
        await self._write(*events, personal=personal, record=True)

    async def forget_outage(self) -> None:
        """The portal has answered, so its outage is over. While the outcome of a creation is unknown the outage is
        kept: otherwise a portal that only answers queries would never be given up."""
        if self.state.outage is not None and not self.state.intents:
            await self.save()

    @property
    def gave_up(self) -> bool:
        """The portal has failed for longer than a person should wait."""
        outage = self.state.outage
        return outage is not None and (self.case.clock() - outage.since).total_seconds() > self.settings.give_up_seconds

    async def keep_outage(self, error: PortalError | NotAvailable, code: str, *told: Event) -> float:
        """Store that a portal does not answer, and due announcements; returns the seconds until the next try."""
        journeys, before = self.settings, self.state.outage
        outage = Outage(
            since=before.since if before else self.case.clock(), count=before.count + 1 if before else 1, code=code
        )
        self.state.outage = outage
        events = [] if before else [Event(code="portal_unavailable", portal=self.entry.portal)]
        events += told
        if self.gave_up and self.case.ended:
            await self._write(*self._dropped(), record=True)
            return 0.0
        # A parcel cannot be recalled: it arrives, or the post reports its loss, whenever it answers again.
        if self.gave_up and self.state.ending.status is None and not self.state.shipment.number:
            self.state.ending.status, self.state.ending.reason = CaseStatus.FAILED, "portal_unavailable"
            events.append(Event(code="given_up", portal=self.entry.portal, data={"reason": code}))
            await self._write(*events, record=True)
            return 0.0
        ceiling = min(journeys.retry_max_seconds, journeys.retry_base_seconds * 2 ** min(outage.count - 1, 16))
        wait = ceiling * random.uniform(0.5, 1.0)  # noqa: S311  (jitter, not a secret)
        asked = error.retry_after if isinstance(error, Unavailable) else None
        await self._write(*events, record=True)
        return float(max(wait, min(asked or 0.0, journeys.retry_max_seconds)))

    def _dropped(self) -> list[Event]:
        """Drop an ended case's remaining requests to a portal that never answers."""
        state = self.state
        if state.answers:
            return drop_answers(state)
        log.error("not_taken_back", case_id=self.case.id, portal=self.entry.portal)
        state.ending.postponed = []
        return [Event(code="not_taken_back", portal=self.entry.portal)]

    async def _write(
        self, *events: Event, personal: Personal | None = None, record: bool = False, also: Also | None = None
    ) -> None:
        def work(tx: Connection) -> None:
            self.cases.save(tx, self.case, events, personal)
            if also is not None:
                also(tx)
            if record:
                self.audit.append(tx, self.entry)

        await self.cases.storage.run_write(work)
