"""Appointments as calendar files, read by a program that believes the file alone (python-dateutil's `tzical`)."""

from __future__ import annotations

import io
import struct
from datetime import UTC, datetime, timedelta, tzinfo
from importlib import resources
from itertools import pairwise
from types import SimpleNamespace

import icalendar
import pytest
from dateutil.tz import tzical

from gateway.cases.appointments import local
from gateway.cases.calendar_file import calendar_file
from gateway.cases.state import AppointmentPart, BookedAppointment
from gateway.connectors.contract import Post, Slot

HOUR = timedelta(hours=1)
CASE: object = SimpleNamespace(
    id="case_1",
    state=SimpleNamespace(appointment=AppointmentPart(attempts=1)),
    updated_at=datetime(2026, 11, 1, tzinfo=UTC),
)
LITERALS = [
    ("Africa/Casablanca", "2024-03-09T10:00Z", "11:00"),  # Ramadan 2024: 10 March to 14 April, at 03:00 and 02:00
    ("Africa/Casablanca", "2024-03-11T10:00Z", "10:00"),
    ("Africa/Casablanca", "2024-04-13T10:00Z", "10:00"),
    ("Africa/Casablanca", "2024-04-15T10:00Z", "11:00"),
    ("Africa/Casablanca", "2026-07-01T10:00Z", "11:00"),
    ("Africa/Casablanca", "2026-11-29T10:00Z", "10:00"),
    ("Africa/Casablanca", "2027-02-16T10:00Z", "10:00"),
    ("Europe/Paris", "2027-03-27T10:00Z", "11:00"),
    ("Europe/Paris", "2027-03-29T10:00Z", "12:00"),
    ("Europe/Paris", "2038-07-01T10:00Z", "12:00"),
    ("America/Toronto", "2027-03-13T15:00Z", "10:00"),
    ("America/Toronto", "2027-03-15T15:00Z", "11:00"),
    ("Asia/Dubai", "2027-07-01T10:00Z", "14:00"),
    ("Australia/Lord_Howe", "2027-01-15T01:00Z", "12:00"),
    ("Australia/Lord_Howe", "2027-07-15T01:00Z", "11:30"),
    ("America/Recife", "2000-10-10T12:00Z", "10:00"),  # a summer time of one week
    ("America/Recife", "2000-10-16T12:00Z", "09:00"),
]


def written(zone: str, start: datetime) -> bytes:
    post = Post(id="x", name={}, country="MA", city="", timezone=zone)
    slot = local(Slot(id="s", post="x", service="", start=start, end=start + HOUR / 2), post)
    appointment = BookedAppointment(key="k", reference="r", portal="p", slot=slot, post=post)
    return calendar_file(CASE, appointment, summary="Passport", place="Here", domain="gateway.example").content


def believed(file: bytes) -> datetime:
    """The event's start as an instant, by the rules in the file."""
    event = icalendar.Calendar.from_ical(file).walk("VEVENT")[0]["DTSTART"]
    text = event.to_ical().decode()
    if text.endswith("Z"):
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    zone: tzinfo = tzical(io.StringIO(file.decode())).get(event.params["TZID"])
    return datetime.strptime(text, "%Y%m%dT%H%M%S").replace(tzinfo=zone)


def test_an_hour_that_comes_twice_is_told_in_utc() -> None:
    """On 20 September 2026 Morocco's clocks went from 02:00 back to 01:00: 01:15 was 00:15 UTC, and then 01:15."""
    first, second = (datetime(2026, 9, 20, hour, 15, tzinfo=UTC) for hour in (0, 1))
    assert b"DTSTART;TZID=Africa/Casablanca:20260920T011500\r\n" in written("Africa/Casablanca", first)
    assert b"DTSTART:20260920T011500Z\r\n" in written("Africa/Casablanca", second)


@pytest.mark.parametrize(("zone", "instant", "clock"), LITERALS)
def test_a_calendar_that_believes_the_file_is_right(zone: str, instant: str, clock: str) -> None:
    start = datetime.fromisoformat(instant)
    read = believed(written(zone, start))
    assert (f"{read:%H:%M}", read.astimezone(UTC)) == (clock, start)


@pytest.mark.parametrize("years", [range(2026, 2028), pytest.param(range(1970, 2038), marks=pytest.mark.soak)])
def test_every_transition_of_every_zone_is_in_the_file(years: range) -> None:
    """Around each change of a clock that the binary data of the package name."""
    names = resources.files("tzdata").joinpath("zones").read_text().split()
    seen = set()
    for name in names:
        data = resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()
        if data in seen or name.startswith("Etc/"):  # links
            continue
        seen.add(data)
        for before, (at, after) in pairwise(transitions(data)):
            if at.year not in years:
                continue
            for start, offset in ((at - 2 * HOUR, before[1]), (at + HOUR / 2, after), (at + 5 * HOUR, after)):
                read = believed(written(name, start))
                assert read.astimezone(UTC) == start, (name, start)
                assert read.tzinfo is UTC or read.utcoffset() == offset, (name, start)


def transitions(data: bytes) -> list[tuple[datetime, timedelta]]:
    """When, and the offset from then on (RFC 9636, version 2 and later)."""

    def counts(at: int) -> tuple[int, ...]:
        return struct.unpack(">6l", data[at + 20 : at + 44])

    utc, standard, leap, times, kinds, letters = counts(0)
    at = 44 + times * 5 + kinds * 6 + letters + leap * 8 + standard + utc
    _, _, _, times, kinds, _ = counts(at)
    at += 44
    when = struct.unpack(f">{times}q", data[at : at + 8 * times])
    which = data[at + 8 * times : at + 9 * times]
    table = data[at + 9 * times :]
    offsets = [struct.unpack(">l", table[6 * n : 6 * n + 4])[0] for n in range(kinds)]
    return [
        (datetime.fromtimestamp(moment, UTC), timedelta(seconds=offsets[kind]))
        for moment, kind in zip(when, which, strict=True)
        if moment > 0
    ]
