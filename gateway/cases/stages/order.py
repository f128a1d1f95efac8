"""Which stages a case goes through, and which one is next."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.cases.attachments import Attachments
from gateway.cases.model import Case
from gateway.cases.payments import Payments
from gateway.cases.receipt import Receipts
from gateway.cases.stages.answers import AnswersStage
from gateway.cases.stages.appointment import AppointmentStage, unsettled
from gateway.cases.stages.compensation import CompensationStage
from gateway.cases.stages.fee import FeeStage, stampless
from gateway.cases.stages.filing import FilingStage
from gateway.cases.stages.finish import FinishStage
from gateway.cases.stages.follow import FollowStage, only_queries
from gateway.cases.stages.leftovers import LeftoversStage
from gateway.cases.stages.shipping import ShippingStage
from gateway.cases.stages.stage import Stage
from gateway.cases.state import Part
from gateway.connectors.services import Service


@dataclass(frozen=True, slots=True)
class Stages:
    """The stages, each with the services that it needs."""

    fee: FeeStage
    appointment: AppointmentStage
    filing: FilingStage
    follow: FollowStage
    shipping: ShippingStage
    answers: AnswersStage
    compensation: CompensationStage
    leftovers: LeftoversStage
    finish: FinishStage

    @classmethod
    def using(cls, payments: Payments, attachments: Attachments, receipts: Receipts) -> Stages:
        return cls(
            fee=FeeStage(payments),
            appointment=AppointmentStage(),
            filing=FilingStage(attachments, receipts),
            follow=FollowStage(payments),
            shipping=ShippingStage(),
            answers=AnswersStage(attachments),
            compensation=CompensationStage(payments, receipts),
            leftovers=LeftoversStage(),
            finish=FinishStage(),
        )

    def of_part(self, part: Part) -> Stage:
        stages: dict[Part, Stage] = {
            Part.FEE: self.fee,
            Part.APPOINTMENT: self.appointment,
            Part.FILING: self.filing,
            Part.FOLLOW: self.follow,
            Part.SHIPPING: self.shipping,
        }
        return stages[part]

    def next_of(self, case: Case) -> Stage:
        """The next stage. Unfinished work of earlier parts comes before the next part; undoing comes before all."""
        state = case.state
        if case.ended:
            return self.leftovers if self.answers.done(state) else self.answers
        if not self.compensation.done(state):
            return self.compensation
        if unsettled(state):
            return self.appointment
        if stampless(state) is not None:
            return self.fee
        if not self.answers.done(state):
            return self.answers
        parts = (self.of_part(part) for part in state.parts)
        stage = next((each for each in parts if not each.done(state)), self.finish)
        if stage is self.appointment and state.action is not None and state.action.asked:
            return self.follow  # the portal wants something else first
        return stage

    def only_queries(self, case: Case) -> bool:
        """Whether the next step does nothing but query the filing portal."""
        return self.next_of(case) is self.follow and only_queries(case.state)


def parts_of(service: Service, *, fee: bool, ships: bool) -> list[Part]:
    """The parts this case needs, in order: a free service has no fee, a pick-up no shipping."""
    before = service.appointment.before if service.appointment is not None else ""
    needed = {
        Part.FEE: fee,
        Part.APPOINTMENT: before == "filing",
        Part.FILING: True,
        Part.FOLLOW: True,
        Part.SHIPPING: ships,
    }
    parts = [part for part, wanted in needed.items() if wanted]
    if before == "lodging":
        parts.insert(parts.index(Part.FOLLOW), Part.APPOINTMENT)
    return parts
