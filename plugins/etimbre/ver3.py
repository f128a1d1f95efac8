"""The CMI (NestPay) "ver3" hash, over the fields of a card checkout and of its callback.

Every posted field takes part, an empty one too, except `hash` and `encoding` in any letter case. Names are sorted
ignoring case; values are trimmed, `\\` becomes `\\\\` and then `|` becomes `\\|`; they are joined by `|`, and the store
key, escaped the same way, comes last. The hash is the Base64 of the raw SHA-512 of that text in UTF-8: not an HMAC.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import re
from collections.abc import Mapping
from typing import Final

from gateway.connectors.authoring import base64_bytes

UNHASHED: Final = frozenset({"hash", "encoding"})
BLANK: Final = " \t\n\r\0\x0b"
"""What the merchant kits trim. A no-break space is not among them."""

# A reference without its semicolon stays: the `&region=` of a return address is not a registered-trade-mark sign.
_ENTITY: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def hash(fields: Mapping[str, str], store_key: str) -> str:
    """The hash of fields as their author means them."""
    names = sorted((name for name in fields if name.lower() not in UNHASHED), key=str.lower)
    text = "|".join(_escaped(value) for value in [*(fields[name].strip(BLANK) for name in names), store_key])
    return base64.b64encode(hashlib.sha512(text.encode()).digest()).decode()


def received(fields: Mapping[str, str]) -> dict[str, str]:
    """The fields of a callback as CMI meant them: one trailing newline and one layer of HTML escapes off, trimmed."""
    return {
        name: _ENTITY.sub(lambda entity: html.unescape(entity[0]), value).strip(BLANK)  # the newline goes with the rest
        for name, value in fields.items()
    }


def verified(fields: Mapping[str, str], store_key: str) -> bool:
    """Whether exactly one field is called `hash`, in any letter case, and is right. Compares in constant time, and the
    hash itself: an encoder for MIME writes it on two lines."""
    claimed = [value for name, value in fields.items() if name.lower() == "hash"]
    if len(claimed) != 1:
        return False
    try:
        given = base64_bytes(claimed[0], wrapped=True)
    except ValueError:
        return False
    return hmac.compare_digest(given, base64_bytes(hash(fields, store_key)))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("|", "\\|")
