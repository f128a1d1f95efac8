"""The mailboxes of the sandbox host: what the gateway tells people arrives here, by e-mail (SMTP) and by SMS."""

from __future__ import annotations

from gateway.sandbox.mailbox.app import MAILBOX, Mailbox
from gateway.sandbox.mailbox.arrivals import Arrivals

__all__ = ["MAILBOX", "Arrivals", "Mailbox"]
