"""Filing: lodge the demand at its portal, then mark the stamp as used for it, or hold it until the file is lodged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gateway.cases import portal_words, terms
from gateway.cases.appointments import local
from gateway.cases.attachments import Attachments
from gateway.cases.creation_keys import creation_key
from gateway.cases.indicator_events import post_id
from gateway.cases.model import Event, Personal, now
from gateway.cases.receipt import Receipts
from gateway.cases.stages.follow import after_filing, take
from gateway.cases.stages.stamps import FEE, use_stamp
from gateway.cases.state import State
from gateway.cases.step_context import DueIn, StepContext
from gateway.cases.store import Damaged
from gateway.connectors.contract import Appointment, CaseStatus, Filed, Filing, Related, Requester, Submission


@dataclass(frozen=True, slots=True)
class FilingStage:
    attachments: Attachments
    receipts: Receipts
    name: ClassVar[str] = "filing"

    def done(self, state: State) -> bool:
        return bool(state.filing.reference) and (state.fee is None or state.fee.stamp_used or state.fee.on_lodging)

    async def run(self, step: StepContext) -> DueIn | None:
        if not step.state.filing.reference:
            return await _file(step, self.attachments, self.receipts)
        await use_stamp(step, FEE)
        return None


async def _file(step: StepContext, attachments: Attachments, receipts: Receipts) -> DueIn | None:
    case, state = step.case, step.state
    personal = await step.personal()
    appointment = state.appointment.booked
    booked = None
    if appointment is not None:
        booked = Appointment(reference=appointment.reference, slot=local(appointment.slot, appointment.post))
    submission = Submission(
        case_id=case.id,
        key=creation_key(case.id, "file"),
        service=case.service,
        form=personal.form,
        language=case.language,
        stamp=state.fee.stamp if state.fee is not None else None,
        priority=state.filing.fast_lane,
        attachments=await attachments.contents(case, personal.attachments),
        appointment=booked,
        related=await _related(step),
        requester=personal.requester or _known_before(personal),
    )
    filed = await step.create_once(state.filing.portal, Filing.file, submission)
    if isinstance(filed, DueIn):
        return filed
    return await keep(step, filed, receipts)


def _known_before(personal: Personal) -> Requester | None:
    """A case from an earlier version has only the number."""
    return Requester(national_id=personal.national_id) if personal.national_id else None


async def _related(step: StepContext) -> Related | None:
    """The other case that this one is about, as far as it concerns the portal."""
    if not step.state.filing.related_case:
        return None
    other = await step.cases.get(step.state.filing.related_case)
    if other is None:
        return None
    if other.damaged:
        raise Damaged(other.id)
    return Related(
        case_id=other.id,
        service=other.service,
        portal=other.state.filing.portal,
        reference=other.state.filing.reference,
        shipment=other.state.shipment.number,
        status=other.status,
    )


async def keep(step: StepContext, filed: Filed, receipts: Receipts) -> DueIn | None:
    """Store the portal's acceptance: its reference, the legal terms and the receipt. Returns when the portal is queried
    first."""
    case, state = step.case, step.state
    personal = await step.personal()
    state.filing.reference, state.filing.filed_at, state.changed_at = filed.reference, now(), case.clock()
    state.filing.post = post_id(step.service.post_in(personal.form))
    personal.access = filed.access
    case.move(CaseStatus.IN_PROGRESS)
    state.filing.terms = terms.begin(step.service, state.filing.filed_at)
    case.deadline_on = next((term.on for term in state.filing.terms if term.code == terms.ANSWER), None)
    personal.receipt = receipts.sign(case, step.service, personal)
    filing = Event(code="filed", portal=state.filing.portal, data={"reference": filed.reference})
    events = take(step, filed.progress)
    portal_words.keep(personal, filed.progress)
    due = after_filing(step, filed.progress)
    await step.save(filing, *events, personal=personal, due=due)
    return due
