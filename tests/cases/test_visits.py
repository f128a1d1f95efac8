"""Appointments as a post sees them, on either database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from sqlalchemy import insert

from gateway.cases import portal_figures, visits
from gateway.storage import Storage
from gateway.storage.tables import cases
from gateway.storage.tables import visits as table

NOW = datetime(2026, 11, 30, 11, tzinfo=UTC)
DAY = NOW.date()
BOOKED = {
    "reference": "RDV-1",
    "portal": "rendezvous",
    "post": {"id": "lyon", "timezone": "Europe/Paris"},
    "slot": {"id": "s", "start": "2026-11-30T10:00:00+01:00", "end": "2026-11-30T10:15:00+01:00"},
}
MIGRATION = import_module("gateway.storage.migrations.versions.v0025_visits")


async def keep(storage: Storage, case_id: str, **over: Any) -> None:
    filing = {"portal": "watiqa", **({"answered_at": NOW.isoformat()} if over.pop("answered", False) else {})}
    row = {
        "id": case_id,
        "client": "c",
        "subject": over.pop("subject", "p_1"),
        "service": "watiqa.birth-extract",
        "status": over.pop("status", "in_progress"),
        "version": 1,
        "language": "fr",
        "created_at": NOW,
        "updated_at": NOW,
        "deadline_on": over.pop("due", None),
        "portal": "watiqa",
        "reference": "",
        "due_at": NOW,
        "state": {"parts": [], "filing": filing},
        "sealed": b"",
    }
    visit = {
        "case_id": case_id,
        "portal": "rendezvous",
        "post": "lyon",
        "timezone": "Europe/Paris",
        "reference": f"RDV-{case_id}".upper(),
        "starts_at": NOW,
        "ends_at": NOW + timedelta(minutes=15),
        "fast_lane": False,
        **over,
    }

    def write(tx: Any) -> None:
        tx.execute(insert(cases).values(row))
        tx.execute(insert(table).values(visit))

    await storage.run_write(write)


async def turns(storage: Storage) -> list[str]:
    _, found = await storage.run_read(lambda read: visits.agenda(read, "lyon", DAY))
    return [each.case_id for each in found]


async def test_who_waits_comes_first_and_the_fast_lane_before_them(storage: Storage) -> None:
    await keep(storage, "later", starts_at=NOW + timedelta(seconds=2))
    await keep(storage, "early", starts_at=NOW + timedelta(seconds=1))
    await keep(storage, "waits", checked_in_at=NOW)
    await keep(storage, "lane", checked_in_at=NOW + timedelta(seconds=9), fast_lane=True)
    await keep(storage, "elsewhere", post="paris")
    await keep(storage, "another_day", starts_at=NOW + timedelta(days=2))
    assert await turns(storage) == ["lane", "waits", "early", "later"]


async def test_first_arrival_counts_and_is_found_by_number_or_person(storage: Storage) -> None:
    await keep(storage, "case_a", subject="p_2")
    for typed in ("rdv-case_a", "CASE_A", " RDV-CASE_A "):
        found = await storage.run_read(lambda read, typed=typed: visits.find(read, "lyon", reference=typed, day=DAY))
        assert [each.case_id for each in found] == ["case_a"], typed
    (visit,) = await storage.run_read(lambda read: visits.find(read, "lyon", subject="p_2", day=DAY))
    await storage.run_write(lambda tx: visits.check_in(tx, visit, NOW, fast_lane=True))
    again = await storage.run_read(lambda read: visits.of_case(read, "case_a"))
    assert again is not None
    await storage.run_write(lambda tx: visits.check_in(tx, again, NOW + timedelta(hours=1), fast_lane=False))
    kept = await storage.run_read(lambda read: visits.of_case(read, "case_a"))
    assert kept is not None
    assert (kept.checked_in_at, kept.fast_lane) == (NOW, True)
    assert await storage.run_read(lambda read: visits.find(read, "paris", subject="p_2", day=DAY)) == []


async def test_late_is_what_the_portal_has_not_answered(storage: Storage) -> None:
    await keep(storage, "late", due="2020-01-01")
    await keep(storage, "answered", due="2020-01-01", answered=True)
    await keep(storage, "ended", due="2020-01-01", status="completed")
    await keep(storage, "in_time", due="2999-01-01")
    await keep(storage, "no_term")
    await keep(storage, "long_ago", due="2020-01-01", starts_at=NOW - timedelta(days=30))
    today = NOW.date().isoformat()
    found = await storage.run_read(lambda read: visits.late(read, ["lyon"], today, NOW, 10))
    assert [(visit.case_id, due) for visit, due in found] == [("late", "2020-01-01")]
    counted = await storage.run_read(lambda read: portal_figures.late(read, ["watiqa"], today))
    assert [each.count for each in counted["watiqa"]] == [2]  # wherever its appointment is


def test_earlier_appointments_are_taken_over_by_the_migration() -> None:
    row = MIGRATION.visit("case_a", {"appointment": {"booked": BOOKED}, "filing": {"fast_lane": True}})
    assert row["starts_at"] == datetime(2026, 11, 30, 9, tzinfo=UTC)
    assert (row["post"], row["timezone"], row["reference"], row["fast_lane"]) == ("lyon", "Europe/Paris", "RDV-1", True)
    assert MIGRATION.visit("case_a", {"appointment": {"booked": BOOKED | {"state": "cancelled"}}}) is None
    assert MIGRATION.visit("case_a", {"appointment": {}}) is None
    assert MIGRATION.visit("case_a", {}) is None
