"""Withdrawing a demand at its portal, in two ways: while the person waits (`take_back_now`), and as a step of the
journey (`take_back`), when the case is undone or that call died.

While she waits, the intent is stored before the request, and the portal's yes right after it: if the call dies, the
journey finds the marked case and withdraws the demand itself. The gateway never reports a withdrawal as failed when it
may have succeeded.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Final

from gateway.audit.entry import Entry
from gateway.cases.actions import Ended, TooLate
from gateway.cases.model import Case, Event, now
from gateway.cases.portals import NotAvailable, Portals
from gateway.cases.state import Action, ActionType, State
from gateway.cases.step_context import DueIn, StepContext
from gateway.cases.store import Cases, Conflict
from gateway.connectors.contract import CaseStatus, Filing, Refused, Shipping, Unavailable, Unknown
from gateway.storage.vault import Erased

Permit = Callable[[], Awaitable[None]]
Change = Callable[[Case], list[Event] | None]

_PERSON: Final = "withdrawn_by_person"
_UNDONE: Final = (CaseStatus.REJECTED, CaseStatus.FAILED, CaseStatus.WITHDRAWN)

WITHDRAW: Final = Action(type=ActionType.WITHDRAW, code="withdraw", optional=True)


def possible(case: Case) -> bool:
    """Whether the person may take the case back, as far as the gateway knows: the portal may still refuse."""
    state = case.state
    if case.ended or state.ending.status is not None:
        return False
    return not state.shipment.number and state.intent(Shipping.ship) is None


def bind(case: Case, lease_seconds: float) -> list[Event] | None:
    """Set the withdrawal as the case's end, to be saved with the returned entries; None if it is set already.

    A case with a demand at a portal is only marked: `take_back_now` queries the portal. Raises `TooLate` once the
    parcel is under way or another end is set, and `Ended`.
    """
    if case.ended:
        raise Ended
    state = case.state
    if state.ending.status is CaseStatus.WITHDRAWN:
        return None
    if not possible(case):
        raise TooLate
    state.ending.status, state.ending.reason = CaseStatus.WITHDRAWN, _PERSON
    if state.filing.reference:
        state.ending.withdrawing = case.clock()
        case.due_at = now() + timedelta(seconds=lease_seconds)
        return []
    _told(case)
    return [Event(code="withdrawal_asked")]


async def take_back_now(cases: Cases, portals: Portals, case: Case, entry: Entry, permit: Permit | None = None) -> Case:
    """Withdraw at the portal the demand of a case that `bind` has marked, and store the reply; returns the case as it
    is then.

    Raises `TooLate` if the portal refuses, and what `permit` or the portal's client raises if nothing was sent: then
    the mark is removed. If the request may have arrived the mark stays, and the journey queries the portal.
    """
    state = case.state
    try:
        await portals.recorded_in(entry, permit=permit).call(
            state.filing.portal, Filing.withdraw, state.filing.reference
        )
    except Refused as error:
        await _change(cases, case.id, _unbound)
        raise TooLate from error
    except (Unavailable, Unknown, NotAvailable) as error:
        if isinstance(error, NotAvailable) or not error.perhaps_done:
            await _change(cases, case.id, _unbound)
            raise
        return await _change(cases, case.id, _unknown)
    except Exception:  # nothing was sent
        await _change(cases, case.id, _unbound)
        raise
    return await _change(cases, case.id, _taken)


async def _change(cases: Cases, case_id: str, change: Change) -> Case:
    """Apply the change to the current case, even if others changed it since: a portal's reply must not get lost."""
    while True:
        case = await cases.get(case_id)
        assert case is not None, "cases are kept without end"
        events = change(case)
        if events is None:
            return case
        try:
            await cases.storage.run_write(partial(cases.save, case=case, events=events))
        except Conflict:
            continue
        return case


def _told(case: Case) -> None:
    state = case.state
    state.ending.withdrawing = None
    case.move(CaseStatus.IN_PROGRESS)
    case.due_at = now()


def _taken(case: Case) -> list[Event] | None:
    state = case.state
    if case.ended or state.ending.taken_back:
        return None
    asked = _told_late(case)
    if state.ending.status is None:  # another caller or the journey dropped the withdrawal meanwhile
        state.ending.status, state.ending.reason = CaseStatus.WITHDRAWN, _PERSON
    state.ending.taken_back, state.action = True, None
    _told(case)
    return [*asked, Event(code="withdrawn_at_portal", portal=state.filing.portal)]


def _unknown(case: Case) -> list[Event] | None:
    if case.ended or case.state.ending.withdrawing is None:
        return None
    asked = _told_late(case)
    _told(case)
    return asked


def _unbound(case: Case) -> list[Event] | None:
    state = case.state
    if case.ended or state.ending.withdrawing is None or state.ending.taken_back:
        return None
    state.ending.withdrawing, state.ending.status, state.ending.reason = None, None, ""
    case.due_at = now()
    return []


def _told_late(case: Case) -> list[Event]:
    """The timeline shows the withdrawal once the portal cannot refuse it any more."""
    since = case.state.ending.withdrawing
    return [Event(code="withdrawal_asked", at=since)] if since is not None else []


def _being_asked(case: Case, lease_seconds: float) -> float:
    """Seconds that the journey still waits for the call that is withdrawing at the portal; 0 once its time is over."""
    since = case.state.ending.withdrawing
    return 0.0 if since is None else max(0.0, lease_seconds - (case.clock() - since).total_seconds())


def stands(state: State) -> bool:
    """Whether the filing portal may go on with the demand. A demand that became a parcel has left it."""
    end = state.ending
    over = end.closed and end.status is not CaseStatus.WITHDRAWN  # a withdrawal is for the portal to allow
    return bool(state.filing.reference) and not (end.taken_back or over or end.kept or state.shipment.number)


async def take_back(step: StepContext) -> DueIn | None:
    """Withdraw the demand at its portal. If the portal refuses, the demand's state there decides what follows."""
    state = step.state
    if (seconds := _being_asked(step.case, step.settings.lease_seconds)) > 0:
        return DueIn(seconds)
    asked = _told_late(step.case)
    try:
        await step.call(state.filing.portal, Filing.withdraw, state.filing.reference)
    except Refused as error:
        state.ending.withdrawing = None
        step.entry.outcome, step.entry.code = "refused", error.code
        await _not_taken_back(step, error)
        return None
    state.ending.taken_back, state.ending.withdrawing = True, None
    await step.save(*asked, Event(code="withdrawn_at_portal", portal=state.filing.portal))
    return None


async def _not_taken_back(step: StepContext, error: Refused) -> None:
    """The demand stays, unless it had ended there. A case that was to be withdrawn or was given up goes on as before.
    One that cannot go on ends; if the portal carries the demand out all the same, it keeps the fee."""
    state = step.state
    refused = Event(code="withdrawal_refused", portal=state.filing.portal, data={"reason": error.code})
    if state.ending.status is CaseStatus.WITHDRAWN and not step.case.ended:
        await _go_on(step, refused)
        return
    if await _ended_there(step):
        state.ending.closed = True
        await step.save()
    elif state.ending.reason == "portal_unavailable" and not state.filing.followed and not step.case.ended:
        await _go_on(step, refused)
    else:
        await _keep(step, error)


async def _go_on(step: StepContext, refused: Event) -> None:
    state = step.state
    state.ending.status, state.ending.reason, state.ending.postponed = None, "", []
    if state.action is not None:
        step.case.move(CaseStatus.ACTION_REQUIRED)
    await step.save(refused)


async def _keep(step: StepContext, error: Refused) -> None:
    state = step.state
    state.ending.kept = True
    events = [Event(code="demand_kept", portal=state.filing.portal, data={"reason": error.code})]
    if not state.filing.followed:  # a document that is ready and cannot be sent reaches nobody
        for charge in state.payment.charges:
            paid = bool(charge.paid_oid) and not charge.refunded and not charge.voided
            charge.kept = paid and (charge is state.fee or charge.stamp_used)
    if any(charge.kept for charge in state.payment.charges):
        events.append(Event(code="fee_kept", portal=state.filing.portal))
    await step.save(*events)


async def _ended_there(step: StepContext) -> bool:
    """Whether the filing portal says that the demand has ended without a result, or that there is none."""
    state = step.state
    try:
        access = (await step.personal()).access
    except Erased:
        access = {}
    try:
        progress = await step.call(state.filing.portal, Filing.progress, state.filing.reference, **access)
    except Refused:
        return True
    return progress.status in _UNDONE
