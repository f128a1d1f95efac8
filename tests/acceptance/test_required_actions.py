"""What a portal asks on the way, and what becomes of the answers: each is checked, kept, and handed over once."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest

from gateway.cases.store import Conflict
from gateway.sandbox.context import Store, Table
from gateway.sandbox.pdf import page
from tests.database_sessions import transaction
from tests.waiting import PATIENCE

from .conftest import CARD, FAST, YOUSSEF, World
from .evidence import call_back, ended, fails, failures, happens, ledger, notice, opened, order, payments_of
from .shared import IN_ONE_LOOP, problem, shared_world, to_do

pytestmark = IN_ONE_LOOP
world = shared_world(
    speed=5_000_000.0,
    journeys=FAST | {"embedded": True, "poll_seconds": 0.25},
    outbound={"breaker": {"minimum_calls": 100_000}},
)
PDF = page(["Scan"])


async def asked(world: World, case_id: str, kind: str) -> dict[str, Any]:
    """The open action of this type, once there is one."""
    case = await world.until(case_id, lambda case: kind in [each["type"] for each in case["actions"]])
    return next(each for each in case["actions"] if each["type"] == kind)


async def act(world: World, case_id: str, action: str, token: str | None = None, **answer: Any) -> httpx.Response:
    return await world.post(f"/v1/cases/{case_id}/actions/{action}", answer, token)


async def hand_in(world: World, name: str = "proof.pdf", token: str | None = None) -> str:
    headers = {"Authorization": f"Bearer {token or await world.citizen()}", "Idempotency-Key": str(uuid4())}
    files = {"file": (name, PDF, "application/pdf")}
    async with asyncio.timeout(PATIENCE):  # as in `World.with_files`
        while (
            answer := await world.web.post(f"{world.url}/v1/attachments", headers=headers, files=files)
        ).status_code == 429:
            await asyncio.sleep(0.2)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def demand(world: World, reference: str) -> dict[str, Any]:
    """What Echo keeps of it."""
    store = Store(world.state_dir / "sandbox.sqlite")
    found = Table(store, "echo", "demands").get(reference)
    store.close()
    assert found is not None
    return found


async def test_a_document_that_is_asked_for_reaches_the_portal_and_the_case_goes_on(world: World) -> None:
    case_id = await order(world, "echo.note", behave="ask_document")
    action = await asked(world, case_id, "provide_document")
    assert (action["code"], action["optional"]) == ("proof_missing", False)
    assert action["title"] == "Send any supporting document."  # the plugin's own words
    assert (await world.get(f"/v1/cases/{case_id}")).json()["status"] == "action_required"
    answer = await act(world, case_id, "provide_document", attachments=[await hand_in(world)])
    assert (answer.status_code, answer.json()["status"], to_do(answer.json())) == (200, "in_progress", [])
    done = await world.ended(case_id)
    assert done["status"] == "completed"
    (given,) = demand(world, done["filing"]["reference"])["answered"]
    assert [each["filename"] for each in given["attachments"]] == ["proof.pdf"]
    codes = await world.codes(case_id)
    assert codes.index("asked") < codes.index("answered") < codes.index("handed_over") < codes.index("completed")
    assert (codes.count("asked"), (await ledger(world, case_id))["answer"]) == (1, 1)


@pytest.mark.parametrize("mode", ["commit_then_drop", "error"])
async def test_an_answer_whose_receipt_is_lost_is_handed_over_once(world: World, mode: str) -> None:
    case_id = await order(world, "echo.note", behave="ask_document")
    await asked(world, case_id, "provide_document")
    file = await hand_in(world)
    before = await failures(world, "echo", "act")
    await world.fault("echo", mode)
    assert (await act(world, case_id, "provide_document", attachments=[file])).status_code == 200
    if mode == "error":
        await fails(world, "echo", "act", before)
    else:
        await happens(world, case_id, "answer")
    await world.fault("echo", "none")
    assert await ended(world, case_id) == ("completed", None)
    assert (await ledger(world, case_id))["answer"] == 1


async def test_only_files_of_ones_own_that_were_not_used_yet_are_taken(world: World) -> None:
    case_id = await order(world, "echo.note", behave="ask_document")
    await asked(world, case_id, "provide_document")
    theirs = await hand_in(world, token=await world.citizen(YOUSSEF))
    mine = await hand_in(world)
    for wrong in ([theirs], ["att_unknown"], [mine, theirs], [mine, mine]):
        body = problem(await act(world, case_id, "provide_document", attachments=wrong), 422, "form_invalid")
        assert body["errors"][0]["pointer"] == "/attachments"
    for nothing in ({}, {"attachments": []}):
        body = problem(await act(world, case_id, "provide_document", **nothing), 422, "form_invalid")
        assert body["errors"][0]["code"] == "required"
    problem(await act(world, case_id, "provide_document", attachments=[mine], choice="x"), 422, "form_invalid")
    problem(await act(world, case_id, "provide_document", await world.citizen(YOUSSEF), attachments=[theirs]), 404,
            "case_not_found")  # fmt: skip
    assert (await act(world, case_id, "provide_document", attachments=[mine])).status_code == 200
    again = await order(world, "echo.note", behave="ask_document")
    await asked(world, again, "provide_document")
    problem(await act(world, again, "provide_document", attachments=[mine]), 422, "form_invalid")


async def test_an_answer_that_the_portal_refuses_can_be_given_again(world: World) -> None:
    case_id = await order(world, "echo.note", behave="ask_document")
    await asked(world, case_id, "provide_document")
    await act(world, case_id, "provide_document", attachments=[await hand_in(world, "unreadable.pdf")])
    await world.until(case_id, lambda case: case["status"] == "action_required" and to_do(case))
    codes = await world.codes(case_id)
    assert (codes.count("answer_refused"), codes.count("asked")) == (1, 2)
    await act(world, case_id, "provide_document", attachments=[await hand_in(world)])
    assert await ended(world, case_id) == ("completed", None)


async def test_what_the_portal_no_longer_asks_is_closed(world: World) -> None:
    case_id = await order(world, "echo.note", behave="ask_and_forget")
    assert await ended(world, case_id) == ("completed", None)
    codes = await world.codes(case_id)
    assert codes.count("asked") <= 1
    assert codes.count("ask_lapsed") == codes.count("asked")


@pytest.mark.parametrize(("choice", "end"), [("yes", "completed"), ("no", "rejected")])
async def test_a_question_is_answered_with_one_of_its_options(world: World, choice: str, end: str) -> None:
    case_id = await order(world, "echo.note", behave="ask_confirm")
    action = await asked(world, case_id, "confirm")
    assert action["options"] == ["yes", "no"]
    assert [each["title"] for each in action["choices"]] == ["Yes", "No"]
    for wrong in ("perhaps", "Yes"):
        body = problem(await act(world, case_id, "confirm", choice=wrong, text="why"), 422, "form_invalid")
        assert body["errors"][0]["pointer"] == "/choice"
        assert "Yes, No" in body["errors"][0]["detail"]
    said = await asyncio.gather(*(act(world, case_id, "confirm", choice=choice, text="Parce que.") for _ in range(3)))
    assert sorted(answer.status_code for answer in said) == [200, 409, 409]
    done = await world.ended(case_id)
    assert done["status"] == end
    assert demand(world, done["filing"]["reference"])["answered"] == [{"choice": choice, "text": "Parce que."}]


async def test_the_words_of_an_answer_are_sealed_until_the_portal_has_them_and_then_gone(world: World) -> None:
    case_id = await order(world, "echo.note", behave="ask_confirm")
    await asked(world, case_id, "confirm")
    await world.fault("echo", "error")
    await act(world, case_id, "confirm", choice="yes", text="ma vie privée")
    cases = world.gateway.cases
    case = await cases.get(case_id)
    assert case is not None
    assert "privée" not in str(case.state)
    assert (await cases.personal(case)).words == {"confirm": "ma vie privée"}
    await world.fault("echo", "none")
    await ended(world, case_id)
    assert (await cases.personal(case)).words == {}


async def test_a_rating_is_offered_at_the_end_and_given_once_without_changing_the_end(world: World) -> None:
    case_id = await order(world, "echo.note", behave="rate")
    assert await ended(world, case_id) == ("completed", None)
    action = await asked(world, case_id, "rate")
    assert (action["optional"], action["options"]) == (True, ["1", "2", "3", "4", "5"])
    assert action["expires_at"] is not None
    problem(await act(world, case_id, "rate", choice="6"), 422, "form_invalid")
    answer = await act(world, case_id, "rate", choice="5")
    assert (answer.status_code, answer.json()["status"], to_do(answer.json())) == (200, "completed", [])
    await happens(world, case_id, "answer")
    problem(await act(world, case_id, "rate", choice="4"), 409, "case_finished")
    case = await world.until(case_id, lambda case: True)
    assert (case["status"], case["reason"]) == ("completed", None)
    assert demand(world, case["filing"]["reference"])["answered"] == [{"choice": "5"}]


async def test_a_rating_that_the_portal_cannot_take_at_the_moment_arrives_later(world: World) -> None:
    case_id = await order(world, "echo.note", behave="rate")
    await ended(world, case_id)
    before = await failures(world, "echo", "act")
    await world.fault("echo", "error")
    assert (await act(world, case_id, "rate", choice="2")).status_code == 200
    await fails(world, "echo", "act", before)
    assert not (await ledger(world, case_id))["answer"]
    await world.fault("echo", "none")
    await happens(world, case_id, "answer")


async def test_an_appeal_is_made_after_a_rejection(world: World) -> None:
    case_id = await order(world, "echo.note", behave="appeal")
    assert await ended(world, case_id) == ("rejected", "as_you_asked")
    action = await asked(world, case_id, "appeal")
    assert action["help"]
    assert (await act(world, case_id, "appeal", text="Je conteste.")).status_code == 200
    await happens(world, case_id, "answer")
    case = (await world.get(f"/v1/cases/{case_id}")).json()
    assert (case["status"], case["reason"]) == ("rejected", "as_you_asked")
    assert demand(world, case["filing"]["reference"])["answered"] == [{"choice": "", "text": "Je conteste."}]


async def test_when_the_legal_term_has_passed_an_appeal_is_open_and_says_to_whom(world: World) -> None:
    case_id = await order(world, "echo.note", behave="never")
    case = await world.until(case_id, lambda case: case["deadlines"] and case["filing"]["portal_status"] == "in_hand")
    assert [(each["code"], each["title"], each["passed"]) for each in case["deadlines"]] == [
        ("triage", "Triage", False), ("answer", "Answer", False),
    ]  # fmt: skip
    assert case["deadlines"][1]["due_on"]
    await overdue(world, case_id)
    action = await asked(world, case_id, "appeal")
    assert (action["code"], action["optional"]) == ("deadline_passed", True)
    assert action["help"] == "No appeal: no administrative decision is taken here."
    texts = [each["text"] for each in await world.events(case_id) if each["code"] == "deadline_passed"]
    assert texts == ["A legal time limit has passed (2026-01-01): Answer"]
    assert (await act(world, case_id, "appeal", text="J'attends toujours.")).status_code == 200
    await world.until(case_id, lambda case: not to_do(case))
    case = await world.until(case_id, lambda case: case["status"] == "in_progress")
    assert case["deadlines"][1]["passed"]


async def overdue(world: World, case_id: str) -> None:
    """The demand was filed long ago."""
    cases = world.gateway.cases
    while True:
        case = await cases.get(case_id)
        assert case is not None
        case.state.filing.filed_at = datetime(2025, 11, 1, tzinfo=UTC)
        case.state.filing.terms[1] = msgspec.structs.replace(case.state.filing.terms[1], on="2026-01-01")
        try:
            async with transaction(cases.storage) as tx:
                await tx.run_sync(cases.save, case)
        except Conflict:
            continue
        return


async def test_an_action_that_is_not_open_is_refused_whatever_it_is(world: World) -> None:
    case_id = await order(world, "echo.note", behave="never")
    await world.until(case_id, lambda case: case["filing"]["reference"])
    body = {
        "rate": {"choice": "5"},
        "appeal": {"text": "x"},
        "confirm": {"choice": "yes"},
        "choose_slot": {"slot": (await world.get("/v1/slots?service=echo.meeting&post=lyon")).json()["data"][0]["id"]},
    }
    for action, answer in body.items():
        problem(await act(world, case_id, action, **answer), 409, "action_not_open")
    problem(await act(world, case_id, "dance"), 409, "action_not_supported")
    problem(await world.post(f"/v1/cases/{case_id}/actions/pay", {}), 409, "action_not_open")


# --- A fee asked for on the way -----------------------------------------------------------------------------------


async def test_a_fee_asked_for_on_the_way_is_paid_and_its_stamp_handed_over(world: World) -> None:
    case_id = await order(world, "echo.note", behave="ask_fee")
    action = await asked(world, case_id, "pay")
    assert (action["code"], action["amount"]["amount"]) == ("fee_on_decision", 3000)
    case = (await world.get(f"/v1/cases/{case_id}")).json()
    assert [(each["code"], each["state"]) for each in case["payments"]] == [("fee_on_decision", "due")]
    await world.pay(case_id)
    done = await world.ended(case_id)
    assert done["status"] == "completed"
    (payment,) = done["payments"]
    assert (payment["code"], payment["state"], payment["portal"]) == ("fee_on_decision", "paid", "etimbre")
    assert demand(world, done["filing"]["reference"])["answered"] == [{"stamp": payment["stamp"]}]
    happened = await ledger(world, case_id)
    wanted = {"capture": 1, "stamp": 1, "stamp_consumed": 1, "answer": 1, "refund": 0}
    assert {kind: happened[kind] for kind in wanted} == wanted
    codes = [code for code in await world.codes(case_id) if code != "portal_step"]
    assert codes == [
        "received", "filed", "asked", "checkout_opened", "paid", "stamp_issued", "handed_over", "stamp_used",
        "completed",
    ]  # fmt: skip


async def test_a_case_may_have_two_fees_and_both_come_back_the_later_one_first(world: World) -> None:
    case_id = await order(world, "echo.visit", behave="ask_fee_then_reject", delivery={"method": "pickup"})
    await world.pay(case_id)
    await choose_any_slot(world, case_id)
    await asked(world, case_id, "pay")
    case = (await world.get(f"/v1/cases/{case_id}")).json()
    assert [(each["code"], each["state"]) for each in case["payments"]] == [
        ("fee_due", "paid"),
        ("fee_on_decision", "due"),
    ]
    await world.pay(case_id)
    assert await ended(world, case_id) == ("rejected", "as_you_asked")
    happened = await ledger(world, case_id)
    wanted = {"capture": 2, "stamp": 2, "stamp_consumed": 2, "refund": 2, "booking": 1, "booking_cancelled": 1}
    assert {kind: happened[kind] for kind in wanted} == wanted
    undone = [
        (each["code"], each["data"].get("amount", {}).get("amount"))
        for each in await world.events(case_id)
        if each["code"] in ("refunded", "appointment_cancelled")
    ]
    assert undone == [("refunded", 3000), ("appointment_cancelled", None), ("refunded", 5000)]
    assert sorted((await payments_of(world, case_id)).values()) == ["refunded", "refunded"]


async def choose_any_slot(world: World, case_id: str, post: str = "lyon", nth: int = 0) -> dict[str, Any]:
    """The slot that was booked."""
    action = await asked(world, case_id, "choose_slot")
    assert action["url"].endswith("/actions/choose_slot")
    service = (await world.get(f"/v1/cases/{case_id}")).json()["service"]
    for slot in (await world.get(f"/v1/slots?service={service}&post={post}")).json()["data"][nth:]:
        answer = await act(world, case_id, "choose_slot", slot=slot["id"])
        if answer.status_code == 200:
            return slot
        problem(answer, 409, "slot_taken")
    raise AssertionError("no free slot")


@pytest.mark.parametrize("mode", ["commit_then_drop", "error"])
async def test_a_second_fee_is_taken_once_whatever_is_lost(world: World, mode: str) -> None:
    case_id = await order(world, "echo.note", behave="ask_fee")
    await asked(world, case_id, "pay")
    checkout = await world.checkout(case_id)
    page = await world.web.post(checkout["url"], data=checkout["fields"])
    await world.enter_card(page, CARD)
    for portal in ("etimbre", "echo"):
        await world.fault(portal, mode, 0.5 if mode == "error" else 1.0)
    await happens(world, case_id, "answer")
    for portal in ("etimbre", "echo"):
        await world.fault(portal, "none")
    assert await ended(world, case_id) == ("completed", None)
    happened = await ledger(world, case_id)
    assert [happened[kind] for kind in ("capture", "stamp", "stamp_consumed", "answer")] == [1, 1, 1, 1]


async def test_the_callback_of_one_fee_does_not_pay_for_another(world: World) -> None:
    case_id = await order(world, "echo.stamped", behave="ask_fee")
    fields = await opened(world, case_id)
    assert await call_back(world, notice(world, fields, amount="30.00")) == "FAILURE"
    checkout = await world.checkout(case_id)
    await world.enter_card(await world.web.post(checkout["url"], data=checkout["fields"]), CARD)
    action = await asked(world, case_id, "pay")
    assert action["amount"]["amount"] == 3000
    await world.pay(case_id)
    assert await ended(world, case_id) == ("completed", None)
    done = (await world.get(f"/v1/cases/{case_id}")).json()
    stamps = [each["stamp"] for each in done["payments"]]
    assert len(set(stamps)) == 2
    assert Counter(each["state"] for each in done["payments"]) == {"paid": 2}
