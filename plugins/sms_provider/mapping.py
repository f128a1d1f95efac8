"""The provider's words <-> the gateway's words. Pure: bytes in, values out."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gateway.connectors.authoring import Message, MessageReceipt, MessageState, same, with_key

STATES: Final = {
    # the provider's word  what it means
    "queued": MessageState.ACCEPTED,
    "sent": MessageState.ACCEPTED,
    "delivered": MessageState.DELIVERED,
    "undelivered": MessageState.UNDELIVERABLE,
    "expired": MessageState.UNDELIVERABLE,
}
"""All assumed."""

REFUSALS: Final = {
    "invalid_recipient": "number_unreachable",
    "unsupported_country": "number_unreachable",
    "recipient_opted_out": "number_opted_out",
    "unknown_message": "message_unknown",
}

GSM_7: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The basic alphabet of 3GPP TS 23.038 (section 6.2.1). With any other letter the message is in UCS-2."""


class MessageAnswer(msgspec.Struct):
    id: str
    client_ref: str
    status: str


class Search(msgspec.Struct):
    messages: list[MessageAnswer]


_one = msgspec.json.Decoder(MessageAnswer)
_many = msgspec.json.Decoder(Search)


def message_request(message: Message, sender: str) -> dict[str, Any]:
    return {
        "client_ref": message.key,
        "from": sender,
        "to": message.to,
        "text": message.text,
        "encoding": encoding(message.text),
    }


def encoding(text: str) -> str:
    return "GSM-7" if GSM_7.issuperset(text) else "UCS-2"


def sent(answer: bytes, key: str) -> MessageReceipt:
    taken = _one.decode(answer)
    same(taken.client_ref, key, "key")
    return _receipt(taken)


def receipt(answer: bytes, reference: str) -> MessageReceipt:
    """`reference`: the message that was asked about."""
    found = _receipt(_one.decode(answer))
    same(found.reference, reference, "message")
    return found


def first_receipt(answer: bytes, key: str) -> MessageReceipt | None:
    """The message with this key in the answer to a search, or None."""
    return with_key(_many.decode(answer).messages, key, _receipt, member="client_ref")


def _receipt(answer: MessageAnswer) -> MessageReceipt:
    """A word that is not in the table says nothing: the message was taken, and may yet arrive."""
    state = STATES.get(answer.status, MessageState.ACCEPTED)
    reason = answer.status if state is MessageState.UNDELIVERABLE else ""
    return MessageReceipt(reference=answer.id, state=state, reason=reason)
