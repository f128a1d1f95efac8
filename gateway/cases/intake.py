"""Intake: from what a person sends to a case with its receipt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.auth.principal import Principal
from gateway.cases import forms
from gateway.cases.attachments import Attachments
from gateway.cases.forms import FormError
from gateway.cases.journey import parts_of
from gateway.cases.model import Action, ActionType, Case, Contact, Event, Part, Personal, State, now
from gateway.cases.receipt import Receipts
from gateway.cases.store import Cases
from gateway.connectors.contract import CaseStatus, Money
from gateway.connectors.services import Service
from gateway.ids import new_id
from gateway.settings import Forms, Journeys


class Invalid(Exception):
    """What was sent does not fit the service. `errors` name each member."""

    def __init__(self, errors: list[FormError]) -> None:
        super().__init__(len(errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Draft:
    """A case that is ready to be kept."""

    case: Case
    personal: Personal
    events: list[Event]


class Intake:
    def __init__(
        self, cases: Cases, attachments: Attachments, receipts: Receipts, pace: Journeys, limits: Forms
    ) -> None:
        self._limits = limits
        self._cases = cases
        self._attachments = attachments
        self._receipts = receipts
        self._pace = pace

    async def prepare(
        self,
        service: Service,
        principal: Principal,
        *,
        form: Mapping[str, Any],
        contact: Contact,
        language: str,
        fast_lane: bool = False,
    ) -> Draft:
        """Check everything and make the case; nothing is stored yet. Raises `Invalid`."""
        errors = forms.check(form, service.form, language=language, limits=self._limits)
        contact = _complete(contact, principal)
        errors += forms.check_contact(msgspec.to_builtins(contact), language=language)
        if errors:
            raise Invalid(errors)
        clean = forms.normalise(form, service.form)
        places = forms.attachment_places(clean, service.form)
        await self._must_have(places, principal, language)
        moment = now()
        fee = service.fee_for(clean)
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
            state=self._state(service, clean, fee),
        )
        case.state.fast_lane = fast_lane
        personal = Personal(form=clean, contact=forms.normalise_contact(contact), attachments=list(places))
        personal.receipt = self._receipts.sign(case, service, personal)
        events = [Event(code="received", at=moment)]
        if case.state.action is not None and fee is not None:
            events.append(
                Event(code="payment_due", portal=case.state.fee_portal, data={"amount": fee.amount}, at=moment)
            )
        return Draft(case, personal, events)

    async def keep(self, tx: AsyncConnection, draft: Draft) -> None:
        """Store the case. Raises `Invalid` if an attachment was used elsewhere meanwhile."""
        case = draft.case
        first, *rest = draft.events
        await self._cases.insert(tx, case, draft.personal, [first])
        if rest:
            case.move(CaseStatus.ACTION_REQUIRED)
            await self._cases.save(tx, case, rest)
        if not await self._attachments.bind(tx, draft.personal.attachments, case.id):
            raise Invalid([forms.missing_attachment("/form", case.language)])

    def _state(self, service: Service, form: Mapping[str, Any], fee: Money | None) -> State:
        parts = [part for part in parts_of(service, service.ships(form)) if part is not Part.FEE or fee is not None]
        state = State(
            parts=parts,
            portal=service.plugin,
            fee=fee,
            fee_portal=service.fee.portal if service.fee and fee else "",
            delivery_portal=service.delivery.portal if service.delivery else "",
        )
        if fee is not None:
            until = now() + timedelta(seconds=self._pace.payment_seconds)
            state.action = Action(type=ActionType.PAY, code="fee_due", portal=state.fee_portal, until=until, amount=fee)
        return state

    async def _must_have(self, places: Mapping[str, str], principal: Principal, language: str) -> None:
        """`places`: attachment id -> where the form names it."""
        if not places:
            return
        async with self._cases.storage.read() as connection:
            missing = await self._attachments.missing(
                connection, list(places), client=principal.client_id, subject=principal.pseudonym
            )
        if missing:
            raise Invalid([forms.missing_attachment(places[each], language) for each in missing])


def _complete(contact: Contact, principal: Principal) -> Contact:
    """Once only: what the identity provider has verified need not be typed again."""
    known = principal.claims
    return msgspec.structs.replace(
        contact,
        name=contact.name or known.name,
        email=contact.email or known.email,
        phone=contact.phone or known.phone,
    )
