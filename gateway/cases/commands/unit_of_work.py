"""A write of a caller: done once for its Idempotency-Key, in one unit of work.

The unit of work is one transaction. In it are what the use case writes, the stored response of the key and the audit
record of the call; it commits once. The use case's caller says how the result is presented, because a repetition gets
the very same response.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from sqlalchemy import Connection

from gateway.audit.log import AuditLog
from gateway.auth.mandates import Mandates
from gateway.cases.commands.caller import Caller, require_permission_in
from gateway.cases.idempotency import Hold, Idempotency, StoredResponse
from gateway.cases.store import Conflict, attempts
from gateway.storage import Storage

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)

_KEY_LENGTH: Final = 255


class IdempotencyKeyMissing(Exception):
    """Every write needs one."""


class IdempotencyKeyInvalid(Exception):
    """Too long, or not printable."""


class ShuttingDown(Exception):
    """The process is stopping and accepts no new writes."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


class VersionMismatch(Exception):
    """The case, or whatever else is changed, is not the version that the caller has seen."""


class StillChanging(Exception):
    """The case was changed by others at each attempt."""


class Presenter(Protocol[T_contra]):
    """Makes the response for the caller, which is also stored with the key. Called in the unit of work, in its
    thread."""

    def __call__(self, result: T_contra, /) -> StoredResponse: ...


class Versioned(Protocol):
    @property
    def version(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteRequest:
    """The parameters of a write besides its input."""

    caller: Caller
    key: str
    """The caller's Idempotency-Key; empty if there is none."""
    content: bytes
    """What makes a repetition the same request: method, path and body."""
    expected_versions: frozenset[str] | None = None
    """Versions of the resource that the write accepts; None: any."""
    retry_on_change: bool = True
    """Whether to try again when somebody else changes the case meanwhile."""

    def check_version(self, resource: Versioned) -> None:
        """Raises `VersionMismatch`."""
        if self.expected_versions is not None and str(resource.version) not in self.expected_versions:
            raise VersionMismatch


@dataclass(frozen=True, slots=True)
class Written:
    response: StoredResponse
    replayed: bool
    """The response that an earlier request with this key got."""


@dataclass(frozen=True, slots=True)
class UnitOfWork:
    """The transaction in which a write is completed."""

    storage: Storage
    mandates: Mandates
    audit: AuditLog
    hold: Hold
    caller: Caller

    async def commit(
        self, work: Callable[[Connection], T], present: Presenter[T], *, at_portal: bool = False
    ) -> StoredResponse:
        """Do `work`, store its response for repetitions, append the call's audit record, commit.

        It checks the caller's right again, unless the work was done `at_portal`, which checked it before it began: then
        the response reports that work, whatever else has changed. The stored response belongs to the person whom the
        record names.
        """

        def unit(tx: Connection) -> StoredResponse:
            self.hold.take(tx)
            result = work(tx)
            if not at_portal:
                require_permission_in(tx, self.mandates, self.caller)
            entry = self.caller.entry
            response = self.hold.complete(tx, present(result), about=entry.subject)
            entry.status, entry.response = response.status, b"" if entry.secret_response else response.body
            self.audit.append(tx, entry)
            return response

        return await self.storage.run_write(unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotentWrites:
    """Runs the work of a use case once per Idempotency-Key."""

    storage: Storage
    idempotency: Idempotency
    mandates: Mandates
    audit: AuditLog
    accepting: Callable[[], bool]
    """Whether this process still takes new writes."""
    wake_worker: Callable[[], None]
    """Tells the journey worker that a case has become due."""

    async def run(
        self,
        request: WriteRequest,
        work: Callable[[UnitOfWork], Awaitable[StoredResponse]],
        *,
        holds_key: bool = False,
    ) -> Written:
        """Do `work`, which ends with `UnitOfWork.commit`, unless the key has a stored response already.

        `holds_key`: the key is claimed beforehand in a transaction of its own, for work that calls a portal; otherwise
        the unit of work claims it. Work whose case was changed by somebody else meanwhile is done again.

        Raises `IdempotencyKeyMissing`, `IdempotencyKeyInvalid`, `ShuttingDown`, `VersionMismatch`, `StillChanging`,
        what `gateway.cases.idempotency` and `work` raise.
        """
        caller, key = request.caller, request.key
        if not key:
            raise IdempotencyKeyMissing
        if len(key) > _KEY_LENGTH or not key.isprintable():
            raise IdempotencyKeyInvalid
        caller.entry.idempotency_key_hash = hashlib.sha256(key.encode()).hexdigest()
        if not self.accepting():
            raise ShuttingDown(5)

        async def held(hold: Hold) -> StoredResponse:
            unit = UnitOfWork(self.storage, self.mandates, self.audit, hold, caller)
            async for _ in attempts():
                try:
                    return await work(unit)
                except Conflict as error:
                    if not request.retry_on_change:
                        raise VersionMismatch from error
            raise StillChanging

        response, replayed = await self.idempotency.run(
            client=caller.principal.client_id,
            subject=caller.principal.pseudonym or caller.principal.actor,
            key=key,
            request=request.content,
            work=held,
            at_once=not holds_key,
        )
        self.wake_worker()
        return Written(response, replayed)
