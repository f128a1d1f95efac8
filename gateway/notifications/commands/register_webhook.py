"""Register an endpoint of webhooks."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from gateway import typed_text
from gateway.cases.commands.unit_of_work import IdempotentWrites, Presenter, WriteRequest, Written
from gateway.cases.forms import FormError
from gateway.cases.intake import Invalid
from gateway.notifications.commands.webhook_access import WebhookAccess, require_application
from gateway.notifications.webhooks.addresses import AddressRules
from gateway.notifications.webhooks.model import Endpoint
from gateway.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookInput:
    """None: left out."""

    url: str | None = None
    description: str | None = None
    event_types: tuple[str, ...] | None = None

    def check(self, rules: AddressRules) -> None:
        """Raises `Invalid`."""
        errors = []
        if self.url is not None and not rules.fits(self.url):
            errors.append(FormError("/url", "webhook_url"))
        if self.description and not typed_text.acceptable(self.description):
            errors.append(FormError("/description", "text"))
        if errors:
            raise Invalid(errors)


@dataclass(frozen=True, slots=True)
class KnownSecret:
    """An endpoint with its new secret, which is shown this once."""

    endpoint: Endpoint
    secret: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterWebhook:
    writes: IdempotentWrites
    access: WebhookAccess
    rules: AddressRules

    async def run(self, request: WriteRequest, given: WebhookInput, present: Presenter[KnownSecret]) -> Written:
        """Raises `Denied`, `Invalid`, `TooManyEndpoints`, and as `IdempotentWrites.run`."""
        require_application(request.caller)
        given.check(self.rules)
        client = request.caller.principal.client_id
        return await self.writes.run(
            request, lambda unit: unit.commit(lambda tx: self._register(tx, client, given), present)
        )

    def _register(self, tx: Connection, client: str, given: WebhookInput) -> KnownSecret:
        endpoint, secret = self.access.endpoints.create(
            tx,
            client=client,
            url=given.url or "",
            description=typed_text.line(given.description or ""),
            event_types=given.event_types or (),
        )
        return KnownSecret(endpoint, secret)
