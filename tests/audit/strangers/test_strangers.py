"""Programs that strangers wrote read a log of 100,000 records, and find what is wrong with one that was changed."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Connection

from gateway.audit import sequencer, verify_audit
from gateway.audit.checkpointer import Checkpointer
from gateway.audit.entry import Entry, Hop
from gateway.audit.export import export
from gateway.audit.record import prepare
from gateway.audit.tiles import Tile
from gateway.auth.keys import KeyRing
from gateway.settings import Audit
from gateway.storage import Storage
from gateway.storage.migrate import migrate

pytestmark = pytest.mark.soak

SIZE = 100_000
EARLIER = 70_001
GO_PACKAGES = Path("/usr/share/gocode/src/golang.org/x/mod/sumdb")
"""Debian's golang-golang-x-mod-dev."""


@dataclass(frozen=True)
class Taken:
    """What an auditor has: the folder, the key, and a checkpoint from earlier."""

    folder: Path
    vkey: str
    earlier: Path


async def _make(folder: Path) -> str:
    ring = KeyRing.create(folder / "keys")
    storage = Storage(f"sqlite:///{folder / 'gateway.sqlite'}")
    await migrate(storage)
    checkpointer = Checkpointer(storage, Audit(), lambda: ring.signer("audit"), kept=folder / "kept")

    def grow(until: int) -> object:
        def work(tx: Connection) -> None:
            first = sequencer.size(tx)
            hops = [Hop(attempt=1, portal="barid", operation="track", method="GET", request=b"asked", response=b"told")]
            new = [
                prepare(Entry(call_id=f"call_{n}", kind="call", request=b"x", hops=hops), max_bytes=4096)
                for n in range(first, min(until, first + 5000))
            ]
            sequencer.place(tx, new, limit=1)

        return work

    for until in (EARLIER, SIZE):
        while await storage.run_write(sequencer.size) < until:
            await storage.run_write(grow(until))  # type: ignore[arg-type]
        published = await checkpointer.advance()
        (folder / f"checkpoint-{until}").write_bytes(published.note)
    await export(storage, published, folder / "export")
    await storage.close()
    return str(checkpointer.key)


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Taken:
    folder = tmp_path_factory.mktemp("log")
    return Taken(folder / "export", asyncio.run(_make(folder)), folder / f"checkpoint-{EARLIER}")


@pytest.fixture
def changed(taken: Taken, tmp_path: Path) -> Path:
    """A copy in which one record says something else."""
    folder = tmp_path / "changed"
    shutil.copytree(taken.folder, folder)
    bundle = folder / Tile(level="entries", index=200).path
    bundle.write_bytes(bundle.read_bytes().replace(b'"call_51234"', b'"call_51235"', 1))
    return folder


def run(*words: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, capture_output=True, text=True, check=False, timeout=300, cwd=cwd, env={**os.environ, **environment}
    )


def ours(taken: Taken, folder: Path) -> list[list[str]]:
    words = [str(folder), "--vkey", taken.vkey, "--since", str(taken.earlier)]
    return [
        [sys.executable, "-m", "gateway", "audit", "verify", *words],
        [sys.executable, "-I", "-S", verify_audit.__file__, *words],
    ]


def test_our_own_programs(taken: Taken, changed: Path) -> None:
    for words in ours(taken, taken.folder):
        done = run(*words)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        assert f"checked  {SIZE} records" in done.stdout
    for words in ours(taken, changed):
        done = run(*words)
        assert done.returncode == 1
        assert "record 51234: changed" in done.stdout


def test_the_signature_alone_with_openssl(taken: Taken, tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl here")
    text, _, signatures = (taken.folder / "checkpoint").read_bytes().rpartition(b"\n\n")
    blob = verify_audit.decode64(signatures.split()[2].decode())
    (tmp_path / "body").write_bytes(text + b"\n")
    (tmp_path / "signature").write_bytes(blob[4:])
    prefix = bytes.fromhex("302a300506032b6570032100")  # RFC 8410: SubjectPublicKeyInfo of an Ed25519 key
    (tmp_path / "key.der").write_bytes(prefix + verify_audit.parse_vkey(taken.vkey).public)
    given = ("-pubin", "-keyform", "DER", "-inkey", "key.der", "-rawin", "-in", "body", "-sigfile", "signature")
    words = ("pkeyutl", "-verify", *given)
    assert run(openssl, *words, cwd=tmp_path).returncode == 0
    (tmp_path / "body").write_bytes(text + b"x\n")
    assert run(openssl, *words, cwd=tmp_path).returncode == 1


def test_the_go_projects_packages(taken: Taken, changed: Path) -> None:
    go = shutil.which("go")
    if go is None or not GO_PACKAGES.exists():
        pytest.skip("neither Go nor its sumdb packages here")
    program = str(Path(__file__).with_name("checklog.go"))
    gopath = str(GO_PACKAGES.parents[4])
    done = run(go, "run", program, str(taken.folder), taken.vkey, GO111MODULE="off", GOPATH=gopath)
    assert (done.returncode, done.stdout) == (0, f"verified {SIZE} records\n"), done.stderr
    done = run(go, "run", program, str(changed), taken.vkey, GO111MODULE="off", GOPATH=gopath)
    assert (done.returncode, done.stdout) == (1, "NOT VERIFIED: record 51234 is not the one in the tree\n")


def test_the_package_aics_tlog(taken: Taken, tmp_path: Path) -> None:
    program = shutil.which("aics-tlog")
    if program is None:
        pytest.skip("no aics-tlog here; it needs Python 3.12")
    (tmp_path / "vkey").write_text(taken.vkey)
    common = ["--tiles", str(taken.folder), "--vkey-file", str(tmp_path / "vkey")]

    def ask(*words: str) -> dict[str, object]:
        done = run(str(program), *words, *common)
        answer: dict[str, object] = json.loads(done.stdout)
        assert answer["ok"] is (done.returncode == 0)
        return answer

    assert ask("verify-checkpoint")["ok"] is True
    assert ask("verify-consistency", "--old-checkpoint", str(taken.earlier))["ok"] is True
    leaves, _ = verify_audit.split_entries((taken.folder / Tile(level="entries", index=200).path).read_bytes())
    (tmp_path / "leaf").write_bytes(leaves[34])
    asked = ("verify-inclusion", "--leaf", str(tmp_path / "leaf"), "--index")
    assert ask(*asked, str(200 * 256 + 34))["ok"] is True
    assert ask(*asked, str(200 * 256 + 35))["ok"] is False
