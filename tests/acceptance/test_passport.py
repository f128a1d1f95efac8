"""A passport, end to end, in one case over four portals: the stamp is reserved first, then an appointment is booked,
then the file is made; the stamp is used up when the file is lodged in person, and the passport collected or posted."""

from __future__ import annotations

import asyncio
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.sandbox.context import Store, Table
from plugins import passeport

from .conftest import FAST, World
from .evidence import advance, at_speed, ended, happens, ledger
from .shared import IN_ONE_LOOP, problem, shared_world, to_do
from .test_required_actions import choose_any_slot

pytestmark = IN_ONE_LOOP
world = shared_world(
    journeys=FAST | {"embedded": True, "poll_seconds": 0.25},
    outbound={"breaker": {"minimum_calls": 100_000}, "retry": {"base_seconds": 0.01}},
)
ONCE = {"capture": 1, "stamp": 1, "stamp_consumed": 1, "appointment": 1, "pre_application": 1}
UNDONE = {"capture": 1, "stamp": 1, "stamp_cancelled": 1, "refund": 1, "appointment": 1, "pre_application": 1}
ORDER = ["stamp_issued", "slot_due", "appointment_booked", "filed", "stamp_used", "shipped", "completed"]
FEES = {
    "renewal-adult-morocco": 50000, "first-adult": 86000, "minor": 6000, "after-loss": 108000,
    "after-theft": 108000, "after-damage": 86000, "data-change": 86000,
}  # fmt: skip
PICKUP = {"method": "pickup"}
ERRORS = tomllib.loads((Path(passeport.__file__).parent / "plugin.toml").read_text(encoding="utf-8"))["errors"]
"""What people are told, by code and language."""
YOUSSEF = {
    "cnie": "JB456789", "last_name_latin": "Aït Lahcen", "first_name_latin": "Youssef",
    "last_name_arabic": "أيت لحسن", "first_name_arabic": "يوسف", "birth_date": "1992-01-30", "birth_place": "Agadir",
}  # fmt: skip
NADIA = {
    "cnie": "AA112233", "last_name_latin": "Ouazzani", "first_name_latin": "Nadia",
    "last_name_arabic": "الوزاني", "first_name_arabic": "نادية", "birth_date": "1979-09-09", "birth_place": "Rabat",
}  # fmt: skip


async def asked(world: World, service: str = "renewal-adult", **form: Any) -> str:
    """A case that is paid for and, at a consulate, has its appointment."""
    case_id = str((await world.order(f"passeport.{service}", **form))["id"])
    await world.pay(case_id)
    if service != "renewal-adult-morocco":
        await choose_any_slot(world, case_id)
    return case_id


def of_those(codes: list[str], wanted: list[str]) -> list[str]:
    return [code for code in codes if code in wanted]


async def test_a_renewal_is_one_case_over_four_portals_from_the_stamp_to_the_post(world: World) -> None:
    case_id = await asked(world)
    assert await ended(world, case_id) == ("completed", None)
    events = await world.events(case_id)
    assert of_those([event["code"] for event in events], ORDER) == ORDER
    assert {event["portal"] for event in events} - {None} == {"etimbre", "rendezvous", "passeport", "barid"}
    assert await ledger(world, case_id) == ONCE | {"shipment": 1}
    case = (await world.get(f"/v1/cases/{case_id}")).json()
    file = state_of(world, case["filing"]["reference"])
    assert (file["rendez_vous"]["numero"], file["timbre"]) == (
        case["appointment"]["reference"], case["payments"][0]["stamp"],
    )  # fmt: skip


def state_of(world: World, number: str) -> dict[str, Any]:
    """What passeport keeps of a file."""
    store = Store(world.state_dir / "sandbox.sqlite")
    found = Table(store, "passeport", "files").get(number)
    store.close()
    assert found is not None
    return found


async def test_the_post_is_chosen_with_the_slot_whatever_the_form_says(world: World) -> None:
    case_id = str((await world.order("passeport.renewal-adult", delivery=PICKUP))["id"])
    await world.pay(case_id)
    slot = await choose_any_slot(world, case_id, post="montreal")
    assert await ended(world, case_id) == ("completed", None)
    case = (await world.get(f"/v1/cases/{case_id}")).json()
    told = state_of(world, case["filing"]["reference"])["rendez_vous"]
    assert (told["poste"], told["debut"]) == ("montreal", slot["starts_at"])


async def test_a_passport_appointment_is_moved_once_it_is_filed(world: World) -> None:
    """At every service that has one: the slot is booked for the person and not for a file that the calendar cannot
    know, the earlier one is given back, and passeport learns where and when the person now comes."""

    async def moved(service: str) -> None:
        case_id = await asked(world, service, delivery=PICKUP)
        case = await world.until(case_id, lambda case: case["filing"] and case["filing"]["reference"])
        before = case["appointment"]["reference"]
        slot = await choose_any_slot(world, case_id, post="montreal")
        case = await world.until(case_id, lambda case: case["appointment"]["reference"] != before)
        number, reference = case["filing"]["reference"], case["appointment"]["reference"]
        await world.until(case_id, lambda _: state_of(world, number)["rendez_vous"]["numero"] == reference)
        told = state_of(world, number)["rendez_vous"]
        assert (told["poste"], told["debut"]) == ("montreal", slot["starts_at"]), service
        await happens(world, case_id, "cancellation")
        assert "answer_refused" not in await world.codes(case_id), service
        assert (await world.post(f"/v1/cases/{case_id}/actions/withdraw", None)).status_code == 200

    async with at_speed(world, 1.0):
        for service in ("renewal-adult", *FEES):
            if "morocco" not in service:
                await moved(service)


async def test_every_service_is_paid_filed_and_collected(world: World) -> None:
    async def goes_well(number: int, service: str, amount: int) -> None:
        example = (await world.get(f"/v1/services/passeport.{service}")).json()["example"]
        own = {"passport": {"number": f"XC70000{number:02}"}} if "passport" in example else {}  # one is voided once
        case_id = await asked(world, service, delivery=PICKUP, **own)
        assert await ended(world, case_id) == ("completed", None), service
        case = (await world.get(f"/v1/cases/{case_id}")).json()
        assert case["payments"][0]["amount"]["amount"] == amount, service
        happened = await ledger(world, case_id)
        assert happened.pop("passport_voided", 0) == (service in ("after-loss", "after-theft")), service
        wanted = ONCE if service != "renewal-adult-morocco" else {k: n for k, n in ONCE.items() if k != "appointment"}
        assert happened == wanted, service

    await asyncio.gather(*(goes_well(number, *each) for number, each in enumerate(FEES.items())))


@pytest.mark.parametrize(
    ("person", "registration", "passport", "end"),
    [
        (YOUSSEF, "LYO-2020-00077", "XD1111111", ("rejected", "photo_not_accepted")),
        (NADIA, "LYO-2011-01203", "XD2222222", ("failed", "pre_application_expired")),
    ],
)
async def test_a_file_that_the_counter_never_keeps_costs_nothing(
    world: World, person: dict[str, str], registration: str, passport: str, end: tuple[str, str]
) -> None:
    form = {"registration": {"consulate": "Lyon", "number": registration}, "passport": {"number": passport}}
    world = replace(world, who=person["cnie"])
    case_id = await asked(world, person=person, **form)
    await happens(world, case_id, "pre_application")
    await advance(world, 40)
    assert await ended(world, case_id) == end
    assert await ledger(world, case_id) == UNDONE
    undone = ["appointment_kept", "stamp_voided", "refunded", end[0]]  # the appointment has taken place by then
    assert of_those(await world.codes(case_id), [*undone, "appointment_cancelled"]) == undone
    assert (await world.get(f"/v1/cases/{case_id}")).json()["appointment"]["state"] == "kept"
    for language, text in ERRORS[end[1]].items():
        case = (await world.get(f"/v1/cases/{case_id}", Accept_Language=language)).json()
        assert case["reason_text"] == text


async def test_a_pre_application_taken_back_before_it_is_lodged_costs_nothing(world: World) -> None:
    async with at_speed(world, 1.0):
        case_id = await asked(world)
        case = await world.until(case_id, lambda case: case["filing"] and case["filing"]["reference"])
        assert case["filing"]["portal_status"] == "pre_enregistree"
        assert "stamp_used" not in await world.codes(case_id)
        assert (await world.post(f"/v1/cases/{case_id}/actions/withdraw", None)).status_code == 200
        assert await ended(world, case_id) == ("withdrawn", "withdrawn_by_person")
    assert await ledger(world, case_id) == UNDONE | {"cancellation": 2}  # of the file and of the appointment
    undone = ["withdrawn_at_portal", "appointment_cancelled", "stamp_voided", "refunded", "withdrawn"]
    assert of_those(await world.codes(case_id), undone) == undone


@pytest.mark.usefixtures("portals_not_asked")
async def test_a_demand_that_the_portal_does_not_take_frees_the_slot_and_the_stamp(world: World) -> None:
    async with at_speed(world, 1.0):
        unknown = {"consulate": "Lyon", "number": "LYO-1"}
        case_id = str((await world.order("passeport.renewal-adult", registration=unknown))["id"])
        await world.pay(case_id)
        slot = await choose_any_slot(world, case_id)
        assert await ended(world, case_id) == ("rejected", "consular_registration_not_found")
    undone = ["refused", "appointment_cancelled", "stamp_voided", "refunded", "rejected"]
    assert of_those(await world.codes(case_id), undone) == undone
    wanted = {k: n for k, n in UNDONE.items() if k != "pre_application"}
    assert await ledger(world, case_id) == wanted | {"cancellation": 1}
    day = f"from={slot['starts_at'][:10]}&to={slot['starts_at'][:10]}"
    free = (await world.get(f"/v1/slots?service=passeport.renewal-adult&post=lyon&{day}")).json()["data"]
    assert slot["id"] in [each["id"] for each in free]


async def test_a_passport_that_the_post_loses_is_made_again(world: World) -> None:
    address = (await world.get("/v1/services/passeport.renewal-adult")).json()["example"]["delivery"]["address"]
    lost = {"method": "post", "address": address | {"lines": ["11 rue LOST ONCE"]}}
    case_id = await asked(world, delivery=lost)
    await world.until(case_id, lambda case: [action["type"] for action in to_do(case)] == ["confirm"])
    assert (await world.post(f"/v1/cases/{case_id}/actions/confirm", {"choice": "reissue"})).status_code == 200
    assert await ended(world, case_id) == ("completed", None)
    assert await ledger(world, case_id) == ONCE | {"shipment": 2, "reissue": 1}


async def test_a_minor_without_a_guardian_is_refused_with_the_field_named(world: World) -> None:
    form = (await world.get("/v1/services/passeport.minor")).json()["example"]
    del form["guardian"]
    answer = await world.post("/v1/cases", {"service": "passeport.minor", "form": form})
    body = problem(answer, 422, "form_invalid")
    assert [error["pointer"] for error in body["errors"]] == ["/form/guardian"]


@pytest.mark.parametrize("mode", ["commit_then_drop", "error"])
async def test_a_portal_in_trouble_delays_a_passport_and_doubles_nothing(world: World, mode: str) -> None:
    await world.fault("passeport", mode, 1.0 if mode == "commit_then_drop" else 0.5)
    try:
        case_id = await asked(world, delivery=PICKUP)
        assert await ended(world, case_id) == ("completed", None)
    finally:
        await world.fault("passeport", "none")
    assert await ledger(world, case_id) == ONCE


async def test_tracking_takes_names_and_birth_date_as_proof_in_a_header(world: World) -> None:
    path = "/v1/tracking/passeport/PP-2025-0900017"
    for names in ("last_name=El Fassi; first_name=Amina", "last_name=El-Fâssi; first_name=amîna"):
        proof = f"{names}; birth_date=1988-03-14".encode()
        headers = await world._headers(None, {}) | {"Tracking-Proof": proof}
        answer = await world.web.get(world.url + path, headers=headers)
        assert (answer.status_code, answer.json().get("milestone")) == (200, "delivered"), answer.text
    problem(await world.get(path, Tracking_Proof="last_name=El Fassi"), 400, "tracking_proof_missing")
    wrong = "last_name=Alaoui; first_name=Amina; birth_date=1988-03-14"
    problem(await world.get(path, Tracking_Proof=wrong), 404, "not_found_at_portal")
