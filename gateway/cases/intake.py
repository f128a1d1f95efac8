"""Intake: turn a person's request into a case with its receipt."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Connection

from gateway.audit.entry import Entry
from gateway.auth.principal import Principal
from gateway.cases import forms
from gateway.cases.appointments import post_of
from gateway.cases.attachments import Attachments
from gateway.cases.forms import FormError
from gateway.cases.indicator_events import post_id
from gateway.cases.model import Case, Contact, Event, Personal, now
from gateway.cases.places import Places
from gateway.cases.receipt import Receipts
from gateway.cases.stages.order import parts_of
from gateway.cases.state import Action, ActionType, AppointmentPart, Charge, FilingPart, ShipmentPart, State
from gateway.cases.store import Cases
from gateway.cases.subject import Bound, bind, requester_of
from gateway.cases.turns import Turns
from gateway.connectors.contract import CaseStatus, Money
from gateway.connectors.services import Service
from gateway.ids import new_id
from gateway.settings import Forms, Journeys


class Invalid(Exception):
    """The request does not fit the service. `errors` name each member."""

    def __init__(self, errors: list[FormError]) -> None:
        super().__init__(len(errors))
        self.errors = errors


_WAITING: Final = 1_000_000
"""No limit of its own: `server.max_concurrent_calls` is one."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A case that is ready to be stored."""

    case: Case
    personal: Personal
    events: list[Event]
    concerned: frozenset[str] = frozenset()
    """CNIEs of other people whom the form names."""


class Intake:
    def __init__(
        self,
        cases: Cases,
        attachments: Attachments,
        receipts: Receipts,
        places: Places,
        journeys: Journeys,
        limits: Forms,
    ) -> None:
        self._places = places
        self._limits = limits
        self._thread = ThreadPoolExecutor(1, "forms")
        """A large form takes some 100 ms to check, in which the event loop answers others."""
        self._turns = Turns(1, each=1, waiting=_WAITING, waiting_each=_WAITING)
        self._cases = cases
        self._attachments = attachments
        self._receipts = receipts
        self._journeys = journeys

    async def prepare(
        self,
        service: Service,
        principal: Principal,
        *,
        form: Mapping[str, Any],
        contact: Contact,
        language: str,
        related_case: str = "",
        fast_lane: bool = False,
        entry: Entry,
    ) -> Draft:
        """Check everything and make the case; nothing is stored yet. Raises `Invalid`, `NotEntitled`.

        `related_case` is another case of the same caller, who has been asked for already. `entry`: of the call; it
        records queries to portals.
        """
        contact = _complete(contact, principal)
        async with self._turns.place(principal.pseudonym or principal.client_id):
            bound, clean = await asyncio.get_running_loop().run_in_executor(
                self._thread, self._checked, service, principal, form, contact, language
            )
        if wrong := await self._places.check(service, clean, language, entry):
            raise Invalid(wrong)
        places = forms.attachment_places(clean, service.form)
        reused = await self._must_have(places, principal, language)
        moment = now()
        fee = service.fee_for(clean)
        state = self._state(service, clean, fee)
        state.filing.related_case, state.filing.fast_lane = related_case, fast_lane
        case = Case(
            id=new_id("case"),
            client=principal.client_id,
            subject=principal.pseudonym,
            service=service.id,
            status=CaseStatus.RECEIVED,
            version=1,
            language=language,
            created_at=moment,
            updated_at=moment,
            deadline_on=self._receipts.deadline(service, moment),
            due_at=moment,
            state=state,
        )
        personal = Personal(
            form=clean,
            contact=forms.normalise_contact(contact),
            attachments=list(places),
            national_id=principal.claims.cnie,
            requester=requester_of(principal.claims, bound.whom),
        )
        personal.receipt = self._receipts.sign(case, service, personal)
        events = [Event(code="received", at=moment), *reused]
        if case.state.action is not None and fee is not None:
            events.append(
                Event(code="payment_due", portal=case.state.action.portal, data={"amount": fee.amount}, at=moment)
            )
        return Draft(case, personal, events, bound.others)

    def _checked(
        self, service: Service, principal: Principal, form: Mapping[str, Any], contact: Contact, language: str
    ) -> tuple[Bound, Any]:
        """The subject of the form, and the form as it is stored. Raises as `prepare`; runs in a thread."""
        if errors := forms.unreadable(form, language=language, limits=self._limits):
            raise Invalid(errors)
        bound = bind(
            forms.normalise(form, service.form),
            service,
            principal.claims,
            by_mandate=principal.acting is not None,
        )
        form = form if bound is None else bound.form
        errors = forms.check(form, service.form, language=language, limits=self._limits)
        errors += forms.check_contact(msgspec.to_builtins(contact), language=language)
        if errors or bound is None:
            raise Invalid(errors or [forms.missing_choice(language)])
        return bound, forms.normalise(form, service.form)

    def keep(self, tx: Connection, draft: Draft) -> None:
        """Store the case. Raises `Invalid` if an attachment was used elsewhere meanwhile."""
        case = draft.case
        first, *rest = draft.events
        self._cases.insert(tx, case, draft.personal, [first])
        if case.state.action is not None:
            case.move(CaseStatus.ACTION_REQUIRED)
        if rest:
            self._cases.save(tx, case, rest)
        if not self._attachments.bind(tx, draft.personal.attachments, case.id):
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

    async def _must_have(self, places: Mapping[str, str], principal: Principal, language: str) -> list[Event]:
        """`places`: attachment id -> where the form names it. The timeline entries for those that are reused."""
        if not places:
            return []
        ids, files = list(places), self._attachments

        def read(connection: Connection) -> tuple[list[str], list[Event]]:
            missing = files.missing(connection, ids, client=principal.client_id, subject=principal.pseudonym)
            return missing, files.reused(connection, ids)

        missing, reused = await self._cases.storage.run_read(read)
        if missing:
            raise Invalid([forms.missing_attachment(places[each], language) for each in missing])
        return reused


def _complete(contact: Contact, principal: Principal) -> Contact:
    """Once only: a person need not type claims that the identity provider has verified."""
    known = principal.claims
    return msgspec.structs.replace(
        contact,
        name=contact.name or known.name,
        email=contact.email or known.email,
        phone=contact.phone or known.phone,
    )
