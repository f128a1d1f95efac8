"""The way to an SMS provider: hand a message over, find it again, ask what became of it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from gateway.connectors.authoring import (
    Connector,
    ConnectorSettings,
    Message,
    MessageReceipt,
    Messaging,
    check,
    in_address,
)

from . import mapping


class SmsSettings(ConnectorSettings, frozen=True, kw_only=True):
    sender: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=15,
            description="What the phone shows as the sender; some countries replace it.",
        ),
    ] = "MRE"


class SmsProvider(Connector, Messaging):
    settings: SmsSettings

    async def send(self, message: Message) -> MessageReceipt:
        asked = mapping.message_request(message, self.settings.sender)
        answer = await self.http.post("/v1/messages", json=asked)
        return mapping.sent(check(answer, mapping.REFUSALS).content, message.key)

    async def find_message(self, idempotency_key: str) -> MessageReceipt | None:
        answer = await self.http.get("/v1/messages", params={"client_ref": idempotency_key})
        return mapping.first_receipt(check(answer).content, idempotency_key)

    async def delivery(self, reference: str) -> MessageReceipt:
        answer = await self.http.get(f"/v1/messages/{in_address(reference, 'message_unknown')}")
        return mapping.receipt(check(answer, mapping.REFUSALS).content, reference)
