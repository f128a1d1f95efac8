"""The journey of a case: one step at a time, decided by the stored state of the case.

`advance` runs the next step and returns when to continue. It can be killed anywhere and called again: before creating
something at a portal it stores an `Intent` in the case, so that a second run queries the portal before it sends again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import structlog

from gateway.audit.entry import Entry
from gateway.audit.log import AuditLog
from gateway.cases import portal_words, terms
from gateway.cases.batches import Batches
from gateway.cases.claims import Lease
from gateway.cases.dispatch import CallShares
from gateway.cases.model import Event
from gateway.cases.portals import NotAvailable, Portals
from gateway.cases.stages.order import Stages
from gateway.cases.stages.stage import Stage
from gateway.cases.step_context import DueIn, Prepared, StepContext
from gateway.cases.store import Cases, Conflict, Damaged
from gateway.connectors.catalogue import Catalogue
from gateway.connectors.contract import CaseStatus, PortalError, Refused, Unavailable, Unknown
from gateway.ids import new_id
from gateway.settings import Journeys

log = structlog.get_logger()

_STALE: Final = 0
"""No case in the database has this version."""
_AT_ONCE: Final = DueIn(0.0)


@dataclass(frozen=True, slots=True)
class Rest:
    """Go on in `seconds`, unless the case has another version by then: something has happened meanwhile."""

    seconds: float
    version: int
    poll_key: str = ""
    """The portal has said where the case stands, and is to be queried by this again."""
    given_back: bool = False
    """The step's own commit has done so: the lease is over and the time is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    cases: Cases
    portals: Portals
    catalogue: Catalogue
    audit: AuditLog
    settings: Journeys
    speeds: Mapping[str, float]
    """How many times faster than ours a portal's time runs: that of the sandboxes."""
    shares: CallShares
    stages: Stages
    batches: Batches

    async def advance(self, case_id: str, lease: Lease | None = None, prepared: Prepared | None = None) -> Rest | None:
        """Run the next step of the case; None when it has ended, or when another worker holds it instead of `lease`.
        Afterwards every request to a portal is recorded. `prepared`: the portal's answer from a query about many
        cases. Raises `Damaged`, before anything is asked, for a case whose state cannot be read as a whole."""
        case = await self.cases.get(case_id)
        if case is None or case.due_at is None or (lease is not None and case.claimed_by != lease.holder):
            return None
        if case.damaged:
            raise Damaged(case.id)
        service = self.catalogue.service(case.service)
        if service is None:
            log.warning("service_gone", case_id=case.id, code=case.service)
            return Rest(self.settings.retry_max_seconds, case.version)
        stage = self.stages.next_of(case)
        entry = Entry(
            call_id=new_id("step"),
            kind="step",
            operation=f"journey.{stage.name}",
            client=case.client,
            subject=case.subject,
            principal="journey",
            purpose=service.purpose,
            case_id=case.id,
            service=case.service,
        )
        step = StepContext(
            case=case,
            service=service,
            entry=entry,
            cases=self.cases,
            portals=self.portals,
            audit=self.audit,
            settings=self.settings,
            speeds=self.speeds,
            shares=self.shares,
            lease=lease,
            prepared=prepared,
            next_stage=lambda case: self.stages.next_of(case).name,
        )
        try:
            return await self._step(step, stage)
        except Exception:
            entry.outcome = "failed"
            raise
        finally:
            if entry.hops and not entry.recorded:
                await self.audit.write(entry)

    async def _step(self, step: StepContext, stage: Stage) -> Rest | None:
        """As `advance`. If another writer changed the case meanwhile, this step is discarded: its result about the end
        of the case is invalid, so the case goes on at once, and its lease is released in the end."""
        try:
            due = await self._attempt(step, stage)
        except Conflict:
            with contextlib.suppress(Conflict):
                await step.forget_unsent()
            return Rest(0.0, _STALE)
        return None if step.case.due_at is None else Rest(due.seconds, step.case.version, due.poll_key, step.rested)

    async def _attempt(self, step: StepContext, stage: Stage) -> DueIn:
        before = step.case.version
        try:
            if stage is not self.stages.follow and (passed := _announced(step)):
                await step.save(*passed)
                return _AT_ONCE
            due = await stage.run(step)
            if due is None:
                return _AT_ONCE
            if step.case.version == before:  # nothing was stored
                await step.forget_outage()
                return due
            return due if self.stages.next_of(step.case).name == (due.stage or stage.name) else _AT_ONCE
        except Refused as error:
            step.entry.outcome, step.entry.code = "refused", error.code
            if step.state.ending.status is not None:
                log.error("undoing_refused", case_id=step.case.id, portal=step.entry.portal, code=error.code)
                return DueIn(await step.keep_outage(error, error.code))
            await _refuse(step, error)
            return _AT_ONCE
        except (Unavailable, Unknown, NotAvailable) as error:
            code = error.code if isinstance(error, PortalError) else "connector_quarantined"
            step.entry.outcome = "unknown" if isinstance(error, Unknown) else "unavailable"
            step.entry.code = code
            return DueIn(await step.keep_outage(error, code, *_announced(step)))


def _announced(step: StepContext) -> list[Event]:
    return terms.check_deadlines(step.case, step.case.clock(), step.settings.reminder_days)


async def _refuse(step: StepContext, error: Refused) -> None:
    """A portal's final no ends the case, after what was paid is given back."""
    personal = await step.personal()
    portal_words.objected(step.state, personal, step.entry.portal, error)
    step.state.ending.status, step.state.ending.reason = CaseStatus.REJECTED, error.code
    if step.state.filing.reference and step.entry.portal == step.state.filing.portal:
        terms.answered(step.state)
    await step.save(Event(code="refused", portal=step.entry.portal, data={"reason": error.code}), personal=personal)
