"""The state of a case's journey, by part. Pure: no database, no portal."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, Literal

import msgspec

from gateway.connectors.contract import CaseStatus, DocumentRef, Milestone, Money, Operation, Post, Slot

DEMAND: Final = "demand"
BOOKING: Final = "booking"
"""Among the effects that are undone later (`EndingPart.postponed`), those that are no creation under way."""


class ActionType(StrEnum):
    PAY = "pay"
    CHOOSE_SLOT = "choose_slot"
    PROVIDE_DOCUMENT = "provide_document"
    CONFIRM = "confirm"
    RATE = "rate"
    APPEAL = "appeal"
    WITHDRAW = "withdraw"
    """Take the case back. The gateway offers it; no portal asks for it."""


class Part(StrEnum):
    """A part of a journey. Their order is that of `State.parts`."""

    FEE = "fee"
    APPOINTMENT = "appointment"
    FILING = "filing"
    FOLLOW = "follow"
    SHIPPING = "shipping"


class Action(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The person's next action, required or optional."""

    type: ActionType
    code: str
    """Why: `fee_due`, `parcel_lost`, or the portal's own code. It is the key of the texts."""
    portal: str = ""
    until: datetime | None = None
    options: list[str] = []
    amount: Money | None = None
    optional: bool = False
    asked: bool = False
    """The filing portal asked for it: the answer goes there."""
    id: str = ""
    """The portal's own number of what it asks, if it has one. The answer brings it back."""
    worded: bool = False
    """The portal said it in its own words too: `Personal.asked`."""

    def same(self, other: Action | None) -> bool:
        """Whether it is the same action. Its last day may have moved. One without a number may have been stored before
        its connector gave any."""
        if other is None or (self.id and other.id and self.id != other.id):
            return False
        return (self.type, self.code, self.amount, self.asked) == (other.type, other.code, other.amount, other.asked)


class QueuedReply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An answer of the person that the filing portal has not received yet. Its text is in `Personal.words`."""

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
    """`fee_due`, or the code of the portal that asked."""
    portal: str
    """Who takes the money and gives the stamp."""
    amount: Money
    paid_oid: str = ""
    paid_at: datetime | None = None
    """When the portal confirmed it; None also for what an earlier version stored."""
    paid_late: bool = False
    """The portal took money for it when it was not due any more: an operator has to have it given back."""
    stamp: str = ""
    stamp_used: bool = False
    on_lodging: bool = False
    """The stamp is used up when the portal has the file in hand, not when it is filed."""
    lapsed: bool = False
    """The portal no longer asks for it; it was not paid."""
    voided: bool = False
    void_refused: str = ""
    """The portal refused for good to cancel the stamp: it stays as it is."""
    refunded: str = ""
    """The payment portal's reference of the refund; `not_captured` if the money had never been taken."""
    refunded_at: datetime | None = None
    kept: bool = False
    """The portal carries out the paid demand after all: no refund."""
    refund_refused: str = ""
    """The payment portal refused the refund for good: an operator has to act."""

    @property
    def due(self) -> bool:
        return not self.paid_oid and not self.lapsed

    @property
    def stampless(self) -> bool:
        return bool(self.paid_oid) and not self.stamp


class BookedAppointment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A booked appointment, with the details of the place for the person."""

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
    """A creation that was, or may have been, sent to a portal. It is stored before the request is sent."""

    portal: str
    key: str
    at: datetime


class Outage(msgspec.Struct, frozen=True, kw_only=True):
    """A portal that does not answer: since when, and the number of tries."""

    since: datetime
    count: int
    code: str


class PaymentPart(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The payments, open and made."""

    charges: list[Charge] = []
    """The service's fee comes first, if there is one; then fees that a portal asked for later."""


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
    """The most steps that an answer had. What an earlier version stored has no `steps`: so many count as known then."""
    steps: list[str] = []
    """The portal's steps that are in the timeline: `portal_steps.fingerprint` of each."""
    documents: list[DocumentRef] = []
    followed: bool = False
    """The portal has done its part."""
    rating: str = ""
    """What the person chose when asked to rate, once the portal has it."""


class AppointmentPart(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The appointment, and the booking under way."""

    post: str = ""
    """The post that the form names: only there can a slot be booked. Empty where any may serve."""
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
    steps: list[str] = []
    """Both as in `FilingPart`."""
    round: int = 1
    """Counts re-issues: the second parcel of a lost document is round 2."""
    milestone: Milestone | None = None
    portal_status: str = ""
    delivered: bool = False


class Objection(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The last refusal of a portal: of the demand, or of an answer of the person."""

    portal: str
    code: str
    fields: dict[str, str] = {}
    """JSON pointer into the form -> code: what the portal objects to."""
    worded: bool = False
    """The portal's own words are in `Personal.refusal`."""


class EndingPart(msgspec.Struct, kw_only=True, omit_defaults=True):
    """How the case ends without its result, and what remains to be undone at portals."""

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
    """The filing portal refused to take the demand back, and the case ends all the same."""
    postponed: list[str] = []
    """Effects that a silent portal may still hold: `demand`, `booking`, or the name of a creation in `intents`. Neither
    the refund nor the end waits for it; it is undone when the portal answers."""


class State(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The state of a case's journey, by part. No personal data: portal references, amounts, times."""

    parts: list[Part]
    payment: PaymentPart = msgspec.field(default_factory=PaymentPart)
    filing: FilingPart
    appointment: AppointmentPart = msgspec.field(default_factory=AppointmentPart)
    shipment: ShipmentPart = msgspec.field(default_factory=ShipmentPart)
    ending: EndingPart = msgspec.field(default_factory=EndingPart)
    objection: Objection | None = None
    action: Action | None = None
    answer: str = ""
    """The person's choice for the action that the journey waits for."""
    offers: list[Action] = []
    """Optional actions, open for a time even after the end."""
    answers: list[QueuedReply] = []
    """Answers to send to the filing portal, in this order."""
    changed_at: datetime | None = None
    """When the portal that the case waits for last had news: by the database's clock."""
    intents: dict[str, Intent] = {}
    """By the name of the creation."""
    outage: Outage | None = None
    counted: list[str] = []
    """The events already counted in the public figures."""

    @property
    def fee(self) -> Charge | None:
        """The service's own fee. It is the first charge, because it is paid before anything is filed."""
        return self.payment.charges[0] if Part.FEE in self.parts and self.payment.charges else None

    @property
    def due(self) -> int | None:
        """The index of the charge to be paid next."""
        return next((n for n, charge in enumerate(self.payment.charges) if charge.due), None)

    def intent(self, creation: Operation[..., Any]) -> Intent | None:
        """The open intent to create this: `intent(Filing.file)`."""
        return self.intents.get(creation.name)
