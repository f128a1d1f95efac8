"""The SMTP server that takes the gateway's e-mail: STARTTLS and a login, as a real one wants, and its moods.

An address says how it is treated, by what stands before a `+` or the `@`:

| address | what happens |
|---|---|
| `refused@...` | 550, no such mailbox: refused for good |
| `full@...` | 452, mailbox full: refused for now, each time |
| `later@...` | 451 the first time (greylisting), then taken |
| `bounce@...` | taken; then a report that it could not be delivered comes back (RFC 3464), to the envelope's sender |

Faults of the switchboard for `mailbox`: `error` (451), `slow`, `reset`, and two that take the message: `hang` never
answers, `commit_then_drop` loses the answer.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import random
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formatdate, make_msgid
from typing import Any, Final

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from gateway.sandbox.context import Effects
from gateway.sandbox.faults import HANG_SECONDS, Fault
from gateway.sandbox.mailbox.arrivals import Arrivals

MAX_BYTES: Final = 1_048_576
_DROP: Final = "421 4.3.0 dropped"


@dataclass(slots=True)
class MailTaker:
    """The handler of `aiosmtpd`: what it answers at each command."""

    arrivals: Arrivals
    effects: Effects
    fault: Callable[[], Fault]
    _greylisted: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        logging.getLogger("mail.log").setLevel(logging.WARNING)  # below it, aiosmtpd logs addresses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        mood = address.partition("@")[0].partition("+")[0]
        if mood == "refused":
            return "550 5.1.1 no such mailbox"
        if mood == "full":
            return "452 4.2.2 mailbox full"
        if mood == "later" and address not in self._greylisted:
            self._greylisted.add(address)
            return "451 4.7.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        fault = self.fault()
        mode = fault.mode if random.random() < fault.rate else "none"  # noqa: S311 (chance, not secrecy)
        if mode in ("error", "garbage"):
            return "451 4.3.0 not now"
        if mode == "slow":
            await asyncio.sleep(fault.seconds)
        if mode == "reset":
            return _dropped(server)
        for address in envelope.rcpt_tos:
            self._take(envelope, address)
        if mode == "hang":
            await asyncio.sleep(HANG_SECONDS)
        return _dropped(server) if mode == "commit_then_drop" else "250 2.0.0 taken"

    def _take(self, envelope: Envelope, address: str) -> None:
        raw = envelope.original_content or b""
        sender = envelope.mail_from or ""
        if address.startswith("bounce@") and sender:
            report = undeliverable(raw, to=sender, failed=address)
            self.arrivals.take_email(report.as_bytes(), sender="", to=sender)
            self.effects.record("bounce", address)
            return
        self.arrivals.take_email(raw, sender=sender, to=address)
        self.effects.record("email", address)


def _dropped(server: SMTP) -> str:
    if server.transport is not None:
        server.transport.abort()  # type: ignore[attr-defined]
    return _DROP


def undeliverable(raw: bytes, *, to: str, failed: str) -> MIMEMultipart:
    """The report that a server sends when it cannot deliver what it had taken (RFC 3464, RFC 6522)."""
    report = MIMEMultipart("report", report_type="delivery-status")
    report["From"], report["To"] = "Mail Delivery System <mailer-daemon@mail.example>", to
    report["Subject"], report["Date"] = "Undelivered mail returned to sender", formatdate()
    report["Message-ID"], report["Auto-Submitted"] = make_msgid(domain="mail.example"), "auto-replied"
    report.attach(MIMEText("The message could not be delivered."))
    server, recipient = EmailMessage(), EmailMessage()
    server["Reporting-MTA"] = "dns; mail.example"
    recipient["Final-Recipient"] = f"rfc822; {failed}"
    recipient["Action"], recipient["Status"] = "failed", "5.1.1"
    status = MIMEMessage(server, "delivery-status")
    status.set_payload([server, recipient])
    report.attach(status)
    headers = MIMEText(raw.partition(b"\r\n\r\n")[0].decode("ascii", "replace"), "rfc822-headers")
    report.attach(headers)
    return report


def protocol(taker: MailTaker, *, tls: ssl.SSLContext | None, login: tuple[str, str] | None) -> Callable[[], SMTP]:
    """Makes a connection's protocol, in the running event loop. With `login`, nobody else may send."""

    def authenticator(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
        if not isinstance(given, LoginPassword) or login is None:
            return AuthResult(success=False, handled=False)
        name, password = (each.encode() for each in login)
        fits = hmac.compare_digest(given.login, name) & hmac.compare_digest(given.password, password)
        return AuthResult(success=fits, handled=False)

    def make() -> SMTP:
        return SMTP(
            taker,
            hostname="sandbox",
            ident="MRE Gateway sandbox",
            data_size_limit=MAX_BYTES,
            enable_SMTPUTF8=True,
            tls_context=tls,
            require_starttls=tls is not None,
            auth_required=login is not None,
            auth_require_tls=tls is not None,
            authenticator=authenticator,
            loop=asyncio.get_running_loop(),
        )

    return make
