"""What CMI tells the merchant of an attempt: the callback's fields. Tests make their own with the store key."""

from __future__ import annotations

import html
import ipaddress
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

import httpx

from . import ver3

NEWLINED: Final = frozenset({"Response", "ErrMsg"})
"""Fields that CMI ends with a newline."""
FIRST_PAUSE: Final = 0.5
"""Seconds until a notice without an answer is sent again; doubles from try to try."""


def callback_fields(checkout: Mapping[str, str], *, store_key: str, **results: str) -> dict[str, str]:
    """The checkout's fields as they were posted, the results (`ProcReturnCode`, `TransId`, ...), and their `HASH`.

    A result with the name of a checkout field replaces it.
    """
    fields = {name: value for name, value in checkout.items() if name.lower() != "hash"} | results
    return fields | {"HASH": ver3.hash(fields, store_key)}


def approval(checkout: Mapping[str, str], *, store_key: str, transaction: str) -> dict[str, str]:
    return callback_fields(
        checkout,
        store_key=store_key,
        Response="Approved",
        ProcReturnCode="00",
        TransId=transaction,
        ErrMsg="",
        mdStatus="1",
    )


def refusal(checkout: Mapping[str, str], *, store_key: str, transaction: str, code: str) -> dict[str, str]:
    """`code` is the card issuer's. Without one the attempt ended before it was asked: there is no ProcReturnCode."""
    if code:
        results = {"Response": "Declined", "ProcReturnCode": code, "ErrMsg": "Refus de l'émetteur", "mdStatus": "1"}
    else:
        results = {"Response": "Error", "ErrMsg": "3-D Secure", "mdStatus": "0"}
    return callback_fields(checkout, store_key=store_key, TransId=transaction, **results)


def body(fields: Mapping[str, str]) -> bytes:
    """The form as CMI sends it: values HTML-escaped, some with a newline at the end."""
    wire = {name: html.escape(value) + ("\n" if name in NEWLINED else "") for name, value in fields.items()}
    return urlencode(wire).encode()


def on_loopback(url: str) -> bool:
    """Whether a notice may go there: plain HTTP to this machine."""
    try:
        target = httpx.URL(url)
        if target.scheme != "http":
            return False
        return target.host == "localhost" or ipaddress.ip_address(target.host).is_loopback
    except (httpx.InvalidURL, ValueError):
        return False
