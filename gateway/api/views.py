"""From what the gateway knows to what a client reads: resources in the caller's language."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

import msgspec

from gateway.api import shapes
from gateway.api.backend import Backend
from gateway.api.guide_views import GuideViews
from gateway.cases.model import Case, StoredEvent
from gateway.connectors.contract import Checkout, Money, Progress
from gateway.connectors.services import Service


class Views:
    """Resources of one backend in one language."""

    def __init__(self, backend: Backend, language: str, catalogue_language: str = "") -> None:
        self._backend = backend
        self.language = language
        self.catalogue_language = catalogue_language or language
        """Where the catalogue has a text in this one, it comes before `language`."""
        self._text = backend.messages.translator(language)

    def money(self, money: Money) -> shapes.Money:
        text = self._backend.messages.money(money.amount, money.currency, self.language)
        return shapes.Money(amount=money.amount, currency=money.currency, text=text)

    def portal(self, portal: str) -> shapes.PortalRef:
        catalogue = self._backend.office.catalogue
        loaded = catalogue.registry.connectors.get(portal)
        title = loaded.manifest.title if loaded else {}
        out = catalogue.why_out(portal)
        return shapes.PortalRef(
            id=portal,
            title=title.get(self.language) or title.get("fr") or portal,
            state=catalogue.state(portal),
            reason=out.reason if out else "",
        )

    def service(self, service: Service, *, form: bool) -> shapes.ServiceView:
        def text(name: str) -> str:
            return service.text_in(name, guide.languages)[0]

        fee = service.fee
        guide = GuideViews(self._backend, (self.catalogue_language, self.language))
        return shapes.ServiceView(
            id=service.id,
            version=service.version,
            language=service.text_in("title", guide.languages)[1],
            title=text("title"),
            summary=text("summary"),
            who=text("who"),
            bring=text("bring"),
            competent_body=text("competent_body"),
            appeal=text("appeal"),
            category=guide.category(service.category),
            audience=list(service.audience),
            portal=guide.portal(service.plugin),
            cost=guide.cost(service),
            fee=shapes.FeeView(portal=fee.portal, unit=self.money(Money(amount=fee.unit_amount)), per=fee.per)
            if fee
            else None,
            deadline=guide.deadline(service),
            delivery=service.delivery.portal if service.delivery else None,
            delivery_text=guide.delivery(service),
            steps=guide.steps(service),
            purpose=service.purpose,
            acr=service.acr,
            result_languages=list(service.languages),
            available=self._backend.office.catalogue.blocked_by(service.id) is None,
            form=service.localised_form(self.language) if form else None,
            example=(service.example or None) if form else None,
        )

    def case(self, case: Case, checkout: Checkout | None = None) -> shapes.CaseView:
        state = case.state
        service = self._backend.office.catalogue.service(case.service)
        reason = state.reason if case.ended else ""
        return shapes.CaseView(
            id=case.id,
            service=case.service,
            service_title=service.text("title", self.language) if service else case.service,
            status=case.status.value,
            status_text=self._text(f"status.{case.status.value}"),
            reason=reason or None,
            reason_text=self._backend.messages.reason(reason, self.language, state.portal) if reason else None,
            language=case.language,
            created_at=case.created_at,
            updated_at=case.updated_at,
            deadline=shapes.DeadlineView(
                days=service.deadline_days if service else None,
                on=case.deadline_on,
                basis=service.deadline_basis if service else "",
            ),
            actions=self._actions(case),
            payment=self._payment(case),
            filing=shapes.FilingView(
                portal=self.portal(state.portal),
                reference=state.reference or None,
                status=state.portal_status or None,
                filed_at=state.filed_at,
            ),
            shipment=shapes.ShipmentView(
                portal=state.delivery_portal,
                number=state.shipment,
                milestone=state.shipment_milestone.value if state.shipment_milestone else None,
                tracking_url=f"/v1/tracking/{state.delivery_portal}/{state.shipment}",
            )
            if state.shipment
            else None,
            documents=[
                shapes.DocumentView(
                    id=document.id,
                    title=document.title,
                    media_type=document.media_type,
                    url=f"/v1/cases/{case.id}/documents/{quote(document.id, safe='')}",
                )
                for document in state.documents
            ],
            checkout=shapes.CheckoutView(
                url=checkout.url, method=checkout.method, fields=checkout.fields, order=checkout.oid
            )
            if checkout
            else None,
            receipt_url=f"/v1/cases/{case.id}/receipt",
            events_url=f"/v1/cases/{case.id}/events",
        )

    def event(self, event: StoredEvent) -> shapes.EventView:
        return shapes.EventView(
            id=event.seq,
            at=event.at,
            code=event.code,
            text=self._event_text(event),
            status=event.status.value,
            portal=event.portal,
            data=event.data,
        )

    def tracking(self, portal: str, progress: Progress) -> shapes.TrackingView:
        return shapes.TrackingView(
            portal=portal,
            reference=progress.reference,
            status=progress.status.value,
            status_text=self._text(f"status.{progress.status.value}"),
            portal_status=progress.portal_status,
            milestone=progress.milestone.value if progress.milestone else None,
            steps=[
                shapes.StepView(
                    at=step.at,
                    label=step.label,
                    milestone=step.milestone.value if step.milestone else None,
                    place=step.place,
                )
                for step in progress.steps
            ],
        )

    def _actions(self, case: Case) -> list[shapes.ActionView]:
        action = case.state.action
        if action is None or case.ended or case.state.ending is not None or case.state.answer:
            return []
        return [
            shapes.ActionView(
                type=action.type.value,
                code=action.code,
                title=self._text(f"action.{action.code}"),
                url=f"/v1/cases/{case.id}/actions/{action.type.value}",
                options=action.options,
                amount=self.money(action.amount) if action.amount else None,
                until=action.until,
            )
        ]

    def _payment(self, case: Case) -> shapes.PaymentView | None:
        state = case.state
        if state.fee is None:
            return None
        return shapes.PaymentView(
            portal=state.fee_portal,
            amount=self.money(state.fee),
            state="refunded" if state.refunded else "paid" if state.paid_oid else "due",
            stamp=state.stamp or None,
        )

    def _event_text(self, event: StoredEvent) -> str:
        if event.code == "portal_step":
            milestone = event.data.get("milestone")
            return self._text(f"milestone.{milestone}") if milestone else str(event.data.get("label", ""))
        return self._text(f"event.{event.code}")


def claims_of(jws: str) -> dict[str, Any]:
    """The payload of a JWS that we made ourselves, without verifying it again."""
    payload = jws.split(".")[1]
    claims: dict[str, Any] = msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims
