"""Each behaviour over a real socket, through the connector."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from gateway.connectors.contract import CaseStatus, DemandRef, Milestone, Refused, Submission, Unavailable
from plugins.echo.sandbox.routes import BEHAVIOURS

POST = {"method": "post", "address": {"name": "A", "lines": ["1"], "city": "Lyon", "country": "FR"}}


async def states(running_sandbox, reference, *hours):
    """Status and milestone now and after each of these further hours."""
    seen = []
    for more in (0, *hours):
        running_sandbox.hours_pass(more)
        found = await running_sandbox.echo.progress(reference)
        seen.append((found.status, found.milestone))
    return seen


async def refusal(awaitable) -> str:
    with pytest.raises(Refused) as refused:
        await awaitable
    return refused.value.code


async def test_a_demand_completes_by_itself_and_gives_back_the_text(running_sandbox, file):
    reference = await file()
    assert await states(running_sandbox, reference, 1, 23, 24) == [
        (CaseStatus.RECEIVED, Milestone.CREATED),
        (CaseStatus.IN_PROGRESS, Milestone.PROCESSING),
        (CaseStatus.IN_PROGRESS, Milestone.READY),
        (CaseStatus.COMPLETED, Milestone.READY),
    ]
    (result,) = (await running_sandbox.echo.progress(reference)).documents
    document = await running_sandbox.echo.document(reference, result.id)
    assert (document.content, document.media_type) == (b"Bonjour", result.media_type)


async def test_there_is_no_document_before_the_demand_is_ready(running_sandbox, file):
    reference = await file()
    assert (await running_sandbox.echo.progress(reference)).documents == []
    assert await refusal(running_sandbox.echo.document(reference, "result")) == "document_not_found"


async def test_slow_takes_ten_times_as_long(running_sandbox, file):
    assert await states(running_sandbox, await file(behave="slow"), 48, 432) == [
        (CaseStatus.RECEIVED, Milestone.CREATED),
        (CaseStatus.IN_PROGRESS, Milestone.PROCESSING),
        (CaseStatus.COMPLETED, Milestone.READY),
    ]


async def test_refuse_is_refused_at_once_and_leaves_nothing(running_sandbox, file):
    assert await refusal(file(behave="refuse")) == "demand_refused"
    assert running_sandbox.effects() == []
    assert await running_sandbox.echo.find("key-1") is None


async def test_reject_later_is_accepted_and_then_rejected_with_a_reason(running_sandbox, file):
    reference = await file(behave="reject_later")
    assert (await states(running_sandbox, reference, 24))[-1] == (CaseStatus.REJECTED, Milestone.REFUSED)
    assert (await running_sandbox.echo.progress(reference)).reason == "as_you_asked"


async def test_an_unknown_status_is_in_progress_with_a_warning(running_sandbox, file):
    reference = await file(behave="unknown_status")
    running_sandbox.hours_pass(1000)
    found = await running_sandbox.echo.track(reference)
    assert (found.status, found.milestone, found.warnings) == (CaseStatus.IN_PROGRESS, None, ["portal_status_unknown"])


async def test_never_stays_in_hand(running_sandbox, file):
    assert (await states(running_sandbox, await file(behave="never"), 10_000))[-1] == (
        CaseStatus.IN_PROGRESS,
        Milestone.PROCESSING,
    )


async def test_a_stamped_note_needs_a_stamp_of_sixteen_digits(running_sandbox, file):
    for stamp in (None, "", "123", "x" * 16):
        assert await refusal(file(service="echo.stamped", stamp=stamp)) == "stamp_missing"
    assert await file(service="echo.stamped", stamp="1234567890123456")


async def test_a_parcel_by_post_stays_ready_because_its_arrival_ends_the_case(running_sandbox, file):
    reference = await file(service="echo.parcel", delivery=POST)
    assert (await states(running_sandbox, reference, 1000))[-1] == (CaseStatus.IN_PROGRESS, Milestone.READY)
    assert (await running_sandbox.echo.progress(reference)).documents == []


async def test_a_parcel_for_the_counter_is_done_by_the_portal(running_sandbox, file):
    reference = await file(service="echo.parcel", delivery={"method": "pickup"})
    assert (await states(running_sandbox, reference, 48))[-1][0] is CaseStatus.COMPLETED


async def test_a_lost_parcel_is_prepared_again_once_however_often_it_is_asked(running_sandbox, file):
    reference = await file(service="echo.parcel", delivery=POST)
    running_sandbox.hours_pass(24)
    for _ in range(3):
        found = await running_sandbox.echo.act(reference, "reissue", {"parcel": "RR123456785MA"})
        assert found.milestone is Milestone.PROCESSING
    running_sandbox.hours_pass(24)
    found = await running_sandbox.echo.act(reference, "reissue", {"parcel": "RR123456785MA"})
    assert [step.milestone for step in found.steps].count(Milestone.READY) == 2
    assert running_sandbox.effects() == ["demand", "reissue"]


async def test_an_action_that_does_not_fit_is_refused(running_sandbox, file):
    note, parcel = await file(), await file(service="echo.parcel", delivery=POST, key="key-2")
    for reference, action, answer in (
        (note, "reissue", {"parcel": "X"}),
        (parcel, "confirm", {"parcel": "X"}),
        (parcel, "reissue", {}),
        (parcel, "reissue", {"parcel": "X"}),  # not ready yet
    ):
        assert await refusal(running_sandbox.echo.act(reference, action, answer)) == "action_not_supported"


async def test_a_demand_is_taken_back_once_and_stays_so(running_sandbox, file):
    reference = await file()
    running_sandbox.hours_pass(2)
    for _ in range(2):
        assert (await running_sandbox.echo.withdraw(reference)).status is CaseStatus.WITHDRAWN
    running_sandbox.hours_pass(1000)
    assert (await running_sandbox.echo.progress(reference)).status is CaseStatus.WITHDRAWN
    assert running_sandbox.effects() == ["demand", "withdrawal"]


async def test_what_is_ready_or_rejected_cannot_be_taken_back(running_sandbox, file):
    ready, rejected = await file(), await file(behave="reject_later", key="key-2")
    running_sandbox.hours_pass(24)
    for reference in (ready, rejected):
        assert await refusal(running_sandbox.echo.withdraw(reference)) == "too_late"


async def test_a_demand_is_found_by_its_key_and_a_resend_makes_a_second_one(running_sandbox, file):
    assert await running_sandbox.echo.find("key-1") is None
    first, second = await asyncio.gather(file(), file())
    assert (await running_sandbox.echo.find("key-1")).reference == min(first, second)
    assert running_sandbox.effects() == ["demand", "demand"]


async def test_a_reference_that_was_never_given_is_not_found(running_sandbox):
    assert await refusal(running_sandbox.echo.progress("E99999999")) == "not_found_at_portal"


@pytest.mark.parametrize("reference", ["", "..", "E1", "E00000001/cancel", "E00000001?x=", "E٠٠٠٠٠٠٠١", "E00000001\n"])
async def test_a_reference_of_another_form_sends_no_request(running_sandbox, file, reference):
    await file()
    running_sandbox.client.headers["X-API-Key"] = "a request would be denied"
    assert await refusal(running_sandbox.echo.track(reference)) == "not_found_at_portal"


async def test_a_document_id_cannot_leave_its_place_in_the_path(running_sandbox, file):
    reference = await file()
    running_sandbox.hours_pass(24)
    for id in ("../cancel", "result/../../E00000001", "result?x=1", "x"):
        with pytest.raises((Refused, Unavailable)):  # Echo's own word, or that of its web server
            await running_sandbox.echo.document(reference, id)
    assert running_sandbox.effects() == ["demand"]


async def test_an_unknown_service_is_refused(running_sandbox):
    assert (
        await refusal(running_sandbox.echo.file(Submission(case_id="c", key="k", service="echo.other", form={})))
        == "service_unknown"
    )


async def test_without_the_right_key_every_door_is_shut(running_sandbox, file):
    reference = await file()
    for key in ("", "wrong"):
        running_sandbox.client.headers["X-API-Key"] = key
        for ask in (
            file(),
            running_sandbox.echo.progress(reference),
            running_sandbox.echo.find("key-1"),
            running_sandbox.echo.withdraw(reference),
            running_sandbox.echo.act(reference, "reissue", {}),
            running_sandbox.echo.document(reference, "result"),
        ):
            with pytest.raises(Unavailable) as denied:
                await ask
            assert denied.value.code == "portal_denied_gateway"
    assert running_sandbox.effects() == ["demand"]


def test_the_readme_names_every_behaviour():
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `(\w+)` \|", readme.partition("| behave |")[2], re.MULTILINE))
    assert named == {*BEHAVIOURS, "refuse"}


async def test_several_are_told_by_one_request_as_each_is_told_alone(running_sandbox, file):
    first, second = [
        await running_sandbox.echo.file(
            Submission(case_id=key, key=key, service="echo.note", form={"text": "Bonjour", "behave": each})
        )
        for key, each in (("key-1", "complete"), ("key-2", "reject_later"))
    ]
    running_sandbox.hours_pass(30)
    named = [DemandRef(reference=each.reference, key=key) for each, key in ((first, "key-1"), (second, "key-2"))]
    told = await running_sandbox.echo.progress_many([*named, DemandRef(reference="E99999999", key="key-9")])
    assert told == [await running_sandbox.echo.progress(each.reference) for each in (first, second)]
    assert await running_sandbox.echo.progress_many([DemandRef(reference=first.reference, key="key-2")]) == []


async def test_slow_says_when_it_will_have_news(running_sandbox, file):
    reference = await file(behave="slow")
    assert (await running_sandbox.echo.progress(reference)).check_after == pytest.approx(36_000, abs=60)
    running_sandbox.context.clock.set(speed=3600.0)
    assert (await running_sandbox.echo.progress(reference)).check_after == pytest.approx(10, abs=1)
    assert (await running_sandbox.echo.progress(await file())).check_after is None
