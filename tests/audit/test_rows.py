"""Records for other programs: each form says the same as the log, and none of them harms who opens it."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

import jsonschema
import msgspec
import pytest

from gateway.audit import ocsf
from gateway.audit.entry import Entry, Hop
from gateway.audit.merkle import leaf_hash
from gateway.audit.record import HopRecord, Record, prepare
from gateway.audit.rows import COLUMNS, FORMATS, Rows, rows, written
from gateway.audit.search import Filter, Leaf, leaf_bytes
from gateway.storage import Storage
from tests.database_sessions import read
from tests.waiting import PATIENCE

from .conftest import Ledger

ORIGIN: Final = "example.org/log"


@pytest.fixture
async def filled(log, storage: Storage, entry) -> Storage:
    """Four records: the third with a client that a spreadsheet would run, the last with two hops."""
    hops = [
        Hop(attempt=1, portal="barid", operation="track", method="GET", outcome="timeout", duration_ms=5000),
        Hop(attempt=2, portal="barid", operation="track", method="GET", outcome="answered", status=200, key_id="kid"),
    ]
    at = datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=UTC)
    for each in (
        entry(call_id="call_0", client="a,b", service="watiqa.birth-extract", status=201),
        entry(call_id="call_1", client='quote "x"', outcome="denied", status=403, code="insufficient_scope"),
        entry(call_id="call_2", client='=HYPERLINK("https://evil.example")', purpose="+1", operation="@sum"),
        entry(
            call_id="call_3", client="app", portal="barid", hops=hops, at=at, kind="access", subject="p_1", status=200
        ),
    ):
        await log.write(each)
    return storage


async def text(storage: Storage, form: str, where: Filter | None = None, first: int = 0, stop: int = 4) -> str:
    parts = [part async for part in written(rows(form, origin=ORIGIN), storage, where or Filter(), first, stop)]
    return b"".join(parts).decode()


async def table(storage: Storage) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(await text(storage, "csv"), newline=""), strict=True))


async def test_json_lines_hold_the_leaf_as_it_was_hashed(filled: Storage) -> None:
    lines = (await text(filled, "jsonl")).splitlines()
    assert [json.loads(line)["index"] for line in lines] == [0, 1, 2, 3]
    for index, line in enumerate(lines):
        leaf = line.partition('"record":')[2][:-1].encode()
        async with read(filled) as connection:
            assert await connection.run_sync(leaf_bytes, index) == leaf
        assert json.loads(line)["leaf_hash"] == leaf_hash(leaf).hex()


async def test_csv_has_a_header_and_a_column_for_every_field(filled: Storage) -> None:
    raw = await text(filled, "csv")
    assert raw.count("\r\n") == raw.count("\n") == 5
    found = await table(filled)
    assert tuple(found[0]) == COLUMNS
    assert set(COLUMNS) >= {"index", "leaf_hash", *Record.__struct_fields__}
    assert {f"hop_{name}" for name in HopRecord.__struct_fields__} <= set(COLUMNS)
    assert [each["client"] for each in found[:2]] == ["a,b", 'quote "x"']
    assert (found[1]["status"], found[1]["code"]) == ("403", "insufficient_scope")


async def test_hops_stand_in_one_row_in_their_order(filled: Storage) -> None:
    last = (await table(filled))[3]
    assert last["hops"] == "2"
    assert last["hop_portal"] == "barid;barid"
    assert last["hop_outcome"] == "timeout;answered"
    assert last["hop_status"] == "0;200"
    assert last["hop_key_id"] == ";kid"


async def test_no_cell_is_a_formula_to_a_spreadsheet(filled: Storage) -> None:
    found = (await table(filled))[2]
    assert found["client"] == '\'=HYPERLINK("https://evil.example")'
    assert (found["purpose"], found["operation"]) == ("'+1", "'@sum")
    every = [cell for row in await table(filled) for cell in row.values()]
    assert not [cell for cell in every if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


@pytest.mark.parametrize("form", FORMATS)
async def test_a_stream_has_what_fits_between_its_ends(filled: Storage, form: str) -> None:
    header = 1 if form == "csv" else 0
    assert len((await text(filled, form, first=1, stop=3)).splitlines()) == header + 2
    assert len((await text(filled, form, Filter(outcome="denied"))).splitlines()) == header + 1
    assert len((await text(filled, form, first=4, stop=4)).splitlines()) == header


async def test_a_stream_is_taken_up_where_it_broke_off_and_never_holds_more_than_a_page(ledger: Ledger) -> None:
    await ledger.grow(1300)
    parts = [part async for part in written(rows("jsonl", origin=ORIGIN), ledger.storage, Filter(), 0, 1300)]
    assert [part.count(b"\n") for part in parts if part] == [500, 500, 300]
    rest = await text(ledger.storage, "jsonl", first=501, stop=1300)
    assert b"".join(parts).decode().split("\n", 501)[501] == rest


# --- OCSF ---------------------------------------------------------------------------------------------------------

ENTITY: Final[dict[str, Any]] = {"anyOf": [{"required": ["name"]}, {"required": ["uid"]}]}
SCHEMA: Final[dict[str, Any]] = {
    # By hand, from the definitions of OCSF 1.9.0: what API Activity and the objects in it require.
    "type": "object",
    "required": [
        "activity_id",
        "actor",
        "api",
        "category_uid",
        "class_uid",
        "metadata",
        "severity_id",
        "src_endpoint",
        "time",
        "type_uid",
    ],
    "properties": {
        "activity_id": {"enum": [0, 1, 2, 3, 4, 99]},
        "activity_name": {"type": "string"},
        "category_uid": {"const": 6},
        "class_uid": {"const": 6003},
        "type_uid": {"enum": [600300, 600301, 600302, 600303, 600304, 600399]},
        "severity_id": {"enum": [0, 1, 2, 3, 4, 5, 6, 99]},
        "time": {"type": "integer", "minimum": 1_600_000_000_000, "maximum": 4_000_000_000_000},
        "timezone_offset": {"type": "integer"},
        "status_id": {"enum": [0, 1, 2, 99]},
        "status": {"enum": ["Unknown", "Success", "Failure"]},
        "status_code": {"type": "string"},
        "status_detail": {"type": "string"},
        "action_id": {"enum": [0, 1, 2, 3, 4, 99]},
        "action": {"type": "string"},
        "disposition_id": {"type": "integer"},
        "disposition": {"type": "string"},
        "metadata": {
            "type": "object",
            "required": ["product", "version"],
            "properties": {
                "version": {"const": "1.9.0"},
                "product": {**ENTITY, "required": ["vendor_name", "version"]},
                "profiles": {"const": ["security_control"]},
                "sequence": {"type": "integer"},
                "log_version": {"type": "string"},
            },
        },
        "actor": {
            "type": "object",
            "anyOf": [{"required": [name]} for name in ("user", "app_uid", "app_name", "session", "process")],
            "properties": {
                "application": ENTITY,
                "user": {"anyOf": [{"required": [name]} for name in ("account", "name", "uid")]},
                "authorizations": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"decision": {"type": "string"}, "policy": ENTITY},
                        "additionalProperties": False,
                    },
                },
            },
            "additionalProperties": {"type": "string"},
        },
        "api": {
            "type": "object",
            "required": ["operation"],
            "properties": {
                "operation": {"type": "string"},
                "request": {"type": "object", "required": ["uid"]},
                "response": {"type": "object", "properties": {"code": {"type": "integer"}}},
                "service": ENTITY,
            },
            "additionalProperties": False,
        },
        "src_endpoint": {"type": "object", "required": ["svc_name"]},
        "dst_endpoint": {"type": "object", "required": ["svc_name"]},
        "http_response": {
            "type": "object",
            "required": ["code"],
            "properties": {"code": {"type": "integer"}, "latency": {"type": "integer"}},
            "additionalProperties": False,
        },
        "resources": {"type": "array", "items": ENTITY},
        "unmapped": {"type": "object"},
    },
    "additionalProperties": False,
}


def event(**fields: Any) -> dict[str, Any]:
    record = prepare(Entry(**{"call_id": "call_1", "kind": "call", **fields}), max_bytes=4096).record
    made = ocsf.event(record, index=7, leaf_hash="ab" * 32, origin=ORIGIN)
    jsonschema.validate(made, SCHEMA)
    assert made["type_uid"] == made["class_uid"] * 100 + made["activity_id"]
    return made


async def test_every_record_is_a_valid_event(filled: Storage) -> None:
    events = [json.loads(line) for line in (await text(filled, "ocsf")).splitlines()]
    assert [each["metadata"]["sequence"] for each in events] == [0, 1, 2, 3]
    for each in events:
        jsonschema.validate(each, SCHEMA)
    assert event()["api"]["operation"] == "call"  # a record that says next to nothing


async def test_a_call_becomes_what_the_table_says() -> None:
    made = event(
        kind="call",
        at=datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=UTC),
        operation="cases.create",
        client="portail",
        principal="citizen",
        subject="p_1",
        case_id="case_1",
        service="watiqa.birth-extract",
        portal="watiqa",
        status=201,
        decision="allow",
        rule="scope:cases.write@1",
    )
    assert (made["activity_id"], made["activity_name"]) == (1, "Create")
    assert made["time"] == 1767323045678
    assert (made["status_id"], made["status_code"], made["severity_id"]) == (1, "201", 1)
    assert (made["action_id"], made["disposition_id"]) == (1, 1)
    assert made["actor"]["user"] == {"uid": "p_1", "type_id": 1}
    assert made["actor"]["application"] == {"uid": "portail"}
    assert made["actor"]["authorizations"] == [
        {
            "decision": "allow",
            "policy": {"uid": "scope:cases.write@1", "name": "scope:cases.write", "version": "1"},
        }
    ]
    assert made["api"]["service"] == {"name": "watiqa.birth-extract"}
    assert (made["src_endpoint"], made["dst_endpoint"]) == ({"svc_name": "portail"}, {"svc_name": "watiqa"})
    assert made["resources"] == [{"uid": "case_1", "type": "case"}]
    assert made["metadata"]["uid"] == "ab" * 32
    assert made["metadata"]["original_event_uid"] == "call_1"
    assert made["metadata"]["log_name"] == ORIGIN


def test_a_refusal_is_blocked_and_a_failure() -> None:
    made = event(kind="refusal", outcome="denied", decision="deny", rule="token@1", status=401, code="token_missing")
    assert (made["status_id"], made["status"], made["status_detail"]) == (2, "Failure", "token_missing")
    assert (made["action"], made["disposition"], made["severity_id"]) == ("Denied", "Blocked", 2)


def test_whom_an_auditor_looked_at_is_not_who_acted() -> None:
    made = event(kind="access", principal="auditor", client="audit-desk", subject="p_1", operation="audit.read")
    assert "user" not in made["actor"]
    assert made["resources"] == [{"uid": "p_1", "type": "person"}]


@pytest.mark.parametrize(
    ("operation", "activity"),
    [
        ("attachments.create", 1),
        ("tracking.read", 2),
        ("journey.filing", 3),
        ("cases.withdraw", 3),
        ("audit.erase", 4),
        ("gateway", 99),
    ],
)
def test_an_operation_is_one_of_the_activities(operation: str, activity: int) -> None:
    made = event(operation=operation)
    assert made["activity_id"] == activity
    assert made["activity_name"] == (operation if activity == 99 else made["activity_name"])


@pytest.mark.parametrize(("outcome", "status"), [("ok", 1), ("unknown", 0), ("failed", 2), ("unavailable", 2)])
def test_an_outcome_is_a_status(outcome: str, status: int) -> None:
    assert event(outcome=outcome)["status_id"] == status


def test_nothing_is_said_where_there_is_nothing_to_say() -> None:
    def empty(value: Any) -> bool:
        if isinstance(value, dict):
            return any(each in ("", [], {}) or empty(each) for each in value.values())
        return isinstance(value, list) and any(map(empty, value))

    assert not empty(msgspec.to_builtins(event()))


async def test_others_are_served_while_rows_are_written_down(filled: Storage) -> None:
    """Each page takes until somebody else was served: for ever, if the page kept them from it."""
    served, begun = threading.Event(), threading.Event()

    def lines(page: Iterable[Leaf]) -> bytes:
        begun.set()
        return b"served" if served.wait(PATIENCE) else b"nobody was served"

    async def serve() -> None:
        while not begun.is_set():
            await asyncio.sleep(0)
        served.set()

    slow = Rows(media_type="text/plain", header=b"", lines=lines)
    serving = asyncio.create_task(serve())
    assert [part async for part in written(slow, filled, Filter(), 0, 4)] == [b"", b"served"]
    await serving
