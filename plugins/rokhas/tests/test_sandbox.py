"""The connector and the stand-in over real mutual TLS, behind the real layers."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.connectors.contract import CaseStatus, Filing, Milestone, Refused, Submission, Tracking, Unknown
from gateway.testing import Harness

from .conftest import PLAN, SERVICES, STAMP

DAY = 86400.0

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def file(shared_harness: Harness, submission: Submission) -> str:
    return (await shared_harness.call(Filing.file, submission)).reference


async def after(shared_harness: Harness, days: float, reference: str) -> Any:
    shared_harness.host.clock.set(advance=days * DAY)
    return await shared_harness.call(Filing.progress, reference)


def kinds(shared_harness: Harness) -> list[str]:
    return [each["kind"] for each in shared_harness.effects()]


async def test_a_repair_permit_is_signed_within_ten_days_without_anything_asked(shared_harness, filing):
    reference = await file(shared_harness, filing())
    seen = [(await after(shared_harness, days, reference)).portal_status for days in (0, 0.6, 1, 1.5, 1, 1)]
    assert seen == [
        "Dépôt du dossier", "Contrôle de recevabilité", "Examen par la commission", "Avis favorable",
        "Signature du président", "Permis délivré",
    ]  # fmt: skip
    at_last = await shared_harness.call(Filing.progress, reference)
    assert (at_last.status, at_last.milestone, at_last.warnings) == (CaseStatus.COMPLETED, Milestone.READY, [])
    assert [step.label for step in at_last.steps] == seen
    assert (at_last.steps[-1].at - at_last.steps[0].at).days == 5
    assert [each.id for each in at_last.documents] == ["recepisse", "avis", "permis"]
    permit = await shared_harness.call(Filing.document, reference, "permis")
    assert permit.content.startswith(b"%PDF-")
    assert reference.encode() in permit.content


@pytest.mark.parametrize("service", SERVICES)
async def test_every_service_can_be_asked_for_with_its_example_and_is_signed_in_the_end(
    shared_harness, filing, service
):
    reference = await file(shared_harness, filing(service, attachments=[]))
    progress = await after(shared_harness, 4, reference)
    if progress.ask is not None and progress.ask.type == "provide_document":
        await shared_harness.call(Filing.act, reference, "provide_document", {"attachments": [PLAN]})
        progress = await after(shared_harness, 3, reference)
    if progress.ask is not None:
        assert (progress.ask.type, progress.ask.code) == ("pay", "fee_on_decision")
        await shared_harness.call(Filing.act, reference, "pay", {"stamp": STAMP})
    progress = await after(shared_harness, 3, reference)
    assert (progress.status, progress.warnings) == (CaseStatus.COMPLETED, [])


async def test_plans_that_are_attached_arrive_whole_and_spare_the_adjournment(shared_harness, filing):
    reference = await file(shared_harness, filing("construction-permit", plans=["att_plan"], attachments=[PLAN]))
    kept = shared_harness.host.store.execute(
        "SELECT doc FROM rows WHERE name='demands' AND key=?", reference
    ).fetchone()[0]
    assert f'{{"kind": "PLAN", "name": "plan.pdf", "size": {len(PLAN.content)}}}' in kept
    progress = await after(shared_harness, 4, reference)
    assert (progress.ask.type, progress.ask.amount.amount) == ("pay", 180 * 20 * 100)


async def test_adjourned_asks_for_a_document_and_the_commission_looks_again(shared_harness, filing):
    reference = await file(shared_harness, filing(project={"description": "AJOURNE, clôture"}, attachments=[]))
    adjourned = await after(shared_harness, 3.5, reference)
    assert (adjourned.status, adjourned.portal_status) == (CaseStatus.ACTION_REQUIRED, "Dossier ajourné")
    assert (adjourned.ask.type, adjourned.ask.code) == ("provide_document", "plans_missing")

    answered = await shared_harness.call(Filing.act, reference, "provide_document", {"attachments": [PLAN]})
    assert (answered.status, answered.ask, answered.portal_status) == (
        CaseStatus.IN_PROGRESS,
        None,
        "Complément déposé",
    )
    again = await shared_harness.call(Filing.act, reference, "provide_document", {"attachments": [PLAN]})
    assert again.steps == answered.steps
    assert kinds(shared_harness) == ["dossier", "complement"]
    done = await after(shared_harness, 4.5, reference)
    assert done.status is CaseStatus.COMPLETED
    assert [step.label for step in done.steps].count("Examen par la commission") == 2


async def test_the_fees_are_asked_for_after_the_decision_and_paid_once(shared_harness, filing):
    reference = await file(shared_harness, filing("demolition-permit"))
    asked = await after(shared_harness, 4, reference)
    assert (asked.status, asked.ask.type, asked.ask.amount.amount) == (CaseStatus.ACTION_REQUIRED, "pay", 50_000)

    paid = await shared_harness.call(Filing.act, reference, "pay", {"stamp": STAMP})
    assert (paid.status, paid.ask, paid.portal_status) == (CaseStatus.IN_PROGRESS, None, "Taxes acquittées")
    assert (await shared_harness.call(Filing.act, reference, "pay", {"stamp": STAMP})).steps == paid.steps
    with pytest.raises(Refused, match="fee_already_paid"):
        await shared_harness.call(Filing.act, reference, "pay", {"stamp": "6543210987654321"})
    assert kinds(shared_harness) == ["dossier", "taxe"]


async def test_one_stamp_does_not_pay_twice(shared_harness, filing):
    first, second = [await file(shared_harness, filing("demolition-permit", key=key)) for key in ("key-1", "key-2")]
    await after(shared_harness, 4, first)
    await shared_harness.call(Filing.act, first, "pay", {"stamp": STAMP})
    with pytest.raises(Refused, match="stamp_already_used"):
        await shared_harness.call(Filing.act, second, "pay", {"stamp": STAMP})


@pytest.mark.parametrize(
    ("action", "answer"), [("pay", {"stamp": STAMP}), ("provide_document", {"attachments": [PLAN]})]
)
async def test_what_is_not_asked_is_not_taken(shared_harness, filing, action, answer):
    reference = await file(shared_harness, filing())
    with pytest.raises(Refused, match="action_not_supported"):
        await shared_harness.call(Filing.act, reference, action, answer)
    assert kinds(shared_harness) == ["dossier"]


@pytest.mark.parametrize(("word", "reason"), [("DEFAVORABLE", "plan_not_followed"), ("DANGER", "safety_not_assured")])
async def test_an_unfavourable_opinion_ends_in_a_refusal_with_its_reason(shared_harness, filing, word, reason):
    reference = await file(shared_harness, filing(project={"description": word}))
    opinion = await after(shared_harness, 3.5, reference)
    assert (opinion.status, opinion.portal_status, opinion.reason) == (CaseStatus.IN_PROGRESS, "Avis défavorable", "")
    refused = await after(shared_harness, 1, reference)
    assert (refused.status, refused.milestone, refused.reason) == (CaseStatus.REJECTED, Milestone.REFUSED, reason)
    assert (await shared_harness.call(Filing.document, reference, "refus")).content.startswith(b"%PDF-")


async def test_reservations_are_a_step_of_their_own(shared_harness, filing):
    reference = await file(shared_harness, filing(project={"description": "RESERVES"}))
    assert (await after(shared_harness, 3.5, reference)).portal_status == "Avis favorable avec réserves"
    assert (await after(shared_harness, 2, reference)).status is CaseStatus.COMPLETED


async def test_a_step_that_we_do_not_know_is_in_progress_with_a_warning(shared_harness, filing):
    reference = await file(shared_harness, filing(project={"description": "ETAPE NOUVELLE"}))
    progress = await after(shared_harness, 40, reference)
    assert (progress.status, progress.warnings) == (CaseStatus.IN_PROGRESS, ["portal_step_unknown"])


async def test_a_demand_can_be_taken_back_until_the_president_has_signed(shared_harness, filing):
    first, second = [await file(shared_harness, filing(key=key)) for key in ("key-1", "key-2")]
    shared_harness.host.clock.set(advance=4.5 * DAY)
    withdrawn = await shared_harness.call(Filing.withdraw, first)
    assert withdrawn.status is CaseStatus.WITHDRAWN
    assert (await shared_harness.call(Filing.withdraw, first)).steps == withdrawn.steps
    shared_harness.host.clock.set(advance=1 * DAY)
    assert (await shared_harness.call(Filing.progress, first)).steps == withdrawn.steps
    with pytest.raises(Refused, match="too_late"):
        await shared_harness.call(Filing.withdraw, second)
    assert kinds(shared_harness) == ["dossier", "dossier", "desistement"]


@pytest.mark.parametrize(
    ("service", "changes", "code", "field"),
    [
        ("repair-permit", {"land": {"commune": "Ailleurs"}}, "commune_not_covered", "/land/commune"),
        (
            "repair-permit",
            {"owner": {"kind": "person", "name": "A", "cnie": "ABC"}},
            "owner_id_invalid",
            "/owner/cnie",
        ),
        ("occupancy-certificate", {"project": {"permit": "PC-2020-000001"}}, "permit_not_found", "/project/permit"),
        (
            "occupancy-certificate",
            {"owner": {"kind": "person", "name": "Youssef Benali", "cnie": "BK654321"}},
            "permit_not_found",
            "/project/permit",
        ),
    ],
)
async def test_what_the_counter_does_not_take_is_refused_with_the_field(
    shared_harness, filing, service, changes, code, field
):
    with pytest.raises(Refused, match=code) as refused:
        await shared_harness.call(Filing.file, filing(service, **changes))
    assert refused.value.fields == {field: code}
    assert shared_harness.effects() == []


async def test_a_permit_signed_here_allows_to_move_in(shared_harness, filing):
    built = await file(shared_harness, filing("construction-permit", plans=["att_plan"], attachments=[PLAN]))
    with pytest.raises(Refused, match="permit_not_found"):
        await shared_harness.call(Filing.file, filing("occupancy-certificate", key="key-2", project={"permit": built}))
    await after(shared_harness, 4, built)
    await shared_harness.call(Filing.act, built, "pay", {"stamp": STAMP})
    await after(shared_harness, 3, built)
    assert await file(shared_harness, filing("occupancy-certificate", key="key-2", project={"permit": built}))


async def test_a_demand_is_found_by_its_key_and_not_by_anothers(shared_harness, filing):
    reference = await file(shared_harness, filing())
    assert (await shared_harness.call(Filing.find, "key-1")).reference == reference
    assert await shared_harness.call(Filing.find, "key-2") is None


@pytest.mark.parametrize(
    ("action", "answer", "service", "effect"),
    [
        ("pay", {"stamp": STAMP}, "demolition-permit", "taxe"),
        ("provide_document", {"attachments": [PLAN]}, "construction-permit", "complement"),
    ],
)
async def test_an_answer_whose_confirmation_is_lost_is_given_again(
    shared_harness, filing, action, answer, service, effect
):
    reference = await file(shared_harness, filing(service, attachments=[]))
    await after(shared_harness, 4, reference)
    shared_harness.fault("commit_then_drop")  # the layers send it again, and this time nothing happens
    assert (await shared_harness.call(Filing.act, reference, action, answer)).status is CaseStatus.IN_PROGRESS
    assert kinds(shared_harness) == ["dossier", effect]


# --- Tracking -----------------------------------------------------------------------------------------------------


async def test_tracking_needs_the_reference_and_the_owner_that_go_together(shared_harness, filing):
    mine = await file(shared_harness, filing())
    company = await file(shared_harness, filing("business-permit", key="key-2"))
    assert (await shared_harness.call(Tracking.track, mine, owner_id="ab123456")).reference == mine
    assert (await shared_harness.call(Tracking.track, company, owner_id="RC 45871")).reference == company
    for reference, owner in [
        (mine, "BK654321"),
        (mine, "45871"),
        (company, "AB123456"),
        ("PC-2026-999999", "AB123456"),
    ]:
        with pytest.raises(Refused, match="not_found_at_portal"):
            await shared_harness.call(Tracking.track, reference, owner_id=owner)


async def test_a_permit_that_was_not_filed_here_can_be_tracked(shared_harness):
    delivered = await shared_harness.call(Tracking.track, "PC-2024-000317", owner_id="AB123456")
    assert (delivered.status, delivered.portal_status) == (CaseStatus.COMPLETED, "Permis délivré")
    under_way = await shared_harness.call(Tracking.track, "AE-2025-000088", owner_id="45871")
    assert (under_way.status, len(under_way.steps)) == (CaseStatus.IN_PROGRESS, 3)
    # filed at 14:05:09 in Ramadan, when Casablanca keeps the time of Greenwich
    assert under_way.steps[0].at.isoformat() == "2025-03-10T14:05:09+00:00"


async def test_demands_outlive_the_process(shared_harness, filing, plugin):
    """What the stand-in knows is in its tables: the same demand read by another office on the same store."""
    from gateway.sandbox.context import Effects, SandboxContext
    from plugins.rokhas.sandbox.permits import Permits

    reference = await file(shared_harness, filing())
    store, clock = shared_harness.host.store, shared_harness.host.clock
    context = SandboxContext(
        portal="rokhas", base_url="", store=store, clock=clock, effects=Effects(store, "rokhas", clock), secrets={}
    )
    assert Permits(context).get(reference)["REFERENCE"] == reference


async def test_a_demand_sent_blindly_twice_shows_as_two(shared_harness, filing):
    for _ in range(2):
        await shared_harness.call(Filing.file, filing())
    assert kinds(shared_harness) == ["dossier", "dossier"]


async def test_a_filing_whose_answer_is_lost_is_found(shared_harness, filing):
    shared_harness.fault("commit_then_drop")
    with pytest.raises(Unknown):
        await shared_harness.call(Filing.file, filing())
    shared_harness.fault("none")
    assert (await shared_harness.call(Filing.find, "key-1")).reference
    assert kinds(shared_harness) == ["dossier"]
