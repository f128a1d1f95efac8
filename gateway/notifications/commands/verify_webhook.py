"""Have an endpoint of webhooks show that it is the client's: it repeats a challenge."""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection

from gateway.cases.commands.unit_of_work import IdempotentWrites, Presenter, UnitOfWork, WriteRequest, Written
from gateway.cases.idempotency import StoredResponse
from gateway.cases.model import now
from gateway.ids import new_id
from gateway.notifications.commands.webhook_access import WebhookAccess
from gateway.notifications.webhooks.endpoints import WrongState
from gateway.notifications.webhooks.model import VERIFICATION, Endpoint, EndpointState, payload
from gateway.notifications.webhooks.reply import Reply, WebhookSender
from gateway.notifications.webhooks.signature import signed_headers


class NotVerified(Exception):
    """The receiver did not repeat the challenge. `reason`: the outcome of the attempt, or `challenge_missing`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Repeated(msgspec.Struct):
    challenge: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyWebhook:
    writes: IdempotentWrites
    access: WebhookAccess
    sender: WebhookSender

    async def run(self, request: WriteRequest, webhook_id: str, present: Presenter[Endpoint]) -> Written:
        """Send the challenge, and enable the endpoint if it is in the answer.

        Raises `Denied`, `WebhookNotFound`, `NotVerified`, `QuotaUsed`, `WrongState` if its address was changed
        meanwhile, and as `IdempotentWrites.run`."""
        endpoint = await self.access.find(request.caller, webhook_id)

        async def work(unit: UnitOfWork) -> StoredResponse:
            await self._ask(endpoint)
            return await unit.commit(lambda tx: self._enable(tx, endpoint), present)

        return await self.writes.run(request, work, holds_key=True)

    async def _ask(self, endpoint: Endpoint) -> None:
        storage = self.access.endpoints.storage
        await storage.run_write(lambda tx: self.access.count_try(tx, endpoint.client))
        valid = await storage.run_read(lambda connection: self.access.endpoints.valid_secrets(connection, endpoint))
        challenge = secrets.token_urlsafe(24)
        body = payload(VERIFICATION, now(), {"webhook": endpoint.id, "challenge": challenge}).encode()
        headers = signed_headers(new_id("evt"), int(time.time()), body, valid)
        reply = await self.sender.post(endpoint.url, body, headers, read=True)
        if not reply.delivered:
            raise NotVerified(reply.outcome)
        if not hmac.compare_digest(_repeated(reply), challenge.encode()):
            raise NotVerified("challenge_missing")

    def _enable(self, tx: Connection, asked: Endpoint) -> Endpoint:
        endpoint = self.access.locked(tx, asked)
        if endpoint.url != asked.url:
            raise WrongState(endpoint.state)
        if endpoint.state is not EndpointState.UNVERIFIED:
            return endpoint
        return self.access.endpoints.verified(tx, endpoint)


def _repeated(reply: Reply) -> bytes:
    try:
        return msgspec.json.decode(reply.body, type=_Repeated).challenge.encode()
    except (msgspec.MsgspecError, UnicodeError):
        return b""
