"""CMI's side of the "ver3" hash over the fields of a form. Written apart from `ver3.py`, by which the connector makes
and checks it, so that a slip in one shows in the other."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha512

_ESCAPES = str.maketrans({"\\": "\\\\", "|": "\\|"})


def form_hash(fields: Mapping[str, str], store_key: str) -> str:
    taking_part = {name: value for name, value in fields.items() if name.lower() not in ("hash", "encoding")}
    digest = sha512()
    for _, value in sorted(taking_part.items(), key=lambda field: field[0].lower()):
        digest.update(value.strip(" \t\n\r\0\x0b").translate(_ESCAPES).encode() + b"|")
    digest.update(store_key.translate(_ESCAPES).encode())
    return b64encode(digest.digest()).decode("ascii")


def hash_fits(fields: Mapping[str, str], store_key: str) -> bool:
    """Whether exactly one field is called `hash`, in any letter case, and is right."""
    given = [value for name, value in fields.items() if name.lower() == "hash"]
    return len(given) == 1 and hmac.compare_digest(given[0].encode(), form_hash(fields, store_key).encode())
