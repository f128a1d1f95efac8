"""What the journey knows of a case, by part. Pure: no database, no portal."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Literal

import msgspec

from gateway.connectors.contract import CaseStatus, DocumentRef, Milestone, Money, Operation, Post, Slot


class ActionType(StrEnum):
    PAY = "pay"
    CHOOSE_SLOT = "choose_slot"
    PROVIDE_DOCUMENT = "provide_document"
    CONFIRM = "confirm"
    RATE = "rate"
    APPEAL = "appeal"


class Part(StrEnum):
    """A part of a journey. Their order is that of `State.parts`."""

    FEE = "fee"
    APPOINTMENT = "appointment"
    FILING = "filing"
    FOLLOW = "follow"
    SHIPPING = "shipping"


class Action(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the person must do next or, if it is optional, may do."""

    type: ActionType
    code: str
    """Why: `fee_due`, `parcel_lost`, or the portal's own word. Texts are found by it."""
    portal: str = ""
    until: datetime | None = None
    options: list[str] = []
    amount: Money | None = None
    optional: bool = False
    asked: bool = False
    """The filing portal asked for it: the answer goes there."""

    def same(self, other: Action | None) -> bool:
        """The same question. Its last day may have been moved."""
        key = (self.type, self.code, self.amount, self.asked)
        return other is not None and key == (other.type, other.code, other.amount, other.asked)


class QueuedReply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the person answered, until the filing portal has it. Words of the person are in `Personal.words`."""

    action: Action
    choice: str = ""
    attachments: list[str] = []
    booking: str = ""
    charge: int = 0
    """For `pay`: which of the charges."""
    told: bool = False
    """The portal has it; only the stamp remains to be used up."""

    def handed(self) -> QueuedReply:
        return msgspec.structs.replace(self, told=True)


class Charge(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Something to pay: the service's fee, or one that the filing portal asked for on the way."""

    code: str
    """`fee_due`, or the word of the portal that asked."""
    portal: str
    """Who takes the money and gives the stamp."""
    amount: Money
    paid_oid: str = ""
    stamp: str = ""
    stamp_used: bool = False
    on_lodging: bool = False
    """The stamp is used up when the portal has the file in hand, not when it is filed."""
    lapsed: bool = False
    """The portal no longer asks for it; it was not paid."""
    voided: bool = False
    void_refused: str = ""
    """The portal's final no to cancelling the stamp: it stays as it is."""
    refunded: str = ""
    """The payment portal's reference of the refund; `not_captured` if the money had never been taken."""
    kept: bool = False
    """The portal keeps the demand that it was paid for, and carries it out: nothing goes back."""
    refund_refused: str = ""
    """The payment portal's final no to the refund: somebody has to see to it."""

    @property
    def due(self) -> bool:
        return not self.paid_oid and not self.lapsed

    @property
    def stampless(self) -> bool:
        return bool(self.paid_oid) and not self.stamp


class BookedAppointment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A booked appointment, with what a person has to know of the place."""

    key: str
    reference: str
    portal: str
    slot: Slot
    post: Post
    state: Literal["booked", "cancelled", "missed", "kept"] = "booked"
    """`kept`: the case has ended, and the portal would not cancel it any more."""

    def became(self, state: Literal["cancelled", "missed", "kept"]) -> BookedAppointment:
        return msgspec.structs.replace(self, state=state)

    @property
    def ahead(self) -> bool:
        return self.state == "booked" and self.slot.start > datetime.now(UTC)


class PendingBooking(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The slot that is being booked at this moment."""

    portal: str
    slot: Slot
    post: Post


class Term(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A legal term: `on` is its last day as it is dated in Morocco (ISO 8601)."""

    code: str
    """`acknowledge`, `triage`, or `answer` for the whole demand."""
    on: str
    reminded: bool = False
    passed: bool = False


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """A creation that was, or may have been, sent to a portal. It is written before the request leaves."""

    portal: str
    key: str
    at: datetime


class Outage(msgspec.Struct, frozen=True, kw_only=True):
    """A portal that does not answer: since when, how often asked."""

    since: datetime
    count: int
    code: str


class PaymentPart(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What is to be paid, or was."""

    charges: list[Charge] = []
    """The service's fee comes first, if there is one; then what was asked for on the way."""


class FilingPart(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The demand at the portal that it is filed with."""

    portal: str
    post: str = ""
    """Which of the portal's posts has the demand, if it names one."""
    fast_lane: bool = False
    """A card with this entitlement was shown when the case was filed."""
    related_case: str = ""
    reference: str = ""
    filed_at: datetime | None = None
    answered_at: datetime | None = None
    """When the portal first said yes or no."""
    terms: list[Term] = []
    milestone: Milestone | None = None
    portal_status: str = ""
    steps_seen: int = 0
    documents: list[DocumentRef] = []
    followed: bool = False
    """The portal has done its part."""
    rating: str = ""
    """What the person chose when asked to rate, once the portal has it."""


class AppointmentPart(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The appointment, and what is being booked."""

    booked: BookedAppointment | None = None
    pending: PendingBooking | None = None
    attempts: int = 0
    """Counts attempts to book, so that each has a key of its own."""
    replaced: list[str] = []
    """Bookings that another one has replaced, to be cancelled."""


class ShipmentPart(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The parcel."""

    portal: str = ""
    number: str = ""
    steps_seen: int = 0
    round: int = 1
    """Counts re-issues: the second parcel of a lost document is round 2."""
    milestone: Milestone | None = None
    delivered: bool = False


class EndingPart(msgspec.Struct, kw_only=True, omit_defaults=True):
    """How the case ends without its result, and what that needs of its portals."""

    status: CaseStatus | None = None
    """The end that the journey is bound for, once compensation is done."""
    reason: str = ""
    """Code of why the case ends as it does."""
    withdrawing: datetime | None = None
    """Since when the filing portal is being asked to take the demand back, while the person waits."""
    taken_back: bool = False
    """The filing portal has taken the demand back."""
    closed: bool = False
    """The filing portal itself has ended the demand, well or not: there is nothing to take back."""
    kept: bool = False
    """The filing portal would not take the demand back, and the case ends all the same."""
    postponed: list[str] = []
    """What may stand at a portal that does not answer: `demand`, `booking`, or the name of a creation in `intents`. The
    money does not wait for it, and neither does the end; it is undone when the portal answers."""


class State(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What the journey knows of a case, by part. No personal data: portal references, amounts, times."""

    parts: list[Part]
    payment: PaymentPart = msgspec.field(default_factory=PaymentPart)
    filing: FilingPart
    appointment: AppointmentPart = msgspec.field(default_factory=AppointmentPart)
    shipment: ShipmentPart = msgspec.field(default_factory=ShipmentPart)
    ending: EndingPart = msgspec.field(default_factory=EndingPart)
    action: Action | None = None
    answer: str = ""
    """What the person chose for the action that the journey waits for."""
    offers: list[Action] = []
    """What the person may do besides, for a time even after the end."""
    answers: list[QueuedReply] = []
    """To be handed over to the filing portal, in this order."""
    changed_at: datetime | None = None
    """When the portal that the case waits for last had news: by the database's clock."""
    intents: dict[str, Intent] = {}
    """By the name of the creation."""
    outage: Outage | None = None
    counted: list[str] = []
    """What the public figures have of it already."""

    @property
    def fee(self) -> Charge | None:
        """The service's own fee. It is the first charge, because it is paid before anything is filed."""
        return self.payment.charges[0] if Part.FEE in self.parts and self.payment.charges else None

    @property
    def due(self) -> int | None:
        """Which of the charges is to be paid next."""
        return next((n for n, charge in enumerate(self.payment.charges) if charge.due), None)

    def intent(self, creation: Operation[..., Any]) -> Intent | None:
        """The open intent to create this: `intent(Filing.file)`."""
        return self.intents.get(creation.name)
