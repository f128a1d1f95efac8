"""Signatures of Standard Webhooks, version 1: HMAC-SHA256 with a secret that the client shares."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from gateway.secret import Secret

_PREFIX: Final = "whsec_"
_BYTES: Final = 32
"""The specification allows 24 to 64."""


class StoredSecret(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A secret as it is sealed. `until`: after a newer one was made, how long this one still signs."""

    secret: str
    until: datetime | None = None

    def __repr__(self) -> str:
        return "StoredSecret(********)"


def new_secret() -> Secret:
    """`whsec_` and 32 random bytes as Base64."""
    return Secret(_PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode())


def signed_headers(event_id: str, moment: int, body: bytes, valid: Sequence[Secret]) -> dict[str, str]:
    """The headers of one attempt. `moment`: seconds since 1970, when it is sent. `valid`: each of them signs."""
    content = b"%s.%d.%s" % (event_id.encode(), moment, body)
    return {
        "Content-Type": "application/json",
        "User-Agent": "mre-gateway-webhooks/1",
        "webhook-id": event_id,
        "webhook-timestamp": str(moment),
        "webhook-signature": " ".join(_sign(content, each) for each in valid),
    }


def _sign(content: bytes, secret: Secret) -> str:
    key = base64.b64decode(secret.reveal().removeprefix(_PREFIX))
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
