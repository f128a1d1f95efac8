"""What the kit cannot know: that each word means what the portal means by it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.connectors.authoring import UnexpectedAnswer
from plugins.skeleton import mapping
from plugins.skeleton.connector import Skeleton


def test_the_connector_has_its_capabilities():
    assert [each.__name__ for each in Skeleton.capabilities]


# [filing]
def test_a_demand_of_somebody_else_is_not_found():
    recorded = json.loads((Path(mapping.__file__).parent / "exchanges" / "find-found.json").read_text())
    answer = json.dumps(recorded["wire"][-1]["response"]["json"]).encode()
    assert mapping.found(answer, "key_of_somebody_else") is None
    assert mapping.found(answer, recorded["arguments"]["idempotency_key"]).reference == recorded["result"]["reference"]


@pytest.mark.parametrize("answer", [b"{}", b"[]", b"<html>"])
def test_an_answer_of_another_shape_is_an_error(answer):
    with pytest.raises(UnexpectedAnswer):
        mapping.progress(answer, "D-1")


def test_an_answer_about_another_demand_is_an_error():
    files = sorted((Path(mapping.__file__).parent / "exchanges").glob("progress-*.json"))
    recorded = next(each for each in (json.loads(path.read_text()) for path in files) if "result" in each)
    answer = json.dumps(recorded["wire"][-1]["response"]["json"]).encode()
    with pytest.raises(UnexpectedAnswer, match="another demand"):
        mapping.progress(answer, "D-999")


# [/]
# [tracking]
def test_a_word_that_is_new_never_ends_a_demand():
    found = mapping.tracked(b'{"number": "D-1", "status": "archived"}', "D-1")
    assert (found.status, found.warnings) == ("in_progress", ["portal_status_unknown"])


# [/]
# [paying]
def test_a_payment_of_unknown_state_is_not_paid():
    answer = b'{"order": "o", "status": "odd", "amount": "20.00", "transaction": "T-1"}'
    assert mapping.settlement(answer, "o").state == "pending"


def test_an_answer_about_another_payment_is_an_error():
    answer = b'{"order": "o", "status": "paid", "amount": "20.00", "transaction": "T-1"}'
    with pytest.raises(UnexpectedAnswer, match="another payment"):
        mapping.settlement(answer, "p")


# [/]
# [shipping]
def test_a_parcel_stands_where_its_last_event_says():
    events = (
        b'[{"status": "handed_over", "at": "2026-01-05T09:00:00Z"}, {"status": "lost", "at": "2026-01-06T09:00:00Z"}]'
    )
    found = mapping.way(b'{"number": "RR123456785MA", "key": "k", "events": ' + events + b"}", "RR123456785MA")
    assert (found.status, found.warnings) == ("in_progress", ["portal_status_unknown"])


# [/]
# [booking]
def test_a_booking_without_the_portals_word_is_not_cancelled():
    with pytest.raises(UnexpectedAnswer):
        mapping.cancelled(b'{"number": "B-1", "status": "booked"}', "B-1")


# [/]
# [messaging]
def test_a_word_that_is_new_is_no_arrival():
    assert mapping.receipt(b'{"number": "M-1", "key": "k", "status": "odd"}', "M-1").state == "accepted"


# [/]
