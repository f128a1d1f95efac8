"""What CMI tells the merchant of an attempt: the callback's fields. Tests make their own with the store key."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from .form_hash import form_hash

NEWLINED: Final = frozenset({"Response", "ErrMsg", "hashAlgorithm"})
"""Fields that CMI ends with a newline."""
UNECHOED: Final = frozenset({"hash", "sessiontimeout"})
"""What a merchant sends and does not get back."""
FIRST_PAUSE: Final = 0.5
"""Seconds until a notice without an answer is sent again; doubles from try to try."""


def callback_fields(checkout: Mapping[str, str], *, store_key: str, **results: str) -> dict[str, str]:
    """What the checkout posted, under the names it was posted with, the results (`ProcReturnCode`, `TransId`, ...), and
    the `HASH` of all that: CMI looks at no name that it does not use itself.

    A result with the name of a checkout field replaces it.
    """
    fields = {name: value for name, value in checkout.items() if name.lower() not in UNECHOED}
    fields |= {"ReturnOid": checkout.get("oid", ""), "callbackCall": "true"} | results
    return fields | {"HASH": form_hash(fields, store_key)}


def approval(checkout: Mapping[str, str], *, store_key: str, transaction: str, **over: str) -> dict[str, str]:
    results = {
        "Response": "Approved",
        "ProcReturnCode": "00",
        "TransId": transaction,
        "AuthCode": transaction[-6:],
        "HostRefNum": transaction[-12:],
        "ErrMsg": "",
        "mdStatus": "1",
        "MaskedPan": "400000***0010",
        "EXTRA.CARDBRAND": "VISA",
    }
    return callback_fields(checkout, store_key=store_key, **(results | over))


def refusal(checkout: Mapping[str, str], *, store_key: str, transaction: str, code: str) -> dict[str, str]:
    """`code` is the card issuer's. Without one the attempt ended before it was asked: there is no ProcReturnCode."""
    if code:
        results = {"Response": "Declined", "ProcReturnCode": code, "ErrMsg": "Refus de l'émetteur", "mdStatus": "1"}
    else:
        results = {"Response": "Error", "ErrMsg": "3-D Secure", "mdStatus": "0"}
    return callback_fields(checkout, store_key=store_key, TransId=transaction, **results)


def body(fields: Mapping[str, str]) -> bytes:
    """The form as CMI sends it: values HTML-escaped, some with a newline at the end, and an `&` after the last."""
    wire = {name: html.escape(value) + ("\n" if name in NEWLINED else "") for name, value in fields.items()}
    return urlencode(wire).encode() + b"&"
