"""Taking a case back while the person waits.

A demand that a portal already has is withdrawn there. The intent is stored before the request, and the portal's yes
right after it: if this call dies, the journey finds the marked case and withdraws the demand itself. The gateway never
reports a withdrawal as failed when it may have succeeded.
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
from gateway.cases.state import Action, ActionType
from gateway.cases.store import Cases, Conflict
from gateway.connectors.contract import CaseStatus, Filing, Refused, Shipping, Unavailable, Unknown

Permit = Callable[[], Awaitable[None]]
Change = Callable[[Case], list[Event] | None]

_PERSON = "withdrawn_by_person"
WITHDRAW: Final = Action(type=ActionType.WITHDRAW, code="withdraw", optional=True)


def possible(case: Case) -> bool:
    """Whether the person may take the case back, as far as the gateway knows: the portal may still refuse."""
    state = case.state
    if case.ended or state.ending.status is not None:
        return False
    return not state.shipment.number and state.intent(Shipping.ship) is None


def bind(case: Case, lease_seconds: float) -> list[Event] | None:
    """Set the withdrawal as the case's end, to be saved with the returned entries; None if it is set already.

    A case with a demand at a portal is only marked: `take_back` queries the portal. Raises `TooLate` once the parcel is
    under way or another end is set, and `Ended`.
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


async def take_back(cases: Cases, portals: Portals, case: Case, entry: Entry, permit: Permit | None = None) -> Case:
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
    asked = told_late(case)
    if state.ending.status is None:  # another caller or the journey dropped the withdrawal meanwhile
        state.ending.status, state.ending.reason = CaseStatus.WITHDRAWN, _PERSON
    state.ending.taken_back, state.action = True, None
    _told(case)
    return [*asked, Event(code="withdrawn_at_portal", portal=state.filing.portal)]


def _unknown(case: Case) -> list[Event] | None:
    if case.ended or case.state.ending.withdrawing is None:
        return None
    asked = told_late(case)
    _told(case)
    return asked


def _unbound(case: Case) -> list[Event] | None:
    state = case.state
    if case.ended or state.ending.withdrawing is None or state.ending.taken_back:
        return None
    state.ending.withdrawing, state.ending.status, state.ending.reason = None, None, ""
    case.due_at = now()
    return []


def told_late(case: Case) -> list[Event]:
    """The timeline shows the withdrawal once the portal cannot refuse it any more."""
    since = case.state.ending.withdrawing
    return [Event(code="withdrawal_asked", at=since)] if since is not None else []


def being_asked(case: Case, lease_seconds: float) -> float:
    """Seconds that the journey still waits for the call that is withdrawing at the portal; 0 once its time is over."""
    since = case.state.ending.withdrawing
    return 0.0 if since is None else max(0.0, lease_seconds - (case.clock() - since).total_seconds())
