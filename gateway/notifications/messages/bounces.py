"""E-mail that came back: reads a delivery status notification (RFC 3464) and says which message it is about.

Anybody can write such a report. It is believed if it names a message's id, of which 80 bits are random: whoever knows
it has got the message.
"""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage, Message
from typing import Final

from sqlalchemy import Connection

from gateway.audit.entry import Entry
from gateway.audit.log import AuditLog
from gateway.notifications.messages import store

MAX_BYTES: Final = 1_048_576
"""Of a longer report the rest is not read."""
_ID: Final = re.compile(r"\bmsg_[0-9a-hjkmnp-tv-z]{26}\b")
_STATUS: Final = re.compile(r"5\.[0-9]{1,3}\.[0-9]{1,3}")
_ADDRESSED: Final = ("To", "Delivered-To", "X-Original-To", "Original-Recipient")


@dataclass(frozen=True, slots=True)
class Report:
    """A message could not be delivered for good."""

    message: str
    status: str
    """Enhanced status code (RFC 3463): `5.1.1`."""


def read_report(raw: bytes) -> Report | None:
    """None for anything else: a delay, an answer of a person on holiday, an advertisement."""
    read = email.message_from_bytes(raw[:MAX_BYTES], policy=policy.default)
    assert isinstance(read, EmailMessage)
    status = next(_failures(read), "")
    id = _named(read)
    return Report(id, status) if status and id else None


def take(tx: Connection, log: AuditLog, report: Report) -> bool:
    """Keep that the message came back, with the record of it; False if it is none of ours, or known already."""
    found = store.returned(tx, report.message, f"smtp_{report.status.replace('.', '_')}")
    if found is None or found.state is store.State.UNDELIVERABLE:
        return False
    entry = Entry(
        call_id=found.id,
        kind="step",
        operation=f"message.{found.channel}.returned",
        client=found.client,
        subject=found.subject,
        principal="journey",
        case_id=found.case_id,
        portal=found.carrier,
        outcome="refused",
        code=f"smtp_{report.status.replace('.', '_')}",
    )
    log.append(tx, entry)
    return True


def _failures(read: EmailMessage) -> Iterator[str]:
    """Status codes of the recipients to whom it could not be delivered for good."""
    for part in read.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = part.get_payload()
        for block in blocks if isinstance(blocks, list) else ():
            if isinstance(block, Message) and str(block.get("Action", "")).strip().lower() == "failed":
                status = _STATUS.search(str(block.get("Status", "")))
                if status is not None:
                    yield status[0]


def _named(read: EmailMessage) -> str:
    """The message's id: in the address that the report is for, else in the headers that it returns."""
    for name in _ADDRESSED:
        for value in read.get_all(name, []):
            if (found := _ID.search(str(value))) is not None:
                return found[0]
    for part in read.walk():
        if part.get_content_type() in ("text/rfc822-headers", "message/rfc822"):
            content = part.get_payload(decode=True)
            text = content.decode("utf-8", "replace") if isinstance(content, bytes) else part.as_string()
            if (found := _ID.search(text)) is not None:
                return found[0]
    return ""
