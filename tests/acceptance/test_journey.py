"""The main job, end to end: order, fee, stamp, filing, delivery; and what happens when it cannot be done."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import ON_SQLITE

from .conftest import DECLINED_CARD, World, world_in
from .shared import to_do


async def test_two_birth_extracts_are_paid_filed_and_delivered(world: World) -> None:
    case = await world.order(copies=2)
    assert case["status"] == "action_required"
    assert case["actions"][0]["amount"]["amount"] == 4000
    await world.pay(case["id"])
    done = await world.ended(case["id"])
    assert done["status"] == "completed", await world.events(case["id"])
    assert re.fullmatch(r"\d{16}", done["payments"][0]["stamp"])
    assert re.fullmatch(r"[A-Z]{2}\d{9}MA", done["shipment"]["reference"])
    portals = {event["portal"] for event in await world.events(case["id"])} - {None}
    assert portals == {"etimbre", "watiqa", "barid"}
    await exactly_once(world)


async def exactly_once(world: World) -> None:
    assert Counter(await world.effects("etimbre"))["capture"] == 1
    assert Counter(await world.effects("etimbre"))["stamp"] == 1
    assert Counter(await world.effects("watiqa"))["order"] == 1
    assert Counter(await world.effects("barid"))["shipment"] == 1


@ON_SQLITE
async def test_stamp_appointment_filing_and_a_fee_on_the_way_are_one_case(world: World) -> None:
    case = await world.order("echo.visit", behave="ask_fee", delivery={"method": "pickup"})
    await world.pay(case["id"])
    await world.until(case["id"], lambda case: "choose_slot" in [each["type"] for each in case["actions"]])
    (slot, *_) = (await world.get("/v1/slots?service=echo.visit&post=lyon")).json()["data"]
    answer = await world.post(f"/v1/cases/{case['id']}/actions/choose_slot", {"slot": slot["id"]})
    assert answer.status_code == 200, answer.text
    await world.until(case["id"], lambda case: "pay" in [each["type"] for each in case["actions"]])
    await world.pay(case["id"])
    done = await world.ended(case["id"])
    assert done["status"] == "completed", await world.events(case["id"])
    assert [each["state"] for each in done["payments"]] == ["paid", "paid"]
    effects = Counter(await world.effects("etimbre")) + Counter(await world.effects("echo"))
    wanted = {"capture": 2, "stamp": 2, "stamp_consumed": 2, "booking": 1, "demand": 1, "answer": 1}
    assert {kind: effects[kind] for kind in wanted} == wanted


@ON_SQLITE
@pytest.mark.parametrize("portal", ["watiqa", "etimbre", "barid"])
async def test_an_answer_lost_after_the_effect_does_not_double_it(world: World, portal: str) -> None:
    case = await world.order()
    await world.fault(portal, "commit_then_drop")
    with contextlib.suppress(httpx.TransportError):  # the payer's browser may lose its answer too
        await world.pay(case["id"])
    done = await world.ended(case["id"])
    assert done["status"] == "completed", await world.events(case["id"])
    await exactly_once(world)


async def test_portals_that_fail_half_of_the_time_delay_the_journey_and_double_nothing(world: World) -> None:
    case = await world.order()
    await world.pay(case["id"])
    for portal in ("watiqa", "etimbre", "barid"):
        await world.fault(portal, "error", 0.5)
    done = await world.ended(case["id"])
    assert done["status"] == "completed", await world.events(case["id"])
    await exactly_once(world)


async def test_a_declined_card_leaves_the_case_open_for_another_try(small_world: World) -> None:
    world = small_world
    case = await world.order()
    await world.pay(case["id"], DECLINED_CARD)
    declined = await world.until(case["id"], lambda case: True)
    assert declined["status"] == "action_required"
    assert "payment_declined" in await world.codes(case["id"])
    await world.pay(case["id"])
    assert (await world.ended(case["id"]))["status"] == "completed"
    await exactly_once(world)


@pytest.mark.usefixtures("portals_not_asked")
@ON_SQLITE
async def test_an_act_that_is_not_in_the_register_is_refused_and_the_fee_comes_back(world: World) -> None:
    example = (await world.get("/v1/services/watiqa.birth-extract")).json()["example"]
    case = await world.order(**wrong_act(example))
    await world.pay(case["id"])
    done = await world.ended(case["id"])
    assert done["status"] == "rejected"
    assert done["reason"] == "act_not_found"
    assert done["payments"][0]["state"] == "refunded"
    effects = Counter(await world.effects("etimbre"))
    assert (effects["capture"], effects["refund"]) == (1, 1)
    assert await world.effects("watiqa") == []


def wrong_act(example: dict[str, Any]) -> dict[str, Any]:
    return {"act": {**example["act"], "number": "4321"}}


@ON_SQLITE
async def test_a_case_withdrawn_before_payment_ends_without_any_trace_at_a_portal(world: World) -> None:
    case = await world.order()
    answer = await world.post(f"/v1/cases/{case['id']}/actions/withdraw", None)
    assert answer.status_code == 200, answer.text
    assert (await world.ended(case["id"]))["status"] == "withdrawn"
    assert await world.effects("etimbre") + await world.effects("watiqa") == []
    again = await world.post(f"/v1/cases/{case['id']}/actions/withdraw", None)
    assert again.json()["code"] == "case_finished"


@ON_SQLITE
async def test_a_service_without_fee_and_delivery_skips_both(world: World) -> None:
    case = await world.order("echo.note")
    assert case["payments"] == []
    assert to_do(case) == []
    done = await world.ended(case["id"])
    assert done["status"] == "completed"
    assert done["documents"]
    document = await world.get(done["documents"][0]["url"])
    assert document.status_code == 200
    assert document.content
    assert await world.effects("etimbre") + await world.effects("barid") == []


async def test_a_portal_that_hangs_does_not_hold_up_another(tmp_path: Path) -> None:
    impatient = {
        "timeouts": {"connect_seconds": 0.3, "read_seconds": 0.2, "total_seconds": 3.0},
        "breaker": {"minimum_calls": 3, "open_seconds": 60.0},
    }
    async with world_in(tmp_path, "", outbound=impatient) as world:
        await world.fault("watiqa", "hang")
        codes = []
        for _ in range(8):
            answer = await world.get("/v1/tracking/watiqa/WQ-2026-000001")
            codes.append(answer.json()["code"])
        assert codes[0] in ("portal_timeout", "portal_unavailable")  # the token or the question hangs
        assert codes[-1] == "breaker_open"
        assert answer.status_code == 503
        assert answer.json()["origin"] == "portal"
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        hop = (await world.records(portal="watiqa"))[0]["hops"][-1]
        assert hop["outcome"] == "breaker_open"
        tracked = await world.get("/v1/tracking/barid/RR123456785MA")
        assert tracked.status_code == 200
        assert tracked.json()["status"] == "completed"
        states = (await world.get("/health/ready")).json()
        assert (states["status"], states["portals"]["watiqa"], states["portals"]["barid"]) == ("degraded", "down", "up")
