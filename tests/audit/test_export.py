from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Connection, delete, select, update

from gateway.audit import checkpoint, merkle, nodes, note, tiles, tree, verify_audit
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.checkpointer import Checkpointer, NotConsistent
from gateway.audit.entry import Entry
from gateway.audit.export import ExportError
from gateway.audit.note import VerifierKey
from gateway.audit.receipt import prove
from gateway.audit.record import prepare, row
from gateway.cli import main
from gateway.settings import load
from gateway.storage.tables import audit_checkpoints, audit_nodes, audit_records
from tests.conftest import ON_SQLITE
from tests.database_sessions import read, transaction
from tests.waiting import PATIENCE

VERIFIER = Path(verify_audit.__file__)


def alone(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """verify_audit.py in a Python that has nothing else, started elsewhere."""
    command = [sys.executable, "-I", "-S", str(VERIFIER), *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def verified(ledger, name: str = "export", since: bytes | None = None) -> verify_audit.Report:
    keys = [verify_audit.parse_vkey(ledger.vkey)]
    return verify_audit.verify(verify_audit.Folder(str(ledger.folder / name)), keys, origin=ledger.origin, since=since)


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def test_an_export_verifies_alone_in_an_empty_python(ledger, tmp_path: Path) -> None:
    await ledger.grow(700)
    await ledger.export()
    done = alone(ledger.folder / "export", "--vkey", ledger.vkey, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "700 records" in done.stdout
    assert done.stdout.endswith("verified\n")


async def test_an_export_has_exactly_the_files_of_the_specification(ledger) -> None:
    await ledger.grow(600)
    await ledger.export()
    wanted = {tile.path for level in ("entries", 0, 1, 2) for tile in tiles.covering(level, 600)}
    assert set(files(ledger.folder / "export")) == wanted | {"checkpoint"}
    assert {"tile/entries/002.p/88", "tile/0/001", "tile/1/000.p/2"} <= wanted


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512])
async def test_logs_of_any_length_verify(ledger, size: int) -> None:
    if size:
        await ledger.grow(size)
    done = await ledger.export()
    report = verified(ledger)
    assert (done.new, report.records, report.damages, report.notices) == (size, size, [], [])


async def test_a_second_export_adds_what_is_new_and_the_log_continues_the_old_one(ledger) -> None:
    await ledger.grow(300)
    await ledger.export()
    before = files(ledger.folder / "export")
    await ledger.grow(500)
    assert (await ledger.export()).new == 500
    after = files(ledger.folder / "export")
    assert after["tile/0/000"] == before["tile/0/000"]
    report = verified(ledger, since=before["checkpoint"])
    assert (report.records, report.damages, report.notices) == (800, [], [])
    await ledger.export("anew")
    assert files(ledger.folder / "anew") == after


async def test_the_tree_is_the_one_over_the_records(ledger) -> None:
    await ledger.grow(400)
    done = await ledger.export()
    async with read(ledger.storage) as connection:
        leaves = (
            (await connection.execute(select(audit_records.c.leaf).order_by(audit_records.c.index))).scalars().all()
        )
    assert done.checkpoint.root == merkle.root([merkle.leaf_hash(leaf) for leaf in leaves])
    bundles = files(ledger.folder / "export")
    entries, _ = verify_audit.split_entries(bundles["tile/entries/000"] + bundles["tile/entries/001.p/144"])
    assert entries == leaves


async def test_old_partial_tiles_that_stayed_are_checked_and_do_not_alarm(ledger) -> None:
    await ledger.grow(300)
    await ledger.export()
    old = files(ledger.folder / "export")
    await ledger.grow(300)
    await ledger.export()
    stale = ledger.folder / "export" / "tile/0/001.p/44"
    stale.parent.mkdir(exist_ok=True)
    stale.write_bytes(old["tile/0/001.p/44"])
    assert verified(ledger).damages == []
    stale.write_bytes(bytes(32 * 44))
    assert [(each.first, each.last) for each in verified(ledger).damages] == [(256, 299)]


async def test_a_partial_tile_may_be_replaced_by_the_full_one(ledger) -> None:
    await ledger.grow(300)
    await ledger.export()
    old = files(ledger.folder / "export")["checkpoint"]
    await ledger.grow(300)
    await ledger.export()
    (ledger.folder / "export" / "checkpoint").write_bytes(old)
    report = verified(ledger)
    assert (report.damages, report.records) == (
        [verify_audit.Damage("their hashes are missing", 0, 255, "tile/1/000.p/1")],
        300,
    )
    assert len(report.notices) == 1


async def test_only_a_whole_log_gets_a_checkpoint(ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that was changed in the database is not exported, and an export that is there stays as it is."""
    await ledger.grow(300)
    await ledger.export()
    before = files(ledger.folder / "export")
    await ledger.grow(300)
    async with transaction(ledger.storage) as tx:
        await tx.execute(update(audit_records).where(audit_records.c.index == 400).values(leaf=b"{}"))
    with pytest.raises(ExportError, match="record 400 was changed"):
        await ledger.export()
    assert files(ledger.folder / "export")["checkpoint"] == before["checkpoint"]
    assert verified(ledger).damages == []


async def test_a_change_that_hides_itself_in_the_leaf_hash_is_found_too(ledger) -> None:
    await ledger.grow(600)
    await ledger.checkpointer.advance()
    async with transaction(ledger.storage) as tx:
        forged = prepare(Entry(call_id="call_forged", kind="call"), max_bytes=4096)
        values = {"leaf": forged.leaf, "leaf_hash": merkle.leaf_hash(forged.leaf), **row(forged.record)}
        await tx.execute(update(audit_records).where(audit_records.c.index == 100).values(values))
    with pytest.raises(ExportError, match="do not hash to the root"):
        await ledger.export()


@pytest.mark.parametrize("column", ["subject", "call_id", "at", "outcome"])
async def test_a_record_that_searches_do_not_find_by_what_it_says_is_not_exported(ledger, column: str) -> None:
    await ledger.grow(300)
    async with transaction(ledger.storage) as tx:
        value = datetime(2026, 1, 1, tzinfo=UTC) if column == "at" else "another"
        await tx.execute(update(audit_records).where(audit_records.c.index == 5).values({column: value}))
    with pytest.raises(ExportError, match=f"record 5 was changed .* another {column}$"):
        await ledger.export()


async def test_bytes_that_are_no_record_are_not_exported(ledger) -> None:
    await ledger.grow(10)
    async with transaction(ledger.storage) as tx:
        values = {"leaf": b"[", "leaf_hash": merkle.leaf_hash(b"[")}
        await tx.execute(update(audit_records).where(audit_records.c.index == 5).values(values))
    with pytest.raises(ExportError, match="record 5 was changed"):
        await ledger.export()


async def test_a_folder_with_another_log_is_left_alone(ledger, tmp_path: Path) -> None:
    await ledger.grow(10)
    other = tmp_path / "export"
    other.mkdir()
    head = Checkpoint(origin=ledger.origin, size=5, root=bytes(32))
    (other / "checkpoint").write_bytes(bytes(head.sign(ledger.ring.signer("audit"))))
    before = files(other)
    with pytest.raises(ExportError, match="not the beginning of this log"):
        await ledger.export()
    assert files(other) == before


# --- What may be signed ----------------------------------------------------------------------------------------------


async def test_each_checkpoint_is_shown_to_continue_the_one_before(ledger) -> None:
    heads = []
    for records in (1, 255, 300, 700):
        await ledger.grow(records)
        heads.append((await ledger.checkpointer.advance()).checkpoint)
    async with read(ledger.storage) as connection:
        for old, new in itertools.pairwise(heads):

            def path(sync: Connection, old: Checkpoint = old, new: Checkpoint = new) -> list[bytes]:
                return tree.consistency(nodes.StoredHashes(sync, new.size), old.size, new.size)

            assert merkle.consistent(old.size, old.root, new.size, new.root, await connection.run_sync(path))


async def test_a_log_that_did_not_grow_is_not_signed_again_unless_the_key_is_new(ledger) -> None:
    await ledger.grow(3)
    first = await ledger.checkpointer.advance()
    assert await ledger.checkpointer.advance() == first
    ledger.ring.rotate("audit")
    ledger.ring._looked = 0
    again = await ledger.checkpointer.advance()
    assert again.checkpoint == first.checkpoint
    assert note.verify(note.parse(again.note), [ledger.checkpointer.key])


async def test_a_checkpoint_is_stored_before_it_is_given_out(ledger) -> None:
    await ledger.grow(3)
    published = await ledger.checkpointer.newest()
    async with read(ledger.storage) as connection:
        rows = (await connection.execute(select(audit_checkpoints))).all()
    assert [(row.size, row.root, row.note) for row in rows] == [(3, published.checkpoint.root, published.note)]
    assert (ledger.folder / "audit.checkpoint").read_bytes() == published.note


async def test_a_database_restored_from_an_older_state_is_not_signed(ledger) -> None:
    await ledger.grow(300)
    await ledger.checkpointer.advance()
    async with transaction(ledger.storage) as tx:
        await tx.execute(delete(audit_records).where(audit_records.c.index >= 200))
        await tx.execute(delete(audit_nodes))
        await tx.execute(delete(audit_checkpoints))
    with pytest.raises(NotConsistent, match="covers 300 records, the log has only 200"):
        await ledger.checkpointer.advance()
    await ledger.grow(150)  # even when it has grown past that again
    with pytest.raises(NotConsistent, match="first 300 records are not those"):
        await ledger.checkpointer.advance()
    assert "300" in ledger.checkpointer.problem


async def test_a_log_that_lost_records_is_not_signed_by_a_gateway_elsewhere(ledger, tmp_path: Path) -> None:
    await ledger.grow(300)
    await ledger.checkpointer.advance()
    async with transaction(ledger.storage) as tx:
        await tx.execute(delete(audit_records).where(audit_records.c.index >= 299))
    elsewhere = Checkpointer(
        ledger.storage, load(state_dir=tmp_path).audit, lambda: ledger.ring.signer("audit"), kept=tmp_path / "none"
    )
    with pytest.raises(NotConsistent, match="in the database covers 300"):
        await elsewhere.advance()


async def test_processes_that_sign_together_make_one_history(ledger, tmp_path: Path) -> None:
    several = [
        Checkpointer(ledger.storage, load(state_dir=tmp_path).audit, lambda: ledger.ring.signer("audit"),
                     kept=tmp_path / f"kept{number}")
        for number in range(4)
    ]  # fmt: skip
    for _ in range(5):
        await asyncio.gather(ledger.grow(70), *(each.advance() for each in several))
    async with read(ledger.storage) as connection:
        rows = (await connection.execute(select(audit_checkpoints).order_by(audit_checkpoints.c.size))).all()
        leaves = (
            (await connection.execute(select(audit_records.c.leaf_hash).order_by(audit_records.c.index)))
            .scalars()
            .all()
        )
    assert rows
    assert all(row.root == merkle.root(leaves[: row.size]) for row in rows)


async def test_while_the_newest_checkpoint_is_young_it_stays_the_newest(ledger, settings) -> None:
    slow = Checkpointer(
        ledger.storage, settings.model_copy(update={"checkpoint_seconds": 3600.0}),
        lambda: ledger.ring.signer("audit"), kept=ledger.folder / "kept",
    )  # fmt: skip
    await ledger.grow(2)
    first = await slow.newest()
    await ledger.grow(2)
    assert await slow.newest() == first
    assert (await slow.covering(1)) == first
    assert (await slow.covering(3)).checkpoint.size == 4


async def test_it_signs_by_itself_when_the_log_has_grown(ledger, settings) -> None:
    brisk = Checkpointer(
        ledger.storage, settings.model_copy(update={"checkpoint_seconds": 0.01}),
        lambda: ledger.ring.signer("audit"), kept=ledger.folder / "kept",
    )  # fmt: skip
    await ledger.grow(5)
    await brisk.start()
    async with asyncio.timeout(PATIENCE):
        while not (ledger.folder / "kept").exists():
            await asyncio.sleep(0.01)
    await brisk.stop()
    assert checkpoint.parse(note.parse((ledger.folder / "kept").read_bytes()).text).size == 5


# --- Proofs of single records ----------------------------------------------------------------------------------------


async def test_a_proof_carries_its_record_and_holds_alone(ledger, tmp_path: Path) -> None:
    await ledger.grow(600)
    receipt = await prove(ledger.storage, ledger.checkpointer, 300)
    head = receipt.proof.verify(receipt.proof.extra, [VerifierKey.parse(ledger.vkey)], origin=ledger.origin)
    assert head.size == 600
    file = tmp_path / "300.tlog-proof"
    file.write_bytes(bytes(receipt.proof))
    done = alone(file, "--vkey", ledger.vkey, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "record 300 of the 600" in done.stdout
    assert '"call":"call_300"' in done.stdout
    file.write_bytes(bytes(receipt.proof).replace(b"index 300", b"index 301"))
    assert alone(file, "--vkey", ledger.vkey, cwd=tmp_path).returncode == 1


async def test_no_proof_of_what_is_not_there(ledger) -> None:
    await ledger.grow(3)
    with pytest.raises(LookupError):
        await prove(ledger.storage, ledger.checkpointer, 3)


# --- The command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def state(ledger, store_url: str) -> Path:
    (ledger.folder / "gateway.toml").write_text(f'[store]\nurl = "{store_url}"\n')
    return ledger.folder


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["audit", *map(str, words)])


async def test_the_commands_export_and_verify_what_they_recorded_themselves(ledger, state: Path) -> None:
    await ledger.grow(300)
    out = state / "out"
    first = await asyncio.to_thread(run, "export", out, "--state", state, "--json")
    assert first.exit_code == 0, first.output
    facts = json.loads(first.stdout)
    assert (facts["size"], facts["new"], facts["vkey"]) == (301, 301, ledger.vkey)  # the export is a record itself
    kept = state / "kept.checkpoint"
    kept.write_bytes((out / "checkpoint").read_bytes())
    again = await asyncio.to_thread(run, "export", out, "--state", state)
    assert "302 records" in again.stdout
    assert "1 of them new" in again.stdout
    done = run("verify", out, "--vkey", ledger.vkey, "--since", kept, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) | {"root": ""} == {
        "verified": True, "origin": ledger.origin, "size": 302, "root": "", "since": 301, "records": 302, "tiles": 3,
        "expired": 0,
        "anchors": [], "damages": [], "damages_in_all": 0, "notices": [],
    }  # fmt: skip


async def test_the_command_proves_a_call(ledger, state: Path) -> None:
    await ledger.grow(5)
    file = state / "call.tlog-proof"
    made = await asyncio.to_thread(run, "proof", "call_3", "--out", file, "--state", state)
    assert made.exit_code == 0, made.output
    assert run("verify", file, "--vkey", ledger.vkey).exit_code == 0
    none = await asyncio.to_thread(run, "proof", "call_none", "--state", state)
    assert (none.exit_code, "no record of call call_none" in none.output) == (1, True)


async def test_exit_codes_tell_damage_from_wrong_usage(ledger, state: Path, tmp_path: Path) -> None:
    await ledger.grow(5)
    await ledger.export()
    out = ledger.folder / "export"
    assert run("verify", out, "--vkey", ledger.vkey).exit_code == 0
    assert run("verify", out).exit_code == 2
    assert run("verify", out, "--vkey", "nonsense").exit_code == 2
    assert run("verify", tmp_path / "nowhere", "--vkey", ledger.vkey).exit_code == 2
    other = VerifierKey(name=ledger.origin, public=bytes([1]) + bytes(31))
    assert run("verify", out, "--vkey", str(other)).exit_code == 1
    (out / "checkpoint").unlink()
    gone = run("verify", out, "--vkey", ledger.vkey)
    assert (gone.exit_code, "checkpoint: there is none" in gone.stdout) == (1, True)


@ON_SQLITE
async def test_an_export_killed_at_any_moment_leaves_the_old_log_or_the_new_one(ledger, state: Path) -> None:
    """The process is killed while it writes its n-th file, for several n; the folder always verifies."""
    await ledger.grow(300)
    out = state / "export"
    await ledger.export()
    await ledger.grow(900)
    keys = [verify_audit.parse_vkey(ledger.vkey)]
    sizes = set()
    for writes in (1, 4, 6, 4, 99):
        done = await asyncio.to_thread(_killed, state, out, writes)
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
        report = verify_audit.verify(verify_audit.Folder(str(out)), keys, origin=ledger.origin)
        assert report.damages == []
        sizes.add(report.records)
        if done.returncode == 0:
            break
    else:
        raise AssertionError("the export never came to its end")
    assert sizes == {300, 1205}  # 1200 and the records of five exports
    assert not [name for name in files(out) if name.endswith(".part")]


def _killed(state: Path, out: Path, writes: int) -> subprocess.CompletedProcess[str]:
    program = f"""
import os, signal
from gateway.audit import files
whole, left = files.replace, [{writes}]
def replace(path, content, *, durable=False):
    left[0] -= path.name != "audit.checkpoint"
    if left[0] == 0:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name(path.name + ".part").write_bytes(content[: len(content) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
    whole(path, content, durable=durable)
files.replace = replace
from gateway.cli import main
main(["audit", "export", {str(out)!r}, "--state", {str(state)!r}, "--json"])
"""
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=os.environ)
