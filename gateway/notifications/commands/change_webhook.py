"""Change, pause, resume or remove an endpoint of webhooks."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from gateway import typed_text
from gateway.cases.commands.unit_of_work import IdempotentWrites, Presenter, UnitOfWork, WriteRequest, Written
from gateway.cases.idempotency import StoredResponse
from gateway.notifications.commands.register_webhook import WebhookInput
from gateway.notifications.commands.webhook_access import WebhookAccess
from gateway.notifications.webhooks.addresses import AddressRules
from gateway.notifications.webhooks.model import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeWebhook:
    writes: IdempotentWrites
    access: WebhookAccess
    rules: AddressRules

    async def run(
        self, request: WriteRequest, webhook_id: str, given: WebhookInput, present: Presenter[Endpoint]
    ) -> Written:
        """What is None stays as it is. Another address has to be verified before more is sent.

        Raises `Denied`, `WebhookNotFound`, `Invalid`, and as `IdempotentWrites.run`."""
        endpoint = await self.access.find(request.caller, webhook_id)
        given.check(self.rules)
        text = None if given.description is None else typed_text.line(given.description)

        def work(tx: Connection) -> Endpoint:
            found = self.access.locked(tx, endpoint)
            return self.access.endpoints.change(
                tx, found, url=given.url, description=text, event_types=given.event_types
            )

        return await self.writes.run(request, lambda unit: unit.commit(work, present))


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseWebhook:
    writes: IdempotentWrites
    access: WebhookAccess

    async def run(self, request: WriteRequest, webhook_id: str, present: Presenter[Endpoint]) -> Written:
        """Raises `Denied`, `WebhookNotFound`, `WrongState`, and as `IdempotentWrites.run`."""
        endpoint = await self.access.find(request.caller, webhook_id)
        pause = self.access.endpoints.pause
        return await self.writes.run(
            request, lambda unit: unit.commit(lambda tx: pause(tx, self.access.locked(tx, endpoint)), present)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeWebhook:
    writes: IdempotentWrites
    access: WebhookAccess

    async def run(self, request: WriteRequest, webhook_id: str, present: Presenter[Endpoint]) -> Written:
        """What was kept for it meanwhile is sent first.

        Raises `Denied`, `WebhookNotFound`, `WrongState`, and as `IdempotentWrites.run`."""
        endpoint = await self.access.find(request.caller, webhook_id)
        resume = self.access.endpoints.resume
        return await self.writes.run(
            request, lambda unit: unit.commit(lambda tx: resume(tx, self.access.locked(tx, endpoint)), present)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveWebhook:
    writes: IdempotentWrites
    access: WebhookAccess

    async def run(self, request: WriteRequest, webhook_id: str, present: Presenter[Endpoint]) -> Written:
        """With it go its secrets, and its deliveries, also those that wait. The result is as it was.

        Raises `Denied`, `WebhookNotFound`, and as `IdempotentWrites.run`."""

        async def work(unit: UnitOfWork) -> StoredResponse:  # in which it is looked for: a repetition finds it gone
            endpoint = await self.access.find(request.caller, webhook_id)
            return await unit.commit(lambda tx: self._remove(tx, endpoint), present)

        return await self.writes.run(request, work)

    def _remove(self, tx: Connection, endpoint: Endpoint) -> Endpoint:
        found = self.access.locked(tx, endpoint)
        self.access.endpoints.remove(tx, found)
        return found
