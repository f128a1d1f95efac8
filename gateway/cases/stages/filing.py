"""Filing: lodge the demand at its portal, then mark the stamp as used for it."""

from __future__ import annotations

from gateway.cases.model import Event, State, now
from gateway.cases.stages.follow import take
from gateway.cases.trip import Trip
from gateway.connectors.contract import CaseStatus, Filed, Submission


def done(state: State) -> bool:
    return bool(state.reference) and (state.stamp_used or not state.stamp)


async def run(trip: Trip) -> None:
    if trip.state.reference:
        await _use_stamp(trip)
    else:
        await _file(trip)


async def _file(trip: Trip) -> None:
    case, state = trip.case, trip.state
    personal = await trip.personal()
    submission = Submission(
        case_id=case.id,
        key=f"{case.id}:file",
        service=case.service,
        form=personal.form,
        language=case.language,
        stamp=state.stamp or None,
        priority=state.fast_lane,
        attachments=await trip.office.attachments.contents(case, personal.attachments),
    )
    await keep(trip, await trip.once(state.portal, "file", submission))


async def keep(trip: Trip, filed: Filed) -> None:
    """What the portal has accepted: its reference, and with it the legal deadline and the receipt."""
    case, state = trip.case, trip.state
    personal = await trip.personal()
    state.reference, state.filed_at = filed.reference, now()
    personal.access = filed.access
    case.move(CaseStatus.IN_PROGRESS)
    case.deadline_on = trip.office.receipts.deadline(trip.service, state.filed_at)
    personal.receipt = trip.office.receipts.sign(case, trip.service, personal)
    filing = Event(code="filed", portal=state.portal, data={"reference": filed.reference})
    await trip.save(filing, *take(state, filed.progress, state.portal), personal=personal)


async def _use_stamp(trip: Trip) -> None:
    state = trip.state
    await trip.call(state.fee_portal, "consume", state.stamp, state.reference)
    state.stamp_used = True
    await trip.save(Event(code="stamp_used", portal=state.fee_portal))
