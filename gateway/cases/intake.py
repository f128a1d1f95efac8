"""Intake: turn a demand that was examined into a case with its receipt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection

from gateway.auth.principal import Principal
from gateway.cases import forms
from gateway.cases.appointments import post_of
from gateway.cases.attachments import Attachments
from gateway.cases.forms import FormError
from gateway.cases.indicator_events import post_id
from gateway.cases.model import Case, Contact, Event, Personal, now
from gateway.cases.receipt import Receipts
from gateway.cases.stages.order import parts_of
from gateway.cases.state import Action, ActionType, AppointmentPart, Charge, FilingPart, ShipmentPart, State
from gateway.cases.store import Cases
from gateway.cases.subject import Bound, requester_of
from gateway.connectors.contract import CaseStatus, Money
from gateway.connectors.services import Service, value_at
from gateway.ids import new_id
from gateway.settings import Journeys


class Invalid(Exception):
    """The request does not fit the service. `errors` name each member."""

    def __init__(self, errors: list[FormError]) -> None:
        super().__init__(len(errors))
        self.errors = errors


_CONTACT: Final = "/contact"
"""Where every form that asks for a contact asks for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A demand in which nothing was found that keeps it from being filed."""

    service: Service
    form: dict[str, Any]
    """As it is stored: cleaned, with the verified claims in their places."""
    language: str
    bound: Bound
    attachments: Mapping[str, str]
    """Those that the form names: id -> JSON pointer."""
    reused: list[Event]
    """A line of the timeline for each that is a copy of an earlier document."""
    fee: Money | None


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case that is ready to be stored."""

    case: Case
    personal: Personal
    events: list[Event]
    concerned: frozenset[str] = frozenset()
    """CNIEs of other people whom the form names."""


class Intake:
    """Makes a case of a demand that was examined."""

    def __init__(self, cases: Cases, attachments: Attachments, receipts: Receipts, journeys: Journeys) -> None:
        self._cases = cases
        self._attachments = attachments
        self._receipts = receipts
        self._journeys = journeys

    def prepare(self, demand: Examined, principal: Principal, *, related_case: str = "", fast_lane: bool) -> NewCase:
        """The case; nothing is stored yet."""
        service, clean, fee, moment = demand.service, demand.form, demand.fee, now()
        state = self._state(service, clean, fee)
        state.filing.related_case, state.filing.fast_lane = related_case, fast_lane
        case = Case(
            id=new_id("case"),
            client=principal.client_id,
            subject=principal.pseudonym,
            service=service.id,
            status=CaseStatus.RECEIVED,
            version=1,
            language=demand.language,
            created_at=moment,
            updated_at=moment,
            deadline_on=self._receipts.deadline(service, moment),
            due_at=moment,
            state=state,
        )
        personal = Personal(
            form=clean,
            contact=_contact(clean, principal),
            attachments=list(demand.attachments),
            national_id=principal.claims.cnie,
            requester=requester_of(principal.claims, demand.bound.whom),
        )
        personal.receipt = self._receipts.sign(case, service, personal)
        events = [Event(code="received", at=moment), *demand.reused]
        if case.state.action is not None and fee is not None:
            events.append(
                Event(code="payment_due", portal=case.state.action.portal, data={"amount": fee.amount}, at=moment)
            )
        return NewCase(case, personal, events, demand.bound.others)

    def keep(self, tx: Connection, made: NewCase) -> None:
        """Store the case. Raises `Invalid` if an attachment was used elsewhere meanwhile."""
        case = made.case
        first, *rest = made.events
        self._cases.insert(tx, case, made.personal, [first])
        if case.state.action is not None:
            case.move(CaseStatus.ACTION_REQUIRED)
        if rest:
            self._cases.save(tx, case, rest)
        if not self._attachments.bind(tx, made.personal.attachments, case.id):
            raise Invalid([forms.missing_attachment("/form", case.language)])

    def _state(self, service: Service, form: Mapping[str, Any], fee: Money | None) -> State:
        state = State(
            parts=parts_of(service, fee=fee is not None, ships=service.ships(form)),
            filing=FilingPart(portal=service.plugin),
            appointment=AppointmentPart(post=post_id(post_of(service, form))),
            shipment=ShipmentPart(portal=service.delivery.portal if service.delivery else ""),
        )
        if fee is not None:
            assert service.fee is not None
            charge = Charge(
                code="fee_due", portal=service.fee.portal, amount=fee, on_lodging=service.fee.used == "lodging"
            )
            until = now() + timedelta(seconds=self._journeys.payment_seconds)
            state.payment.charges = [charge]
            state.action = Action(type=ActionType.PAY, code="fee_due", portal=charge.portal, until=until, amount=fee)
        return state


def _contact(form: Mapping[str, Any], principal: Principal) -> Contact:
    """How to reach the person: as the form says, else as the identity provider has verified it."""
    known = principal.claims
    return forms.contact_of(
        name=known.name,
        email=str(value_at(form, f"{_CONTACT}/email") or known.email),
        phone=str(value_at(form, f"{_CONTACT}/phone") or known.phone),
    )
