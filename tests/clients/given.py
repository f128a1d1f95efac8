"""What both clients are given, and what they have to make of it."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any, Final

from standardwebhooks import Webhook

STREAM: Final = (
    "\ufeffretry: 10\r\nid: a\r\n\r\n"  # a place without an event
    ": still here\n\n"
    'id: b\r\ndata: {"text":\r\ndata:  "été"}\r\n\r\n'  # several lines
    'event: x\rdata:{"text": "مغرب 🇲🇦"}\rid: c\r\r'  # lines that end as on old machines
    "unknown: y\n\n"
    'id: bad\0id\ndata: {"text": 3}\r\n\r\n'
    'id: d\ndata: {"text": "cut'  # never ended
).encode()
EVENTS: Final = [{"text": "été"}, {"text": "مغرب 🇲🇦"}, {"text": 3}]
SECRET: Final = "whsec_" + base64.b64encode(b"a secret of 24 bytes ...").decode()
NOW: Final = 1_800_000_000
BODY: Final = json.dumps({"type": "case.updated", "data": {"case": "case_1", "new_member": 1}})
VERDICTS: Final = [
    "case.updated",
    "case.updated",
    "no signature fits",
    "no signature fits",
    "no signature fits",
    "no signature fits",
    "too old, or from the future",
    "too old, or from the future",
    "webhook-timestamp is no time",
]
"""Of: as sent; with two secrets; another body; another id; a forged signature; another secret; late; early; no time."""


def signed() -> dict[str, str]:
    """The headers, as the reference library signs."""
    moment = datetime.fromtimestamp(NOW, UTC)
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(NOW),
        "webhook-signature": Webhook(SECRET).sign("msg_1", moment, BODY),
    }


def for_typescript() -> str:
    given: dict[str, Any] = {
        "stream": base64.b64encode(STREAM).decode(),
        "webhook": {"body": BODY, "headers": signed(), "secret": SECRET, "now": NOW},
    }
    return json.dumps(given)
