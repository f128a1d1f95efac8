"""Appointments over a real socket: hold, confirm, change, cancel, and many persons at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC
from typing import Any

import httpx
import msgspec
import pytest

from gateway.connectors.contract import Booking, Filing, Refused, Unavailable, Unknown, Window, operations
from gateway.sandbox.faults import Fault
from plugins.rendezvous.connector import Rendezvous
from plugins.rendezvous.tests.conftest import World

MANY = {
    "bulkhead": {"concurrent": 64, "queue": 1000, "queue_seconds": 60},
    "timeouts": {"connect_seconds": 30, "read_seconds": 30, "total_seconds": 60},
}

FAILING_SECONDS = {"error": 30.0, "garbage": 30.0, "reset": 30.0, "hang": 0.3}
"""What a call gets while the portal fails so. Who does not answer costs all of it."""


def test_it_files_and_books():
    assert Rendezvous.capabilities == (Filing, Booking)
    assert operations(Rendezvous)["book"].finder is Booking.find_booking


@pytest.mark.parametrize("service", ["passport", "cnie", "legalisation", "rendezvous.adoul-act"])
async def test_an_appointment_needs_no_request(world: World, person, service):
    slot = await world.slot(service)
    booked = await world.call(Booking.book, slot, person())
    assert (booked.slot.id, booked.slot.service) == (slot.id, service.removeprefix("rendezvous."))
    assert (booked.slot.start, booked.slot.end) == (slot.start, slot.end)
    assert [each["slot"] for each in world.effects("appointment")] == [slot.id]


async def test_a_booked_slot_is_offered_no_more_and_taken_for_everybody_else(world: World, person):
    slot = await world.slot()
    await world.call(Booking.book, slot, person())
    assert slot.id not in [each.id for each in await world.slots()]
    assert slot.id not in [each.id for each in await world.slots("passport")], "one counter serves for all"
    with pytest.raises(Refused, match="slot_taken"):
        await world.call(Booking.book, slot, person("book-2"))
    fresh = msgspec.structs.replace(slot, version="2")
    with pytest.raises(Refused, match="slot_taken"):
        await world.call(Booking.book, fresh, person("book-2"))
    assert len(world.effects()) == 1


async def test_a_slot_that_changed_and_is_free_can_be_had_with_the_old_version(world: World, person):
    slot = await world.slot()
    first = await world.call(Booking.book, slot, person())
    await world.call(Booking.cancel, first.reference)
    [now] = [each for each in await world.slots() if each.id == slot.id]
    assert (slot.version, first.slot.version, now.version) == ("0", "2", "3"), "no version comes twice"
    booked = await world.call(Booking.book, slot, person("book-2"))
    assert (booked.slot.id, booked.slot.version) == (slot.id, "5")


async def test_a_slot_without_a_version_can_be_had(world: World, person):
    slot = msgspec.structs.replace(await world.slot(), version="")
    assert (await world.call(Booking.book, slot, person())).slot.id == slot.id


async def test_five_hundred_persons_want_fifty_slots(open_world, person):
    world = await open_world(**MANY)
    slots = (await world.slots(days=30))[-50:]

    async def wish(number: int) -> str:
        try:
            booked = await world.call(Booking.book, slots[number % 50], person(f"book-{number}"))
        except Refused as refused:
            return refused.code
        return f"booked {booked.slot.id}"

    came = Counter(await asyncio.gather(*(wish(number) for number in range(500))))
    assert came == {"slot_taken": 450, **{f"booked {slot.id}": 1 for slot in slots}}
    assert Counter(each["slot"] for each in world.effects()) == {slot.id: 1 for slot in slots}


async def test_one_person_asking_twice_at_once_gets_one_place_per_slot(world: World, person):
    slot = await world.slot()
    results = await asyncio.gather(
        *(world.call(Booking.book, slot, person("same-key")) for _ in range(8)), return_exceptions=True
    )
    assert len(world.effects("appointment")) == 1
    assert sum(not isinstance(each, Exception) for each in results) == 1
    assert {each.code for each in results if isinstance(each, Exception)} <= {"slot_taken", "hold_expired"}


async def test_a_hold_expires_by_itself(world: World, person):
    slot = await world.slot()
    held = await world.portal_client.client.post(
        f"/slots/{slot.id}/hold",
        json={"client_reference": "somebody", "service": "cnie"},
        headers={"if-match": f'"{slot.version}"'},
    )
    assert held.status_code == 201
    assert slot.id not in [each.id for each in await world.slots()]
    with pytest.raises(Refused, match="slot_taken"):
        await world.call(Booking.book, slot, person())
    world.later(hours=1)
    assert (await world.call(Booking.book, slot, person())).slot.id == slot.id
    late = await world.portal_client.client.post(
        f"/holds/{held.json()['hold']}/confirm",
        json={
            "client_reference": "somebody",
            "visitor": {"name": "S", "national_id": "AB1234", "email": ""},
            "request": None,
        },
        headers={"if-match": f'"{held.json()["slot"]["version"]}"'},
    )
    assert (late.status_code, late.json()["error"]) == (410, "reservation_expiree")
    assert len(world.effects()) == 1


async def test_a_hold_left_behind_by_a_lost_answer_does_not_stand_in_ones_own_way(world: World, person):
    slot = await world.slot()
    body = {"client_reference": "book-1", "service": "cnie"}
    held = await world.portal_client.client.post(f"/slots/{slot.id}/hold", json=body, headers={"if-match": '"0"'})
    assert held.status_code == 201
    assert (await world.call(Booking.book, slot, person("book-1"))).slot.id == slot.id


@pytest.mark.parametrize(
    ("version", "status", "error"), [(None, 428, "version_exigee"), ('"9"', 412, "version_perimee")]
)
async def test_a_hold_says_which_version_it_saw(world: World, version, status, error):
    slot = await world.slot()
    headers = {"if-match": version} if version else {}
    body = {"client_reference": "x", "service": "cnie"}
    answer = await world.portal_client.client.post(f"/slots/{slot.id}/hold", json=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


async def test_a_slot_tells_its_version_as_an_entity_tag(world: World, person):
    slot = await world.slot()
    for tag in ('"0"', '"2"'):
        answer = await world.portal_client.client.get(f"/slots/{slot.id}")
        assert answer.headers["etag"] == tag
        if tag == '"0"':
            await world.call(Booking.book, slot, person())


async def test_a_booking_is_found_by_its_key_and_no_other(world: World, person):
    assert await world.call(Booking.find_booking, "book-1") is None
    booked = await world.call(Booking.book, await world.slot(), person())
    assert await world.call(Booking.find_booking, "book-1") == booked
    assert await world.call(Booking.find_booking, "book-2") is None


async def test_a_lost_answer_is_settled_by_the_finder(world: World, person):
    slot = await world.slot()
    world.fault("commit_then_drop")
    with pytest.raises(Unknown):
        await world.call(Booking.book, slot, person())
    world.fault("none")
    assert (await world.call(Booking.find_booking, "book-1")).slot.id == slot.id
    assert len(world.effects("appointment")) == 1


@pytest.mark.parametrize("mode", ["error", "garbage", "reset", "hang"])
async def test_whatever_fails_nothing_is_booked_twice(world: World, person, mode):
    slot = await world.slot()
    world.fault(mode)
    with pytest.raises((Unavailable, Unknown)):
        await world.within(FAILING_SECONDS[mode]).call(Booking.book, slot, person())
    world.fault("none")
    assert await world.call(Booking.find_booking, "book-1") is None
    await world.call(Booking.book, slot, person())
    assert len(world.effects("appointment")) == 1


@pytest.mark.parametrize("mode", ["error", "garbage", "reset", "hang"])
async def test_what_may_be_repeated_is_unavailable_while_the_portal_fails(world: World, filing, person, mode):
    filed = await world.call(Filing.file, filing())
    booked = await world.call(Booking.book, await world.slot(), person())
    world.fault(mode)
    for operation, *args in (
        (Filing.progress, filed.reference),
        (Filing.find, "key-1"),
        (Booking.find_booking, "book-1"),
        (Booking.posts, "cnie"),
        (Booking.cancel, booked.reference),
    ):
        with pytest.raises(Unavailable):
            await world.within(FAILING_SECONDS[mode]).call(operation, *args)
    world.fault("none")
    assert [each["kind"] for each in world.effects()] == ["request", "appointment"]


async def test_a_slow_portal_is_waited_for(world: World, person):
    slot = await world.slot()
    world.faults.set("rendezvous", Fault(mode="slow", seconds=0.05))
    assert (await world.call(Booking.book, slot, person())).slot.id == slot.id


async def test_a_cancellation_whose_answer_was_lost_is_asked_again_and_happens_once(world: World, person):
    booked = await world.call(Booking.book, await world.slot(), person())
    world.fault("commit_then_drop")
    await world.call(Booking.cancel, booked.reference)
    world.fault("none")
    assert len(world.effects("cancellation")) == 1


async def test_a_cancelled_appointment_is_free_again_and_cancelling_again_changes_nothing(world: World, person):
    slot = await world.slot()
    booked = await world.call(Booking.book, slot, person())
    for _ in range(3):
        await world.call(Booking.cancel, booked.reference)
    assert slot.id in [each.id for each in await world.slots()]
    assert [each["kind"] for each in world.effects()] == ["appointment", "cancellation"]
    assert await world.call(Booking.find_booking, "book-1") is None


async def test_an_appointment_without_a_request_has_a_calendar_file_until_it_is_cancelled(world: World, person):
    slot = await world.slot("passport")
    booked = await world.call(Booking.book, slot, person())
    entry = await world.call(Filing.document, booked.reference, "calendar")
    assert (entry.media_type, entry.filename) == ("text/calendar", f"{booked.reference}-calendar.ics")
    assert f"DTSTART:{slot.start.astimezone(UTC):%Y%m%dT%H%M%SZ}\r\n".encode() in entry.content
    await world.call(Booking.cancel, booked.reference)
    with pytest.raises(Refused, match="document_not_found"):
        await world.call(Filing.document, booked.reference, "calendar")


async def test_an_appointment_that_took_place_cannot_be_cancelled(world: World, person):
    booked = await world.call(Booking.book, await world.slot(), person())
    world.later(days=15)
    with pytest.raises(Refused, match="too_late"):
        await world.call(Booking.cancel, booked.reference)
    assert len(world.effects()) == 1


@pytest.mark.parametrize(
    ("service", "cnie", "code"),
    [
        ("passport", "K102030", "consular_registration_required"),
        ("cnie", "k 102030", "consular_registration_required"),
        ("legalisation", "K102030", None),
    ],
)
async def test_only_registered_persons_come_for_a_card_or_a_passport(world: World, person, service, cnie, code):
    slot = await world.slot(service)
    if code is None:
        assert await world.call(Booking.book, slot, person(cnie=cnie))
        return
    with pytest.raises(Refused, match=code):
        await world.call(Booking.book, slot, person(cnie=cnie))
    assert world.effects() == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"service": "driving-licence"}, "service_not_offered"),
        ({"id": "lyon-20301231T0700Z"}, "slot_not_found"),
        ({"id": "atlantis-20270105T0900Z"}, "slot_not_found"),
        ({"id": "lyon-20200106T0800Z"}, "slot_past"),
        ({"id": "../appointments"}, "slot_not_found"),
        ({"version": 'a"b'}, "slot_not_found"),
    ],
)
async def test_what_is_not_in_the_calendar_cannot_be_booked(world: World, person, change, code):
    with pytest.raises(Refused, match=code):
        await world.call(Booking.book, msgspec.structs.replace(await world.slot(), **change), person())
    assert world.effects() == []


async def test_posts_are_known_by_service_and_marked_as_illustrative(world: World):
    every = await world.call(Booking.posts, "")
    assert len(every) >= 15
    assert await world.call(Booking.posts, "rendezvous.cnie") == await world.call(Booking.posts, "passport") == every
    assert await world.call(Booking.posts, "driving-licence") == []
    assert all(post.illustrative and post.address == "" and set(post.name) == {"ar", "fr", "en"} for post in every)


async def test_an_unknown_post_or_service_has_no_slots(world: World):
    day = (await world.slot()).start.date()
    window = Window(first=day, last=day)
    for post in ("atlantis", "../x", ""):
        with pytest.raises(Refused, match="post_not_found"):
            await world.call(Booking.slots, "cnie", post, window)
    assert await world.call(Booking.slots, "driving-licence", "lyon", window) == []


async def test_a_name_or_number_is_never_in_an_address(world: World, person, monkeypatch):
    seen: list[httpx.Request] = []
    send = type(world.portal_client.client).send

    async def noted(client, request, **given):
        seen.append(request)
        return await send(client, request, **given)

    monkeypatch.setattr(type(world.portal_client.client), "send", noted)
    booked = await world.call(Booking.book, await world.slot(), person())
    await world.call(Booking.cancel, booked.reference)
    assert len(seen) == 4
    for request in seen:
        assert not any(word in str(request.url) for word in ("AB123456", "Amina", "amina", "Fassi"))


async def test_a_booking_that_is_refused_gives_the_slot_back(world: World, person):
    """The request that it is for waits for no appointment: without the release nobody gets the slot for long."""
    slot = await world.slot()
    for reference in ("PP-2026-0000001", "DC-2026-000099"):
        with pytest.raises(Refused, match="not_found_at_portal"):
            await world.call(Booking.book, slot, msgspec.structs.replace(person("key-1"), reference=reference))
        assert slot.id in [each.id for each in await world.slots()]
    assert (await world.call(Booking.book, await world.slot(), person("key-2"))).reference


async def test_a_hold_that_cannot_be_given_back_leaves_the_refusal(world: World, person, monkeypatch):
    async def broken(*_: Any, **__: Any) -> Any:
        raise httpx.ReadError("lost")

    slot = await world.slot()
    monkeypatch.setattr(world.connector.http, "delete", broken)
    with pytest.raises(Refused, match="not_found_at_portal"):
        await world.call(Booking.book, slot, msgspec.structs.replace(person("key-1"), reference="DC-2026-000099"))
