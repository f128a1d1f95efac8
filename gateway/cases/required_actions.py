"""Actions that the filing portal requires of the person: from its answer into the case."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import msgspec
import structlog

from gateway.cases.model import ENDED, Case, Event, now
from gateway.cases.state import Action, ActionType, Charge, State
from gateway.connectors.contract import CaseStatus, Progress, RequiredAction
from gateway.connectors.services import Service

log = structlog.get_logger()


def take(case: Case, service: Service, progress: Progress, offer_seconds: float) -> list[Event]:
    """Open, refresh or close the portal's actions; returns timeline entries for new ones.

    A required action is the case's `action`, and the case waits for it; optional ones are among its `offers`, which
    outlive the end by `offer_seconds` at most. An open action that the portal no longer requires is closed.
    """
    if case.state.ending.status is not None:
        return []
    required, over = progress.ask, progress.status in ENDED
    asked = _action(required, case.state.filing.portal) if required is not None else None
    if asked is None:
        return [*_offer(case.state, None, over, offer_seconds), *_require(case, service, None)]
    if asked.optional:
        return [*_offer(case.state, asked, over, offer_seconds), *_require(case, service, None)]
    if over:
        log.warning("ask_after_the_end", portal=case.state.filing.portal, code=asked.type.value)
        return [*_offer(case.state, None, over, offer_seconds), *_require(case, service, None)]
    return [*_offer(case.state, None, over, offer_seconds), *_require(case, service, asked)]


def _action(required: RequiredAction, portal: str) -> Action:
    return Action(
        type=ActionType(required.type),
        code=required.code,
        portal=portal,
        until=required.until,
        options=required.options,
        amount=required.amount,
        optional=required.optional,
        asked=True,
        id=required.id,
        worded=bool(required.message),
    )


def _offer(state: State, offer: Action | None, over: bool, seconds: float) -> list[Event]:
    """The portal has at most one offer open; those of the gateway itself stay."""
    before = next((each for each in state.offers if each.asked), None)
    own = [each for each in state.offers if not each.asked]
    if offer is None:
        state.offers = own
        return []
    if over:
        latest = now() + timedelta(seconds=seconds)
        offer = msgspec.structs.replace(offer, until=min(offer.until or latest, latest))
    state.offers = [*own, offer]
    return [] if offer.same(before) else [_event("offered", offer)]


def take_offer(case: Case, progress: Progress, offer_seconds: float) -> list[Event]:
    """The portal's offer after it received an answer for an ended case: after a bad rating, an appeal."""
    required = progress.ask if progress.ask is not None and progress.ask.optional else None
    return _offer(
        case.state, _action(required, case.state.filing.portal) if required is not None else None, True, offer_seconds
    )


def at_the_end(state: State, offer_seconds: float) -> None:
    """A portal's offer stays open for a time after the end; an appeal against its silence does not."""
    latest = now() + timedelta(seconds=offer_seconds)
    asked = [each for each in state.offers if each.asked]
    state.offers = [msgspec.structs.replace(each, until=min(each.until or latest, latest)) for each in asked]


def _require(case: Case, service: Service, asked: Action | None) -> list[Event]:
    state = case.state
    opened = state.action if state.action is not None and state.action.asked else None
    if asked is not None and asked.same(opened):
        state.action = asked
        return []
    if asked is not None and not _can_be_answered(asked, service, state):
        asked = None
    events = _close(case, opened) if opened is not None else []
    if asked is None or state.action is not None:
        return events
    if asked.type is ActionType.PAY:
        assert asked.amount is not None
        state.payment.charges.append(Charge(code=asked.code, portal=payer(service), amount=asked.amount))
    if asked.type is ActionType.CHOOSE_SLOT:
        _miss(state)
    state.action = asked
    case.move(CaseStatus.ACTION_REQUIRED)
    return [*events, _event("asked", asked)]


def _close(case: Case, opened: Action) -> list[Event]:
    state = case.state
    state.action = None
    for charge in state.payment.charges:
        if charge.due and charge is not state.fee:
            charge.lapsed = True
    case.move(CaseStatus.IN_PROGRESS)
    return [_event("ask_lapsed", opened)]


def _miss(state: State) -> None:
    """The portal wants another appointment although its time has passed: the person was not there."""
    appointment = state.appointment.booked
    if appointment is not None and appointment.state == "booked" and appointment.slot.start <= now():
        state.appointment.booked = appointment.became("missed")


def payer(service: Service) -> str:
    """Which portal takes a fee that is asked for on the way; empty if the service has none."""
    rule = service.later_fee or service.fee
    return rule.portal if rule is not None else ""


def _can_be_answered(asked: Action, service: Service, state: State) -> bool:
    if asked.type is not ActionType.PAY:
        return True
    if asked.amount is None or not payer(service):
        _tell_once(asked.portal, service.id)
        return False
    # Nobody shall pay twice because a portal is slow to register a payment. A further fee has its own code.
    paid = [charge for charge in state.payment.charges if charge.paid_oid and charge.amount == asked.amount]
    return all(charge.code != asked.code for charge in paid)


@cache
def _tell_once(portal: str, service: str) -> None:
    """Logged once, not at each query: a fee without a paying portal is one mistake, in one service's entry."""
    log.error("fee_that_nobody_takes", portal=portal, service=service)


def _event(code: str, action: Action) -> Event:
    return Event(code=code, portal=action.portal, data={"action": action.type.value, "why": action.code})
