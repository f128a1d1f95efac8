"""Personal data at rest: AES-256-GCM under a key per person, kept under the store key. Delete it, erase the person.

A sealed value is bound to its person and to a context (the case's id, say), so that a row copied elsewhere does not
open. The person's key is read from the database each time: an erasure done by another process holds at once.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.storage.compiled_statements import CompiledStatement, StatementResult
from gateway.storage.remembered import remembered
from gateway.storage.tables import subject_keys

_VERSION: Final = b"\x01"
_ID: Final = 8  # bytes that name a data key
_NONCE: Final = 12
_HEAD: Final = len(_VERSION) + _ID


class VaultError(Exception):
    """The sealed data cannot be opened."""


class Erased(VaultError):
    """The person's key was destroyed; what it sealed is gone for good."""


class Tampered(VaultError):
    """The data were changed, cut, or moved to another person or context."""


class WrongStoreKey(VaultError):
    """The store key does not open the person's key: another store key sealed it, or its row was changed."""


class Vault:
    """Seals and opens under `storage_key`, 32 bytes.

    `subject` is any string: a pseudonym, or for an app's own data its client id.
    """

    def __init__(self, storage_key: bytes) -> None:
        if len(storage_key) != 32:
            raise ValueError("the store key has 32 bytes")
        self._store = AESGCM(storage_key)

    def seal(self, tx: Connection, subject: str, plaintext: bytes, *, context: str) -> bytes:
        """The sealed form, some 37 bytes longer. Makes the subject's key if there is none, in the same transaction."""
        key_id, key = self._key(tx, subject)
        return _sealed(key_id, key, plaintext, _bound(subject, context))

    def expect(self, tx: Connection, subject: str) -> None:
        """Ask for the subject's key together with what is asked next: something will be sealed or opened under it."""
        known = remembered(tx)
        if (self, subject) not in known and (_ASKED, subject) not in known:
            known[_ASKED, subject] = _WRAPPED_LOCKED.later(tx, {"person": subject})

    def open(self, connection: Connection, subject: str, sealed: bytes, *, context: str) -> bytes:
        """The plaintext. Raises `Erased`, `Tampered` or `WrongStoreKey`."""
        return self.open_under(_wrapped(connection, subject), subject, sealed, context=context)

    def open_under(self, wrapped: bytes | None, subject: str, sealed: bytes, *, context: str) -> bytes:
        """The same with the subject's key as it was just read from `subject_keys`; None if there is none."""
        if wrapped is None:
            raise Erased("the subject has no key")
        key_id, key = self._unwrap(subject, wrapped)
        return _opened(key_id, key, sealed, _bound(subject, context))

    def _key(self, tx: Connection, subject: str) -> tuple[bytes, AESGCM]:
        """The subject's key and its id; a new one if there is none. Nobody erases it before the transaction ends, so
        that it is read once in it."""
        known = remembered(tx)
        key: tuple[bytes, AESGCM] | None = known.get((self, subject))
        if key is None:
            key = known[self, subject] = self._locked_key(tx, subject)
        return key

    def _locked_key(self, tx: Connection, subject: str) -> tuple[bytes, AESGCM]:
        asked: StatementResult | None = remembered(tx).pop((_ASKED, subject), None)
        wrapped = _wrapped(tx, subject, lock=True) if asked is None else asked.scalar()
        if wrapped is None:
            self._create(tx, subject)
            wrapped = _wrapped(tx, subject, lock=True)
            assert wrapped is not None, "the row was written in this transaction"
        return self._unwrap(subject, wrapped)

    def erase(self, tx: Connection, subject: str) -> bool:
        """Destroy the subject's key. False if there was none."""
        for known in ((self, subject), (_ASKED, subject)):
            remembered(tx).pop(known, None)
        result = tx.execute(delete(subject_keys).where(subject_keys.c.subject == subject))
        return result.rowcount > 0

    def fits(self, connection: Connection) -> bool:
        """Whether the store key is the one that the kept keys are under; looks at the newest of them."""
        newest = select(subject_keys.c.subject, subject_keys.c.wrapped).order_by(subject_keys.c.created_at.desc())
        row = connection.execute(newest.limit(1)).one_or_none()
        try:
            if row is not None:
                self._unwrap(row.subject, row.wrapped)
        except WrongStoreKey:
            return False
        return True

    def _create(self, tx: Connection, subject: str) -> None:
        insert = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
        row = {"subject": subject, "wrapped": self._new_key(subject), "created_at": datetime.now(UTC)}
        tx.execute(insert(subject_keys).values(row).on_conflict_do_nothing())  # another call may have made it

    def _new_key(self, subject: str) -> bytes:
        head, nonce = _VERSION + os.urandom(_ID), os.urandom(_NONCE)
        return head + nonce + self._store.encrypt(nonce, AESGCM.generate_key(256), head + subject.encode())

    def _unwrap(self, subject: str, wrapped: bytes) -> tuple[bytes, AESGCM]:
        head, nonce, ciphertext = wrapped[:_HEAD], wrapped[_HEAD : _HEAD + _NONCE], wrapped[_HEAD + _NONCE :]
        try:
            return head[1:], AESGCM(self._store.decrypt(nonce, ciphertext, head + subject.encode()))
        except (InvalidTag, ValueError):
            raise WrongStoreKey("the store key does not open the subject's key") from None


_ASKED: Final = "key asked for"
_OF_PERSON: Final = select(subject_keys.c.wrapped).where(subject_keys.c.subject == bindparam("person"))
_WRAPPED: Final = CompiledStatement(_OF_PERSON)
_WRAPPED_LOCKED: Final = CompiledStatement(_OF_PERSON.with_for_update(read=True))
"""Or an erasure could slip in between this read and the commit, and take the new data with it."""


def _wrapped(connection: Connection, subject: str, *, lock: bool = False) -> bytes | None:
    query = _WRAPPED_LOCKED if lock else _WRAPPED
    found: bytes | None = query.scalar(connection, {"person": subject})
    return found


def _sealed(key_id: bytes, key: AESGCM, plaintext: bytes, bound: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return _VERSION + key_id + nonce + key.encrypt(nonce, plaintext, bound)


def _opened(key_id: bytes, key: AESGCM, sealed: bytes, bound: bytes) -> bytes:
    if len(sealed) <= _HEAD + _NONCE or sealed[:1] != _VERSION:
        raise Tampered("not a sealed value")
    if sealed[1:_HEAD] != key_id:
        raise Erased("sealed under a key that no longer exists")
    nonce, ciphertext = sealed[_HEAD : _HEAD + _NONCE], sealed[_HEAD + _NONCE :]
    try:
        return key.decrypt(nonce, ciphertext, bound)
    except InvalidTag:
        raise Tampered("the sealed value does not belong here or was changed") from None


def _bound(subject: str, context: str) -> bytes:
    name = subject.encode()
    return len(name).to_bytes(4, "big") + name + context.encode()
