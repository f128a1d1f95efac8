"""The members of a checkout and of its callback: which there are, who sends them, and what binds the ones to the other.

The ver3 hash covers the sorted values and not their names (README.md, "What the hash is worth"): whoever has a signed
form may call its values otherwise. So a callback is read by a closed set of names, and what the merchant sent comes
back under its own names or is not believed: `rnd`, the one member that is free, carries a seal over names and values.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import unicodedata
from collections.abc import Collection, Mapping
from typing import Final

ECHOED: Final = frozenset(
    {
        "clientid", "storetype", "trantype", "amount", "currency", "oid", "okurl", "failurl", "shopurl",
        "callbackurl", "callbackresponse", "autoredirect", "lang", "hashalgorithm", "refreshtime", "email",
        "billtoname",
    }
)  # fmt: skip
"""What the merchant sends and CMI sends back, in lower case. The seal covers them."""
REQUEST_ONLY: Final = frozenset({"sessiontimeout"})
"""What only a merchant sends. The option `request_only` adds to it."""
RESULTS: Final = frozenset(
    {
        "response", "procreturncode", "transid", "authcode", "hostrefnum", "errmsg", "returnoid", "callbackcall",
        "mdstatus", "mderrormsg", "md", "xid", "eci", "cavv", "cavvalgorithm", "version", "sid", "txstatus",
        "protocol", "signature", "digest", "veresenrolledstatus", "parestxstatus", "paressyntaxok", "paresverified",
        "ireqcode", "ireqdetail", "vendorcode", "merchantid", "acqbin", "acqstan", "settleid", "tranid", "dsid",
        "payresults.dsid", "clientip", "paymenttype", "choix1", "maskedpan", "maskedcreditcard", "cardholdername",
        "cvvpresence", "ccnhash", "ecom_payment_card_expdate_month", "ecom_payment_card_expdate_year",
        "extra.trxdate", "extra.hostdate", "extra.hostmsg", "extra.cardbrand", "extra.cardissuer",
        "extra.cvvverification", "failcount", "retryxid", "orgrnd", "orghash", "encoding", "_charset_", "hash",
    }
)  # fmt: skip
"""What only CMI sends, in lower case, as published callbacks have it. The option `results` adds to it."""
ALWAYS: Final = frozenset({"response", "transid", "returnoid", "callbackcall", "hash"})
"""Results without which nothing is a callback."""
ON_SUCCESS: Final = frozenset({"procreturncode", "authcode", "hostrefnum"})
"""Results that a success has besides: none of them may be empty."""
ALIASES: Final = {"islemtipi": "trantype"}
"""CMI sends some members back under another name."""

_NONCE: Final = 4
_SEAL: Final = 16
"""96 bits; with the nonce the 20 characters that `rnd` may have."""
_PURPOSE: Final = b"mre-gateway etimbre checkout v1"

_SCRIPTS: Final = ("LATIN ", "ARABIC ", "TIFINAGH ")
_BETWEEN: Final = {"-": "-", "'": "'", "\u2019": "'", "\u02bc": "'", "\u2010": "-", "\u2011": "-"}
_PROTOCOL_WORDS: Final = frozenset(
    {
        "approved", "declined", "error", "auth", "preauth", "postauth", "void", "credit", "true", "false", "mad",
        "ar", "fr", "en",
    }
)  # fmt: skip
_NAME_LENGTH: Final = 100


def seal(fields: Mapping[str, str], store_key: str, *, request_only: Collection[str] = (), nonce: str = "") -> str:
    """The `rnd` of a checkout: a random part, and a MAC over names and values of all that comes back."""
    nonce = nonce or secrets.token_urlsafe(_NONCE)[:_NONCE]
    sent = _named(fields)
    covered = sorted((name, sent.get(name, "")) for name in ECHOED - {each.lower() for each in request_only})
    text = json.dumps([nonce, covered], ensure_ascii=True).encode()
    key = hmac.new(store_key.encode(), _PURPOSE, hashlib.sha256).digest()
    mac = hmac.new(key, text, hashlib.sha256).digest()
    return nonce + base64.urlsafe_b64encode(mac).decode()[:_SEAL]


def as_sent(fields: Mapping[str, str], store_key: str, *, request_only: Collection[str] = ()) -> bool:
    """Whether a callback brings back exactly what some checkout of ours sent, each value under its own name.

    After a declined attempt CMI may sign with an `rnd` of its own; ours is then `orgRnd`.
    """
    back = _named(fields)
    ours = back.get("orgrnd") or back.get("rnd", "")
    if len(ours) != _NONCE + _SEAL or not ours.isascii():
        return False
    right = seal(fields, store_key, request_only=request_only, nonce=ours[:_NONCE])
    return hmac.compare_digest(ours.encode(), right.encode())


def complete(
    fields: Mapping[str, str], *, success: bool, request_only: Collection[str] = (), results: Collection[str] = ()
) -> bool:
    """Whether the names are those of a callback: none that is not known, none that only a merchant sends, all that only
    CMI sends. `request_only` and `results` are names besides those of this file."""
    names = _named(fields)
    if len(names) != len(fields):
        return False
    refused = REQUEST_ONLY | {name.lower() for name in request_only}
    known = (ECHOED | RESULTS | {"rnd"} | {name.lower() for name in results}) - refused
    if not names.keys() <= known or not names.keys() >= ALWAYS:
        return False
    if names["callbackcall"].lower() != "true" or names["returnoid"] != names.get("oid"):
        return False
    if names.get("encoding", "UTF-8").upper() != "UTF-8":  # the one that no hash covers
        return False
    return not success or all(names.get(name) for name in ON_SUCCESS)


def payer_name(text: str) -> str:
    """Letters of the three scripts of Moroccan papers, with blanks, hyphens and apostrophes between them.

    Nothing of it can stand for an amount, an order, a currency, a code or a merchant; what would be a word of the
    protocol is left out, and so is what has no letter.
    """
    kept = []
    for each in unicodedata.normalize("NFKC", text):
        if each in _BETWEEN:
            kept.append(_BETWEEN[each])
        elif each.isspace():
            kept.append(" ")
        elif unicodedata.category(each)[0] in "LM" and _of_a_script(each):
            kept.append(each)
    name = " ".join("".join(kept).split()).strip("-' ")[:_NAME_LENGTH].rstrip("-' ")
    letters = any(unicodedata.category(each)[0] == "L" for each in name)
    return name if letters and name.lower() not in _PROTOCOL_WORDS else ""


def payer_email(text: str) -> str:
    """The address if it is one; else nothing. Its `@` keeps it from standing for anything else."""
    local, at, domain = text.strip().partition("@")
    fits = bool(local and at and "." in domain) and "@" not in domain and len(text) <= 254
    plain = all(each.isprintable() and not each.isspace() and each not in '|\\<>&"' for each in text.strip())
    return text.strip() if fits and plain else ""


def _of_a_script(letter: str) -> bool:
    name = unicodedata.name(letter, "")
    return name.startswith(_SCRIPTS) or (unicodedata.category(letter) == "Mn" and name.startswith("COMBINING "))


def _named(fields: Mapping[str, str]) -> dict[str, str]:
    """By lower-case name, the aliases resolved."""
    return {ALIASES.get(name.lower(), name.lower()): value for name, value in fields.items()}
