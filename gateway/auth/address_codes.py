"""The code by which a person shows that an address is hers: six digits, sent there and given back.

A code is derived from the id of the message that carries it, by a key of the gateway: so a message that is handed over
twice has the same code both times, and the code is stored nowhere. Stored is a keyed hash of it, which nobody without
the key finds by trying a million codes.
"""

from __future__ import annotations

import hmac
from typing import Final

from gateway.auth.keys import KeyRing

DIGITS: Final = 6


def code_for(ring: KeyRing, message: str) -> str:
    """The code that the message with this id carries: six digits."""
    return f"{int(ring.digest('address-code', message), 16) % 10**DIGITS:0{DIGITS}}"


def code_hash(ring: KeyRing, message: str, code: str) -> str:
    """What is stored of a code, in hexadecimal."""
    return ring.digest("address-code-hash", message, code)


def same(ring: KeyRing, message: str, code: str, kept: str) -> bool:
    """Whether `kept` is the hash of this code; compared in constant time."""
    return hmac.compare_digest(code_hash(ring, message, code), kept)


def address_key(ring: KeyRing, channel: str, address: str) -> str:
    """What stands for an address where codes to it are counted; nobody learns the address from it."""
    return ring.digest("address", channel, address.casefold())
