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
from gateway.cases.model import Action, ActionType, Case, Charge, Contact, Event, Personal, State, now
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
        related_case: str = "",
        fast_lane: bool = False,
    ) -> Draft:
        """Check everything and make the case; nothing is stored yet. Raises `Invalid`.

        `related_case` is another case of the same caller, who has been asked for already.
        """
        errors = forms.check(form, service.form, language=language, limits=self._limits)
        contact = _complete(contact, principal)
        errors += forms.check_contact(msgspec.to_builtins(contact), language=language)
        if errors:
            raise Invalid(errors)
        clean = forms.normalise(form, service.form)
        places = forms.attachment_places(clean, service.form)
        reused = await self._must_have(places, principal, language)
        moment = now()
        fee = service.fee_for(clean)
        state = self._state(service, clean, fee)
        state.related_case, state.fast_lane = related_case, fast_lane
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
        )
        personal.receipt = self._receipts.sign(case, service, personal)
        events = [Event(code="received", at=moment), *reused]
        if case.state.action is not None and fee is not None:
            events.append(
                Event(code="payment_due", portal=case.state.action.portal, data={"amount": fee.amount}, at=moment)
            )
        return Draft(case, personal, events)

    async def keep(self, tx: AsyncConnection, draft: Draft) -> None:
        """Store the case. Raises `Invalid` if an attachment was used elsewhere meanwhile."""
        case = draft.case
        first, *rest = draft.events
        await self._cases.insert(tx, case, draft.personal, [first])
        if case.state.action is not None:
            case.move(CaseStatus.ACTION_REQUIRED)
        if rest:
            await self._cases.save(tx, case, rest)
        if not await self._attachments.bind(tx, draft.personal.attachments, case.id):
            raise Invalid([forms.missing_attachment("/form", case.language)])

    def _state(self, service: Service, form: Mapping[str, Any], fee: Money | None) -> State:
        state = State(
            parts=parts_of(service, fee=fee is not None, ships=service.ships(form)),
            portal=service.plugin,
            delivery_portal=service.delivery.portal if service.delivery else "",
        )
        if fee is not None:
            assert service.fee is not None
            charge = Charge(
                code="fee_due", portal=service.fee.portal, amount=fee, on_lodging=service.fee.used == "lodging"
            )
            until = now() + timedelta(seconds=self._pace.payment_seconds)
            state.charges = [charge]
            state.action = Action(type=ActionType.PAY, code="fee_due", portal=charge.portal, until=until, amount=fee)
        return state

    async def _must_have(self, places: Mapping[str, str], principal: Principal, language: str) -> list[Event]:
        """`places`: attachment id -> where the form names it. The timeline entries for those that are reused."""
        if not places:
            return []
        async with self._cases.storage.read() as connection:
            missing = await self._attachments.missing(
                connection, list(places), client=principal.client_id, subject=principal.pseudonym
            )
            reused = await self._attachments.reused(connection, list(places))
        if missing:
            raise Invalid([forms.missing_attachment(places[each], language) for each in missing])
        return reused


def _complete(contact: Contact, principal: Principal) -> Contact:
    """Once only: what the identity provider has verified need not be typed again."""
    known = principal.claims
    return msgspec.structs.replace(
        contact,
        name=contact.name or known.name,
        email=contact.email or known.email,
        phone=contact.phone or known.phone,
    )
