"""Who waits for whom, and free times by the clock of their post."""

from __future__ import annotations

from typing import Any

import pytest

from window.calendar import by_day, day_after, place
from window.case_steps import steps, withdrawing

PLANNED = [{"step": each, "title": each, "portal_title": each} for each in ("fee", "filing", "appointment", "delivery")]
DUE = {"code": "fee_due", "state": "due", "paid_at": None}
PAID = {"code": "fee_due", "state": "paid", "paid_at": "2026-11-30T10:00:00Z"}
BOOKED = {"state": "booked", "starts_at": "2026-12-01T09:00:00+01:00", "reference": "R-1"}


def case(**over: Any) -> dict[str, Any]:
    base = {
        "status": "in_progress", "actions": [], "payments": [PAID], "appointment": None, "shipment": None,
        "filing": {"reference": "W-1", "filed_at": "2026-11-30T10:00:00Z"},
    }  # fmt: skip
    return base | over


def action(kind: str) -> dict[str, Any]:
    return {"type": kind, "optional": False}


@pytest.mark.parametrize(
    ("found", "states", "waits"),
    [
        (case(payments=[DUE], actions=[action("pay")], filing={"reference": None, "filed_at": None}),
         "now later later later", "person"),
        (case(), "done now later later", "portal"),
        (case(actions=[action("choose_slot")]), "done begun now later", "person"),
        (case(actions=[action("provide_document")]), "done now later later", "person"),
        (case(appointment=BOOKED), "done begun now later", "person"),
        (case(appointment=BOOKED | {"state": "kept"}, shipment={"milestone": "posted", "reference": "P"}),
         "done done done now", "portal"),
        (case(shipment={"milestone": "returned", "reference": "P"}, actions=[action("confirm")]),
         "done done later now", "person"),
        (case(status="completed"), "done done done done", ""),
        (case(status="rejected"), "done stopped stopped stopped", ""),
        (case(status="withdrawn", payments=[DUE | {"state": "cancelled"}]), "stopped stopped stopped stopped", ""),
    ],
)  # fmt: skip
def test_step_that_a_case_is_at_says_who_is_waited_for(found: dict[str, Any], states: str, waits: str) -> None:
    shown = steps(found, PLANNED)
    assert " ".join(each.state for each in shown) == states
    assert [each.waits for each in shown if each.waits] == ([waits] if waits else [])


@pytest.mark.parametrize(
    ("codes", "stands"),
    [("received", False), ("withdrawal_asked paid", True), ("withdrawal_asked withdrawal_refused", False),
     ("withdrawal_asked withdrawal_refused withdrawal_asked", True)],
)  # fmt: skip
def test_withdrawal_stands_until_a_portal_refuses_it(codes: str, stands: bool) -> None:
    assert withdrawing([{"code": each} for each in codes.split()]) == stands


def test_times_are_those_of_the_post() -> None:
    """Half past eleven at night in Montreal is no time of the next day, wherever the reader is."""
    slots = [
        {"id": "b", "starts_at": "2026-12-01T23:30:00-05:00"},
        {"id": "a", "starts_at": "2026-12-01T09:00:00-05:00"},
        {"id": "c", "starts_at": "2026-12-02T09:00:00-05:00"},
    ]
    days = by_day(slots, "en")
    assert [(day.title, [(each.id, each.clock) for each in day.slots]) for day in days] == [
        ("Tuesday 1 December 2026", [("b", "23:30"), ("a", "09:00")]),
        ("Wednesday 2 December 2026", [("c", "09:00")]),
    ]
    assert day_after(slots) == "2026-12-03"
    assert [place("America/New_York", each) for each in ("ar", "fr")] == ["نيويورك", "New York"]
    assert place("America/Montreal", "fr") == "Montreal", "not Toronto, whose clock it is"
