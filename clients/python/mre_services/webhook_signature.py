"""Whether a webhook is the gateway's (Standard Webhooks, https://www.standardwebhooks.com)."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

_PREFIX: Final = "whsec_"


class WebhookInvalid(ValueError):
    """It is not the gateway's, or too old: answer 400 and do nothing."""


def verify_webhook(
    body: bytes | str,
    headers: Mapping[str, str],
    secrets: str | Iterable[str],
    *,
    tolerance: float = 300.0,
    now: float | None = None,
) -> dict[str, Any]:
    """The event in `body`, if one of `secrets` signed it at most `tolerance` seconds ago. Raises `WebhookInvalid`.

    `body` is what came over the wire, byte by byte: text that was parsed and written anew has another signature. While
    a secret is changed both are given. The same event can come several times: keep its `webhook-id`, and ignore it
    then.
    """
    given = {name.lower(): value for name, value in headers.items()}
    try:
        id, sent, signatures = (given[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
    except KeyError as error:
        raise WebhookInvalid(f"the header {error.args[0]} is missing") from None
    if not (sent.isascii() and sent.isdigit() and len(sent) < 16):
        raise WebhookInvalid("webhook-timestamp is no time")
    if abs((time.time() if now is None else now) - int(sent)) > tolerance:
        raise WebhookInvalid("too old, or from the future")
    content = body.encode() if isinstance(body, str) else body
    signed = f"{id}.{sent}.".encode() + content
    found = [each.removeprefix("v1,") for each in signatures.split() if each.startswith("v1,")]
    for secret in [secrets] if isinstance(secrets, str) else secrets:
        wanted = base64.b64encode(hmac.digest(_key(secret), signed, "sha256")).decode()
        if any(hmac.compare_digest(wanted.encode(), each.encode()) for each in found):
            return _event(content)
    raise WebhookInvalid("no signature fits")


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("the secret of a webhook is Base64, after whsec_") from None


def _event(content: bytes) -> dict[str, Any]:
    try:
        event = json.loads(content)
    except ValueError:
        raise WebhookInvalid("no JSON") from None
    if not isinstance(event, dict):
        raise WebhookInvalid("no object")
    return event
