"""Answers: hand over to the filing portal what the person has answered, one a call, each until the portal has it.

`act` may be repeated, so an answer that was lost on the way is simply handed over again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from gateway.cases import asks
from gateway.cases.actions import drop_answers
from gateway.cases.attachments import Attachments
from gateway.cases.model import Event
from gateway.cases.stages.follow import ended_there, take
from gateway.cases.stages.stamps import use_stamp
from gateway.cases.state import ActionType, Answered, State
from gateway.cases.trip import DueIn, Trip
from gateway.connectors.contract import Filing, Progress, Refused
from gateway.storage.vault import Erased

NOT_SUPPORTED: Final = "action_not_supported"


@dataclass(frozen=True, slots=True)
class AnswersStage:
    attachments: Attachments
    name: ClassVar[str] = "answers"

    def done(self, state: State) -> bool:
        return not state.answers

    async def run(self, trip: Trip) -> DueIn | None:
        answered = trip.state.answers[0]
        if answered.told:
            await use_stamp(trip, answered.charge)
            return None
        try:
            await trip.personal()
        except Erased:  # with the person's key went what was to be handed over
            await trip.save(*drop_answers(trip.state))
            return None
        try:
            progress = await trip.call(
                trip.state.filing.portal,
                Filing.act,
                trip.state.filing.reference,
                answered.action.type.value,
                await _body(trip, answered, self.attachments),
            )
        except Refused as error:
            if answered.action.type is ActionType.PAY:
                if not await _over(trip):
                    raise
                return None
            await _not_taken(trip, answered, error)
            return None
        await _taken(trip, answered, progress)
        return None


async def _over(trip: Trip) -> bool:
    """Whether the portal takes no payment because the demand has ended there: then that is the case's end too."""
    access = (await trip.personal()).access
    try:
        progress = await trip.call(trip.state.filing.portal, Filing.progress, trip.state.filing.reference, **access)
    except Refused:
        return False  # the no to the payment says more
    events = take(trip, progress)
    end = ended_there(trip.state, progress)
    if end is not None:
        await trip.save(*events, end)
    return end is not None


async def _body(trip: Trip, answered: Answered, attachments: Attachments) -> dict[str, Any]:
    action = answered.action.type
    if action is ActionType.PAY:
        return {"stamp": trip.state.payment.charges[answered.charge].stamp}
    if action is ActionType.CHOOSE_SLOT:
        meeting = trip.state.appointment.booked
        booked = meeting is not None and meeting.reference == answered.booking
        slot = {"slot": meeting.slot} if meeting is not None and booked else {}
        return {"booking": answered.booking, **slot}
    if action is ActionType.PROVIDE_DOCUMENT:
        return {"attachments": await attachments.contents(trip.case, answered.attachments)}
    if action is ActionType.RATE:
        return {"choice": answered.choice}
    return {"choice": answered.choice, "text": (await trip.personal()).words.get(action.value, "")}


async def _taken(trip: Trip, answered: Answered, progress: Progress) -> None:
    case, state = trip.case, trip.state
    personal = await trip.personal()
    personal.words.pop(answered.action.type.value, None)
    state.answers, state.changed_at = state.answers[1:], case.clock()
    if answered.action.type is ActionType.PAY:
        state.answers.insert(0, answered.handed())
    if answered.action.type is ActionType.RATE:
        state.filing.rating = answered.choice
    events = [Event(code="handed_over", portal=state.filing.portal, data=_which(answered))]
    if case.ended:
        events += asks.take_offer(case, progress, trip.settings.offer_seconds)
    else:
        events += take(trip, progress)
    await trip.save(*events, personal=personal)


async def _not_taken(trip: Trip, answered: Answered, error: Refused) -> None:
    """The portal's no to an answer leaves the case as it is: if the portal still asks, it asks again."""
    state, personal = trip.state, await trip.personal()
    trip.entry.outcome, trip.entry.code = "refused", error.code
    personal.words.pop(answered.action.type.value, None)
    personal.refusal = error.portal_message
    state.answers = state.answers[1:]
    told = answered.action.asked or error.code != NOT_SUPPORTED or answered.action.type is not ActionType.CHOOSE_SLOT
    refused = Event(code="answer_refused", portal=state.filing.portal, data={**_which(answered), "reason": error.code})
    await trip.save(*([refused] if told else []), personal=personal)


def _which(answered: Answered) -> dict[str, str]:
    return {"action": answered.action.type.value, "why": answered.action.code}
