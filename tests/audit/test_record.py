from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.entry import Entry, Hop
from gateway.audit.record import SALT_BYTES, HopRecord, Record, SumRecord, decode, openings, prepare, row
from gateway.storage.tables import audit_records

PERSON = b"CNIE AB123456 Fatima Zahra El Idrissi"
LIMIT = 16_384

words = st.text(max_size=130) | st.text(st.characters(), max_size=130)
contents = st.binary(max_size=50)
durations = st.floats(min_value=-1, max_value=1e9)
hops = st.builds(
    Hop,
    attempt=st.integers(1, 99),
    portal=words,
    operation=words,
    method=words,
    key_id=words,
    status=st.integers(0, 599),
    outcome=words,
    breaker=words,
    duration_ms=durations,
    request=contents,
    response=contents,
)
entries = st.builds(
    Entry,
    call_id=words,
    kind=st.sampled_from(["call", "step", "admin", "access", "refusal"]),
    operation=words,
    client=words,
    subject=words,
    actor=words,
    mandate=words,
    principal=words,
    purpose=words,
    case_id=words,
    service=words,
    portal=words,
    code=words,
    rule=words,
    reason=words,
    status=st.integers(0, 599),
    idempotency_key_hash=words,
    request=contents,
    response=contents,
    hops=st.lists(hops, max_size=4),
    at=st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=1))]), min_value=datetime(1970, 1, 2)),
)


def call(**fields: object) -> Entry:
    return Entry(**{"call_id": "call_1", "kind": "call", **fields})


def hop(**fields: object) -> Hop:
    return Hop(**{"attempt": 1, "portal": "barid", "operation": "track", "method": "GET", **fields})


@given(entries)
def test_every_leaf_is_canonical_json(entry: Entry) -> None:
    prepared = prepare(entry, max_bytes=LIMIT)
    assert prepared.leaf == rfc8785.dumps(msgspec.json.decode(prepared.leaf))
    assert prepared.leaf == rfc8785.dumps(msgspec.to_builtins(prepared.record))
    assert decode(prepared.leaf) == prepared.record


@given(entries)
def test_what_is_stored_beside_the_leaf_fits_its_column(entry: Entry) -> None:
    prepared = prepare(entry, max_bytes=LIMIT)
    for name, value in row(prepared.record).items():
        if isinstance(value, str):
            assert len(value) <= audit_records.c[name].type.length
            assert "\0" not in value


def test_the_leaf_says_when_who_what_and_through_whom() -> None:
    entry = call(
        at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        client="portail",
        subject="p_1",
        status=200,
        decision="allow",
        hops=[hop(status=503, duration_ms=1.5), hop(attempt=2, status=200, outcome="answered")],
    )
    leaf = msgspec.json.decode(prepare(entry, max_bytes=LIMIT).leaf)
    assert leaf.pop("duration_us") >= 0
    assert leaf == {
        "v": 1,
        "at": "2026-01-02T03:04:05.000000Z",
        "call": "call_1",
        "kind": "call",
        "client": "portail",
        "subject": "p_1",
        "outcome": "ok",
        "status": 200,
        "decision": "allow",
        "hops": [
            {"attempt": 1, "portal": "barid", "operation": "track", "method": "GET", "breaker": "closed", "status": 503,
             "duration_us": 1500},
            {"attempt": 2, "portal": "barid", "operation": "track", "method": "GET", "breaker": "closed", "status": 200,
             "outcome": "answered"},
        ],
    }  # fmt: skip


def test_personal_data_in_requests_and_answers_never_enter_the_leaf() -> None:
    entry = call(request=PERSON, response=PERSON, hops=[hop(request=PERSON, response=PERSON)])
    prepared = prepare(entry, max_bytes=LIMIT)
    for blob in (prepared.leaf, prepared.salts):
        for form in (PERSON, base64.b64encode(PERSON), PERSON.hex().encode(), PERSON[:9], PERSON[:9].hex().encode()):
            assert form not in blob


def test_a_commitment_opens_with_its_salt_and_only_to_what_was_committed() -> None:
    contents = {"/request": b"a", "/response": b"b", "/hops/0/response": b"c", "/hops/1/request": b"d"}
    entry = call(request=b"a", response=b"b", hops=[hop(response=b"c"), hop(request=b"d")])
    prepared = prepare(entry, max_bytes=LIMIT)
    made = list(openings(prepared.record, prepared.salts))
    assert [one.where for one in made] == list(contents)
    assert all(one.opens(contents[one.where]) for one in made)
    assert not any(one.opens(b"else") for one in made)
    assert len({one.salt for one in made}) == 4
    assert all(len(one.salt) == SALT_BYTES for one in made)


def test_equal_contents_are_not_recognisable_as_equal() -> None:
    entry = call(request=PERSON, response=PERSON)
    first, second = prepare(entry, max_bytes=LIMIT).record, prepare(entry, max_bytes=LIMIT).record
    assert len({first.request, first.response, second.request, second.response}) == 4


@pytest.mark.parametrize("most", [2_000, 4_096, LIMIT])
def test_a_record_over_the_limit_loses_its_last_hops_and_says_how_many(most: int) -> None:
    entry = call(request=b"a", hops=[hop(attempt=n + 1, outcome="x" * 60, request=b"r") for n in range(100)])
    prepared = prepare(entry, max_bytes=most)
    record = prepared.record
    assert most - 700 < len(prepared.leaf) <= most
    assert [one.attempt for one in record.hops] == list(range(1, len(record.hops) + 1))
    assert len(record.hops) + record.hops_omitted == 100
    assert len(prepared.salts) == SALT_BYTES * (1 + len(record.hops))
    assert all(one.opens(b"a" if one.where == "/request" else b"r") for one in openings(record, prepared.salts))


def test_a_record_that_just_fits_loses_nothing() -> None:
    entry = call(hops=[hop(request=b"r") for _ in range(10)])
    entry.started += 1e9  # its duration is zero from now on, and its length the same each time
    size = len(prepare(entry, max_bytes=LIMIT).leaf)
    assert prepare(entry, max_bytes=size).record.hops_omitted == 0
    assert prepare(entry, max_bytes=size - 1).record.hops_omitted > 0


def test_words_that_no_database_would_take_do_not_stop_the_record() -> None:
    prepared = prepare(call(client="a\0b\ud800\x1b[31m" + "c" * 500, code="\n"), max_bytes=LIMIT)
    assert prepared.record.client.startswith("a�b��[31mccc")
    assert len(prepared.record.client) == 100
    assert prepared.record.code == "�"


def test_the_reference_page_names_every_field() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/audit-record.md").read_text()
    call_part, _, rest = page.partition("## Hops")
    hop_part, _, sum_part = rest.partition("## Calls that are summed up")
    for part, struct in ((call_part, Record), (hop_part, HopRecord), (sum_part, SumRecord)):
        documented = re.findall(r"^\| `(\w+)`", part, re.MULTILINE)
        assert documented == [field.name for field in msgspec.structs.fields(struct)]
