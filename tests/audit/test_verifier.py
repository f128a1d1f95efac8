"""The verifier against whoever writes what it reads: the operator, with all keys, and whatever lies in the folder."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner

from gateway.audit import cosignature, merkle, note, tiles, verify_audit
from gateway.audit.proof import Proof
from gateway.audit.witness import Submission, Witness
from gateway.cli import main
from tests.audit.test_damages import KEY, KEYS, ORIGIN, Files, leaves_of, written
from tests.audit.test_forgeries import WITNESS, WITNESS_KEY, Exported

LEAVES = leaves_of("a", 20)
FORGED = [*LEAVES[:3], b'{"call":"forged"}', *LEAVES[4:]]


def put(files: Files, folder: Path) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def ask(*words: str | Path) -> tuple[int, str]:
    """As an operator's machine has it; that runs verify_audit.py."""
    done = CliRunner().invoke(main, ["audit", "verify", *map(str, words), "--vkey", str(KEY)])
    return done.exit_code, done.output


def cosigned(signed: bytes, at: datetime) -> bytes:
    text = note.parse(signed).text
    return cosignature.add(signed, [cosignature.cosign(text, name=WITNESS_KEY.name, signer=WITNESS, at=at)])


# --- Anchors that are none -------------------------------------------------------------------------------------------


def test_a_cosigned_empty_log_anchors_nothing(tmp_path: Path) -> None:
    """Every history goes on from the empty one."""
    witness = Witness(WITNESS_KEY.name, WITNESS, [KEY], tmp_path / "witness.sqlite")
    empty = written([])["checkpoint"]
    line = witness.add_checkpoint(bytes(Submission(old=0, proof=(), note=empty)))
    assert line.status == 200
    log = put(written(FORGED) | {"anchors/0.cosigned": empty + line.body}, tmp_path / "log")
    code, said = ask(log, "--witness", str(WITNESS_KEY))
    assert (code, "none is cosigned by witness.example/w1" in said) == (1, True)


def test_an_anchor_that_is_older_than_the_auditor_accepts_is_found(tmp_path: Path) -> None:
    """The keeper shows an old anchor, and wrote anew what came after it."""
    files = written(leaves_of("a", 10) + leaves_of("b", 300))
    anchor = cosigned(written(leaves_of("a", 10))["checkpoint"], datetime.now(UTC) - timedelta(hours=3))
    log = put(files | {"anchors/10.cosigned": anchor}, tmp_path / "log")
    asked = (log, "--witness", str(WITNESS_KEY))
    assert ask(*asked)[0] == 0
    assert ask(*asked, "--anchored-within", "14400")[0] == 0
    code, said = ask(*asked, "--anchored-within", "3600")
    assert code == 1
    assert "checkpoints: the newest one by witness witness.example/w1 is older than you accept" in said
    assert ask(log, "--anchored-within", "3600")[0] == 2  # by whom?


class Growing(Exported):
    """A log that gets new records, and is anchored, between any two requests."""

    def __init__(self) -> None:
        super().__init__({})
        self.size = 0

    def _grow(self) -> None:
        self.size += 10
        self.files |= written(leaves_of("a", self.size))
        self.files[f"anchors/{self.size}.cosigned"] = cosigned(self.files["checkpoint"], datetime.now(UTC))

    def read(self, name: str) -> bytes | None:
        self._grow()
        return super().read(name)

    def anchors(self) -> list[str]:
        self._grow()
        return super().anchors()

    def names(self) -> Iterator[str]:
        return iter(())


def test_a_log_that_is_anchored_while_it_is_verified_raises_no_alarm() -> None:
    wanted = verify_audit.RequiredAnchors([verify_audit.parse_vkey(str(WITNESS_KEY), 4)], None, None)
    report = verify_audit.verify(Growing(), KEYS, origin=ORIGIN, wanted=wanted)
    assert (report.damages, [each.size for each in report.anchors]) == ([], [10])


# --- What a person holds ---------------------------------------------------------------------------------------------


def proof(leaves: list[bytes], index: int) -> bytes:
    path = merkle.inclusion(index, [merkle.leaf_hash(leaf) for leaf in leaves])
    return bytes(Proof(index=index, path=tuple(path), checkpoint=written(leaves)["checkpoint"], extra=leaves[index]))


def test_a_log_goes_on_from_the_proof_that_a_person_holds(tmp_path: Path) -> None:
    (tmp_path / "held").write_bytes(proof(LEAVES, 3))
    log = put(written(LEAVES + leaves_of("b", 300)), tmp_path / "log")
    code, said = ask(log, "--since", tmp_path / "held")
    assert (code, "the first 20 records are those of the earlier checkpoint" in said) == (0, True)


def test_a_log_without_the_record_that_a_person_has_a_proof_of_is_not_verified(tmp_path: Path) -> None:
    (tmp_path / "held").write_bytes(proof(LEAVES, 3))
    code, said = ask(put(written(FORGED), tmp_path / "forged"), "--since", tmp_path / "held")
    assert code == 1
    assert "record 3: not the record in the earlier checkpoint" in said
    assert "records 0 to 19: not the records of the earlier checkpoint" in said
    (tmp_path / "held").write_bytes(proof(LEAVES, 4))
    code, said = ask(tmp_path / "forged", "--since", tmp_path / "held")
    assert code == 1
    assert "record 4" not in said  # hers is the same


@pytest.mark.parametrize("change", [(b"index 3", b"index 4"), (b"extra ", b"extra AAAA"), (b"\n\n", b"\n")])
def test_a_proof_that_does_not_hold_itself_verifies_nothing(tmp_path: Path, change: tuple[bytes, bytes]) -> None:
    (tmp_path / "held").write_bytes(proof(LEAVES, 3).replace(*change, 1))
    code, said = ask(put(written(LEAVES), tmp_path / "log"), "--since", tmp_path / "held")
    assert (code, "DAMAGED  the earlier checkpoint:" in said) == (1, True)


# --- What is read must not speak for the verifier --------------------------------------------------------------------


def test_a_file_name_cannot_speak_for_the_verifier(tmp_path: Path) -> None:
    log = put(written(FORGED) | {"checkpoint": written(LEAVES)["checkpoint"]}, tmp_path / "log")
    (log / "tile/\nverified\n\x1b[8m").write_bytes(b"")  # conceals all that follows
    (log / "tile" / b"\xff\xc2\x9b8m".decode("utf-8", "surrogateescape")).write_bytes(b"")
    code, said = ask(log)
    assert (code, said.splitlines()[-1], "verified" in said.splitlines()) == (1, "NOT VERIFIED", False)
    assert "note     tile/\\nverified\\n\\x1b[8m is not part of a log" in said
    assert all(each.isprintable() for line in said.splitlines() for each in line)


def test_many_strange_files_do_not_conceal_the_verdict(tmp_path: Path) -> None:
    log = put(written(LEAVES) | {f"tile/{n}": b"" for n in range(100, 200)}, tmp_path / "log")
    code, said = ask(log)
    assert (code, len(said.splitlines()) < 30, "note     and 80 more" in said) == (0, True, True)


def test_a_nested_record_does_not_break_the_verifier(tmp_path: Path) -> None:
    nested = b"[" * 60000 + b'"operation":"audit.expire"'
    bundle = tiles.bundle([*LEAVES[:3], nested, *LEAVES[4:]])
    log = put(written(LEAVES) | {"tile/entries/000.p/20": bundle}, tmp_path / "log")
    code, said = ask(log)
    assert (code, "record 3: changed" in said) == (1, True)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    log = put(written(LEAVES), tmp_path / "log")
    (log / "tile/0/000.p/20").unlink()
    (log / "tile/0/000.p/20").symlink_to("20")
    code, said = ask(log)
    assert (code, "NOT VERIFIED: tile/0/000.p/20 cannot be read" in said) == (1, True)


# --- Over HTTP -------------------------------------------------------------------------------------------------------


@pytest.fixture
def web() -> Iterator[tuple[str, dict[str, tuple[int, bytes, dict[str, str]]]]]:
    """An address, and what it answers."""
    answers: dict[str, tuple[int, bytes, dict[str, str]]] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body, headers = answers.get(self.path, (404, b"", {}))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            """Nothing is to be seen."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", answers
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("status", [401, 403])
def test_a_log_that_asks_for_a_token_is_not_called_false(web, capsys: pytest.CaptureFixture[str], status: int) -> None:
    url, answers = web
    answers |= {f"/{name}": (200, content, {}) for name, content in written(LEAVES).items()}
    assert verify_audit.main([url, "--vkey", str(KEY)]) == 0
    answers["/tile/entries/000.p/20"] = (status, b"", {})
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        verify_audit.main([url, "--vkey", str(KEY)])
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    assert "tile/entries/000.p/20" in said.err
    assert "environment variable AUDIT_TOKEN" in said.err


@pytest.mark.parametrize("body", [b"not gzip", gzip.compress(b"x" * 99, mtime=0)[:20]], ids=["not gzip", "cut short"])
def test_an_answer_that_cannot_be_unpacked_is_told(web, capsys: pytest.CaptureFixture[str], body: bytes) -> None:
    url, answers = web
    answers["/checkpoint"] = (200, body, {"Content-Encoding": "gzip"})
    assert verify_audit.main([url, "--vkey", str(KEY)]) == 1
    assert "NOT VERIFIED: checkpoint cannot be fetched" in capsys.readouterr().out


def test_an_address_that_is_none_is_wrong_usage() -> None:
    assert ask("http://127.0.0.1:port")[0] == 2
