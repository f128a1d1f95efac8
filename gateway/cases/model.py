"""The model of a case and its allowed changes. Pure: no database, no portal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, Final

import msgspec

from gateway.cases.state import State
from gateway.connectors.contract import CaseStatus, Requester

ENDED: Final = frozenset({CaseStatus.COMPLETED, CaseStatus.REJECTED, CaseStatus.WITHDRAWN, CaseStatus.FAILED})

_OPEN: Final = frozenset({CaseStatus.RECEIVED, CaseStatus.ACTION_REQUIRED, CaseStatus.IN_PROGRESS})

TRANSITIONS: Final[dict[CaseStatus, frozenset[CaseStatus]]] = {
    CaseStatus.RECEIVED: (_OPEN | ENDED) - {CaseStatus.RECEIVED},
    CaseStatus.ACTION_REQUIRED: (_OPEN | ENDED) - {CaseStatus.RECEIVED},
    CaseStatus.IN_PROGRESS: (_OPEN | ENDED) - {CaseStatus.RECEIVED},
    **{status: frozenset[CaseStatus]() for status in ENDED},
}
"""An ended case never changes its status again."""


class Contact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    name: str
    email: str
    phone: str = ""


class Personal(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What is sealed under the person's key."""

    form: dict[str, Any]
    contact: Contact
    access: dict[str, str] = {}
    """Values that the portal needs in later queries (`Filed.access`)."""
    receipt: str = ""
    """The signed receipt, a compact JWS."""
    refusal: str = ""
    """The portal's own words of a refusal: `State.objection` says of which."""
    asked: str = ""
    """The portal's own words about what it asks, for the action that is `worded`."""
    attachments: list[str] = []
    words: dict[str, str] = {}
    """Text of the person in an answer that the portal has not received yet, by action."""
    requester: Requester | None = None
    """Who made the demand, as verified; a case of an earlier version has `national_id` alone."""
    national_id: str = ""
    """As the identity provider has verified it; whoever gives appointments asks for it."""


class Case(msgspec.Struct, kw_only=True):
    id: str
    client: str
    subject: str
    service: str
    status: CaseStatus
    version: int
    language: str
    created_at: datetime
    updated_at: datetime
    deadline_on: str | None
    due_at: datetime | None
    """When the journey goes on. A writer that changes something the journey waits for sets it to now. The stored time
    is as far from the database's clock as this one is from the machine's."""
    state: State
    checked_at: datetime | None = None
    """When the portal that the case waits for last said where it stands. Only `Claims` and `Cases` write it."""
    prompted_at: datetime | None = None
    """When an action or a portal's notice last gave reason to expect news. Only `Cases` writes it."""
    checked: bool = False
    """The portal has just said where it stands: the next save writes `checked_at`."""
    due_read: datetime | None = None
    """`due_at` as it was read: the journey moves it without a new version, so only a wish to change it is written."""
    claimed_by: str | None = None
    """The worker that held the case when it was read. Only `Claims` writes it."""
    read_at: datetime | None = None
    """When it was read, by the database's clock; None for a case that has not been stored."""
    read_tick: float = msgspec.field(default_factory=monotonic)
    damaged: bool = False
    """A part of its stored state cannot be read. It can be looked at, and not be saved."""

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def owner(self) -> str:
        """Under whose key the personal part is sealed: the person, or the client that acts for itself."""
        return self.subject or f"client:{self.client}"

    def clock(self) -> datetime:
        """The current time, by the database's clock if the case was read from it: for times that other machines
        compare."""
        if self.read_at is None:
            return now()
        return self.read_at + timedelta(seconds=monotonic() - self.read_tick)

    def move(self, status: CaseStatus) -> None:
        """Change the status; `ValueError` on a change that must never happen."""
        if status == self.status:
            return
        if status not in TRANSITIONS[self.status]:
            raise ValueError(f"a case cannot go from {self.status} to {status}")
        self.status = status


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a case's timeline. `data` holds no personal data."""

    code: str
    portal: str = ""
    data: dict[str, Any] = {}
    at: datetime = msgspec.field(default_factory=lambda: datetime.now(UTC))


class StoredEvent(msgspec.Struct, frozen=True, kw_only=True):
    seq: int
    at: datetime
    code: str
    status: CaseStatus
    portal: str | None
    data: dict[str, Any]


def now() -> datetime:
    return datetime.now(UTC)
