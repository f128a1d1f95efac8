"""What the catalogue tells beside a service's own texts: cost, delay, steps, and what to expect of each portal now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from gateway.api.catalogue import shapes as catalogue_shapes
from gateway.api.http import shapes as http_shapes
from gateway.connectors.catalogue import Catalogue
from gateway.connectors.contract import Money
from gateway.connectors.manifest import Texts
from gateway.connectors.services import Service, schema_at
from gateway.i18n import formats
from gateway.i18n.messages import guide

_WORTH_TELLING: Final = timedelta(minutes=1)
"""Times are shown to the minute: an earlier one would be past when it is read."""

_COPIES: Final = "/copies"
"""The member of a form that counts copies: its fee is said by the copy."""

_FILED_FIRST: Final = ("fee", "filing", "later_fee", "appointment", "delivery")
_BOOKED_FIRST: Final = ("fee", "appointment", "filing", "later_fee", "delivery")


class GuideViews:
    """`languages`: the one that is wanted, then the one to fall back to text by text."""

    def __init__(self, catalogue: Catalogue, languages: tuple[str, str]) -> None:
        self._catalogue = catalogue
        self.languages = languages
        self._language = languages[0]

    def text(self, key: str, **params: object) -> str:
        return guide(key, self._language, **params)

    def category(self, id: str, services: int | None = None) -> catalogue_shapes.CategoryView:
        return catalogue_shapes.CategoryView(id=id, title=self.text(f"category.{id}"), service_count=services)

    def categories(self) -> list[catalogue_shapes.CategoryView]:
        """Those that have a service, the largest first."""
        count: dict[str, int] = {}
        for service in self._catalogue.services():
            count[service.category] = count.get(service.category, 0) + 1
        order = sorted(count, key=lambda id: (id == "other", -count[id]))
        return [self.category(id, count[id]) for id in order]

    def suggestion(self, service: Service) -> catalogue_shapes.Suggestion:
        title, _ = service.text_in("title", self.languages)
        return catalogue_shapes.Suggestion(id=service.id, title=title, url=f"/v1/services/{service.id}")

    def portal_title(self, id: str) -> str:
        loaded = self._catalogue.registry.connectors.get(id)
        return self._pick(loaded.manifest.title if loaded else {}) or id

    def availability(self, id: str) -> http_shapes.Availability:
        out = self._catalogue.why_out(id)
        state = self._catalogue.state(id)
        retry_at = self._retry_at(id)
        advice = None if state == "up" else self.text(f"advice.{state}")
        if advice and retry_at and retry_at - datetime.now(UTC) >= _WORTH_TELLING:
            advice += " " + self.text("advice.retry", time=formats.moment(retry_at, self._language))
        return http_shapes.Availability(
            state=state,
            reason=out.reason if out else None,
            advice=advice,
            retry_at=retry_at,
        )

    def cost(self, service: Service) -> catalogue_shapes.CostView:
        fee = service.fee
        if fee is None:
            if later := service.helpers.get("later_fee"):
                return catalogue_shapes.CostView(kind="later", text=self.text("cost.later"), portal=later)
            return catalogue_shapes.CostView(kind="none", text=self.text("cost.none"))
        money = Money(amount=fee.unit_amount)
        written = formats.money(money.amount, money.currency, self._language)
        amount = http_shapes.Money(amount=money.amount, currency=money.currency, text=written)
        if fee.per is None:
            text = self.text("cost.fixed", amount=written)
            return catalogue_shapes.CostView(kind="fixed", text=text, amount=amount, portal=fee.portal)
        if fee.per.endswith(_COPIES):
            text = self.text("cost.per_copy", amount=written)
        else:
            member = self._pick(schema_at(service.form, fee.per)["x-title"])
            text = self.text("cost.per", amount=written, member=member)
        return catalogue_shapes.CostView(kind="per", text=text, amount=amount, per=fee.per, portal=fee.portal)

    def deadline(self, service: Service) -> str:
        """The deadline of the answer in a sentence."""
        basis = self._pick(service.deadline_text) or self._basis(service.deadline_basis)
        days = service.deadline_days
        return (
            self.text("delay.days", days=formats.days(days, self._language), basis=basis)
            if days
            else self.text("delay.none", basis=basis)
        )

    def delivery(self, service: Service) -> str:
        rule = service.delivery
        if rule is None:
            return self.text("delivery.none")
        return self.text("delivery.choice" if rule.method else "delivery.post", portal=self.portal_title(rule.portal))

    def steps(self, service: Service) -> list[catalogue_shapes.ServiceStep]:
        """In the order in which a case goes through them."""
        by_step = {**service.helpers, "filing": service.plugin}
        first = service.appointment is not None and service.appointment.before == "filing"
        return [
            catalogue_shapes.ServiceStep(
                step=step,
                title=self.text(f"step.{step}"),
                portal=by_step[step],
                portal_title=self.portal_title(by_step[step]),
                availability=self.availability(by_step[step]),
            )
            for step in (_BOOKED_FIRST if first else _FILED_FIRST)
            if step in by_step
        ]

    def _retry_at(self, portal: str) -> datetime | None:
        seconds = self._catalogue.retry_after(portal)
        return datetime.now(UTC) + timedelta(seconds=seconds) if seconds else None

    def _basis(self, basis: str) -> str:
        """A law by its name in the language; what the core has no words for, as the plugin wrote it."""
        try:
            return self.text(f"basis.{basis}")
        except KeyError:
            return basis

    def _pick(self, texts: Texts) -> str:
        return next((texts[each] for each in (*self.languages, "fr") if texts.get(each)), "")
