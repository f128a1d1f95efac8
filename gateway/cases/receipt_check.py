"""Checks a receipt without a network, from the gateway's published keys.

The page at `/receipts/verify` does the same in a browser, and `tests/cases/test_receipt_check.py` holds both to the
same verdicts. How a token is read is `gateway.cards.strict`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import jwt
import msgspec

from gateway.cards.strict import NotReadable, decode, is_time, read_token
from gateway.cards.verify import Trust
from gateway.cases.receipt import TYPE

MOST_CHARACTERS: Final = 65_536
"""A longer text is no receipt."""
CHECK_PATH: Final = "/receipts/verify"
_PRINTABLE: Final = re.compile(r"[\x20-\x7e]*")
_SPACES: Final = " \t\r\n"
_ALGORITHM: Final = "EdDSA"

Reason = Literal["", "not_a_receipt", "malformed", "unknown_key", "bad_signature", "other_issuer", "claims_invalid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`reason` is a word that says why it is not genuine. Claims are given only of a receipt that is."""

    genuine: bool
    reason: str = ""
    claims: dict[str, Any] = field(default_factory=dict)


def check_address(issuer: str, receipt: str) -> str:
    """The address in the QR code. The receipt is in its fragment, which a browser sends to nobody."""
    return f"{issuer}{CHECK_PATH}#{receipt}"


def verify(text: str, trust: Trust) -> Verdict:
    """`text`: the receipt, the address in its QR code, or the API's answer that has it."""
    try:
        return Verdict(genuine=True, claims=_genuine(_receipt_in(text), trust))
    except NotReadable as error:
        return Verdict(genuine=False, reason=str(error))


def _receipt_in(text: str) -> str:
    text = text.strip(_SPACES)
    if len(text) > MOST_CHARACTERS:
        raise NotReadable("not_a_receipt")
    if text.startswith("{"):
        try:
            text = msgspec.json.decode(text.encode(), type=_WithReceipt).receipt
        except (msgspec.MsgspecError, UnicodeError):
            raise NotReadable("not_a_receipt") from None
    found = text.rpartition("#")[2]
    if found.count(".") != 2 or not _PRINTABLE.fullmatch(found):
        raise NotReadable("not_a_receipt")
    return found


class _WithReceipt(msgspec.Struct):
    receipt: str


def _genuine(receipt: str, trust: Trust) -> dict[str, Any]:
    token = read_token(receipt, TYPE, _ALGORITHM)
    key = trust.keys.get(token.kid)
    if key is None:
        raise NotReadable("unknown_key")
    if key.get("kty") != "OKP" or key.get("crv") != "Ed25519" or not isinstance(key.get("x"), str):
        raise NotReadable("malformed")
    public = {"kty": "OKP", "crv": "Ed25519", "x": key["x"]}
    try:
        decode(key["x"])
        jwt.PyJWS().decode(receipt, jwt.PyJWK(public, _ALGORITHM), algorithms=[_ALGORITHM])
    except NotReadable:
        raise
    except jwt.PyJWTError:
        raise NotReadable("bad_signature") from None
    if trust.issuer and token.claims.get("iss") != trust.issuer:
        raise NotReadable("other_issuer")
    if not _fits(token.claims):
        raise NotReadable("claims_invalid")
    return token.claims


def _fits(claims: Mapping[str, Any]) -> bool:
    """Has a receipt these claims, of these types? Those that stand on its face; others may come."""
    service, deadline = claims.get("service"), claims.get("deadline")
    texts = ("iss", "sub", "filed_at", "competent_body", "appeal", "language")
    return (
        all(isinstance(claims.get(each), str) for each in texts)
        and is_time(claims.get("iat"))
        and isinstance(service, dict)
        and isinstance(service.get("title"), str)
        and isinstance(deadline, dict)
        and isinstance(claims.get("attachments"), list)
    )
