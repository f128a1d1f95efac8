"""The way to an SMS provider: hand a message over, find it again, ask what became of it."""

from __future__ import annotations

from gateway.connectors.authoring import Connector, Message, MessageReceipt, Messaging, check, in_address

from . import mapping


class SmsProvider(Connector, Messaging):
    async def send(self, message: Message) -> MessageReceipt:
        sender = self.portal.options["sender"]
        answer = await self.http.post("/v1/messages", json=mapping.message_request(message, sender))
        return mapping.receipt(check(answer, mapping.REFUSALS).content)

    async def find_message(self, idempotency_key: str) -> MessageReceipt | None:
        answer = await self.http.get("/v1/messages", params={"client_ref": idempotency_key})
        return mapping.first_receipt(check(answer).content, idempotency_key)

    async def delivery(self, reference: str) -> MessageReceipt:
        answer = await self.http.get(f"/v1/messages/{in_address(reference, 'message_unknown')}")
        return mapping.receipt(check(answer, mapping.REFUSALS).content, reference)
