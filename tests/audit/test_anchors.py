"""The gateway's side of its anchors: a real witness and a real authority over sockets, up, down and against us."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, delete, func, insert, select, text, update

from gateway.audit import anchored, checkpoint, cosignature, note, verify_audit
from gateway.audit.anchor_calls import WitnessCall
from gateway.audit.anchors import Anchors, Gap
from gateway.audit.checkpointer import REFUSED, Checkpointer, NotConsistent
from gateway.audit.cosignature import WitnessKey
from gateway.audit.note import VerifierKey
from gateway.audit.retention import _drop_checkpoints
from gateway.audit.witness import Witness
from gateway.audit.witness_app import application
from gateway.auth.keys import Signer
from gateway.cli import main
from gateway.sandbox.serve import listen, running
from gateway.settings import Audit, AuditWitness, SettingsError, TimestampAuthority
from gateway.storage.tables import audit_anchors, audit_checkpoints, audit_nodes, audit_records
from tests.audit.authority import Authority
from tests.conftest import ON_SQLITE
from tests.database_sessions import read, transaction
from tests.ports import free_port

DAY = timedelta(days=1)


@dataclass
class Clock:
    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Outside:
    """A witness and an authority that somebody else runs; each can be switched off and on at its address."""

    ledger: Any
    authority: Authority
    store: Path
    urls: dict[str, str]
    signer: Signer = field(default_factory=lambda: Signer("w", Ed25519PrivateKey.generate()))
    clock: Clock = field(default_factory=Clock)
    up: dict[str, AsyncExitStack] = field(default_factory=dict)
    meanwhile: Callable[[], Awaitable[None]] | None = None
    """Happens once, after a request has been sent to the witness and before that looks at it."""

    def __post_init__(self) -> None:
        self.witness = self.new_witness()

    def new_witness(self) -> Witness:
        log = VerifierKey.parse(self.ledger.vkey)
        return Witness("witness.example/w1", self.signer, [log], self.store)

    async def on(self, name: str) -> None:
        app = self.slow(application(self.witness)) if name == "witness" else self.authority
        listening = await asyncio.to_thread(listen, "127.0.0.1", int(self.urls[name].rpartition(":")[2]))
        stack = AsyncExitStack()
        await stack.enter_async_context(running(app, listening))
        self.up[name] = stack

    def slow(self, app: Any) -> Any:
        async def waits(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http" and self.meanwhile is not None:
                first, self.meanwhile = self.meanwhile, None
                await first()
            await app(scope, receive, send)

        return waits

    async def off(self, name: str) -> None:
        await self.up.pop(name).aclose()

    @property
    def settings(self) -> Audit:
        return Audit(
            witnesses=(AuditWitness(url=self.urls["witness"], vkey=str(self.witness.key)),),
            timestamp_authorities=(
                TimestampAuthority(name="tsa", url=self.urls["tsa"], certificate=str(self.authority.certificate)),
            ),
        )

    @asynccontextmanager
    async def anchors(self, **over: Any) -> AsyncIterator[Anchors]:
        """The gateway's anchors, as after a start."""
        ledger = self.ledger
        keys = [VerifierKey.parse(ledger.vkey)]
        settings = self.settings.model_copy(update=over)
        made = Anchors(ledger.storage, settings, lambda: keys, refused=ledger.folder / REFUSED, clock=self.clock)
        yield made
        await made.stop()

    async def grow(self, records: int) -> None:
        await self.ledger.grow(records)
        await self.ledger.checkpointer.advance()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("tsa"))


@pytest.fixture
async def outside(ledger, authority: Authority, tmp_path: Path) -> AsyncIterator[Outside]:
    authority.down, authority.garbage = False, None
    urls = {name: f"http://127.0.0.1:{free_port()}" for name in ("witness", "tsa")}
    made = Outside(ledger, authority, tmp_path / "witness.sqlite", urls)
    await made.on("witness")
    await made.on("tsa")
    yield made
    for name in list(made.up):
        await made.off(name)


def by_kind(gaps: list[Gap]) -> dict[str, Gap]:
    return {gap.kind: gap for gap in gaps}


async def rows(outside: Outside) -> list[Any]:
    async with read(outside.ledger.storage) as connection:
        return (await connection.execute(select(audit_anchors).order_by(audit_anchors.c.size))).all()


@ON_SQLITE
async def test_the_newest_checkpoint_is_cosigned_and_dated(outside: Outside) -> None:
    async with outside.anchors() as anchors:
        await outside.grow(300)
        await anchors.round()
        await outside.grow(300)
        await anchors.round()
        assert [(gap.state, gap.size, gap.records, gap.seconds) for gap in await anchors.gaps()] == [
            ("up", 600, 0, 0)
        ] * 2
    asked = outside.authority.asked
    async with outside.anchors() as anchors:
        await anchors.round()  # nothing new: nobody is asked
    assert outside.authority.asked == asked
    assert sorted((row.size, row.kind, row.name) for row in await rows(outside)) == [
        (300, "timestamp", "tsa"), (300, "witness", "witness.example/w1"),
        (600, "timestamp", "tsa"), (600, "witness", "witness.example/w1"),
    ]  # fmt: skip
    async with read(outside.ledger.storage) as connection:
        published = await connection.run_sync(anchored.cosigned, await outside.ledger.checkpointer.newest())
    (found,) = cosignature.find(note.parse(published.note), [outside.witness.key])
    assert found.at.date() == datetime.now(UTC).date()
    assert checkpoint.read(published.note, [VerifierKey.parse(outside.ledger.vkey)], origin=outside.ledger.origin)


async def test_a_day_without_anchors_stops_nothing_shows_and_is_closed_afterwards(outside: Outside) -> None:
    async with outside.anchors() as anchors:
        await outside.grow(10)
        await anchors.round()
        await outside.off("witness")
        outside.authority.down = True
        for _ in range(24 * 3):
            outside.clock.ahead += DAY / (24 * 3)
            if outside.clock.ahead.seconds % 3600 == 0:
                await outside.grow(2)  # calls are recorded and signed as ever
            await anchors.round()
        gaps = by_kind(await anchors.gaps())
        assert {(gap.state, gap.size, gap.records) for gap in gaps.values()} == {("down", 10, 48)}
        assert all(gap.seconds > 22 * 3600 for gap in gaps.values())
        assert (gaps["timestamp"].problem, gaps["witness"].problem) == ("HTTP status 503", "ConnectError")
        await outside.on("witness")
        outside.authority.down = False
        outside.clock.ahead += timedelta(minutes=10)
        await anchors.round()
        assert [(gap.state, gap.size, gap.records) for gap in await anchors.gaps()] == [("up", 58, 0)] * 2


@ON_SQLITE
async def test_who_is_down_is_asked_with_growing_pauses(outside: Outside) -> None:
    outside.authority.down = True
    async with outside.anchors(witnesses=()) as anchors:
        await outside.grow(5)
        pauses, last, before = [], outside.clock.ahead, outside.authority.asked
        while len(pauses) < 6:
            await anchors.round()
            if outside.authority.asked > before:
                pauses.append((outside.clock.ahead - last).total_seconds())
                last, before = outside.clock.ahead, outside.authority.asked
            outside.clock.ahead += timedelta(seconds=30)
    assert pauses[1:] == [60, 120, 240, 480, 600]


@ON_SQLITE
async def test_what_has_waited_long_is_late_even_if_nobody_was_asked(outside: Outside) -> None:
    await outside.grow(5)
    async with outside.anchors() as anchors:
        assert {gap.state for gap in await anchors.gaps()} == {"up"}
        outside.clock.ahead = timedelta(seconds=601)
        assert {(gap.state, gap.records, gap.size) for gap in await anchors.gaps()} == {("late", 5, 0)}


@ON_SQLITE
@pytest.mark.parametrize("anchored_before", [True, False])
async def test_a_gap_is_as_long_as_it_is_when_old_checkpoints_are_dropped(
    outside: Outside, *, anchored_before: bool
) -> None:
    """Of a checkpoint each minute of three days, housekeeping keeps a thousand."""
    await outside.grow(10)
    now = datetime.now(UTC)
    minutes = [{"size": 10 + n, "root": b"r" * 32, "note": b"x", "epoch": 1,
                "created_at": now - 3 * DAY + timedelta(minutes=n)} for n in range(1, 3 * 24 * 60)]  # fmt: skip

    def work(tx: Connection) -> None:
        tx.execute(update(audit_checkpoints).values(created_at=now - 3 * DAY))
        for at in range(0, len(minutes), 800):
            tx.execute(insert(audit_checkpoints), minutes[at : at + 800])
            _drop_checkpoints(tx)

    async with outside.anchors() as anchors:
        if anchored_before:
            await anchors.round()
        await outside.ledger.storage.run_write(work)
        assert [(gap.state, round(gap.seconds / 3600)) for gap in await anchors.gaps()] == [("late", 72)] * 2
    assert len(await checkpoints(outside)) <= 1003


async def checkpoints(outside: Outside) -> list[int]:
    async with read(outside.ledger.storage) as connection:
        return list((await connection.execute(select(audit_checkpoints.c.size))).scalars())


@ON_SQLITE
@pytest.mark.parametrize("answer", [b"", b"x", b"\x30\x03\x02\x01\x02", "other checkpoint", "other authority", "long"])
async def test_only_a_verified_timestamp_of_this_very_checkpoint_is_kept(
    outside: Outside, answer: bytes | str, tmp_path: Path
) -> None:
    await outside.grow(5)
    head = (await outside.ledger.checkpointer.newest()).note
    if answer == "other checkpoint":
        answer = outside.authority.stamp(head + b"x")
    elif answer == "other authority":
        answer = Authority.create(tmp_path / "other").stamp(head)
    elif answer == "long":
        answer = b"x" * 200_000
    outside.authority.garbage = answer or b"\x00"
    async with outside.anchors(witnesses=()) as anchors:
        await anchors.round()
        (gap,) = await anchors.gaps()
    assert (gap.state, gap.records) == ("down", 5)
    assert await rows(outside) == []


@ON_SQLITE
async def test_a_stranger_in_the_witness_place_is_not_believed(outside: Outside) -> None:
    await outside.grow(5)
    other = VerifierKey.parse(outside.ledger.vkey)
    settings = outside.settings
    stranger = str(WitnessKey(name="witness.example/w1", public=other.public))
    changed = (settings.witnesses[0].model_copy(update={"vkey": stranger}),)
    async with outside.anchors(witnesses=changed, timestamp_authorities=()) as anchors:
        await anchors.round()
        (gap,) = await anchors.gaps()
    assert (gap.state, gap.problem) == ("down", "it answers, but without a cosignature of its key")
    assert await rows(outside) == []


@ON_SQLITE
async def test_a_witness_that_lost_its_memory_is_brought_up_again(outside: Outside) -> None:
    async with outside.anchors() as anchors:
        await outside.grow(300)
        await anchors.round()
        await outside.off("witness")
        outside.store.unlink()
        outside.witness = outside.new_witness()
        await outside.on("witness")
        await outside.grow(1)
        await anchors.round()
        assert [(gap.state, gap.records) for gap in await anchors.gaps()] == [("up", 0)] * 2
    assert not (outside.ledger.folder / REFUSED).exists()


# --- A database that was restored ------------------------------------------------------------------------------------


async def restore(outside: Outside, size: int, kept: bytes) -> None:
    """Database and kept checkpoint as they were when the log had `size` records."""
    async with transaction(outside.ledger.storage) as tx:
        await tx.execute(delete(audit_records).where(audit_records.c.index >= size))
        await tx.execute(delete(audit_nodes).where((audit_nodes.c.index + 1) * 256 > size))
        for table in (audit_checkpoints, audit_anchors):
            await tx.execute(delete(table).where(table.c.size > size))
    (outside.ledger.folder / "audit.checkpoint").write_bytes(kept)


async def signed(outside: Outside) -> int:
    async with read(outside.ledger.storage) as connection:
        return (await connection.execute(select(func.max(audit_checkpoints.c.size)))).scalar_one()


def restarted(outside: Outside) -> Checkpointer:
    ledger = outside.ledger
    kept = ledger.folder / "audit.checkpoint"
    return Checkpointer(ledger.storage, Audit(), lambda: ledger.ring.signer("audit"), kept=kept)


async def with_history(outside: Outside) -> bytes:
    """300 records, and 400 witnessed. Gives the file that was kept at 300."""
    await outside.grow(300)
    async with outside.anchors() as anchors:
        await anchors.round()
        kept = (outside.ledger.folder / "audit.checkpoint").read_bytes()
        await outside.grow(100)
        await anchors.round()
    return kept


async def test_an_older_state_with_its_kept_file_is_refused_before_anything_is_signed(outside: Outside) -> None:
    await restore(outside, 300, await with_history(outside))
    await outside.ledger.grow(5)
    async with outside.anchors() as anchors:
        await anchors.ask()  # what a start does first
        assert by_kind(await anchors.gaps())["witness"].state == "refused"
    for checkpointer in (outside.ledger.checkpointer, restarted(outside)):
        with pytest.raises(NotConsistent, match="has cosigned 400 records of this log, and here are only 300"):
            await checkpointer.advance()
        with pytest.raises(NotConsistent):
            await checkpointer.newest()
    assert await signed(outside) == 300
    facts = json.loads((outside.ledger.folder / REFUSED).read_bytes())
    theirs = facts["theirs"].encode()
    head = checkpoint.read(theirs, [VerifierKey.parse(outside.ledger.vkey)], origin=outside.ledger.origin)
    assert (head.size, len(cosignature.find(note.parse(theirs), [outside.witness.key]))) == (400, 1)


@ON_SQLITE
async def test_a_database_that_was_lost_is_refused_before_anything_is_signed(outside: Outside) -> None:
    await with_history(outside)
    await restore(outside, 0, b"")
    (outside.ledger.folder / "audit.checkpoint").unlink()
    await outside.ledger.grow(3)
    async with outside.anchors() as anchors:
        await anchors.ask()
    with pytest.raises(NotConsistent, match="has cosigned 400 records of this log, and here is none that was signed"):
        await restarted(outside).advance()
    assert await signed(outside) is None


@ON_SQLITE
async def test_a_statement_that_somebody_damaged_still_counts(outside: Outside) -> None:
    await outside.grow(3)
    (outside.ledger.folder / REFUSED).write_text("{")
    with pytest.raises(NotConsistent, match="a witness contradicts this database; see "):
        await restarted(outside).advance()
    async with outside.anchors() as anchors:
        assert len(await anchors.gaps()) == 2


@ON_SQLITE
async def test_a_new_log_is_not_refused(outside: Outside) -> None:
    async with outside.anchors() as anchors:
        await anchors.ask()
        await outside.grow(3)
        await anchors.round()
    assert len(await rows(outside)) == 2


@ON_SQLITE
async def test_an_older_state_that_has_outgrown_the_witness_is_refused_as_another_history(outside: Outside) -> None:
    """The witness was down at the start, and the log has grown beyond it meanwhile."""
    await restore(outside, 300, await with_history(outside))
    async with transaction(outside.ledger.storage) as tx:
        await tx.execute(delete(audit_records).where(audit_records.c.index >= 299))
        await tx.execute(delete(audit_checkpoints))
    (outside.ledger.folder / "audit.checkpoint").unlink()
    await outside.grow(1)
    async with transaction(outside.ledger.storage) as tx:  # 299 is another record now: call_299, at another time
        await tx.execute(delete(audit_anchors))
    await outside.grow(200)
    async with outside.anchors() as anchors:
        await anchors.round()
    with pytest.raises(NotConsistent, match="does not find that these records continue the 400"):
        await outside.ledger.checkpointer.advance()
    with pytest.raises(NotConsistent):
        await restarted(outside).advance()
    facts = json.loads((outside.ledger.folder / REFUSED).read_bytes())
    theirs = facts["theirs"].encode()
    head = checkpoint.read(theirs, [VerifierKey.parse(outside.ledger.vkey)], origin=outside.ledger.origin)
    assert (head.size, len(cosignature.find(note.parse(theirs), [outside.witness.key]))) == (400, 1)


@ON_SQLITE
async def test_evidence_comes_from_the_monitoring_prefix(outside: Outside) -> None:
    """A witness may serve monitors elsewhere: what it keeps is asked for there, and nowhere else."""
    await with_history(outside)
    for url, size in ((outside.urls["witness"], 400), (outside.urls["tsa"], None)):
        settings = AuditWitness(url="http://127.0.0.1:1/never", monitoring_url=url, vkey=str(outside.witness.key))
        async with httpx.AsyncClient(trust_env=False, verify=False) as http:
            call = WitnessCall(settings, http)
            statement = await call.newest(outside.ledger.origin)
            assert call.believed(statement, [VerifierKey.parse(outside.ledger.vkey)]) == size


async def test_two_processes_that_anchor_at_once_do_not_take_each_other_for_a_fork(outside: Outside) -> None:
    async with outside.anchors() as one, outside.anchors() as other:
        for _ in range(5):
            await outside.grow(3)
            first = one.round()
            await outside.grow(3)
            await asyncio.gather(first, other.round(), one.ask(), other.ask())
        await one.round(at_once=True)
        assert {(gap.state, gap.records) for gap in await one.gaps()} == {("up", 0)}
    assert not (outside.ledger.folder / REFUSED).exists()


@ON_SQLITE
async def test_a_witness_that_another_process_showed_more_meanwhile_does_not_contradict(outside: Outside) -> None:
    async with outside.anchors() as one, outside.anchors() as other:
        await outside.grow(3)
        await one.round()
        await outside.grow(3)

        async def meanwhile() -> None:
            await outside.grow(3)
            await other.ask()

        outside.meanwhile = meanwhile
        await one.round()
        assert [(gap.state, gap.size) for gap in await one.gaps() if gap.kind == "witness"] == [("up", 9)]
    assert not (outside.ledger.folder / REFUSED).exists()


async def test_while_others_are_asked_no_transaction_is_open(outside: Outside) -> None:
    """PostgreSQL ends one that idles for longer than `store.stall_seconds`, and the round with it."""
    if outside.ledger.storage.sqlite:
        pytest.skip("there a reader idles as long as it likes")
    where = "datname = current_database() AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'"
    accesses: list[set[Any]] = []

    async def meanwhile() -> None:
        while len(accesses) < 50 and (not accesses or accesses[-1]):  # another's short one has ended by some later look
            async with read(outside.ledger.storage) as connection:
                found = await connection.execute(text(f"SELECT pid, xact_start FROM pg_stat_activity WHERE {where}"))
                accesses.append(set(found.all()))

    await outside.grow(5)
    outside.meanwhile = meanwhile
    async with outside.anchors() as anchors:
        await anchors.round()
        assert [(gap.state, gap.records) for gap in await anchors.gaps()] == [("up", 0)] * 2
    assert outside.meanwhile is None
    assert not set.intersection(*accesses)


# --- Kept for how long, exported, verified ---------------------------------------------------------------------------


async def test_old_anchors_are_thinned_to_the_last_of_each_day(outside: Outside) -> None:
    noon = datetime.now(UTC).replace(hour=12)
    outside.clock.ahead = noon - datetime.now(UTC)
    async with outside.anchors(timestamp_authorities=()) as anchors:
        for _ in range(12):
            await outside.grow(1)
            await anchors.round()
            outside.clock.ahead += DAY / 4
    sizes = [row.size for row in await rows(outside)]
    assert sizes == [2, 4, *range(5, 13)]  # 1 and 2 are of the first day, 3 and 4 of the second and older than two days


def alone(*words: object) -> subprocess.CompletedProcess[str]:
    command = ["python3", "-I", "-S", verify_audit.__file__, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def state(outside: Outside, store_url: str) -> Path:
    """A state folder with these anchors in its settings."""
    folder = outside.ledger.folder
    (folder / "gateway.toml").write_text(
        f"""
[store]
url = "{store_url}"
[[audit.witnesses]]
url = "{outside.urls["witness"]}"
vkey = "{outside.witness.key}"
[[audit.timestamp_authorities]]
name = "tsa"
url = "{outside.urls["tsa"]}"
certificate = "{outside.authority.certificate}"
"""
    )
    return folder


async def run(*words: object) -> Any:
    return await asyncio.to_thread(CliRunner().invoke, main, ["audit", *map(str, words)])


@ON_SQLITE
async def test_an_export_is_anchored_and_strangers_tools_verify_it(outside: Outside, state: Path) -> None:
    await outside.ledger.grow(300)
    out = state / "out"
    done = await run("export", out, "--state", state, "--json")
    assert done.exit_code == 0, done.output
    assert [(each["state"], each["size"]) for each in json.loads(done.stdout)["anchors"]] == [("up", 301)] * 2
    names = {path.name for path in (out / "anchors").iterdir()}
    assert names == {"301.cosigned", "301.tsa.tsr", "301.tsa.checkpoint"}
    openssl = ["openssl", "ts", "-verify", "-in", "301.tsa.tsr", "-data", "301.tsa.checkpoint", "-CAfile"]
    stamped = await asyncio.create_subprocess_exec(*openssl, outside.authority.certificate, cwd=out / "anchors")
    assert await stamped.wait() == 0
    assert (out / "checkpoint").read_bytes() == (out / "anchors" / "301.cosigned").read_bytes()
    words = [
        out,
        "--vkey",
        outside.ledger.vkey,
        "--witness",
        outside.witness.key,
        "--tsa",
        outside.authority.certificate,
    ]
    said = alone(*words)
    assert (said.returncode, said.stderr) == (0, ""), said.stdout
    assert "anchor   the first 301 records: witness witness.example/w1, " in said.stdout
    assert "anchor   the first 301 records: timestamp, " in said.stdout
    command = await run("verify", *words, "--json")
    assert [each["size"] for each in json.loads(command.stdout)["anchors"]] == [301, 301]
    proof = state / "call.tlog-proof"
    assert (await run("proof", "call_3", "--out", proof, "--state", state)).exit_code == 0
    said = alone(proof, "--vkey", outside.ledger.vkey, "--witness", outside.witness.key)
    assert (said.returncode, "this is record 3 of the 301" in said.stdout) == (0, True), said.stdout
    public = outside.ledger.ring.signer("audit").public
    other = WitnessKey(name=outside.witness.key.name, public=public)
    assert alone(proof, "--vkey", outside.ledger.vkey, "--witness", other).returncode == 1


@ON_SQLITE
async def test_an_export_without_its_anchors_says_so_and_is_an_export(outside: Outside, state: Path) -> None:
    await outside.grow(300)
    await outside.off("witness")
    outside.authority.down = True
    out = state / "out"
    done = await run("export", out, "--state", state)
    assert done.exit_code == 0, done.output
    assert "witness witness.example/w1: 0 records; the last 301 not: ConnectError" in done.stdout
    assert "timestamp tsa: 0 records; the last 301 not: HTTP status 503" in done.stdout
    assert alone(out, "--vkey", outside.ledger.vkey).returncode == 0
    for words in (("--witness", outside.witness.key), ("--tsa", outside.authority.certificate)):
        said = alone(out, "--vkey", outside.ledger.vkey, *words)
        assert (said.returncode, said.stdout.splitlines()[-1]) == (1, "NOT VERIFIED")


@ON_SQLITE
@pytest.mark.parametrize("words", [("export", "{}", "--format", "jsonl"), ("export", "{}"), ("proof", "call_302")])
async def test_no_command_signs_on_a_restored_database_before_the_witness_was_asked(
    outside: Outside, state: Path, words: tuple[str, ...], tmp_path: Path
) -> None:
    await restore(outside, 300, await with_history(outside))
    await outside.ledger.grow(5)
    done = await run(*(word.format(tmp_path / "out") for word in words), "--state", state)
    assert done.exit_code == 1
    assert "has cosigned 400 records of this log, and here are only 300" in done.output
    assert await signed(outside) == 300
    assert not (tmp_path / "out").exists()


@ON_SQLITE
@pytest.mark.parametrize("name", ["9999999999999999999.cosigned", "9999999999999999999.tsa.tsr", "x", "1.cosigned"])
async def test_an_anchor_that_cannot_be_is_not_there(outside: Outside, name: str) -> None:
    async with read(outside.ledger.storage) as connection:
        assert await connection.run_sync(anchored.content, name) is None


@ON_SQLITE
async def test_settings_that_cannot_work_are_refused_at_the_start(outside: Outside, tmp_path: Path) -> None:
    witness, tsa = outside.settings.witnesses[0], outside.settings.timestamp_authorities[0]
    (tmp_path / "leaf.pem").write_bytes((outside.authority.folder / "tsa.pem").read_bytes())
    for over, words in (
        ({"witnesses": (witness.model_copy(update={"vkey": outside.ledger.vkey}),)}, "type 4"),
        ({"witnesses": (witness, witness)}, "same name"),
        ({"timestamp_authorities": (tsa.model_copy(update={"certificate": "/nowhere"}),)}, "cannot be read"),
        ({"timestamp_authorities": (tsa.model_copy(update={"certificate": __file__}),)}, "no certificate"),
        ({"timestamp_authorities": (tsa.model_copy(update={"certificate": str(tmp_path / "leaf.pem")}),)}, "no root"),
    ):
        with pytest.raises(SettingsError, match=words):
            async with outside.anchors(**over):
                pass
