"""What a receiver did with one request, and what asks it. Without the library that connects, so that whoever only names
them does not import that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, Protocol

from gateway.notifications.webhooks.addresses import AddressRules

Outcome = Literal[
    "delivered", "refused", "redirected", "timeout", "address_refused", "name_unknown", "connect_failed", "tls_failed",
    "broken",
]  # fmt: skip
"""What became of an attempt. `refused`: answered with another status than 2xx. `redirected`: 3xx, which is not
followed. `broken`: connected, and then no answer in HTTP."""

_GONE: Final = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the receiver did with one request."""

    outcome: Outcome
    status: int = 0
    """HTTP status; 0 when no answer came."""
    retry_after: float = 0.0
    """Seconds for which it asked to be left alone."""
    body: bytes = b""
    """The beginning of a successful answer, if it was asked for."""

    @property
    def delivered(self) -> bool:
        return self.outcome == "delivered"

    @property
    def gone(self) -> bool:
        """The receiver wants nothing more (Standard Webhooks: 410)."""
        return self.status == _GONE


class WebhookSender(Protocol):
    """The connections to receivers: `sender.Sender`."""

    rules: AddressRules

    async def post(self, url: str, body: bytes, headers: dict[str, str], *, read: bool = False) -> Reply:
        """Send it once. `read`: give the beginning of a successful answer. Raises nothing but cancellation."""

    async def close(self) -> None: ...
