"""A witness over a real socket: the answers of the specification, and that it never forgets what it has cosigned."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import Barrier, BrokenBarrierError

import httpx
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit import checkpoint, cosignature, merkle, note
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.note import Note, VerifierKey
from gateway.audit.witness import MOST_BYTES, Submission, Witness
from gateway.audit.witness_app import application
from gateway.auth.keys import Signer
from gateway.cli import main
from gateway.sandbox.serve import running

ORIGIN = "example.com/log"
LOG = Signer("log", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
STRANGER = Signer("x", Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
OWN = Signer("w", Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34))))
KEY = VerifierKey(name=ORIGIN, public=LOG.public)
AT = datetime(2026, 1, 2, tzinfo=UTC)


class Log:
    """A history; another `name`, another history."""

    def __init__(self, name: str = "a", same: int = 0) -> None:
        leaves = [f"{name if index >= same else 'a'}{index}".encode() for index in range(40)]
        self.hashes = [merkle.leaf_hash(leaf) for leaf in leaves]

    def note(self, size: int, signer: Signer = LOG, origin: str = ORIGIN) -> bytes:
        return bytes(Checkpoint(origin=origin, size=size, root=merkle.root(self.hashes[:size])).sign(signer))

    def submission(self, old: int, size: int) -> bytes:
        proof = merkle.consistency(old, self.hashes[:size]) if old else []
        return bytes(Submission(old=old, proof=tuple(proof), note=self.note(size)))


A, FORK = Log(), Log("b", same=5)


def witness_in(folder: Path) -> Witness:
    return Witness("witness.example/w1", OWN, [KEY], folder / "witness.sqlite", clock=lambda: AT)


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[str]:
    async with running(application(witness_in(tmp_path))) as address:
        yield address


@pytest.fixture
async def web() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        yield client


async def test_it_cosigns_what_continues_what_it_saw(url: str, web: httpx.AsyncClient, tmp_path: Path) -> None:
    key = witness_in(tmp_path).key
    for old, size in ((0, 7), (7, 8), (8, 8), (8, 33)):
        answer = await web.post(f"{url}/add-checkpoint", content=A.submission(old, size))
        assert answer.status_code == 200, answer.text
        text = note.parse(A.note(size)).text
        (found,) = cosignature.find(Note(text=text, signatures=note.parse_signatures(answer.content)), [key])
        assert found.at == AT


async def test_it_gives_anybody_its_newest_checkpoint(url: str, web: httpx.AsyncClient, tmp_path: Path) -> None:
    place = f"{url}/{sha256(ORIGIN.encode()).hexdigest()}/checkpoint"
    assert (await web.get(place)).status_code == 404
    await web.post(f"{url}/add-checkpoint", content=A.submission(0, 7))
    stranger = note.sign(note.parse(A.note(9)).text, name="stranger.example", signer=STRANGER).signatures
    carried = cosignature.add(A.note(9), stranger)
    body = bytes(Submission(old=7, proof=tuple(merkle.consistency(7, A.hashes[:9])), note=carried))
    assert (await web.post(f"{url}/add-checkpoint", content=body)).status_code == 200
    found = (await web.get(place)).content
    assert checkpoint.read(found, [KEY], origin=ORIGIN).size == 9
    assert cosignature.find(note.parse(found), [witness_in(tmp_path).key])
    assert b"stranger" not in found


def changed(old: int, proof: list[bytes], signed: bytes) -> bytes:
    return bytes(Submission(old=old, proof=tuple(proof), note=signed))


PROOF = merkle.consistency(7, A.hashes[:9])
REFUSALS = {
    "nothing": (400, b""),
    "no old size": (400, b"\n" + A.note(9)),
    "a leading zero": (400, b"old 07\n\n" + A.note(9)),
    "a hash that is none": (400, b"old 7\nAAAA\n\n" + A.note(9)),
    "64 hashes": (400, changed(7, [bytes(32)] * 64, A.note(9))),
    "no note": (400, b"old 7\n\nhello\n"),
    "no checkpoint": (400, changed(7, [], bytes(note.sign("hello\n", name=ORIGIN, signer=LOG)))),
    "not UTF-8": (400, b"old \xff\n\n" + A.note(9)),
    "an old size beyond the new": (400, changed(12, [], A.note(9))),
    "an unknown log": (404, changed(0, [], A.note(9, origin="example.com/other"))),
    "an unknown key": (403, changed(7, PROOF, A.note(9, signer=STRANGER))),
    "a false signature": (403, changed(7, PROOF, A.note(9).replace(b"\n9\n", b"\n8\n"))),
    "an old size that is not the last": (409, A.submission(6, 9)),
    "the beginning again": (409, A.submission(0, 9)),
    "another root of the same size": (422, changed(7, [], FORK.note(7))),
    "another history": (422, FORK.submission(7, 9)),
    "no proof": (422, changed(7, [], A.note(9))),
    "a proof for nothing": (422, changed(7, PROOF, A.note(7))),
    "a changed proof": (422, changed(7, [bytes(32), *PROOF[1:]], A.note(9))),
    "a proof too long": (422, changed(7, [*PROOF, bytes(32)], A.note(9))),
}


@pytest.mark.parametrize("what", REFUSALS)
async def test_what_it_does_not_cosign_is_answered_as_specified(url: str, web: httpx.AsyncClient, what: str) -> None:
    await web.post(f"{url}/add-checkpoint", content=A.submission(0, 7))
    status, body = REFUSALS[what]
    answer = await web.post(f"{url}/add-checkpoint", content=body)
    assert (answer.status_code, "— " in answer.text) == (status, False)
    if status == 409:
        assert (answer.headers["content-type"], answer.text) == ("text/x.tlog.size", "7\n")
    assert (await web.post(f"{url}/add-checkpoint", content=A.submission(7, 9))).status_code == 200  # nothing was kept


EMPTY_LOG_REFUSALS = {
    "a root for nothing": bytes(Checkpoint(origin=ORIGIN, size=0, root=bytes(32)).sign(LOG)),
    "a proof from nothing": A.note(9),
}


@pytest.mark.parametrize("what", EMPTY_LOG_REFUSALS)
async def test_a_first_checkpoint_needs_the_right_beginning(url: str, web: httpx.AsyncClient, what: str) -> None:
    proof = [bytes(32)] if what == "a proof from nothing" else []
    answer = await web.post(f"{url}/add-checkpoint", content=changed(0, proof, EMPTY_LOG_REFUSALS[what]))
    assert answer.status_code == 422
    place = f"{url}/{sha256(ORIGIN.encode()).hexdigest()}/checkpoint"
    assert (await web.get(place)).status_code == 404


async def test_a_signature_sent_many_times_is_kept_once(url: str, web: httpx.AsyncClient) -> None:
    signed = note.parse(A.note(9))
    many = bytes(Note(text=signed.text, signatures=signed.signatures * 12))
    assert (await web.post(f"{url}/add-checkpoint", content=changed(0, [], many))).status_code == 200
    found = (await web.get(f"{url}/{sha256(ORIGIN.encode()).hexdigest()}/checkpoint")).content
    assert len(note.parse(found).signatures) == 2


async def test_an_empty_log_may_be_cosigned_and_grow(url: str, web: httpx.AsyncClient) -> None:
    for old, size in ((0, 0), (0, 3), (3, 4)):
        assert (await web.post(f"{url}/add-checkpoint", content=A.submission(old, size))).status_code == 200


async def test_a_request_that_is_too_long_is_not_read(url: str, web: httpx.AsyncClient) -> None:
    assert (await web.post(f"{url}/add-checkpoint", content=b"x" * (MOST_BYTES + 1))).status_code == 413


def test_of_many_at_once_one_wins(tmp_path: Path) -> None:
    """Two histories with one signature key, shown by many at once to two processes' worth of witness."""
    witnesses = [witness_in(tmp_path), witness_in(tmp_path)]
    witnesses[0].add_checkpoint(A.submission(0, 5))
    asked = [(log, size) for size in range(6, 14) for log in (A, FORK)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(
            pool.map(lambda n: witnesses[n % 2].add_checkpoint(asked[n][0].submission(5, asked[n][1])), range(16))
        )
    assert sorted(each.status for each in answers) == [200] + [409] * 15
    won = asked[[each.status for each in answers].index(200)]
    assert {each.body for each in answers if each.status == 409} == {f"{won[1]}\n".encode()}
    other = FORK if won[0] is A else A
    assert witnesses[0].add_checkpoint(other.submission(won[1], 20)).status == 422
    assert witnesses[1].add_checkpoint(won[0].submission(won[1], 20)).status == 200


class SimultaneousSigner:
    """A signer that waits a moment for another one to sign at the same time."""

    public = OWN.public

    def __init__(self) -> None:
        self.barrier = Barrier(2)

    def sign(self, message: bytes) -> bytes:
        with suppress(BrokenBarrierError):
            self.barrier.wait(0.3)
        return OWN.sign(message)


def test_while_one_is_cosigned_no_other_is(tmp_path: Path) -> None:
    signer = SimultaneousSigner()
    witnesses = [Witness("witness.example/w1", signer, [KEY], tmp_path / "witness.sqlite") for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda n: witnesses[n].add_checkpoint((A, FORK)[n].submission(0, 9)), range(2))
        assert sorted(each.status for each in answers) == [200, 409]


def test_it_remembers_after_a_restart(tmp_path: Path) -> None:
    assert witness_in(tmp_path).add_checkpoint(A.submission(0, 9)).status == 200
    again = witness_in(tmp_path)
    assert again.add_checkpoint(FORK.submission(0, 9)).status == 409
    assert again.add_checkpoint(A.submission(9, 12)).status == 200


# --- The command -----------------------------------------------------------------------------------------------------

KILLED_BEFORE_THE_ANSWER = """
import os, signal
from gateway.audit.witness import Witness
whole = Witness.add_checkpoint
def add_checkpoint(self, body):
    whole(self, body)
    os.kill(os.getpid(), signal.SIGKILL)
Witness.add_checkpoint = add_checkpoint
"""


@contextmanager
def started(state: Path, patch: str = "") -> Iterator[dict]:
    """The command as a process; gives what it prints."""
    words = ["audit", "witness", "--log", str(KEY), "--state", str(state), "--port", "0", "--json"]
    program = f"{patch}\nfrom gateway.cli import main\nmain({words!r})"
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    try:
        text = ""
        while not text.endswith("}\n"):
            line = process.stdout.readline()
            assert line, "it ended"
            text += line
        yield json.loads(text)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


async def test_a_witness_killed_between_store_and_answer_has_not_forgotten(
    tmp_path: Path, web: httpx.AsyncClient
) -> None:
    state = tmp_path / "w"
    with started(state, KILLED_BEFORE_THE_ANSWER) as facts:
        assert stat.S_IMODE(os.stat(state / "witness.pem").st_mode) == 0o600
        with pytest.raises(httpx.HTTPError):
            await web.post(f"{facts['url']}/add-checkpoint", content=A.submission(0, 9))
    with started(state) as again:
        assert again["vkey"] == facts["vkey"]
        fork = await web.post(f"{again['url']}/add-checkpoint", content=FORK.submission(0, 9))
        assert (fork.status_code, fork.text) == (409, "9\n")
        same = await web.post(f"{again['url']}/add-checkpoint", content=A.submission(9, 9))
        assert same.status_code == 200


def run(*words: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["audit", "witness", *map(str, words)])
    return done.exit_code, done.output


def test_a_witness_does_not_live_in_a_gateways_folder(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    code, said = run("--log", str(KEY), "--state", tmp_path)
    assert (code, "is a gateway's" in said) == (1, True)


def test_a_witness_keeps_its_name_and_its_key_to_itself(tmp_path: Path) -> None:
    witness = CliRunner()
    (tmp_path / "witness.vkey").write_text("old.example+00000000+AAAA\n")
    code, said = run("--log", str(KEY), "--state", tmp_path, "--port", "1")
    assert (code, "this witness is old.example" in said) == (1, True)
    (tmp_path / "witness.pem").chmod(0o644)
    code, said = run("--log", str(KEY), "--state", tmp_path)
    assert (code, "chmod 600" in said) == (1, True)
    assert witness.invoke(main, ["audit", "witness", "--log", "nonsense", "--state", str(tmp_path)]).exit_code == 2
