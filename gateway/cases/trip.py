"""One step of a journey: what a stage sees of the case and of the office that carries it."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.audit.entry import Entry
from gateway.audit.log import AuditLog
from gateway.cases.appointments import Appointments
from gateway.cases.attachments import Attachments
from gateway.cases.model import Case, Event, Intent, Personal, State, Trouble, now
from gateway.cases.payments import Payments
from gateway.cases.portals import NotAvailable, Portals
from gateway.cases.receipt import Receipts
from gateway.cases.store import Cases
from gateway.connectors.catalogue import Catalogue
from gateway.connectors.contract import CaseStatus, PortalError, Refused, Unavailable, Unknown
from gateway.connectors.services import Service
from gateway.settings import Journeys

Also = Callable[[AsyncConnection], Awaitable[None]]


class Wait(Exception):
    """There is nothing to do for now: come back after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What a journey works with."""

    cases: Cases
    portals: Portals
    catalogue: Catalogue
    payments: Payments
    attachments: Attachments
    receipts: Receipts
    appointments: Appointments
    audit: AuditLog
    pace: Journeys


@dataclass(slots=True)
class Trip:
    """One step of one case: what a stage sees."""

    case: Case
    service: Service
    office: Office
    entry: Entry
    _personal: Personal | None = field(default=None)

    @property
    def state(self) -> State:
        return self.case.state

    async def personal(self) -> Personal:
        if self._personal is None:
            self._personal = await self.office.cases.personal(self.case)
        return self._personal

    async def call(self, portal: str, operation: str, *args: Any, **kwargs: Any) -> Any:
        self.entry.portal = portal
        return await self.office.portals.call(portal, operation, *args, **kwargs)

    async def once(self, portal: str, operation: str, argument: Any) -> Any:
        """Create something at a portal exactly once; `argument.key` identifies it there.

        Before anything is sent the intent is durable. Found unfinished, the portal is asked by that key, and only after
        it has denied knowing it for `settle_seconds` is the request sent again.
        """
        state = self.state
        intent = state.intents.get(operation)
        if intent is not None:
            found = await self.find(portal, operation, intent)
            if found is not None:
                return found
        state.intents[operation] = Intent(key=argument.key, at=now())
        await self._write()
        try:
            made = await self.call(portal, operation, argument)
        except Unknown:
            state.intents[operation] = Intent(key=argument.key, at=now())
            raise
        except (Refused, Unavailable, NotAvailable):
            del state.intents[operation]
            raise
        del state.intents[operation]
        return made

    async def find(self, portal: str, operation: str, intent: Intent) -> Any:
        """What became of a creation that was perhaps sent: the thing made, or None once it was denied long enough.

        Either way the intent is over. Raises `Wait` while a request may still be under way at the portal.
        """
        found = await self.call(portal, self.office.portals.finder(portal, operation), intent.key)
        if found is None:
            pace = self.office.pace
            left = pace.settle_seconds - (now() - intent.at).total_seconds()
            if left > 0:
                raise Wait(min(left, pace.retry_base_seconds))
        del self.state.intents[operation]
        return found

    async def save(self, *events: Event, personal: Personal | None = None, also: Also | None = None) -> None:
        """Keep the step's result, its timeline entries, its audit record and what `also` writes in one transaction."""
        self.state.trouble = None
        await self._write(*events, personal=personal, record=True, also=also)

    async def forget_trouble(self) -> None:
        """The portal has answered, though with nothing new: what was before no longer counts. As long as the outcome of
        a creation is open it does: a portal that only answers questions would never be given up."""
        if self.state.trouble is not None and not self.state.intents:
            await self.save()

    @property
    def gave_up(self) -> bool:
        """Nothing has worked for longer than anybody should wait."""
        trouble = self.state.trouble
        return trouble is not None and (now() - trouble.since).total_seconds() > self.office.pace.give_up_seconds

    async def keep_trouble(self, error: PortalError | NotAvailable, code: str) -> float:
        """Remember that a portal does not answer; seconds until the next try."""
        pace, before = self.office.pace, self.state.trouble
        trouble = Trouble(since=before.since if before else now(), count=before.count + 1 if before else 1, code=code)
        self.state.trouble = trouble
        events = [] if before else [Event(code="portal_unavailable", portal=self.entry.portal)]
        if self.gave_up and self.case.ended:
            self.state.answers = []
            await self._write(Event(code="answer_not_delivered", portal=self.entry.portal), record=True)
            return 0.0
        if self.gave_up and self.state.ending is None:
            self.state.ending, self.state.reason = CaseStatus.FAILED, "portal_unavailable"
            events.append(Event(code="given_up", portal=self.entry.portal, data={"reason": code}))
            await self._write(*events, record=True)
            return 0.0
        ceiling = min(pace.retry_max_seconds, pace.retry_base_seconds * 2 ** min(trouble.count - 1, 16))
        wait = ceiling * random.uniform(0.5, 1.0)  # noqa: S311  (jitter, not a secret)
        asked = error.retry_after if isinstance(error, Unavailable) else None
        await self._write(*events, record=True)
        return float(max(wait, min(asked or 0.0, pace.retry_max_seconds)))

    async def _write(
        self, *events: Event, personal: Personal | None = None, record: bool = False, also: Also | None = None
    ) -> None:
        self.case.due_at = now() + timedelta(seconds=self.office.pace.lease_seconds)
        async with self.office.cases.storage.transaction() as tx:
            await self.office.cases.save(tx, self.case, events, personal)
            if also is not None:
                await also(tx)
            if record:
                await self.office.audit.append(tx, self.entry)
