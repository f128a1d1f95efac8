"""What has arrived, by mailbox. Durable like all of the host's state."""

from __future__ import annotations

import email
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from typing import Any, Final

from gateway.sandbox.context import Store, Table

_KEPT: Final = 2_000
"""The oldest ones beyond these are dropped."""


class Arrivals:
    """Messages as a mail program shows them: one that came twice (the same `Message-ID`) is one, with a count."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._table = Table(store, "_host", "mailbox")

    def take_email(self, raw: bytes, *, sender: str, to: str) -> None:
        """`sender` and `to` are the envelope's (RFC 5321)."""
        read = email.message_from_bytes(raw, policy=policy.default)
        assert isinstance(read, EmailMessage)
        parts = {kind: _content(read, kind) for kind in ("plain", "html")}
        self._put(
            str(read["Message-ID"] or hashlib.sha256(raw).hexdigest()),
            to,
            {
                "channel": "email",
                "from": sender,
                "subject": str(read["Subject"] or ""),
                "text": parts["plain"],
                "html": parts["html"],
                "headers": {name: str(value) for name, value in read.items()},
                "source": raw.decode("utf-8", "replace"),
            },
        )

    def take_sms(self, *, key: str, sender: str, to: str, text: str) -> None:
        self._put(key, to, {"channel": "sms", "from": sender, "text": text})

    def all(self, *, to: str = "", channel: str = "") -> list[dict[str, Any]]:
        """The newest first."""
        found = [each for _, each in self._table.items() if to in ("", each["to"]) and channel in ("", each["channel"])]
        return found[::-1]

    def get(self, id: str) -> dict[str, Any] | None:
        return self._table.get(id)

    def boxes(self) -> dict[str, int]:
        """Addresses, and how many messages each has got."""
        counted: dict[str, int] = {}
        for each in self.all():
            counted[each["to"]] = counted.get(each["to"], 0) + 1
        return dict(sorted(counted.items()))

    def _put(self, key: str, to: str, message: Mapping[str, Any]) -> None:
        id = hashlib.sha256(f"{to}\n{key}".encode()).hexdigest()[:20]
        with self._store.transaction():
            before = self._table.get(id)
            first = before["at"] if before else datetime.now(UTC).isoformat(timespec="milliseconds")
            arrivals = 1 + (before["arrivals"] if before else 0)
            self._table.put(id, {"id": id, "to": to, "at": first, "arrivals": arrivals, **message})
            if not before and len(self._table) > _KEPT:
                self._table.delete(self._table.items()[0][0])


def _content(read: EmailMessage, kind: str) -> str:
    body = read.get_body((kind,))
    return str(body.get_content()).replace("\r\n", "\n") if body is not None else ""
