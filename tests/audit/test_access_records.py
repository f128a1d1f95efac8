"""The record of a look says what was searched for, and never what somebody typed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.audit.access_records import describe, searched
from gateway.audit.entry import Entry
from gateway.audit.record import prepare
from gateway.audit.search import Filter, Found

SINCE = datetime(2026, 1, 31, 8, tzinfo=UTC)


def found(index: int, **fields: str) -> Found:
    record = prepare(Entry(**{"call_id": f"call_{index}", "kind": "call", **fields}), max_bytes=4096).record
    return Found(index=index, leaf_hash="", record=record)


@pytest.mark.parametrize(
    ("where", "told"),
    [
        (Filter(), ""),
        (Filter(kind="access", outcome="denied"), "kind=access outcome=denied"),
        (Filter(portal="barid", client="x"), "portal=barid client=x"),
        (Filter(since=SINCE), "since=2026-01-31T08:00Z"),
        (Filter(subject="p_" + "a" * 32), "subject"),
    ],
)
def test_what_was_searched_is_told(where: Filter, told: str) -> None:
    assert searched(where, found=True) == told


def test_a_typed_value_that_nothing_was_found_by_is_not_told() -> None:
    typed = Filter(
        portal="Amina", client="AB123456", service="a", case_id="b", call_id="c", operation="d", outcome="AB1"
    )
    assert searched(typed, found=False) == "outcome portal service client operation case_id call_id"


def test_what_is_told_fits_into_a_record() -> None:
    long = "x" * 200
    where = Filter(client=long, portal=long, service=long, operation=long, case_id=long, call_id=long, kind="access",
                   outcome="client_error", since=SINCE, until=SINCE, subject="p_1")  # fmt: skip
    told = searched(where, found=True)
    assert len(told) <= 200
    assert "client" in told
    assert "xxx" not in told


def test_a_look_at_one_persons_records_is_about_that_person() -> None:
    entry = Entry(call_id="call_l", kind="call")
    describe(entry, Filter(case_id="case_1"), [found(1, subject="p_1", case_id="case_1"), found(2, subject="p_1")])
    assert (entry.kind, entry.subject, entry.case_id) == ("access", "p_1", "")
    entry = Entry(call_id="call_l", kind="call")
    describe(entry, Filter(portal="barid"), [found(1, subject="p_1"), found(2, subject="p_2")])
    assert entry.subject == ""
    entry = Entry(call_id="call_l", kind="call")
    describe(entry, Filter(subject="p2026_" + "a" * 32))
    assert entry.subject == "p2026_" + "a" * 32
    entry = Entry(call_id="call_l", kind="call")
    describe(entry, Filter(subject="AB123456"))
    assert entry.subject == ""


def test_of_a_look_at_more_than_a_page_only_what_was_asked_for_is_certain() -> None:
    page = [found(1, subject="p_1", case_id="case_1"), found(2, subject="p_1", case_id="case_1")]
    entry = Entry(call_id="call_l", kind="call")
    describe(entry, Filter(portal="barid"), page, whole=False)
    assert (entry.subject, entry.case_id) == ("", "")
    describe(entry, Filter(case_id="case_1"), page, whole=False)
    assert (entry.subject, entry.case_id) == ("", "case_1")


def test_a_look_at_a_case_is_about_its_owner() -> None:
    records = [found(1, subject="p_1", case_id="case_1"), found(2, subject="p_2", case_id="case_1")]
    entry = Entry(call_id="call_l", kind="call")
    describe(entry, Filter(case_id="case_1"), records, owner="p_1")
    assert (entry.subject, entry.case_id) == ("p_1", "case_1")
    entry = Entry(call_id="call_l", kind="call")
    describe(entry, Filter(case_id="case_1"), owner="p_1")
    assert entry.subject == ""  # nothing of hers was shown
