"""Appointments: found, booked once, moved, missed, cancelled, and shown in the time of the place."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import icalendar
import msgspec
import pytest

from gateway.cases.state import PendingBooking
from gateway.cases.store import Conflict
from gateway.connectors.contract import Post, Slot
from tests.database_sessions import transaction
from tests.waiting import eventually

from .conftest import FAST, YOUSSEF, World
from .evidence import at_speed, ended, happens, ledger, order
from .shared import IN_ONE_LOOP, problem, shared_world, to_do
from .test_required_actions import act, asked, choose_any_slot, demand, hand_in

pytestmark = IN_ONE_LOOP
world = shared_world(
    speed=5_000_000.0,
    journeys=FAST | {"embedded": True, "poll_seconds": 0.25},
    outbound={"breaker": {"minimum_calls": 100_000}},
)
DAY = date.today() + timedelta(days=30)


async def slots(world: World, post: str = "lyon", first: date | str = "", last: date | str = "", **more: str) -> Any:
    days = "".join(f"&{name}={value}" for name, value in (("from", first), ("to", last)) if value)
    service = more.get("service", "echo.visit")
    return await world.get(f"/v1/slots?service={service}&post={post}{days}")


async def free(world: World, post: str = "lyon") -> list[dict[str, Any]]:
    return (await slots(world, post)).json()["data"]


async def filed_and_asked(world: World, behave: str = "complete", **more: Any) -> str:
    """A demand by appointment, once it waits for a slot."""
    case_id = await order(world, "echo.meeting", behave=behave, **more)
    await asked(world, case_id, "choose_slot")
    return case_id


async def choose(world: World, case_id: str, slot: dict[str, Any], **more: Any) -> httpx.Response:
    answer = {"slot": slot["id"]}
    return await world.post(f"/v1/cases/{case_id}/actions/choose_slot", answer, **more)


async def booked(world: World, case_id: str) -> dict[str, Any]:
    case = await world.until(case_id, lambda case: case["appointment"])
    found: dict[str, Any] = case["appointment"]
    return found


async def test_posts_say_where_they_are_and_which_time_they_keep(world: World) -> None:
    found = (await world.get("/v1/posts?service=echo.visit")).json()["data"]
    assert {each["id"]: each["timezone"] for each in found} == {
        "lyon": "Europe/Paris", "tanger": "Africa/Casablanca", "montreal": "America/Toronto",
    }  # fmt: skip
    assert all(each["illustrative"] and each["portal"] == "echo" for each in found)
    named = {each["id"]: each["name"] for each in found}
    assert (named["lyon"], named["montreal"]) == ("Lyons", "Montréal")  # French where there is no English
    everywhere = (await world.get("/v1/posts")).json()["data"]
    assert [each for each in everywhere if each["portal"] == "echo"] == [each | {"slots_url": None} for each in found]
    assert {each["portal"] for each in everywhere} > {"echo"}
    problem(await world.get("/v1/posts?service=echo.nothing"), 404, "service_not_found")
    problem(await world.get("/v1/posts?service=watiqa.birth-extract"), 404, "capability_missing")


async def test_slots_are_in_the_posts_own_time(world: World) -> None:
    for post, winter, summer in (("lyon", "+01:00", "+02:00"), ("montreal", "-05:00", "-04:00")):
        for day, offset in (("2027-01-18", winter), ("2027-07-05", summer)):
            found = (await slots(world, post, day, day)).json()["data"]
            assert [each["starts_at"] for each in found][:2] == [f"{day}T09:00:00{offset}", f"{day}T09:30:00{offset}"]


@pytest.mark.parametrize("day", ["2027-02-05", "2027-02-16", "2027-03-22", "2027-07-05"])
async def test_morocco_keeps_utc_all_year_since_2026(world: World, day: str) -> None:
    """For good since 20 September 2026 (tz database 2026c), whatever the machine's own data say."""
    found = (await slots(world, "tanger", day, day)).json()["data"]
    assert found[0]["starts_at"] == f"{day}T09:00:00Z"


async def test_the_hours_of_a_day_on_which_the_clock_changes_are_right(world: World) -> None:
    friday, monday = (await slots(world, "lyon", "2027-03-26", "2027-03-29")).json()["data"][::6]
    between = datetime.fromisoformat(monday["starts_at"]) - datetime.fromisoformat(friday["starts_at"])
    assert between == timedelta(days=3) - timedelta(hours=1)


async def test_wrong_questions_about_slots_are_told_so(world: World) -> None:
    problem(await slots(world, "nowhere"), 404, "post_not_found")
    problem(await slots(world, "lyon", "2027-02-02", "2027-02-01"), 400, "filter_invalid")
    problem(await slots(world, "lyon", "2027-02-02", "2029-02-01"), 400, "filter_invalid")
    problem(await slots(world, "lyon", "tomorrow"), 400, "invalid_request")
    problem(await slots(world, service="echo.nothing"), 404, "service_not_found")


async def test_what_has_begun_is_not_offered(world: World) -> None:
    today = (await slots(world, "montreal", date.today() - timedelta(days=7), date.today())).json()["data"]
    assert all(datetime.fromisoformat(each["starts_at"]) > datetime.now(UTC) for each in today)


async def test_a_booked_slot_is_no_longer_free_and_the_case_goes_on(world: World) -> None:
    case_id = await filed_and_asked(world)
    slot = (await free(world))[0]
    answer = await choose(world, case_id, slot)
    assert answer.status_code == 200, answer.text
    case = answer.json()
    assert (case["status"], case["appointment"]["starts_at"], case["appointment"]["state"]) == (
        "in_progress", slot["starts_at"], "booked",
    )  # fmt: skip
    assert slot["id"] not in [each["id"] for each in await free(world)]
    assert await ended(world, case_id) == ("completed", None)
    done = (await world.get(f"/v1/cases/{case_id}")).json()
    assert demand(world, done["filing"]["reference"])["booking"] == case["appointment"]["reference"]
    assert (await ledger(world, case_id))["booking"] == 1


async def test_whoever_comes_second_is_told_at_once_and_may_choose_again(world: World) -> None:
    first, second = await filed_and_asked(world, "never"), await filed_and_asked(world, "never")
    slot = (await free(world))[0]
    assert (await choose(world, first, slot)).status_code == 200
    body = problem(await choose(world, second, slot), 409, "slot_taken")
    assert body["remedy"]
    assert (await world.get(f"/v1/cases/{second}")).json()["actions"][0]["type"] == "choose_slot"
    assert (await choose(world, second, (await free(world))[0])).status_code == 200
    assert (await ledger(world, second))["booking"] == 1


async def test_many_who_want_the_same_slots_get_each_slot_once(world: World) -> None:
    wanted = (await free(world, "montreal"))[:3]
    cases = [await filed_and_asked(world, "never") for _ in range(9)]
    said = await asyncio.gather(*(choose(world, case_id, wanted[n % 3]) for n, case_id in enumerate(cases)))
    assert Counter(answer.status_code for answer in said) == {200: 3, 409: 6}
    held = [answer.json()["appointment"]["starts_at"] for answer in said if answer.status_code == 200]
    assert sorted(held) == sorted(each["starts_at"] for each in wanted)


@pytest.mark.soak
async def test_of_five_hundred_who_want_fifty_slots_fifty_get_one_each(world: World) -> None:
    wanted = (await free(world, "montreal"))[:50]
    form = {"text": "Bonjour", "behave": "never"}
    cases = []
    for _ in range(20):
        body = {"service": "echo.meeting", "form": form}
        answers = await asyncio.gather(*(world.post("/v1/cases", body) for _ in range(25)))
        cases += [answer.json()["id"] for answer in answers]
    for case_id in cases:
        await asked(world, case_id, "choose_slot")
    told: Counter[int] = Counter()

    async def insist(case_id: str, slot: dict[str, Any]) -> None:
        """Choose again as long as the gateway says that it is busy."""
        while (answer := await choose(world, case_id, slot)).status_code == 503:
            await asyncio.sleep(0.2)
        told[answer.status_code] += 1

    await asyncio.gather(*(insist(case_id, wanted[n % 50]) for n, case_id in enumerate(cases)))
    assert told == {200: 50, 409: 450}
    held = [(await world.get(f"/v1/cases/{case_id}")).json()["appointment"] for case_id in cases]
    starts = [each["starts_at"] for each in held if each is not None]
    assert sorted(starts) == sorted(each["starts_at"] for each in wanted)


async def test_the_same_choice_sent_many_times_at_once_books_once(world: World) -> None:
    case_id = await filed_and_asked(world, "never")
    slots = (await free(world))[:4]
    said = await asyncio.gather(*(choose(world, case_id, slot) for slot in slots))
    assert Counter(answer.status_code for answer in said)[200] >= 1
    assert {answer.status_code for answer in said} <= {200, 409, 503}

    async def one_is_left() -> bool:
        happened = await ledger(world, case_id)
        return happened["booking"] - happened["booking_cancelled"] == 1

    assert await eventually(one_is_left)  # what was booked in vain is given back soon


async def test_the_same_key_gets_the_first_answer_again(world: World) -> None:
    case_id = await filed_and_asked(world, "never")
    slot = (await free(world))[0]
    first = await choose(world, case_id, slot, key=f"slot of {case_id}")
    again = await choose(world, case_id, slot, key=f"slot of {case_id}")
    assert (again.status_code, again.content) == (200, first.content)
    assert (await ledger(world, case_id))["booking"] == 1


async def test_a_booking_whose_answer_is_lost_is_found_and_not_made_again(world: World) -> None:
    case_id = await filed_and_asked(world)
    slot = (await free(world))[0]
    await world.fault("echo", "commit_then_drop")
    answer = await choose(world, case_id, slot)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["appointment"], to_do(answer.json())) == (None, [])
    await world.fault("echo", "none")
    assert (await booked(world, case_id))["starts_at"] == slot["starts_at"]
    assert await ended(world, case_id) == ("completed", None)
    assert (await ledger(world, case_id))["booking"] == 1


async def test_a_booking_that_never_arrived_is_not_sent_again_and_the_person_chooses_anew(world: World) -> None:
    case_id = await filed_and_asked(world)
    slot = (await free(world))[0]
    gateway = world.gateway
    case = await gateway.cases.get(case_id)
    assert case is not None
    place = Post(id="lyon", name={"fr": "Lyon"}, country="FR", city="Lyon", timezone="Europe/Paris")
    start = datetime.fromisoformat(slot["starts_at"])
    wanted = Slot(id=slot["id"], post="lyon", service="meeting", start=start, end=start + timedelta(minutes=30))
    await gateway.appointments.announce(
        case, PendingBooking(portal="echo", slot=wanted, post=place)
    )  # and the process dies
    await gateway.cases.make_due("echo", case.state.filing.reference)
    await world.until(case_id, lambda case: to_do(case) and case["status"] == "action_required")
    assert "appointment_not_booked" in await world.codes(case_id)
    assert not (await ledger(world, case_id))["booking"]
    assert (await choose(world, case_id, slot)).status_code == 200
    assert await ended(world, case_id) == ("completed", None)


@pytest.mark.parametrize("mode", ["error", "garbage", "reset"])
async def test_while_the_portal_is_down_the_person_is_told_and_the_action_stays_open(world: World, mode: str) -> None:
    case_id = await filed_and_asked(world)
    slot = (await free(world))[0]
    await world.fault("echo", mode)
    answer = await choose(world, case_id, slot)
    await world.fault("echo", "none")
    assert answer.status_code in (502, 503)
    assert answer.json()["retry_safe"] is True
    assert (await choose_any_slot(world, case_id))["id"]
    assert await ended(world, case_id) == ("completed", None)
    assert (await ledger(world, case_id))["booking"] == 1


async def test_an_appointment_is_moved_the_new_one_first(world: World) -> None:
    case_id = await filed_and_asked(world, "never")
    await choose_any_slot(world, case_id)
    case = await world.until(case_id, lambda case: case["appointment"] and to_do(case))
    (action,) = to_do(case)
    assert (action["type"], action["code"], action["optional"]) == ("choose_slot", "slot_change", True)
    old = case["appointment"]
    moved = await choose(world, case_id, (await free(world, "tanger"))[5])
    assert moved.json()["appointment"]["timezone"] == "Africa/Casablanca"
    assert moved.json()["status"] == "in_progress"
    await happens(world, case_id, "booking_cancelled")
    happened = await ledger(world, case_id)
    assert (happened["booking"], happened["booking_cancelled"]) == (2, 1)
    reference = (await world.get(f"/v1/cases/{case_id}")).json()["filing"]["reference"]
    await world.until(case_id, lambda _: demand(world, reference)["booking"] not in (None, old["reference"]))
    assert "answer_refused" not in await world.codes(case_id)


async def test_a_slot_that_is_taken_leaves_the_appointment_that_one_has(world: World) -> None:
    first, second = await filed_and_asked(world, "never"), await filed_and_asked(world, "never")
    taken = await choose_any_slot(world, first)
    await choose_any_slot(world, second)
    await world.until(second, lambda case: to_do(case))
    before = await booked(world, second)
    problem(await choose(world, second, taken), 409, "slot_taken")
    assert await booked(world, second) == before
    assert not (await ledger(world, second))["booking_cancelled"]


async def test_a_withdrawal_cancels_the_appointment(world: World) -> None:
    case_id = await filed_and_asked(world, "never")
    await choose_any_slot(world, case_id)
    assert (await world.post(f"/v1/cases/{case_id}/actions/withdraw", None)).status_code == 200
    assert await ended(world, case_id) == ("withdrawn", "withdrawn_by_person")
    happened = await ledger(world, case_id)
    assert (happened["withdrawal"], happened["booking"], happened["booking_cancelled"]) == (1, 1, 1)
    case = (await world.get(f"/v1/cases/{case_id}")).json()
    assert (case["appointment"]["state"], case["appointment"]["calendar_url"]) == ("cancelled", None)


async def test_a_portal_that_asks_for_a_slot_itself_gets_the_booking(world: World) -> None:
    case_id = await order(world, "echo.note", behave="ask_slot")
    action = await asked(world, case_id, "choose_slot")
    assert (action["code"], action["optional"]) == ("come_in_person", False)
    await choose_any_slot(world, case_id)
    assert await ended(world, case_id) == ("completed", None)
    case = (await world.get(f"/v1/cases/{case_id}")).json()
    assert demand(world, case["filing"]["reference"])["answered"] == [{"booking": case["appointment"]["reference"]}]


async def test_who_did_not_come_may_choose_again(world: World) -> None:
    case_id = await order(world, "echo.note", behave="no_show")
    await asked(world, case_id, "choose_slot")
    async with at_speed(world, 1.0):  # the portal waits a day before it misses her: not before it was yesterday
        await choose_any_slot(world, case_id)
        first = await booked(world, case_id)
        await yesterday(world, case_id)
    await world.until(case_id, lambda case: "did_not_come" in [each["code"] for each in case["actions"]])
    missed = (await world.get(f"/v1/cases/{case_id}")).json()["appointment"]
    assert (missed["reference"], missed["state"]) == (first["reference"], "missed")
    await choose_any_slot(world, case_id)
    assert (await booked(world, case_id))["state"] == "booked"
    happened = await ledger(world, case_id)
    assert (happened["booking"], happened["booking_cancelled"]) == (2, 0)


async def yesterday(world: World, case_id: str) -> None:
    """The appointment was yesterday."""
    cases = world.gateway.cases
    while True:
        case = await cases.get(case_id)
        assert case is not None
        assert case.state.appointment.booked is not None
        past = msgspec.structs.replace(case.state.appointment.booked.slot, start=datetime.now(UTC) - timedelta(days=1))
        case.state.appointment.booked = msgspec.structs.replace(case.state.appointment.booked, slot=past)
        try:
            async with transaction(cases.storage) as tx:
                await tx.run_sync(cases.save, case)
        except Conflict:
            continue
        return


async def test_the_calendar_file_says_the_hour_in_the_posts_time(world: World) -> None:
    case_id = await filed_and_asked(world, "never")
    day = "2027-02-16"
    slot = (await slots(world, "tanger", day, day, service="echo.meeting")).json()["data"][0]
    answer = await choose(world, case_id, slot)
    url = answer.json()["appointment"]["calendar_url"]
    file = await world.get(url)
    assert file.headers["content-type"].startswith("text/calendar")
    assert "appointment.ics" in file.headers["content-disposition"]
    calendar = icalendar.Calendar.from_ical(file.content)
    (event,) = calendar.walk("VEVENT")
    assert event["UID"].startswith(case_id)
    assert event.decoded("DTSTART").astimezone(UTC) == datetime(2027, 2, 16, 9, 0, tzinfo=UTC)
    assert event["DTSTART"].params["TZID"] == "Africa/Casablanca"
    zones = {str(zone["TZID"]): zone.to_tz() for zone in calendar.walk("VTIMEZONE")}
    local = datetime(2027, 2, 16, 9, 0, tzinfo=zones["Africa/Casablanca"])
    assert local.utcoffset() == timedelta(0)  # by the file's own rules, for programs that have no others
    assert b"\r\n" in file.content
    problem(await world.get(url, await world.citizen(YOUSSEF)), 404, "case_not_found")
    problem(await world.get(f"/v1/cases/{await order(world, 'echo.note', behave='never')}/documents/appointment.ics"),
            404, "document_not_found")  # fmt: skip


# --- One case, several portals ------------------------------------------------------------------------------------


async def test_stamp_appointment_filing_and_delivery_are_one_case(world: World) -> None:
    async with at_speed(world, 1.0):  # the stamp would lapse within seconds
        case_id = await order(world, "echo.visit")
        await world.pay(case_id)
        await choose_any_slot(world, case_id)
        await world.until(case_id, lambda case: case["filing"] and case["filing"]["reference"])
    assert await ended(world, case_id) == ("completed", None)
    case = (await world.get(f"/v1/cases/{case_id}")).json()
    told = demand(world, case["filing"]["reference"])
    assert told["booking"] == case["appointment"]["reference"]
    happened = await ledger(world, case_id)
    wanted = {"capture": 1, "stamp": 1, "booking": 1, "demand": 1, "stamp_consumed": 1, "shipment": 1, "refund": 0}
    assert {kind: happened[kind] for kind in wanted} == wanted
    wanted_order = [
        "paid",
        "stamp_issued",
        "slot_due",
        "appointment_booked",
        "filed",
        "stamp_used",
        "shipped",
        "completed",
    ]
    codes = await world.codes(case_id)
    assert [code for code in codes if code in wanted_order] == wanted_order
    assert {event["portal"] for event in await world.events(case_id)} == {None, "etimbre", "echo", "barid"}


async def test_the_post_that_the_form_names_is_the_one(world: World) -> None:
    case_id = await order(world, "echo.visit")
    await world.pay(case_id)
    await asked(world, case_id, "choose_slot")
    body = problem(await choose(world, case_id, (await free(world, "tanger"))[0]), 422, "form_invalid")
    assert body["errors"][0]["pointer"] == "/slot"
    assert (await act(world, case_id, "choose_slot", slot=(await free(world))[0]["id"])).status_code == 200


async def test_a_demand_refused_after_the_booking_gives_everything_back_in_reverse_order(world: World) -> None:
    case_id = await order(world, "echo.visit", behave="refuse")
    await world.pay(case_id)
    await choose_any_slot(world, case_id)
    assert await ended(world, case_id) == ("rejected", "demand_refused")
    happened = await ledger(world, case_id)
    wanted = {"booking": 1, "booking_cancelled": 1, "stamp_cancelled": 1, "capture": 1, "refund": 1, "demand": 0}
    assert {kind: happened[kind] for kind in wanted} == wanted
    codes = await world.codes(case_id)
    undone = ["refused", "appointment_cancelled", "stamp_voided", "refunded", "rejected"]
    assert [code for code in codes if code in undone] == undone


async def test_nobody_chooses_a_slot_and_the_fee_comes_back(world: World) -> None:
    case_id = await order(world, "echo.visit")
    await world.pay(case_id)
    await asked(world, case_id, "choose_slot")
    cases = world.gateway.cases
    case = await cases.get(case_id)
    assert case is not None
    assert case.state.action is not None
    case.state.action = msgspec.structs.replace(case.state.action, until=datetime.now(UTC))
    async with transaction(cases.storage) as tx:
        await tx.run_sync(cases.save, case)
    assert await ended(world, case_id) == ("withdrawn", "slot_not_chosen")
    happened = await ledger(world, case_id)
    assert (happened["stamp_cancelled"], happened["refund"], happened["booking"]) == (1, 1, 0)


async def test_a_stamp_used_on_lodging_is_cancelled_before_it_and_kept_after_it(world: World) -> None:
    async with at_speed(world, 1.0):
        case_id = await order(world, "echo.visit")
        await world.pay(case_id)
        await choose_any_slot(world, case_id)
        await world.until(case_id, lambda case: case["filing"]["reference"])
        assert not (await ledger(world, case_id))["stamp_consumed"]
        assert (await world.post(f"/v1/cases/{case_id}/actions/withdraw", None)).status_code == 200
        assert await ended(world, case_id) == ("withdrawn", "withdrawn_by_person")
    happened = await ledger(world, case_id)
    assert (happened["stamp_consumed"], happened["stamp_cancelled"], happened["refund"]) == (0, 1, 1)
    assert (happened["withdrawal"], happened["booking_cancelled"]) == (1, 1)


async def action_of(world: World, case_id: str) -> dict[str, Any]:
    actions = (await world.get(f"/v1/cases/{case_id}")).json()["actions"]
    return next(each for each in actions if each["type"] == "choose_slot")


async def test_choosing_a_slot_links_what_this_case_may_book(world: World) -> None:
    anywhere = await action_of(world, await filed_and_asked(world, "never"))
    assert anywhere["slots_url"] is None
    posts = (await world.get(anywhere["posts_url"])).json()["data"]
    assert {each["id"] for each in posts} == {"lyon", "tanger", "montreal"}
    for each in posts:
        slots = (await world.get(each["slots_url"] + "&limit=1")).json()["data"]
        assert [slot["post"] for slot in slots] == [each["id"]]
    assert all(each["slots_url"] is None for each in (await world.get("/v1/posts")).json()["data"])


async def test_a_form_that_says_lyon_books_in_lyon_alone(world: World) -> None:
    """The request was lodged with a post, which looks at it and then asks for a slot: its own."""
    case_id = str((await world.order("rendezvous.legalisation"))["id"])
    await asked(world, case_id, "provide_document")
    paper = await hand_in(world)
    assert (await act(world, case_id, "provide_document", attachments=[paper])).status_code == 200
    await asked(world, case_id, "choose_slot")
    action = await action_of(world, case_id)
    assert [each["id"] for each in (await world.get(action["posts_url"])).json()["data"]] == ["lyon"]
    assert {slot["post"] for slot in (await world.get(action["slots_url"])).json()["data"]} == {"lyon"}
    for post in ("paris", "montreal"):
        slot = (await world.get(f"/v1/slots?service=rendezvous.legalisation&post={post}")).json()["data"][0]
        answer = await act(world, case_id, "choose_slot", slot=slot["id"])
        body = problem(answer, 422, "form_invalid")
        assert [each["pointer"] for each in body["errors"]] == ["/slot"]
        assert "lyon" in body["errors"][0]["detail"]
        assert body["errors"][0]["allowed"] == ["lyon"]
    assert not (await ledger(world, case_id))["appointment"]
    await choose_any_slot(world, case_id, post="lyon")
