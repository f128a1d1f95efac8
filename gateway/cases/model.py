"""What a case is and how it may change. Pure: no database, no portal."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import msgspec

from gateway.connectors.contract import CaseStatus, DocumentRef, Milestone, Money

ENDED: Final = frozenset({CaseStatus.COMPLETED, CaseStatus.REJECTED, CaseStatus.WITHDRAWN, CaseStatus.FAILED})

_OPEN: Final = frozenset({CaseStatus.RECEIVED, CaseStatus.ACTION_REQUIRED, CaseStatus.IN_PROGRESS})

TRANSITIONS: Final[dict[CaseStatus, frozenset[CaseStatus]]] = {
    CaseStatus.RECEIVED: (_OPEN | ENDED) - {CaseStatus.RECEIVED},
    CaseStatus.ACTION_REQUIRED: (_OPEN | ENDED) - {CaseStatus.RECEIVED},
    CaseStatus.IN_PROGRESS: (_OPEN | ENDED) - {CaseStatus.RECEIVED},
    **{status: frozenset[CaseStatus]() for status in ENDED},
}
"""An ended case never changes its status again."""


class ActionType(StrEnum):
    PAY = "pay"
    CHOOSE_SLOT = "choose_slot"
    PROVIDE_DOCUMENT = "provide_document"
    CONFIRM = "confirm"
    RATE = "rate"
    APPEAL = "appeal"


class Part(StrEnum):
    """A part of a journey, in the order they are run."""

    FEE = "fee"
    FILING = "filing"
    FOLLOW = "follow"
    SHIPPING = "shipping"


class Action(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the person must do next."""

    type: ActionType
    code: str
    """Why: `fee_due`, `parcel_lost`. Texts are found by it."""
    portal: str = ""
    until: datetime | None = None
    options: list[str] = []
    amount: Money | None = None


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """A creation that was, or may have been, sent to a portal. It is written before the request leaves."""

    key: str
    at: datetime


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """A portal that does not answer: since when, how often asked."""

    since: datetime
    count: int
    code: str


class State(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What the journey knows of a case. No personal data: portal references, amounts, times."""

    parts: list[Part]
    portal: str
    fast_lane: bool = False
    """A card with this entitlement was shown when the case was filed."""
    fee: Money | None = None
    fee_portal: str = ""
    paid_oid: str = ""
    stamp: str = ""
    stamp_used: bool = False
    reference: str = ""
    filed_at: datetime | None = None
    milestone: Milestone | None = None
    portal_status: str = ""
    steps_seen: int = 0
    documents: list[DocumentRef] = []
    followed: bool = False
    """The filing portal has done its part."""
    delivery_portal: str = ""
    shipment: str = ""
    shipment_steps_seen: int = 0
    round: int = 1
    """Counts re-issues: the second parcel of a lost document is round 2."""
    delivered: bool = False
    shipment_milestone: Milestone | None = None
    action: Action | None = None
    answer: str = ""
    """What the person chose for the action that the journey waits for."""
    intents: dict[str, Intent] = {}
    trouble: Trouble | None = None
    ending: CaseStatus | None = None
    """The end that the journey is bound for, once compensation is done."""
    reason: str = ""
    """Code of why the case ends as it does."""
    taken_back: bool = False
    """The filing portal has taken the demand back."""
    voided: bool = False
    refunded: str = ""
    """The payment portal's reference of the refund; `not_captured` if the money had never been taken."""
    refund_refused: str = ""
    """The payment portal's final no to the refund: somebody has to see to it."""


class Contact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    name: str
    email: str
    phone: str = ""


class Personal(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What is sealed under the person's key."""

    form: dict[str, Any]
    contact: Contact
    access: dict[str, str] = {}
    """Words the portal needs to answer later questions (`Filed.access`)."""
    receipt: str = ""
    """The signed receipt, a compact JWS."""
    refusal: str = ""
    """The portal's own words of a refusal."""
    attachments: list[str] = []


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
    """When the journey goes on. Whoever changes something that it waits for sets it to now."""
    state: State
    due_read: datetime | None = None
    """`due_at` as it was read: the journey moves it without a new version, so only a wish to change it is written."""

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def owner(self) -> str:
        """Under whose key the personal part is sealed: the person, or the client that acts for itself."""
        return self.subject or f"client:{self.client}"

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
