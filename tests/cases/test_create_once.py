"""A creation at a portal happens once, whatever is lost on the way: the intent is kept before the request leaves."""

from __future__ import annotations

import pytest

from gateway.audit.entry import Entry, Hop
from gateway.cases.model import Contact, Personal
from gateway.cases.portals import NotAvailable, Portals
from gateway.connectors.contract import CaseStatus, Filing, Refused, Submission, Unavailable, Unknown

from .conftest import CaseHarness, Crash, filed


async def test_the_intent_is_on_the_disk_before_the_request_leaves(harness: CaseHarness) -> None:
    seen = []

    async def file(filing: Submission) -> object:
        seen.append((await harness.case()).state.intents["file"].key)
        assert seen == [filing.key]
        return filed()

    harness.portals.says(Filing.file, file)
    await harness.step()
    assert seen == ["case_1:file"]
    assert (await harness.case()).state.intents == {}
    assert harness.portals.called[Filing.find] == 0


async def test_an_unknown_outcome_that_is_found_is_not_sent_again(harness: CaseHarness) -> None:
    harness.portals.says(Filing.file, Unknown())
    harness.portals.says(Filing.find, filed())
    assert (await harness.step()).seconds > 0
    case = await harness.run()
    assert case.state.filing.reference == "E00000001"
    assert (harness.portals.called[Filing.file], harness.portals.called[Filing.find]) == (1, 1)


async def test_what_the_portal_denies_is_waited_for_and_then_sent_again_once(harness: CaseHarness) -> None:
    harness.portals.says(Filing.file, Unknown(), filed())
    harness.portals.says(Filing.find, None)
    await harness.step()
    for _ in range(3):
        rest = await harness.step()
        assert 0 < rest.seconds <= 5.0
    assert (harness.portals.called[Filing.file], harness.portals.called[Filing.find]) == (1, 3)
    later = harness.hurried(settle_seconds=1e-6)
    assert (await later.run()).state.filing.reference == "E00000001"
    assert (harness.portals.called[Filing.file], harness.portals.called[Filing.find]) == (2, 4)


async def test_an_outcome_that_stays_unknown_waits_its_full_time_each_time(harness: CaseHarness) -> None:
    harness.portals.says(Filing.file, Unknown())
    harness.portals.says(Filing.find, None)
    await harness.step()
    await harness.hurried(settle_seconds=1e-6).step()
    assert harness.portals.called[Filing.file] == 2
    assert (await harness.step()).seconds > 0
    assert harness.portals.called[Filing.file] == 2


async def test_killed_between_the_intent_and_the_request_it_is_sent_once(harness: CaseHarness) -> None:
    harness.portals.says(Filing.file, Crash(), filed())
    harness.portals.says(Filing.find, None)
    with pytest.raises(Crash):
        await harness.step()
    assert (await harness.step()).seconds > 0  # whether it was sent nobody knows
    await harness.hurried(settle_seconds=1e-6).run()
    assert (harness.portals.called[Filing.file], harness.portals.called[Filing.find]) == (2, 2)


async def test_killed_between_the_answer_and_keeping_it_nothing_is_sent_again(harness: CaseHarness) -> None:
    harness.portals.says(Filing.file, filed())
    harness.portals.says(Filing.find, filed())
    await harness.services.cases.personal(await harness.case())

    async def answer(_: Submission) -> object:
        harness.records.fails_with = Crash()
        return filed()

    harness.portals.says(Filing.file, answer)
    with pytest.raises(Crash):
        await harness.step()
    assert (await harness.case()).state.filing.reference == ""
    assert (await harness.run()).state.filing.reference == "E00000001"
    assert (harness.portals.called[Filing.file], harness.portals.called[Filing.find]) == (1, 1)
    assert (await harness.codes()).count("filed") == 1


async def test_a_change_by_somebody_else_while_the_request_is_under_way_is_kept_and_nothing_is_sent_again(
    harness: CaseHarness,
) -> None:
    async def answer(_: Submission) -> object:
        await harness.change(lambda state: setattr(state, "answer", "theirs"))
        return filed()

    harness.portals.says(Filing.file, answer)
    harness.portals.says(Filing.find, filed())
    assert (await harness.step()).seconds == 0
    case = await harness.run()
    assert (case.state.filing.reference, case.state.answer) == ("E00000001", "theirs")
    assert (harness.portals.called[Filing.file], harness.portals.called[Filing.find]) == (1, 1)


async def test_two_processes_at_the_same_case_send_one_request(harness: CaseHarness) -> None:
    """The slower one finds the other's intent, on either database."""

    async def answer(_: Submission) -> object:
        assert (await harness.step()).seconds > 0
        return filed()

    harness.portals.says(Filing.file, answer)
    harness.portals.says(Filing.find, None)
    await harness.run()
    assert harness.portals.called[Filing.file] == 1
    assert (await harness.case()).state.filing.reference == "E00000001"


@pytest.mark.parametrize("error", [Unavailable(), NotAvailable("echo", "not enabled")])
async def test_what_surely_was_not_done_needs_no_search(harness: CaseHarness, error: Exception) -> None:
    harness.portals.says(Filing.file, error, filed())
    await harness.step()
    assert (await harness.case()).state.intents == {}
    assert (await harness.run()).state.filing.reference == "E00000001"
    assert harness.portals.called[Filing.find] == 0


async def test_a_refusal_ends_the_case_and_keeps_the_portals_words_for_the_person_only(harness: CaseHarness) -> None:
    harness.portals.says(Filing.file, Refused("demand_refused", "Non, Madame."))
    case = await harness.run()
    assert (case.status, case.state.ending.reason, case.state.intents) == (CaseStatus.REJECTED, "demand_refused", {})
    assert (await harness.services.cases.personal(case)).refusal == "Non, Madame."
    assert "Madame" not in str(case.state)


async def test_a_portal_that_is_not_loaded_says_so_when_an_outcome_is_open() -> None:
    portals = Portals({}, {"echo": "a broken plugin"})
    with pytest.raises(NotAvailable) as failure:
        await portals.recorded_in(Entry(call_id="call_test", kind="step")).call("echo", Filing.find, "case_1:file")
    assert failure.value.reason == "a broken plugin"


async def test_hops_are_on_record_even_if_the_step_fails_unexpectedly(harness: CaseHarness) -> None:
    async def answer(_: Submission) -> object:
        harness.portals.entry.hops.append(Hop(attempt=1, portal="echo", operation="file", method="POST", status=201))
        raise ZeroDivisionError

    harness.portals.says(Filing.file, answer)
    with pytest.raises(ZeroDivisionError):
        await harness.step()
    (entry,) = harness.records.entries
    assert (entry.outcome, entry.operation, len(entry.hops)) == ("failed", "journey.filing", 1)
    assert "file" in (await harness.case()).state.intents


async def test_personal_data_stay_out_of_what_the_journey_knows(harness: CaseHarness) -> None:
    harness.portals.says(Filing.file, filed())
    case = await harness.run()
    personal: Personal = await harness.services.cases.personal(case)
    assert personal.contact == Contact(name="Amina", email="amina@example.org")
    assert "Bonjour" not in str(case.state)
    assert "Amina" not in str(case.state)


async def test_what_was_not_sent_is_forgotten_whoever_changed_the_case(harness: CaseHarness) -> None:
    """The portal is away, and somebody changes the case before that is written down."""

    async def changed_meanwhile(*_: object) -> object:
        await harness.change(lambda state: setattr(state.ending, "kept", True))
        return Unavailable("connect_failed")

    harness.portals.says(Filing.file, changed_meanwhile)
    await harness.step()
    state = (await harness.case()).state
    assert (state.ending.kept, state.intents) == (True, {})
