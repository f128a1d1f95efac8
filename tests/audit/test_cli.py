from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, insert, select

from gateway.audit.entry import Entry, Hop
from gateway.audit.log import AuditLog
from gateway.auth.keys import KeyRing
from gateway.cli import main
from gateway.settings import Audit, load
from gateway.storage import Storage
from gateway.storage.migrate import migrate
from gateway.storage.tables import audit_expired
from tests.database_sessions import transaction

ON_SQLITE = pytest.mark.parametrize("state", ["sqlite"], indirect=True)
"""For what does not depend on how the database is asked."""


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The state folder of a gateway that has served two calls."""
    if request.param == "postgresql":
        (tmp_path / "gateway.toml").write_text(f'[store]\nurl = "{request.getfixturevalue("postgres_url")}"\n')
    asyncio.run(_serve(load(state_dir=tmp_path).store_url))
    return tmp_path


async def _serve(url: str) -> None:
    storage = Storage(url)
    await migrate(storage)
    log = AuditLog(storage, Audit())
    await log.start()
    hops = [
        Hop(attempt=1, portal="barid", operation="track", method="GET", outcome="timeout", duration_ms=5000),
        Hop(attempt=2, portal="barid", operation="track", method="GET", outcome="answered", status=200,
            duration_ms=12.3, key_id="kid-0123456789abcdef"),
    ]  # fmt: skip
    await log.write(
        Entry(call_id="call_a", kind="call", operation="tracking.read", client="portail", subject="p_1", status=200,
              portal="barid", decision="allow", rule="scope:tracking.read@1", hops=hops,
              at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    )  # fmt: skip
    await log.write(
        Entry(call_id="call_b", kind="call", operation="cases.create", client="evil[red]", status=403, outcome="denied")
    )
    await log.stop()
    await storage.close()


def run(state: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["audit", *words, "--state", str(state)])


def found(result: Result) -> list[dict]:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)["records"]


def test_search_prints_a_table_of_what_happened(state: Path) -> None:
    result = run(state, "search")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert "call_b" in lines[1]
    assert "403 denied" in lines[1]
    assert "evil[red]" in lines[1]
    assert "call_a" in lines[2]
    assert "2026-01-02 03:04:05" in lines[2]


def test_search_narrows_by_what_is_given(state: Path) -> None:
    (one,) = found(run(state, "search", "--json", "--portal", "barid", "--subject", "p_1", "--until", "2026-01-03"))
    assert one["record"]["call"] == "call_a"
    assert one["index"] == 0
    assert len(one["leaf_hash"]) == 64
    assert [one["index"] for one in found(run(state, "search", "--json", "--kind", "call", "--oldest-first"))] == [0, 1]


@ON_SQLITE
def test_every_look_is_a_record_of_its_own(state: Path) -> None:
    run(state, "search", "--subject", "p_1")
    run(state, "show", "call_a")
    run(state, "show", "call_none")
    accesses = found(run(state, "search", "--json", "--kind", "access", "--oldest-first"))
    assert [(one["record"]["operation"], one["record"].get("subject", "")) for one in accesses] == [
        ("audit.search", "p_1"),
        ("audit.show", "p_1"),
        ("audit.show", ""),
    ]
    assert all(one["record"]["client"].startswith("cli:") for one in accesses)
    assert [one["index"] for one in accesses] == [2, 3, 4]


def test_show_tells_all_records_and_each_person_sees_it(state: Path) -> None:
    """One call whose form names somebody else: two records, and two people who learn of the look."""
    KeyRing.create(state / "keys")
    asyncio.run(_serve_one_that_names_another(load(state_dir=state).store_url))
    told = json.loads(run(state, "show", "call_c", "--json").stdout)
    assert [each["record"]["subject"] for each in told] == ["p_asks", "p_named"]
    drawn = run(state, "show", "call_c").stdout
    assert drawn.count("call_c") == 2
    assert drawn.index("p_asks") < drawn.index("p_named") < drawn.index("somebody else's form names the person")
    accesses = found(run(state, "search", "--json", "--kind", "access", "--operation", "audit.show", "--oldest-first"))
    assert [each["record"]["subject"] for each in accesses] == ["p_asks", "p_named"] * 2
    proven = json.loads(run(state, "proof", "call_c", "--json").stdout)
    assert proven["index"] == 3


async def _serve_one_that_names_another(url: str) -> None:
    storage = Storage(url)
    log = AuditLog(storage, Audit())
    await log.start()
    for subject, reason in (("p_named", "named_by_another_person"), ("p_asks", "")):
        await log.write(
            Entry(call_id="call_c", kind="call", operation="cases.create", client="portail", subject=subject,
                  status=201, decision="allow", rule="acr:low@1", reason=reason)
        )  # fmt: skip
    await log.stop()
    await storage.close()


@ON_SQLITE
def test_show_draws_the_call_with_its_hops(state: Path) -> None:
    result = run(state, "show", "call_a")
    assert result.exit_code == 0, result.output
    hops = [line for line in result.stdout.splitlines() if "barid.track" in line]
    assert "timeout" in hops[0]
    assert "5000.0 ms" in hops[0]
    assert "200 answered" in hops[1]
    assert "attempt 2" in hops[1]
    assert "12.3 ms" in hops[1]
    assert "allow by scope:tracking.read@1" in result.stdout


@ON_SQLITE
def test_show_prints_json(state: Path) -> None:
    result = run(state, "show", "call_a", "--json")
    (one,) = json.loads(result.stdout)
    assert [hop["outcome"] for hop in one["record"]["hops"]] == ["timeout", "answered"]


@ON_SQLITE
def test_a_call_that_is_not_there_fails(state: Path) -> None:
    result = run(state, "show", "call_none")
    assert result.exit_code == 1
    assert "no record of call call_none" in result.output


def test_a_folder_where_no_gateway_ran_is_said_so_and_stays_empty(tmp_path: Path) -> None:
    result = run(tmp_path, "search")
    assert result.exit_code == 1
    assert "no store" in result.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [("search", "--since", "yesterday"), ("search", "--limit", "0"), ("show",)])
def test_wrong_usage_exits_with_two(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert run(tmp_path, *words).exit_code == 2


@ON_SQLITE
def test_a_hop_has_a_bar_as_long_as_its_part_of_the_call_and_the_decision_its_reason(state: Path) -> None:
    shown = run(state, "show", "call_a").stdout
    bars = [line.count("█") for line in shown.splitlines() if "barid.track" in line]
    assert bars == [24, 0]  # 5 s, and 12 ms: an eighth of a column
    assert "▏" in shown
    assert "the token must carry the scope tracking:read" in shown


@ON_SQLITE
def test_a_look_tells_what_was_searched_and_nothing_that_was_typed_in_vain(state: Path) -> None:
    run(state, "search", "--portal", "barid", "--kind", "call")
    run(state, "search", "--portal", "Amina", "--client", "AB123456")
    accesses = found(run(state, "search", "--json", "--operation", "audit.search", "--oldest-first"))
    assert [one["record"]["search"] for one in accesses] == ["kind=call portal=barid", "portal client"]
    assert accesses[0]["record"]["subject"] == "p_1"  # whose record alone was seen
    result = run(state, "search", "--subject", "AB123456")
    assert result.exit_code == 2
    assert "pseudonym" in result.output


def test_records_leave_as_rows_into_a_file_or_a_pipe(state: Path, tmp_path: Path) -> None:
    KeyRing.create(state / "keys")
    out = tmp_path / "calls.csv"
    result = run(state, "export", str(out), "--format", "csv", "--kind", "call", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {"file": str(out), "format": "csv", "first": 0, "size": 3}
    rows = list(csv.DictReader(out.open(encoding="utf-8", newline="")))
    assert [row["call"] for row in rows] == ["call_a", "call_b"]
    piped = run(state, "export", "-", "--format", "jsonl", "--first", "1")
    lines = [json.loads(line) for line in piped.stdout.splitlines()]
    assert [line["index"] for line in lines] == [1, 2, 3]
    assert [line["record"]["operation"] for line in lines[1:]] == ["audit.export"] * 2
    assert lines[1]["record"]["search"] == "kind=call"
    assert not list(tmp_path.glob("*.part"))


@ON_SQLITE
def test_tiles_are_the_whole_log_in_a_folder(state: Path, tmp_path: Path) -> None:
    KeyRing.create(state / "keys")
    for words in (("-",), (str(tmp_path / "t"), "--kind", "call"), (str(tmp_path / "t"), "--first", "1")):
        assert run(state, "export", *words).exit_code == 2, words
    assert run(state, "export", str(tmp_path / "t")).exit_code == 0
    assert (tmp_path / "t" / "checkpoint").exists()


@ON_SQLITE
def test_a_file_that_cannot_be_written_is_said_so(state: Path, tmp_path: Path) -> None:
    KeyRing.create(state / "keys")
    result = run(state, "export", str(tmp_path / "none" / "out.csv"), "--format", "csv")
    assert result.exit_code == 1
    assert "cannot be written" in result.output


@pytest.mark.parametrize(
    "words",
    [
        ("search", "--call", "\udcff"),
        ("search", "--operation", "a\nb"),
        ("search", "--after", "9" * 23),
        ("search", "--after", "-1"),
        ("show", "\udcff"),
        ("proof", "\udcff"),
        ("export", "-", "--format", "csv", "--first", "9" * 23),
    ],
)
def test_what_no_database_takes_is_refused_as_bad_usage(tmp_path: Path, words: tuple[str, ...]) -> None:
    refused = run(tmp_path, *words)
    assert refused.exit_code == 2
    assert "Invalid value for" in refused.output


@ON_SQLITE
def test_a_call_that_is_not_found_may_have_expired(state: Path) -> None:
    assert run(state, "show", "call_x").output == "Error: no record of call call_x\n"

    async def expire() -> None:
        storage = Storage(load(state_dir=state).store_url)
        async with transaction(storage) as tx:
            await tx.execute(insert(audit_expired), [{"index": 1, "hashes": b""}])
        await storage.close()

    asyncio.run(expire())
    said = run(state, "show", "call_x").output
    assert said == "Error: no record of call call_x; the records before index 512 have expired\n"


def test_an_erasure_while_somebody_reads_is_done_and_says_that_bytes_may_be_left(state: Path) -> None:
    KeyRing.create(state / "keys")
    with (state / "gateway.toml").open("a") as toml:
        toml.write("busy_timeout_seconds = 0.1\n" if toml.tell() else "[store]\nbusy_timeout_seconds = 0.1\n")
    words = ["audit", "erase", "--purpose", "subject-request", "--state", str(state), "--json"]

    def erase() -> Result:
        return CliRunner().invoke(main, words, "AB123456\n")

    with reading(load(state_dir=state).store_url):
        left = erase()
    assert left.exit_code == 1
    assert json.loads(left.stdout.partition("\n")[0])["scrubbed"] is False
    assert "run this again" in left.stderr
    done = erase()
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["scrubbed"] is True


@contextmanager
def reading(url: str) -> Iterator[None]:
    """A backup that has begun."""
    engine = create_engine(url, isolation_level="SERIALIZABLE")
    with engine.connect() as connection:
        connection.connection.cursor().execute("BEGIN") if engine.dialect.name == "sqlite" else None
        connection.execute(select(audit_expired)).all()
        yield
    engine.dispose()
