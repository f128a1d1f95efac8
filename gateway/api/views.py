"""From what the gateway knows to what a client reads: resources in the caller's language."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal, cast
from urllib.parse import quote, urlencode

import msgspec

from gateway.api.appointments import shapes as appointments_shapes
from gateway.api.cards import shapes as cards_shapes
from gateway.api.cases import shapes as cases_shapes
from gateway.api.catalogue import shapes as catalogue_shapes
from gateway.api.catalogue.guide_views import GuideViews
from gateway.api.events import shapes as events_shapes
from gateway.api.http import shapes as http_shapes
from gateway.api.http.field_error import FieldError
from gateway.api.tracking import shapes as tracking_shapes
from gateway.cards.issuer import CardIssuer
from gateway.cards.model import Card, Entitlement
from gateway.cards.presentation import disclosed
from gateway.cases import actions, appointments, terms, withdrawal
from gateway.cases.calendar_file import CALENDAR
from gateway.cases.model import Case, StoredEvent
from gateway.cases.payments import payment_id
from gateway.cases.portal_words import NO_WORDS, PortalWords
from gateway.cases.state import Action, ActionType, Charge, Objection
from gateway.cases.withdrawal import WITHDRAW
from gateway.connectors.catalogue import Catalogue
from gateway.connectors.contract import Checkout, Filing, Money, Post, Progress
from gateway.connectors.contract_checks import implements
from gateway.connectors.form_vocabulary.check import schemas
from gateway.connectors.services import Service
from gateway.connectors.subjects import SubjectRule
from gateway.connectors.text_folding import fold
from gateway.i18n.messages import Messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """What resources are presented with, whatever the language."""

    messages: Messages
    catalogue: Catalogue
    card_issuer: CardIssuer
    public_url: str

    def views(self, language: str, catalogue_language: str = "") -> Views:
        return Views(self, language, catalogue_language)

    def guide(self, languages: tuple[str, str]) -> GuideViews:
        return GuideViews(self.catalogue, languages)


_MEMBERS: Final = {
    "number": "reference",
    "start": "starts_at",
    "on": "due_on",
    "term": "deadline",
    "portal_time": "portal_occurred_at",
}
"""Members of a stored event's data that the API calls otherwise."""


class Views:
    """Resources in one language."""

    def __init__(self, presentation: Presentation, language: str, catalogue_language: str = "") -> None:
        self._messages = presentation.messages
        self._catalogue = presentation.catalogue
        self._card_issuer = presentation.card_issuer
        self._public_url = presentation.public_url
        self.language = language
        self.catalogue_language = catalogue_language or language
        """Where the catalogue has a text in this one, it comes before `language`."""
        self._text = presentation.messages.translator(language)

    def money(self, money: Money) -> http_shapes.Money:
        text = self._messages.money(money.amount, money.currency, self.language)
        return http_shapes.Money(amount=money.amount, currency=money.currency, text=text)

    def portal_title(self, portal: str) -> str:
        loaded = self._catalogue.registry.connectors.get(portal)
        title = loaded.manifest.title if loaded else {}
        return title.get(self.language) or title.get("fr") or portal

    def service(self, service: Service, *, form: bool) -> catalogue_shapes.ServiceView:
        def text(name: str) -> str:
            return service.text_in(name, guide.languages)[0]

        guide = GuideViews(self._catalogue, (self.catalogue_language, self.language))
        return catalogue_shapes.ServiceView(
            id=service.id,
            version=service.version,
            language=service.text_in("title", guide.languages)[1],
            title=text("title"),
            summary=text("summary"),
            who=text("who") or None,
            bring=text("bring") or None,
            competent_body=text("competent_body") or None,
            appeal=text("appeal") or None,
            category=guide.category(service.category),
            audience=list(service.audience),
            concerns=[_concern(rule) for rule in service.subject],
            portal=service.plugin,
            portal_title=guide.portal_title(service.plugin),
            availability=guide.availability(service.plugin),
            cost=guide.cost(service),
            deadlines=self._promised(service, None),
            deadline_text=guide.deadline(service),
            delivery_text=guide.delivery(service),
            steps=guide.steps(service),
            purpose=service.purpose,
            acr=service.acr,
            result_languages=list(service.languages),
            available=self._catalogue.blocked_by(service.id) is None,
            form=service.localised_form(self.language) if form else None,
            example=(service.example or None) if form else None,
        )

    def opened(self, case: Case, which: int, checkout: Checkout) -> cases_shapes.CaseView:
        """The case with the card page for one of its charges."""
        page = cases_shapes.CheckoutView(
            payment=payment_id(case.id, which), url=checkout.url, method=checkout.method, fields=checkout.fields
        )
        return self.case(case, page)

    def case(
        self,
        case: Case,
        checkout: cases_shapes.CheckoutView | None = None,
        words: PortalWords = NO_WORDS,
    ) -> cases_shapes.CaseView:
        """`words`: what portals said in their own, where the sealed part of the case was opened."""
        state = case.state
        service = self._catalogue.service(case.service)
        reason = state.ending.reason if case.ended else ""
        return cases_shapes.CaseView(
            id=case.id,
            service=case.service,
            service_title=service.text("title", self.language) if service else case.service,
            status=case.status,
            status_text=self._text(f"status.{case.status.value}"),
            reason=reason or None,
            reason_text=self._messages.reason(reason, self.language, state.filing.portal) if reason else None,
            refusal=self._refusal(state.objection, words) if state.objection is not None else None,
            language=case.language,
            client=case.client,
            created_at=case.created_at,
            updated_at=case.updated_at,
            checked_at=case.checked_at,
            fast_lane=state.filing.fast_lane,
            deadlines=self._deadlines(case, service),
            actions=self._actions(case, words),
            payments=self.payments(case),
            appointment=self._appointment(case),
            related_case=state.filing.related_case or None,
            filing=cases_shapes.FilingView(
                portal=state.filing.portal,
                portal_title=self.portal_title(state.filing.portal),
                availability=self._availability(state.filing.portal),
                reference=state.filing.reference or None,
                portal_status=state.filing.portal_status or None,
                filed_at=state.filing.filed_at,
            ),
            shipment=cases_shapes.ShipmentView(
                portal=state.shipment.portal,
                portal_title=self.portal_title(state.shipment.portal),
                reference=state.shipment.number,
                milestone=state.shipment.milestone,
                tracking_url=f"/v1/tracking/{state.shipment.portal}/{state.shipment.number}",
            )
            if state.shipment.number
            else None,
            documents=[
                cases_shapes.DocumentView(
                    id=document.id,
                    title=self._messages.document(fold(document.title), self.language, state.filing.portal)
                    or document.title,
                    label=document.title,
                    media_type=document.media_type,
                    url=f"/v1/cases/{case.id}/documents/{quote(document.id, safe='')}",
                )
                for document in state.filing.documents
                if document.id != CALENDAR
            ],
            checkout=checkout,
            receipt_url=f"/v1/cases/{case.id}/receipt",
            events_url=f"/v1/cases/{case.id}/events",
        )

    def event(self, event: StoredEvent, case: str, service: str, place: str = "") -> events_shapes.EventView:
        """`case` and `service`: ids. `place`: in a list of several cases' events."""
        return events_shapes.EventView(
            id=place or str(event.seq),
            case=case,
            service=service,
            number=event.seq,
            occurred_at=event.at,
            code=event.code,
            text=self._event_text(event),
            status=event.status,
            portal=event.portal or None,
            data=self._event_data(event),
        )

    def card(self, card: Card, at: datetime, text: str | None = None) -> cards_shapes.CardView:
        state = card.state(at)
        return cards_shapes.CardView(
            id=card.id,
            state=state,
            state_text=self._text(f"card.state.{state.value}"),
            entitlements=list(Entitlement),
            entitlement_texts=[self._text(f"card.entitlement.{each.value}") for each in Entitlement],
            bound=card.bound,
            issued_at=card.issued_at,
            expires_at=card.expires_at,
            revoked_at=card.revoked_at,
            card=text,
            claims=None if text is None else msgspec.convert(disclosed(text), cards_shapes.CardClaims),
            url=f"/v1/cards/{card.id}",
            status_url=self._card_issuer.list_url(card.place.list),
            verify_url=f"{self._public_url}/cards/verify",
        )

    def tracking(self, portal: str, progress: Progress) -> tracking_shapes.TrackingView:
        return tracking_shapes.TrackingView(
            portal=portal,
            portal_title=self.portal_title(portal),
            reference=progress.reference,
            status=progress.status,
            status_text=self._text(f"status.{progress.status.value}"),
            portal_status=progress.portal_status or None,
            milestone=progress.milestone,
            history=[
                tracking_shapes.StepView(
                    occurred_at=step.at,
                    text=self._text(f"milestone.{step.milestone}") if step.milestone else step.label,
                    label=step.label,
                    milestone=step.milestone,
                    place=step.place or None,
                )
                for step in progress.steps
            ],
        )

    def _refusal(self, objection: Objection, words: PortalWords) -> cases_shapes.RefusalView:
        def text(code: str) -> str:
            return self._messages.reason(code, self.language, objection.portal)

        return cases_shapes.RefusalView(
            portal=objection.portal,
            portal_title=self.portal_title(objection.portal),
            code=objection.code,
            text=text(objection.code),
            errors=[FieldError(f"/form{at}", code, text(code)) for at, code in objection.fields.items()],
            portal_message=words.refusal or None if objection.worded else None,
        )

    def _actions(self, case: Case, words: PortalWords) -> list[cases_shapes.ActionView]:
        state = case.state
        busy = state.ending.status is not None or bool(state.answer) or state.appointment.pending is not None
        required = [] if case.ended or busy or state.action is None else [state.action]
        optional = [] if busy and not case.ended else actions.open_offers(state)
        if appointments.changeable(case):
            optional.append(appointments.may_book(case))
        if withdrawal.possible(case) and self._takes_back(state.filing.portal):
            optional.append(WITHDRAW)
        return [self._action(case, action, words) for action in (*required, *optional)]

    def _action(self, case: Case, action: Action, words: PortalWords) -> cases_shapes.ActionView:
        messages, kind = self._messages, action.type.value
        known = f"action.{action.code}"
        service = self._catalogue.service(case.service)
        if messages.has(known):
            title = self._text(known)
        elif (said := messages.said(action.code, self.language, action.portal)) is not None:
            title = said
        else:
            title = self._text(f"action.{kind}")
        return cases_shapes.ActionView(
            type=action.type,
            code=action.code,
            title=title,
            url=f"/v1/cases/{case.id}/actions/{kind}",
            options=action.options,
            choices=[
                cases_shapes.ChoiceView(value=each, title=self._choice(each, action.portal, service))
                for each in action.options
            ],
            amount=self.money(action.amount) if action.amount else None,
            expires_at=action.until,
            optional=action.optional,
            portal_message=words.asked or None if action.worded else None,
            help=service.text("appeal", self.language) or None
            if service and action.type is ActionType.APPEAL
            else None,
            **_links(case, action.type),
        )

    def _choice(self, option: str, portal: str, service: Service | None) -> str:
        """What an option is called: by its portal's plugin, or as the member of the form for it, as of a document."""
        said = self._messages.choice(option, self.language, portal)
        if said != option or service is None:
            return said
        titles = (part.get("x-title", {}) for at, part in schemas(service.form) if at.rpartition("/")[2] == option)
        return next((text for each in titles if (text := each.get(self.language))), option)

    def _takes_back(self, portal: str) -> bool:
        loaded = self._catalogue.registry.connectors.get(portal)
        return loaded is not None and implements(loaded.connector_class, Filing.withdraw)

    def _availability(self, portal: str) -> http_shapes.Availability:
        """Without what differs from call to call, because a case has an `ETag`."""
        out = self._catalogue.why_out(portal)
        return http_shapes.Availability(state=self._catalogue.state(portal), reason=out.reason if out else None)

    def _promised(self, service: Service | None, answer_on: str | None) -> list[catalogue_shapes.DeadlineView]:
        """What the law allows the service's portal; `answer_on` is the day of its answer, where it is known."""
        if service is None:
            return []
        return [
            self._deadline(code, days, answer_on if code == terms.ANSWER else None, service)
            for code, days in terms.allowed(service).items()
        ]

    def _deadlines(self, case: Case, service: Service | None) -> list[catalogue_shapes.DeadlineView]:
        if not case.state.filing.terms:
            return self._promised(service, case.deadline_on)
        days = terms.allowed(service) if service else {}
        return [
            self._deadline(term.code, days.get(term.code), term.on, service, passed=term.passed)
            for term in case.state.filing.terms
        ]

    def _deadline(
        self, code: str, days: int | None, on: str | None, service: Service | None, *, passed: bool = False
    ) -> catalogue_shapes.DeadlineView:
        return catalogue_shapes.DeadlineView(
            code=cast("Any", code),
            title=self._text(f"term.{code}"),
            days=days,
            due_on=date.fromisoformat(on) if on else None,
            passed=passed,
            basis=(service.deadline_basis if service else "") or None,
        )

    def payments(self, case: Case) -> list[cases_shapes.PaymentView]:
        """Those that the person has, or had, to make."""
        return [
            self.payment(case, which)
            for which, charge in enumerate(case.state.payment.charges)
            if charge.paid_late or not charge.lapsed
        ]

    def payment(self, case: Case, which: int) -> cases_shapes.PaymentView:
        charge, id = case.state.payment.charges[which], payment_id(case.id, which)
        return cases_shapes.PaymentView(
            id=id,
            case=case.id,
            code=charge.code,
            portal=charge.portal,
            portal_title=self.portal_title(charge.portal),
            amount=self.money(charge.amount),
            state=payment_state(case, charge),
            reference=charge.paid_oid or None,
            stamp=charge.stamp or None,
            paid_at=charge.paid_at,
            refunded_at=charge.refunded_at,
            url=f"/v1/cases/{case.id}/payments/{id}",
        )

    def _appointment(self, case: Case) -> cases_shapes.AppointmentView | None:
        appointment = case.state.appointment.booked
        if appointment is None:
            return None
        slot = appointments.local(appointment.slot, appointment.post)
        file = f"/v1/cases/{case.id}/documents/{CALENDAR}"
        return cases_shapes.AppointmentView(
            portal=appointment.portal,
            portal_title=self.portal_title(appointment.portal),
            reference=appointment.reference,
            state=appointment.state,
            starts_at=slot.start,
            ends_at=slot.end,
            timezone=appointment.post.timezone,
            post=appointment.post.id,
            post_name=self.named(appointment.post),
            address=appointment.post.address or None,
            calendar_url=file if appointment.state == "booked" else None,
        )

    def named(self, post: Post) -> str:
        return post.name.get(self.language) or post.name.get("fr", post.id)

    def post(self, portal: str, post: Post, service: str = "") -> appointments_shapes.PostView:
        """`service`: the one of the catalogue that its slots are asked for."""
        return appointments_shapes.PostView(
            id=post.id,
            portal=portal,
            portal_title=self.portal_title(portal),
            name=self.named(post),
            country=post.country,
            city=post.city,
            timezone=post.timezone,
            address=post.address or None,
            opening_hours=post.opening_hours,
            services=self._catalogue.booked_at(portal, post.services),
            slots_url=_slots_url(service, post.id) if service else None,
            illustrative=post.illustrative,
        )

    def _event_data(self, event: StoredEvent) -> events_shapes.EventData:
        """What was stored, by the names and in the shapes of the API."""
        told = {name: value for name, value in event.data.items() if value is not None}
        data: dict[str, Any] = {_MEMBERS.get(name, name): value for name, value in told.items()}
        amount = data.pop("amount", None)
        found = msgspec.convert(data, events_shapes.EventData)
        if isinstance(amount, int):
            found.amount = self.money(Money(amount=amount))
        return found

    def _event_text(self, event: StoredEvent) -> str:
        if event.code == "portal_step":
            milestone = event.data.get("milestone")
            return self._text(f"milestone.{milestone}") if milestone else str(event.data.get("label", ""))
        params = {name: str(value) for name, value in event.data.items()}
        for name in ("term", "action"):
            if name in params:
                params[name] = self._text(f"{name}.{params[name]}")
        return self._text(f"event.{event.code}", **params)


def _links(case: Case, action: ActionType) -> dict[str, str]:
    """Where what the action needs is found, for this case alone."""
    if action is ActionType.PROVIDE_DOCUMENT:
        return {"attachments_url": "/v1/attachments"}
    if action is not ActionType.CHOOSE_SLOT:
        return {}
    post, query = case.state.appointment.post, {"service": case.service}
    if not post:
        return {"posts_url": f"/v1/posts?{urlencode(query)}"}
    return {
        "posts_url": f"/v1/posts?{urlencode(query | {'post': post})}",
        "slots_url": _slots_url(case.service, post),
    }


def _slots_url(service: str, post: str) -> str:
    return f"/v1/slots?{urlencode({'service': service, 'post': post})}"


def payment_state(case: Case, charge: Charge) -> Literal["due", "paid", "refunded", "cancelled"]:
    """What is not paid is due no more once the case has an end, even before all of it is undone. Money that was taken
    too late has not been given back, as far as the gateway knows, even where the charge's own payment was."""
    if charge.refunded and not charge.paid_late:
        return "refunded"
    if charge.paid_oid or charge.paid_late:
        return "paid"
    over = case.ended or case.state.ending.status is not None
    return "cancelled" if charge.lapsed or over else "due"


def _concern(rule: SubjectRule) -> catalogue_shapes.ConcernView:
    return catalogue_shapes.ConcernView(
        whom=rule.whom,
        proof=rule.proof,
        basis=rule.basis,
        when=rule.when,
        values=list(rule.values),
        person=list(rule.person),
        requester=rule.requester,
        evidence=list(rule.documents),
        kinds=list(rule.kinds),
    )


def claims_of(jws: str) -> dict[str, Any]:
    """The payload of a JWS that we made ourselves, without verifying it again."""
    payload = jws.split(".")[1]
    claims: dict[str, Any] = msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims
