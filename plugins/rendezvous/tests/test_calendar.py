"""Slots follow the post's own clock: summer time, Morocco's changes until 2026, and the other side of the ocean."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from gateway.connectors.contract import Booking, Window
from plugins.rendezvous.sandbox import opening_hours
from plugins.rendezvous.sandbox.opening_hours import LENGTH, Post, posts, read_slot_id
from plugins.rendezvous.tests.conftest import World

POSTS = posts()


def utc(post: str, day: str) -> list[str]:
    return [f"{at.astimezone(UTC):%H:%M}" for at in POSTS[post].slots(date.fromisoformat(day))]


@pytest.mark.parametrize(
    ("post", "day", "first"),
    [
        ("lyon", "2027-03-26", "08:00"),  # Friday before summer time
        ("lyon", "2027-03-29", "07:00"),  # Monday after it
        ("lyon", "2027-10-29", "07:00"),
        ("lyon", "2027-11-01", "08:00"),
        ("london", "2027-03-26", "09:30"),
        ("london", "2027-03-29", "08:30"),
        ("new-york", "2027-03-12", "14:30"),  # America is two weeks earlier
        ("new-york", "2027-03-15", "13:30"),
        ("dubai", "2027-07-01", "04:30"),
        ("las-palmas", "2027-07-01", "08:00"),
        ("rabat", "2026-02-13", "08:00"),  # UTC+1
        ("rabat", "2026-02-16", "09:00"),  # Ramadan: UTC+0
        ("rabat", "2026-03-20", "09:00"),
        ("rabat", "2026-03-23", "08:00"),
        ("rabat", "2026-09-18", "08:00"),
        ("rabat", "2026-09-21", "09:00"),  # UTC for good
        ("rabat", "2027-02-05", "09:00"),
        ("rabat", "2027-07-01", "09:00"),
    ],
)
def test_the_counter_opens_by_the_clock_on_its_wall(post, day, first):
    assert utc(post, day)[0] == first
    local = next(iter(POSTS[post].slots(date.fromisoformat(day))))
    assert f"{local:%a %H:%M}"[4:] == POSTS[post].opening_hours[0].split()[1].split("-")[0]


@pytest.mark.parametrize("post", POSTS)
def test_no_slot_is_doubled_lost_or_outside_the_hours_in_three_years(post):
    zone, day, seen = ZoneInfo(POSTS[post].timezone), date(2026, 1, 1), 0
    while day < date(2029, 1, 1):
        slots = list(POSTS[post].slots(day))
        instants = [at.astimezone(UTC) for at in slots]
        assert all(after - before == LENGTH for before, after in pairwise(instants))
        assert all(at.date() == day and at.utcoffset() == at.astimezone(zone).utcoffset() for at in slots)
        assert bool(slots) == (day.weekday() < 5)
        seen += len(slots)
        day += timedelta(days=1)
    assert seen > 10_000


def test_a_counter_open_while_the_clock_changes_loses_or_gains_the_hour():
    night = Post(id="x", name={}, country="FR", city="", timezone="Europe/Paris", opening_hours=("Su 01:00-04:00",))
    assert len(list(night.slots(date(2027, 3, 28)))) == 8
    assert len(list(night.slots(date(2027, 10, 31)))) == 16
    autumn = [at.astimezone(UTC) for at in night.slots(date(2027, 10, 31))]
    assert len(set(autumn)) == 16


def test_the_last_slot_ends_when_the_counter_closes():
    brussels = POSTS["brussels"]
    assert [at.time() for at in brussels.slots(date(2027, 1, 4))][-1] == time(15, 15)
    assert [at.time() for at in brussels.slots(date(2027, 1, 8))][-1] == time(12, 15)


@pytest.mark.parametrize("post", POSTS)
def test_an_id_leads_back_to_its_slot_and_nothing_else_does(post):
    for at in POSTS[post].slots(date(2027, 3, 29)):
        found = read_slot_id(POSTS[post].slot_id(at), POSTS)
        assert found is not None
        assert (found[0].id, found[1]) == (post, at)
    for id in (
        f"{post}-20270328T0800Z",
        f"{post}-20270329T0807Z",
        f"{post}-",
        post,
        f"{post}-x",
        "",
        "-20270329T0800Z",
    ):
        assert read_slot_id(id, POSTS) is None, id


def test_the_list_of_posts_can_be_used():
    assert len(POSTS) >= 15
    for post in POSTS.values():
        assert post.timezone in available_timezones()
        assert set(post.name) == {"ar", "fr", "en"}
        assert len(post.country) == 2
        assert post.shown()["services"] == list(opening_hours.SERVICES)


def test_opening_hours_that_nobody_understands_are_an_error():
    wrong = Post(id="x", name={}, country="FR", city="", timezone="Europe/Paris", opening_hours=("daily 9-5",))
    with pytest.raises(ValueError, match="daily 9-5"):
        list(wrong.slots(date(2027, 1, 4)))


def following(month: int, day: int) -> date:
    """The next such date that is far enough away, whenever this test runs."""
    soon = datetime.now(UTC).date() + timedelta(days=2)
    found = date(soon.year, month, day)
    return found if found >= soon else date(soon.year + 1, month, day)


@pytest.mark.parametrize(
    ("post", "month", "day", "hours"),
    [("lyon", 1, 10, 1), ("lyon", 7, 10, 2), ("montreal", 1, 10, -5), ("montreal", 7, 10, -4), ("dubai", 7, 10, 4)],
)
async def test_slots_arrive_with_the_offset_of_their_post(open_world, post, month, day, hours):
    world: World = await open_world({"horizon_days": "500"})
    first = following(month, day)
    window = Window(first=first, last=first + timedelta(days=6))
    slots = await world.call(Booking.slots, "cnie", post, window)
    assert slots
    for slot in slots:
        assert slot.start.utcoffset() == slot.end.utcoffset() == timedelta(hours=hours)
        assert window.first <= slot.start.date() <= window.last
        assert slot.end - slot.start == LENGTH
    assert slots == sorted(slots, key=lambda slot: slot.start)


async def test_the_portal_offers_from_now_to_its_horizon(world: World):
    now = datetime.now(UTC)
    today = now.date()
    slots = await world.call(
        Booking.slots, "cnie", "lyon", Window(first=today - timedelta(days=30), last=today + timedelta(days=300))
    )
    assert slots[0].start > now
    assert now + timedelta(days=85) < slots[-1].start < now + timedelta(days=92)
    past = Window(first=today - timedelta(days=30), last=today - timedelta(days=1))
    assert await world.call(Booking.slots, "cnie", "lyon", past) == []
