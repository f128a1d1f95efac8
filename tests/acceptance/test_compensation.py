"""What was paid for and not received: parcels that get lost, officers that refuse, and whose money comes back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from gateway.sandbox.context import Store, Table
from plugins.barid.connector import Barid
from tests.waiting import PATIENCE

from .conftest import FAST, World
from .evidence import at_speed, ended, happens, ledger, order, payments_of, sent_to, timeline
from .shared import IN_ONE_LOOP, problem, shared_world, to_do

pytestmark = IN_ONE_LOOP
world = shared_world(
    speed=5_000_000.0,
    journeys=FAST | {"embedded": True, "poll_seconds": 0.25},
    outbound={"breaker": {"minimum_calls": 100_000}},  # a fault of one test must not reach the next
)


async def paid(world: World, *lines: str, **changes: Any) -> str:
    """A birth extract, paid, on its way to this address."""
    case_id = await order(world, **(sent_to(*lines) if lines else {}), **changes)
    await world.pay(case_id)
    return case_id


async def asked(world: World, case_id: str) -> dict[str, Any]:
    """The case once the person has to choose."""
    return await world.until(case_id, lambda case: [each["type"] for each in to_do(case)] == ["confirm"])


async def choose(world: World, case_id: str, choice: str, **more: Any) -> Any:
    return await world.post(f"/v1/cases/{case_id}/actions/confirm", {"choice": choice}, **more)


@pytest.mark.parametrize(("word", "code"), [("LOST", "parcel_lost"), ("ABSENT", "parcel_returned")])
async def test_a_parcel_that_does_not_arrive_is_the_persons_choice_and_a_refund_comes_once(
    world: World, word: str, code: str
) -> None:
    case_id = await paid(world, f"12 rue {word}")
    case = await asked(world, case_id)
    (action,) = to_do(case)
    assert (case["status"], action["code"], action["options"]) == ("action_required", code, ["reissue", "refund"])
    answer = await choose(world, case_id, "refund")
    assert (answer.status_code, to_do(answer.json())) == (200, [])
    assert await ended(world, case_id) == ("failed", code)
    happened = await ledger(world, case_id)
    assert (happened["capture"], happened["refund"], happened["shipment"]) == (1, 1, 1)
    assert (await world.get(f"/v1/cases/{case_id}")).json()["payments"][0]["state"] == "refunded"
    assert list((await payments_of(world, case_id)).values()) == ["refunded"]


async def test_a_lost_document_is_made_again_without_another_fee_and_arrives(world: World) -> None:
    case_id = await paid(world, "7 rue LOST ONCE")
    first = (await asked(world, case_id))["shipment"]["reference"]
    answer = await choose(world, case_id, "reissue")
    assert answer.json()["status"] == "in_progress"
    assert await ended(world, case_id) == ("completed", None)
    second = (await world.get(f"/v1/cases/{case_id}")).json()["shipment"]
    assert second["reference"] != first
    assert second["milestone"] == "delivered"
    happened = await ledger(world, case_id)
    wanted = {"capture": 1, "stamp": 1, "order": 1, "reissue": 1, "shipment": 2, "refund": 0}
    assert {kind: happened[kind] for kind in wanted} == wanted
    codes = await world.codes(case_id)
    assert codes.index("parcel_lost") < codes.index("chosen") < codes.index("reissued") < codes.index("completed")


async def test_a_document_that_gets_lost_again_can_be_made_again(world: World) -> None:
    case_id = await paid(world, "LOST")
    for round in (1, 2):
        number = (await asked(world, case_id))["shipment"]["reference"]
        assert (await choose(world, case_id, "reissue")).status_code == 200
        await world.until(case_id, lambda case, old=number: case["shipment"] and case["shipment"]["reference"] != old)
        assert (await ledger(world, case_id))["reissue"] == round
    await asked(world, case_id)
    await choose(world, case_id, "refund")
    assert await ended(world, case_id) == ("failed", "parcel_lost")
    happened = await ledger(world, case_id)
    assert (happened["shipment"], happened["reissue"], happened["capture"], happened["refund"]) == (3, 2, 1, 1)


async def test_a_new_parcel_does_not_begin_where_the_lost_one_ended(world: World) -> None:
    case_id = await paid(world, "8 rue LOST ONCE")
    lost = await asked(world, case_id)
    assert lost["shipment"]["milestone"] == "lost"
    async with at_speed(world, 200_000.0):
        await choose(world, case_id, "reissue")
        case = await world.until(
            case_id, lambda case: case["shipment"] and case["shipment"]["reference"] != lost["shipment"]["reference"]
        )
        assert case["shipment"]["milestone"] != "lost"
    assert await ended(world, case_id) == ("completed", None)


async def test_a_wrong_choice_is_told_the_right_ones_and_a_second_choice_comes_too_late(world: World) -> None:
    case_id = await paid(world, "LOST")
    before = await choose(world, case_id, "refund")
    problem(before, 409, "action_not_open")
    await asked(world, case_id)
    for wrong in ("Refund", "reissue ", "\u202erefund", "refund\u200b", "refund,reissue"):
        body = problem(await choose(world, case_id, wrong), 422, "form_invalid")
        (error,) = body["errors"]
        assert (error["pointer"], error["detail"]) == (
            "/choice",
            "Choose one of: Have the document issued and sent again, Get your money back.",
        )
        assert error["allowed"] == ["reissue", "refund"]
    problem(await world.post(f"/v1/cases/{case_id}/actions/pay", {}), 409, "action_not_open")
    said = await asyncio.gather(*(choose(world, case_id, "refund") for _ in range(3)))
    assert sorted(answer.status_code for answer in said) == [200, 409, 409]
    assert await ended(world, case_id) == ("failed", "parcel_lost")
    problem(await choose(world, case_id, "refund"), 409, "case_finished")
    assert (await ledger(world, case_id))["refund"] == 1


async def test_the_same_choice_sent_again_under_its_key_gets_the_first_answer(world: World) -> None:
    case_id = await paid(world, "LOST")
    await asked(world, case_id)
    first = await choose(world, case_id, "refund", key=f"choice of {case_id}")
    await ended(world, case_id)
    again = await choose(world, case_id, "refund", key=f"choice of {case_id}")
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["idempotent-replayed"] == "true"


async def test_what_the_office_will_not_make_again_is_refunded(world: World) -> None:
    """A portal that no longer knows the order refuses the re-issue; the person gets the fee back all the same."""
    case_id = await paid(world, "LOST")
    case = await asked(world, case_id)
    forget(world, case["filing"]["reference"])
    assert (await choose(world, case_id, "reissue")).status_code == 200
    assert await ended(world, case_id) == ("failed", "parcel_lost")
    assert "reissue_refused" in await world.codes(case_id)
    happened = await ledger(world, case_id)
    assert (happened["capture"], happened["refund"], happened["reissue"]) == (1, 1, 0)


def forget(world: World, reference: str) -> None:
    store = Store(world.state_dir / "sandbox.sqlite")
    Table(store, "watiqa", "orders").delete(reference)
    store.close()


async def test_a_free_parcel_that_gets_lost_has_nothing_to_refund(world: World) -> None:
    case_id = await order(world, "echo.parcel", **sent_to("LOST"))
    assert (await asked(world, case_id))["actions"][0]["options"] == ["reissue", "refund"]
    await choose(world, case_id, "refund")
    assert await ended(world, case_id) == ("failed", "parcel_lost")
    assert not (await ledger(world, case_id))["refund"]


async def test_the_reference_connector_makes_a_lost_parcel_again_too(world: World) -> None:
    case_id = await order(world, "echo.parcel", **sent_to("9 rue LOST ONCE"))
    await asked(world, case_id)
    await choose(world, case_id, "reissue")
    assert await ended(world, case_id) == ("completed", None)
    happened = await ledger(world, case_id)
    assert (happened["demand"], happened["shipment"]) == (1, 2)


OFFICERS: dict[str, dict[str, Any]] = {
    "act_unreadable": {
        "act": {"number": "1999", "register_year": 1992},
        "registry": {"office": "Agadir Centre"},
        "person": {
            "cnie": "JB456789",
            "last_name_latin": "Aït Lahcen",
            "first_name_latin": "Youssef",
            "last_name_arabic": "أيت لحسن",
            "first_name_arabic": "يوسف",
            "birth_date": "1992-01-30",
        },
    },
    "act_under_correction": {
        "act": {"number": "2998", "register_year": 1979},
        "registry": {"office": "Rabat Hassan"},
        "person": {
            "cnie": "AA112233",
            "last_name_latin": "Ouazzani",
            "first_name_latin": "Nadia",
            "last_name_arabic": "الوزاني",
            "first_name_arabic": "نادية",
            "birth_date": "1979-09-09",
        },
    },
}


@pytest.mark.parametrize("reason", OFFICERS)
async def test_what_the_officer_refuses_after_processing_is_rejected_and_refunded(world: World, reason: str) -> None:
    world = replace(world, who=OFFICERS[reason]["person"]["cnie"])
    case_id = await paid(world, **OFFICERS[reason])
    assert await ended(world, case_id) == ("rejected", reason)
    happened = await ledger(world, case_id)
    assert (happened["order"], happened["stamp_consumed"], happened["capture"], happened["refund"]) == (1, 1, 1, 1)
    assert not happened["shipment"]
    for language in ("ar", "fr", "en"):
        case = (await world.get(f"/v1/cases/{case_id}", Accept_Language=language)).json()
        general = world.gateway.messages.translate("reason.portal_refused", language)
        assert case["reason_text"]
        assert case["reason_text"] != general


@pytest.mark.usefixtures("portals_not_asked")
async def test_an_unused_stamp_is_cancelled_before_the_fee_comes_back(world: World) -> None:
    case_id = await paid(world, act={"number": "4321"})
    assert await ended(world, case_id) == ("rejected", "act_not_found")
    codes = await world.codes(case_id)
    assert codes.index("refused") < codes.index("stamp_voided") < codes.index("refunded") < codes.index("rejected")


@pytest.mark.parametrize("behave", ["refuse", "reject_later"])
async def test_a_refused_demand_with_a_stamp_costs_nothing(world: World, behave: str) -> None:
    case_id = await order(world, "echo.stamped", behave=behave)
    await world.pay(case_id)
    reason = {"refuse": "demand_refused", "reject_later": "as_you_asked"}[behave]
    assert await ended(world, case_id) == ("rejected", reason)
    happened = await ledger(world, case_id)
    assert (happened["capture"], happened["refund"]) == (1, 1)
    assert happened["stamp_cancelled"] == (1 if behave == "refuse" else 0)


async def test_a_parcel_that_the_post_does_not_take_ends_in_a_refund(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gateway lets the address through, the post does not: its list of countries is longer than the one we know."""
    monkeypatch.setattr(Barid, "not_served", frozenset())
    case_id = await paid(world, delivery={"address": {"country": "AQ"}})
    assert await ended(world, case_id) == ("rejected", "country_unknown")
    happened = await ledger(world, case_id)
    assert (happened["capture"], happened["refund"], happened["shipment"]) == (1, 1, 0)


async def test_money_goes_back_as_soon_as_the_acquirer_can_be_reached_again(world: World) -> None:
    case_id = await paid(world, "LOST")
    await asked(world, case_id)
    await world.fault("etimbre", "error")
    await choose(world, case_id, "refund")
    await world.until(case_id, lambda case: case["status"] == "in_progress")
    assert "portal_unavailable" in await wait_for_code(world, case_id, "portal_unavailable")
    assert (await world.get(f"/v1/cases/{case_id}")).json()["status"] == "in_progress"
    await world.fault("etimbre", "none")
    assert await ended(world, case_id) == ("failed", "parcel_lost")
    await happens(world, case_id, "refund")
    assert (await ledger(world, case_id))["refund"] == 1


async def wait_for_code(world: World, case_id: str, code: str) -> list[str]:
    async with asyncio.timeout(PATIENCE):
        while code not in (codes := await timeline(world, case_id)):
            await asyncio.sleep(0.05)
    return codes


async def test_an_answer_lost_on_the_way_back_refunds_once(world: World) -> None:
    case_id = await paid(world, "LOST")
    await asked(world, case_id)
    await world.fault("etimbre", "commit_then_drop")
    await choose(world, case_id, "refund")
    assert await ended(world, case_id) == ("failed", "parcel_lost")
    await world.fault("etimbre", "none")
    assert (await ledger(world, case_id))["refund"] == 1


async def test_a_reissue_whose_answer_is_lost_is_made_once(world: World) -> None:
    case_id = await paid(world, "10 rue LOST ONCE")
    await asked(world, case_id)
    await world.fault("watiqa", "commit_then_drop")
    await choose(world, case_id, "reissue")
    assert await ended(world, case_id) == ("completed", None)
    await world.fault("watiqa", "none")
    happened = await ledger(world, case_id)
    assert (happened["reissue"], happened["shipment"], happened["order"]) == (1, 2, 1)
