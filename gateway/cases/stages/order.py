"""Which stages a case goes through, and which one is next."""

from __future__ import annotations

from typing import Final

from gateway.cases.model import Case
from gateway.cases.stages import appointment, fee, follow
from gateway.cases.stages.answers import AnswersStage
from gateway.cases.stages.compensation import CompensationStage
from gateway.cases.stages.filing import FilingStage
from gateway.cases.stages.finish import FinishStage
from gateway.cases.stages.leftovers import LeftoversStage
from gateway.cases.stages.shipping import ShippingStage
from gateway.cases.stages.stage import Stage
from gateway.cases.state import Part
from gateway.connectors.services import Service

FEE: Final = fee.FeeStage()
APPOINTMENT: Final = appointment.AppointmentStage()
FILING: Final = FilingStage()
FOLLOW: Final = follow.FollowStage()
SHIPPING: Final = ShippingStage()
ANSWERS: Final = AnswersStage()
COMPENSATION: Final = CompensationStage()
LEFTOVERS: Final = LeftoversStage()
FINISH: Final = FinishStage()

STAGES: Final[dict[Part, Stage]] = {
    Part.FEE: FEE,
    Part.APPOINTMENT: APPOINTMENT,
    Part.FILING: FILING,
    Part.FOLLOW: FOLLOW,
    Part.SHIPPING: SHIPPING,
}


def stage_of(case: Case) -> Stage:
    """The next stage. What is unfinished between two parts comes before the next part; undoing comes before all."""
    state = case.state
    if case.ended:
        return LEFTOVERS if ANSWERS.done(state) else ANSWERS
    if not COMPENSATION.done(state):
        return COMPENSATION
    if appointment.unsettled(state):
        return APPOINTMENT
    if fee.stampless(state) is not None:
        return FEE
    if not ANSWERS.done(state):
        return ANSWERS
    stage = next((STAGES[part] for part in state.parts if not STAGES[part].done(state)), FINISH)
    if stage is APPOINTMENT and state.action is not None and state.action.asked:
        return FOLLOW  # the portal wants something else first
    return stage


def only_queries(case: Case) -> bool:
    """Whether the next step does nothing but query the filing portal."""
    return stage_of(case) is FOLLOW and follow.only_queries(case.state)


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
