"""What the window gives to a browser and takes back: sealed, so that nobody reads, makes or changes it.

Fernet (AES-128-CBC with HMAC-SHA256, and the time of sealing) under a key that all processes share by their store.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from cryptography.fernet import Fernet, InvalidToken

KEY_BYTES: Final = 32


class Seal:
    """For one purpose: what was sealed for another does not open."""

    def __init__(self, key: bytes, purpose: str) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(hashlib.sha256(purpose.encode() + b"\n" + key).digest()))

    def close(self, content: bytes) -> str:
        return self._fernet.encrypt(content).decode("ascii")

    def open(self, sealed: str, seconds: float) -> bytes | None:
        """None for what this seal did not close, or longer than so many seconds ago."""
        try:
            return self._fernet.decrypt(sealed, ttl=int(seconds))
        except (InvalidToken, ValueError):
            return None


class Seals:
    def __init__(self, key: bytes) -> None:
        self.sign_in = Seal(key, "sign-in under way")
        self.owner = Seal(key, "for whom a form was made")
