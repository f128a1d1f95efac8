"""Tickets: what a browser's `EventSource`, which cannot send a token, opens an event stream with.

A ticket stands in an address, where proxies and histories see it. So it is good once and for a minute by the database's
clock, for one stream, and it is worth no more than the token it was given for: who calls, by which mandate, how surely
she is known, and how long the token lives. The database holds its hash, and the rest sealed under the person's key.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection, delete, insert

from gateway.auth.errors import AuthError, Scheme
from gateway.auth.principal import Principal, PrincipalKind
from gateway.auth.scopes import Scope
from gateway.storage import Storage
from gateway.storage.clock import database_in, database_now
from gateway.storage.tables import event_tickets as table
from gateway.storage.vault import Vault, VaultError

SCOPE: Final[Scope] = "cases:read"
"""All that a ticket is good for."""
_PREFIX: Final = "ticket_"
_BYTES: Final = 32


class _Sealed(msgspec.Struct, frozen=True):
    kind: PrincipalKind
    client_id: str
    issuer: str
    pseudonym: str
    actor: str
    acr: str
    scheme: Scheme
    expires_at: float
    key: str
    mandate: str
    case_id: str
    language: str


@dataclass(frozen=True, slots=True)
class Given:
    ticket: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Redeemed:
    principal: Principal
    """Who was given the ticket, without the mandate."""
    mandate: str
    """Id of the mandate, for an agent; empty for anybody else."""
    language: str


class Tickets:
    def __init__(self, storage: Storage, vault: Vault, seconds: float) -> None:
        self._storage, self._vault, self._seconds = storage, vault, seconds

    def give(self, tx: Connection, principal: Principal, *, case_id: str, language: str) -> Given:
        """A ticket for the stream of this case; of all the caller's cases, if `case_id` is empty."""
        ticket = _PREFIX + secrets.token_urlsafe(_BYTES)
        acting = principal.acting
        sealed = _Sealed(
            kind=principal.kind,
            client_id=principal.client_id,
            issuer=principal.issuer,
            pseudonym="" if acting else principal.pseudonym,
            actor=principal.actor,
            acr=principal.acr,
            scheme=principal.scheme,
            expires_at=principal.expires_at,
            key=principal.key,
            mandate=acting.mandate if acting else "",
            case_id=case_id,
            language=language,
        )
        known_by, owner = _hash(ticket), principal.owner
        expires_at = tx.execute(
            insert(table)
            .values(
                hash=known_by,
                owner=owner,
                expires_at=database_in(self._seconds),
                sealed=self._vault.seal(tx, owner, msgspec.json.encode(sealed), context=known_by),
            )
            .returning(table.c.expires_at)
        ).scalar_one()
        return Given(ticket, expires_at)

    async def redeem(self, ticket: str, *, case_id: str) -> Redeemed:
        """Use the ticket up. Raises `AuthError` if it was used, is too old, is for another stream, or is none."""
        known_by = _hash(ticket)

        def work(tx: Connection) -> _Sealed | None:
            found = tx.execute(
                delete(table)
                .where(table.c.hash == known_by)
                .returning(table.c.owner, table.c.sealed, (table.c.expires_at > database_now()).label("good"))
            ).one_or_none()
            if found is None or not found.good:
                return None
            try:
                plain = self._vault.open(tx, found.owner, found.sealed, context=known_by)
            except VaultError:  # the person was erased meanwhile
                return None
            return msgspec.json.decode(plain, type=_Sealed)

        kept = await self._storage.run_write(work)
        if kept is None or kept.case_id != case_id:
            raise AuthError("ticket_invalid", "the ticket was used, is too old, or is not for this stream")
        principal = Principal(
            kind=kept.kind,
            client_id=kept.client_id,
            issuer=kept.issuer,
            subject="",
            pseudonym=kept.pseudonym,
            actor=kept.actor,
            scopes=frozenset({SCOPE}),
            acr=kept.acr,
            scheme=kept.scheme,
            expires_at=kept.expires_at,
            key=kept.key,
        )
        return Redeemed(principal, kept.mandate, kept.language)


def forget_expired(tx: Connection) -> None:
    tx.execute(delete(table).where(table.c.expires_at <= database_now()))


def _hash(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()
