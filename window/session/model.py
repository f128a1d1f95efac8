"""What a session holds. The browser has its key alone."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from typing import Any

import msgspec

from window.settings import ROLES


class PendingSignIn(msgspec.Struct, kw_only=True):
    """A sign-in that was begun: what has to fit when the browser comes back from the identity provider."""

    role: str
    verifier: str
    nonce: str
    return_to: str
    begun_at: float


class KeptForm(msgspec.Struct, kw_only=True):
    """What somebody typed when her session was over, for the same person alone."""

    path: str
    fields: list[tuple[str, str]]
    owner: str
    """`SessionData.owner` of the session in which the page was made."""
    mandate: str = ""
    """Under which it was typed; empty: for herself."""


class Tokens(msgspec.Struct, kw_only=True):
    access: str
    access_expires: float
    refresh: str = ""
    id_token: str = ""


class SessionData(msgspec.Struct, kw_only=True):
    role: str = ""
    issuer: str = ""
    client_id: str = ""
    """As which the window is known to the provider that she signed in at."""
    provider_session: str = ""
    """`sid` of her session there; empty where the provider names none."""
    owner: str = ""
    """Pseudonym of who is signed in: a hash of issuer and subject. Empty before."""
    name: str = ""
    name_ar: str = ""
    assurance: str = ""
    tokens: Tokens | None = None
    language: str = ""
    mandate: str = ""
    """Id of the mandate that an agent acts under."""
    mandate_name: str = ""
    kept: KeptForm | None = None
    notice: str = ""
    """Shown once on the next page."""
    begun_at: float = 0.0
    sign_in_begun_at: float = 0.0
    """When she set out for the identity provider, in seconds since 1970. 0.0: longer ago than any logout."""
    more: dict[str, Any] = {}
    """Small facts of single pages, by the page's name."""


class Session:
    """A session that was found or made. `key` is what the cookie holds; the store has only its hash."""

    def __init__(self, key: str, data: SessionData) -> None:
        self.key, self.data = key, data

    @classmethod
    def new(cls, data: SessionData | None = None) -> Session:
        found = data or SessionData()
        found.begun_at = found.begun_at or time.time()
        return cls(secrets.token_urlsafe(32), found)

    @property
    def signed_in(self) -> bool:
        return self.data.tokens is not None and self.data.role in ROLES

    @property
    def csrf(self) -> str:
        return csrf_of(self.key)


def csrf_of(key: str) -> str:
    """The token that forms of this session carry. It follows from the key, so that it can be checked after the session
    is over: what was typed is then kept."""
    return hmac.new(key.encode(), b"csrf", hashlib.sha256).hexdigest()


def owner_of(issuer: str, subject: str) -> str:
    return hash_of(issuer, subject)


def hash_of(*parts: str) -> str:
    """By which something is found that is not to be read."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
