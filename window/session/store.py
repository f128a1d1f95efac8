"""Where sessions are: a table in SQLite or PostgreSQL, so that they survive a crash and are one for all processes.

A row is named by a hash of the cookie's key and sealed with another one: who reads the table alone can neither become
somebody nor read whose tokens they are.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, and_, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from window.session import tables
from window.session.model import Session, SessionData, hash_of, owner_of
from window.session.seals import KEY_BYTES, Seals
from window.session.sign_ins import SECONDS
from window.session.tables import ENDED, KEYS, SESSIONS
from window.settings import WindowSettings

_TOUCH_SECONDS: Final = 60.0
_PURGE_SECONDS: Final = 300.0
_ENDED_SECONDS: Final = 600.0
"""How long a provider's session that has ended is remembered: as long as a code that was given in it can be good
(RFC 6749, section 4.1.2)."""
_NONCE: Final = 12
_KEPT: Final = "kept:"
"""Begins the owner of a row that is no session, but a form that is kept for who signs in again."""
_KEY: Final = "browser"


class EndedAtProvider(Exception):
    """The provider ended its session while somebody was on the way from there."""


class UsedBefore(Exception):
    """A logout token that has done its work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderLogout:
    """What a provider says has ended: one session of its own (`sid`), or all of one person (`subject`) at a client."""

    issuer: str
    client_id: str
    subject: str = ""
    sid: str = ""
    token_id: str
    expires_at: float
    """Of the token: as long it is known again."""


class SessionStore:
    """All methods may be called from the event loop: the database is read in a thread."""

    def __init__(self, settings: WindowSettings) -> None:
        self._idle = settings.sessions.idle_minutes * 60
        self._longest = settings.sessions.longest_hours * 3600
        self._kept_forms = settings.sessions.kept_forms_per_person
        self._sessions = settings.sessions.most_per_person
        self._engine = tables.engine(settings.store_url)
        self._seals: Seals | None = None
        self._purged = 0.0

    async def open(self) -> None:
        await asyncio.to_thread(tables.create, self._engine)

    async def close(self) -> None:
        await asyncio.to_thread(self._engine.dispose)

    async def seals(self) -> Seals:
        """Those of all processes."""
        if self._seals is None:
            self._seals = Seals(await asyncio.to_thread(self._key))
        return self._seals

    async def find(self, key: str, *, used: bool = True) -> Session | None:
        """The session of a cookie, if it has not ended. Using it puts its end off."""
        return await asyncio.to_thread(self._find, key, used)

    async def lives(self, key: str) -> bool:
        """Whether the session of a cookie has not ended. Asking is no use of it."""
        return await asyncio.to_thread(self._lives, key)

    async def add(self, session: Session, seconds: float = 0.0) -> None:
        """`seconds`: how long it lives at most, if not as long as any. Raises `EndedAtProvider`."""
        await asyncio.to_thread(self._add, session, seconds)

    async def change(self, key: str, change: Callable[[SessionData], None]) -> Session | None:
        """The session as it is after `change`, which is given what it holds now; None if it has ended. Of several at
        the same time, in whatever process, each finds what the one before it left."""
        return await asyncio.to_thread(self._change, key, change)

    async def end(self, key: str) -> None:
        await asyncio.to_thread(self._delete, SESSIONS.c.id == _name(key))

    async def end_all(self, owner: str) -> None:
        """Of one person, on all her devices."""
        if owner:
            await asyncio.to_thread(self._delete, SESSIONS.c.owner == owner)

    async def end_at_provider(self, ended: ProviderLogout) -> None:
        """In all processes, and also those that somebody is about to begin. Raises `UsedBefore`."""
        await asyncio.to_thread(self._end_at_provider, ended)

    async def lease_refresh(self, session: Session, seconds: float) -> bool:
        """Whether this request is the one that refreshes the session's tokens. Of several one may, until it gives the
        lease back or the time is over."""
        return await asyncio.to_thread(self._lease, session.key, seconds)

    async def end_lease(self, session: Session) -> None:
        await asyncio.to_thread(self._end_lease, session.key)

    def _key(self) -> bytes:
        """Whichever process comes first makes it."""
        wanted = select(KEYS.c.secret).where(KEYS.c.name == _KEY)
        with self._engine.begin() as connection:
            found = connection.execute(wanted).scalar_one_or_none()
        if found is None:
            try:
                with self._engine.begin() as connection:
                    connection.execute(insert(KEYS).values(name=_KEY, secret=os.urandom(KEY_BYTES)))
            except IntegrityError:
                pass  # another was first
            with self._engine.begin() as connection:
                found = connection.execute(wanted).scalar_one()
        return bytes(found)

    def _find(self, key: str, used: bool) -> Session | None:
        now = time.time()
        with self._engine.begin() as connection:
            row = connection.execute(
                select(SESSIONS).where(SESSIONS.c.id == _name(key), SESSIONS.c.expires_at > now)
            ).first()
            if row is None:
                return None
            data = _unsealed(key, row.sealed)
            if data is None:
                return None
            expires = min(now + self._idle, row.ends_at)
            if used and expires - row.expires_at > _TOUCH_SECONDS:
                connection.execute(update(SESSIONS).where(SESSIONS.c.id == row.id).values(expires_at=expires))
        return Session(key, data)

    def _lives(self, key: str) -> bool:
        with self._engine.begin() as connection:
            mine = select(SESSIONS.c.id).where(SESSIONS.c.id == _name(key), SESSIONS.c.expires_at > time.time())
            return connection.execute(mine).first() is not None

    def _add(self, session: Session, seconds: float) -> None:
        now = time.time()
        ends = now + (seconds or self._longest)
        named = _named(session.data)
        with self._engine.begin() as connection:
            connection.execute(
                insert(SESSIONS).values(
                    id=_name(session.key),
                    sealed=_sealed(session.key, session.data),
                    version=0,
                    expires_at=ends if seconds else min(now + self._idle, ends),
                    ends_at=ends,
                    refreshing_until=0.0,
                    **named,
                )
            )
            self._make_room(connection, named["owner"])
            if now - self._purged > _PURGE_SECONDS:
                self._purged = now
                for table in (SESSIONS, ENDED):
                    connection.execute(delete(table).where(table.c.expires_at < now))
        # Looked up once the row is there for others to see: whoever comes second, of this and an end, finds the other.
        if (named["provider_session"] and self._has_ended(named["provider_session"])) or self._all_ended(session.data):
            self._delete(SESSIONS.c.id == _name(session.key))
            raise EndedAtProvider

    def _make_room(self, connection: Connection, owner: str) -> None:
        """Of the sessions of one person the oldest go first, and so of the forms that are kept for her."""
        if not owner:
            return
        most = self._kept_forms if owner.startswith(_KEPT) else self._sessions
        hers = SESSIONS.c.owner == owner
        count = connection.execute(select(func.count()).where(hers)).scalar_one()
        if (over := count - most) > 0:
            oldest = select(SESSIONS.c.id).where(hers).order_by(SESSIONS.c.ends_at).limit(over)
            connection.execute(delete(SESSIONS).where(SESSIONS.c.id.in_(oldest)))

    def _change(self, key: str, change: Callable[[SessionData], None]) -> Session | None:
        mine = SESSIONS.c.id == _name(key)
        with self._engine.begin() as connection:
            # Writing comes first: it keeps everybody else out, on either database, until the end of the transaction.
            locked = (
                update(SESSIONS).where(mine, SESSIONS.c.expires_at > time.time()).values(version=SESSIONS.c.version + 1)
            )
            row = connection.execute(locked.returning(SESSIONS.c.sealed)).first()
            data = _unsealed(key, row.sealed) if row is not None else None
            if data is None:
                return None
            change(data)
            connection.execute(update(SESSIONS).where(mine).values(sealed=_sealed(key, data), **_named(data)))
        return Session(key, data)

    def _delete(self, which: Any) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(SESSIONS).where(which))

    def _end_at_provider(self, ended: ProviderLogout) -> None:
        which = SESSIONS.c.client == hash_of(ended.issuer, ended.client_id)
        if ended.subject:
            which = and_(which, SESSIONS.c.owner == owner_of(ended.issuer, ended.subject))
        session = hash_of(ended.issuer, ended.client_id, ended.sid)
        if ended.sid:
            which = and_(which, SESSIONS.c.provider_session == session)
        token = hash_of("logout token", ended.issuer, ended.token_id)
        if self._has_ended(token):
            raise UsedBefore
        if ended.sid:
            self._remember_end(session, time.time() + _ENDED_SECONDS)
        else:
            self._remember_end_of_all(_all_of(ended.issuer, ended.client_id, owner_of(ended.issuer, ended.subject)))
        self._delete(which)
        # Last: if this process dies before, the provider's next attempt does it all again.
        if not self._remember_end(token, ended.expires_at):
            raise UsedBefore

    def _remember_end(self, id: str, until: float) -> bool:
        """False if it is remembered already."""
        with self._engine.begin() as connection:
            connection.execute(delete(ENDED).where(ENDED.c.id == id, ENDED.c.expires_at <= time.time()))
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(ENDED).values(id=id, expires_at=until))
        except IntegrityError:
            return False
        return True

    def _remember_end_of_all(self, id: str) -> None:
        """Until every sign-in that was under way is over; a later end takes the place of an earlier one."""
        until = time.time() + SECONDS
        later = update(ENDED).where(ENDED.c.id == id, ENDED.c.expires_at < until).values(expires_at=until)
        with self._engine.begin() as connection:
            if connection.execute(later).rowcount:
                return
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(ENDED).values(id=id, expires_at=until))
        except IntegrityError:  # another process remembers an end of the same moment
            with self._engine.begin() as connection:
                connection.execute(later)

    def _all_ended(self, data: SessionData) -> bool:
        """Whether all sessions of this person were ended at the provider since she set out for it."""
        if not data.owner:
            return False
        with self._engine.begin() as connection:
            mine = ENDED.c.id == _all_of(data.issuer, data.client_id, data.owner)
            until = connection.execute(select(ENDED.c.expires_at).where(mine)).scalar_one_or_none()
        return until is not None and data.sign_in_begun_at <= until - SECONDS

    def _has_ended(self, id: str) -> bool:
        with self._engine.begin() as connection:
            ended = select(ENDED.c.id).where(ENDED.c.id == id, ENDED.c.expires_at > time.time())
            return connection.execute(ended).first() is not None

    def _lease(self, key: str, seconds: float) -> bool:
        now = time.time()
        with self._engine.begin() as connection:
            taken = connection.execute(
                update(SESSIONS)
                .where(SESSIONS.c.id == _name(key), SESSIONS.c.refreshing_until < now)
                .values(refreshing_until=now + seconds)
            )
            return taken.rowcount == 1

    def _end_lease(self, key: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(SESSIONS).where(SESSIONS.c.id == _name(key)).values(refreshing_until=0.0))


def _name(key: str) -> str:
    return hashlib.sha256(b"id:" + key.encode()).hexdigest()


def _all_of(issuer: str, client_id: str, owner: str) -> str:
    return hash_of("all sessions", issuer, client_id, owner)


def _named(data: SessionData) -> dict[str, str]:
    """By what a row is found without its key."""
    if data.kept is not None and not data.owner:
        return {"owner": (_KEPT + data.kept.owner)[:32], "client": "", "provider_session": ""}
    sid = hash_of(data.issuer, data.client_id, data.provider_session) if data.provider_session else ""
    return {"owner": data.owner, "client": hash_of(data.issuer, data.client_id), "provider_session": sid}


def _cipher(key: str) -> AESGCM:
    return AESGCM(hashlib.sha256(b"seal:" + key.encode()).digest())  # the key has 256 bits of chance: no salt is needed


def _sealed(key: str, data: SessionData) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + _cipher(key).encrypt(nonce, msgspec.msgpack.encode(data), _name(key).encode())


def _unsealed(key: str, sealed: bytes) -> SessionData | None:
    """None for a row of an older version of the window, or one that was tampered with: she signs in again."""
    try:
        plain = _cipher(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], _name(key).encode())
        return msgspec.msgpack.decode(plain, type=SessionData)
    except (InvalidTag, msgspec.MsgspecError):
        return None
