"""Proofs of the key that a token is bound to: DPoP (RFC 9449), the resource server's part (4.3, 7, 9 and 11)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import Connection, delete
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from gateway.auth.binding import Call
from gateway.auth.errors import AuthError
from gateway.auth.jws import FAPI, BadJws, Jws, Key, UnusableKey, b64url, parse, read_key
from gateway.auth.keys import KeyRing
from gateway.settings import Auth
from gateway.storage import Storage
from gateway.storage.tables import dpop_proofs as table

ALGORITHMS: Final = FAPI
_IDENTIFIER_CHARACTERS: Final = 512
_LAST_INSTANT: Final = 1e12
_RSA_BITS: Final = 4096
"""A stranger brings the key: a longer one would only cost us time."""
_ESCAPED: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PORTS: Final = {"http": 80, "https": 443}


class Proofs:
    """Checks proofs. Those that were good are kept for as long as they could be good again, in the store, so that none
    passes twice, whichever process it is shown to."""

    def __init__(
        self, storage: Storage, ring: KeyRing, settings: Auth, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._storage, self._ring, self._clock = storage, ring, clock
        self._limits, self._leeway = settings.dpop, settings.leeway_seconds

    def nonce(self, back: int = 0) -> str:
        """The nonce of now, or of so many turns before: the same in every process that has the key folder."""
        turn = int(self._clock() // self._limits.nonce_seconds) - back
        return self._ring.digest("dpop-nonce", str(turn))[:32]

    async def check(self, call: Call, token: str, thumbprint: str) -> str:
        """That the call carries a fresh proof by the token's key. The nonce that the client should use from now on, if
        its own is the old one; else empty. Raises `AuthError`."""
        if len(call.proofs) != 1:
            raise _invalid("there must be one DPoP header")
        proof = call.proofs[0]
        if len(proof) > self._limits.proof_max_bytes or not proof.isascii():
            raise _invalid("the proof is too long, or not a JWT")
        key, claims = _verified(proof)
        if not compare_digest(key.thumbprint, thumbprint):
            raise AuthError("token_binding_failed", "the token is bound to another key", scheme="DPoP")
        if claims.get("htm") != call.method:
            raise _invalid("the proof is for another method")
        if normalised(claims.get("htu")) != normalised(call.url):
            raise _invalid("the proof is for another address")
        if not compare_digest(str(claims.get("ath", "")).encode(), b64url(sha256(token.encode()).digest()).encode()):
            raise _invalid("the proof is for another token")
        next_nonce = self._check_nonce(claims)
        made = claims.get("iat")
        if isinstance(made, bool) or not isinstance(made, int | float) or not 0 <= made < _LAST_INSTANT:
            raise _invalid("iat is missing or not a time")
        now = self._clock()
        if not now - self._limits.proof_seconds - self._leeway <= made <= now + self._leeway:
            raise _invalid("the proof is too old, or of the future")
        await self._refuse_replay(key, claims.get("jti"))
        return next_nonce

    def _check_nonce(self, claims: dict[str, Any]) -> str:
        if not self._limits.nonce:
            return ""
        given, now = claims.get("nonce"), self.nonce()
        if given == now:
            return ""
        if given == self.nonce(1):
            return now
        reason = "the proof must carry the nonce of this answer"
        raise AuthError("dpop_nonce_required", reason, scheme="DPoP", nonce=now)

    async def _refuse_replay(self, key: Key, identifier: object) -> None:
        if not isinstance(identifier, str) or not 0 < len(identifier) <= _IDENTIFIER_CHARACTERS:
            raise _invalid("jti is missing or too long")
        digest = sha256(f"{key.thumbprint}\0{identifier}".encode("utf-8", "surrogatepass")).hexdigest()
        until = datetime.fromtimestamp(self._clock() + self._limits.proof_seconds + 3 * self._leeway, UTC)
        insert = sqlite_insert if self._storage.sqlite else postgresql_insert
        kept = insert(table).values(id=digest, expires_at=until).on_conflict_do_nothing().returning(table.c.id)

        def keep(tx: Connection) -> bool:
            return tx.execute(kept).scalar_one_or_none() is not None

        if not await self._storage.run_write(keep):
            raise _invalid("the proof was used before")

    async def forget_expired(self) -> None:
        moment = datetime.fromtimestamp(self._clock(), UTC) - timedelta(seconds=self._leeway)
        await self._storage.run_write(lambda tx: tx.execute(delete(table).where(table.c.expires_at < moment)))


def _verified(proof: str) -> tuple[Key, dict[str, Any]]:
    """The key that a proof brings, and what it says under a good signature of that key."""
    try:
        jws: Jws = parse(proof)
        claims = jws.claims()
        key = read_key(jws.header.get("jwk"))
    except (BadJws, UnusableKey) as error:
        raise _invalid(f"the proof cannot be used: {error}") from error
    if str(jws.header.get("typ", "")).lower() != "dpop+jwt":
        raise _invalid("the proof's typ is not dpop+jwt")
    algorithm = jws.header.get("alg")
    if algorithm not in ALGORITHMS:
        raise _invalid("the proof's algorithm is not accepted")
    if key.kty == "RSA" and key.public.key_size > _RSA_BITS:
        raise _invalid("the proof's key is too long")
    if not key.verifies(jws, algorithm):
        raise _invalid("the proof's signature does not verify")
    return key, claims


def normalised(url: object) -> str | None:
    """An http(s) address by RFC 3986, 6.2.2 and 6.2.3, without query and fragment; None for anything else."""
    if not isinstance(url, str) or not url.isascii() or any(each <= " " or each in '\\"<>' for each in url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    scheme, host = parts.scheme, parts.hostname
    if scheme not in _PORTS or not host or "@" in parts.netloc:
        return None
    named = f"[{host}]" if ":" in host else host
    where = named if port in (None, _PORTS[scheme]) else f"{named}:{port}"
    return f"{scheme}://{where}{_dots_removed(_ESCAPED.sub(_unescaped, parts.path))}"


def _unescaped(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else match[0].upper()


def _dots_removed(path: str) -> str:
    """RFC 3986, 5.2.4, for an absolute path."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            kept[-1:] = []
        elif segment != ".":
            kept.append(segment)
    if segments and segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _invalid(reason: str) -> AuthError:
    return AuthError("dpop_proof_invalid", reason, scheme="DPoP")
