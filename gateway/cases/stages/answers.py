"""Answers: send the person's answers to the filing portal, one per call, each until the portal has it.

`act` may be repeated, so an answer that was lost on the way is simply sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from gateway.cases import portal_words, required_actions
from gateway.cases.actions import drop_answers
from gateway.cases.attachments import Attachments
from gateway.cases.model import Event
from gateway.cases.stages.follow import ended_there, new_words, take
from gateway.cases.stages.stamps import use_stamp
from gateway.cases.state import ActionType, QueuedReply, State
from gateway.cases.step_context import DueIn, StepContext
from gateway.connectors.contract import Filing, Progress, Refused
from gateway.storage.vault import Erased

NOT_SUPPORTED: Final = "action_not_supported"


@dataclass(frozen=True, slots=True)
class AnswersStage:
    attachments: Attachments
    name: ClassVar[str] = "answers"

    def done(self, state: State) -> bool:
        return not state.answers

    async def run(self, step: StepContext) -> DueIn | None:
        answered = step.state.answers[0]
        if answered.told:
            await use_stamp(step, answered.charge)
            return None
        try:
            await step.personal()
        except Erased:  # the answer's text was erased with the person's key
            await step.save(*drop_answers(step.state))
            return None
        try:
            progress = await step.call(
                step.state.filing.portal,
                Filing.act,
                step.state.filing.reference,
                answered.action.type.value,
                await _body(step, answered, self.attachments),
            )
        except Refused as error:
            if answered.action.type is ActionType.PAY:
                if not await _over(step):
                    raise
                return None
            await _not_taken(step, answered, error)
            return None
        await _taken(step, answered, progress)
        return None


async def _over(step: StepContext) -> bool:
    """Whether the portal refuses the payment because the demand has ended there: then the case ends too."""
    access = (await step.personal()).access
    try:
        progress = await step.call(step.state.filing.portal, Filing.progress, step.state.filing.reference, **access)
    except Refused:
        return False  # the refusal of the payment says more
    events = take(step, progress)
    end = ended_there(step.state, progress)
    if end is not None:
        await step.save(*events, end, personal=await new_words(step, progress))
    return end is not None


async def _body(step: StepContext, answered: QueuedReply, attachments: Attachments) -> dict[str, Any]:
    """As `RequiredAction` says. A connector that gave no number gets none."""
    numbered = {"id": answered.action.id} if answered.action.id else {}
    return await _answer(step, answered, attachments) | numbered


async def _answer(step: StepContext, answered: QueuedReply, attachments: Attachments) -> dict[str, Any]:
    action = answered.action.type
    if action is ActionType.PAY:
        return {"stamp": step.state.payment.charges[answered.charge].stamp}
    if action is ActionType.CHOOSE_SLOT:
        appointment = step.state.appointment.booked
        booked = appointment is not None and appointment.reference == answered.booking
        slot = {"slot": appointment.slot} if appointment is not None and booked else {}
        return {"booking": answered.booking, **slot}
    if action is ActionType.PROVIDE_DOCUMENT:
        return {"attachments": await attachments.contents(step.case, answered.attachments)}
    if action is ActionType.RATE:
        return {"choice": answered.choice}
    return {"choice": answered.choice, "text": (await step.personal()).words.get(action.value, "")}


async def _taken(step: StepContext, answered: QueuedReply, progress: Progress) -> None:
    case, state = step.case, step.state
    personal = await step.personal()
    personal.words.pop(answered.action.type.value, None)
    portal_words.no_objection(state, personal)
    state.answers, state.changed_at = state.answers[1:], case.clock()
    if answered.action.type is ActionType.PAY:
        state.answers.insert(0, answered.handed())
    if answered.action.type is ActionType.RATE:
        state.filing.rating = answered.choice
    events = [Event(code="handed_over", portal=state.filing.portal, data=_which(answered))]
    if case.ended:
        events += required_actions.take_offer(case, progress, step.settings.offer_seconds)
    else:
        events += take(step, progress)
    portal_words.keep(personal, progress)
    await step.save(*events, personal=personal)


async def _not_taken(step: StepContext, answered: QueuedReply, error: Refused) -> None:
    """When the portal refuses an answer, the case stays as it is: a portal that still needs one asks again."""
    state, personal = step.state, await step.personal()
    step.entry.outcome, step.entry.code = "refused", error.code
    personal.words.pop(answered.action.type.value, None)
    portal_words.objected(state, personal, state.filing.portal, error)
    state.answers = state.answers[1:]
    told = answered.action.asked or error.code != NOT_SUPPORTED or answered.action.type is not ActionType.CHOOSE_SLOT
    refused = Event(code="answer_refused", portal=state.filing.portal, data={**_which(answered), "reason": error.code})
    await step.save(*([refused] if told else []), personal=personal)


def _which(answered: QueuedReply) -> dict[str, str]:
    return {"action": answered.action.type.value, "why": answered.action.code}
