"""The stand-in for `curl` does what the real one does, as far as the pages ask; each expectation is met by both."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote_plus

import pytest

from tests.docs.shell import Step, run
from tests.waiting import PATIENCE

OURS = [sys.executable, str(Path(__file__).with_name("curl.py"))]
REAL = shutil.which("curl")
PROGRAMS = [
    pytest.param(OURS, id="ours"),
    pytest.param([REAL or ""], id="real", marks=pytest.mark.skipif(REAL is None, reason="this machine has no curl")),
]
programs = pytest.mark.parametrize("program", PROGRAMS)


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was asked; a path such as /404 is the status."""

    def answer(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        told = {"method": self.command, "path": self.path, "body": sent.decode(), "type": self.headers["Content-Type"]}
        content = json.dumps({**told, "accept": self.headers["Accept"], "word": self.headers["X-Word"]}).encode()
        status = self.path.removeprefix("/")
        self.send_response(int(status) if status.isdigit() else 200)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Call-Id", "call_1")
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = answer

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    running = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()


def call(program: list[str], *words: str, code: int = 0) -> str:
    done = subprocess.run([*program, "-s", *words], capture_output=True, check=False, timeout=PATIENCE)
    assert done.returncode == code, done.stderr
    return done.stdout.decode()


@programs
def test_what_is_sent_is_the_same(program: list[str], server: str, tmp_path: Path) -> None:
    told = json.loads(call(program, f"{server}/a?b=1", "-H", "X-Word: é", "-H", "Accept: text/csv"))
    assert (told["method"], told["path"], told["accept"], told["body"]) == ("GET", "/a?b=1", "text/csv", "")
    assert told["word"].encode("latin-1").decode() == "é"
    told = json.loads(call(program, server, "-d", "a=1", "-d", "b=2"))
    assert (told["method"], told["path"], told["body"]) == ("POST", "/", "a=1&b=2")
    assert told["type"] == "application/x-www-form-urlencoded"
    told = json.loads(call(program, "-X", "PUT", server, "-H", "Content-Type: application/json", "-d", "{}"))
    assert (told["method"], told["body"], told["type"]) == ("PUT", "{}", "application/json")
    told = json.loads(call(program, server, "-G", "--data-urlencode", "q=ضياع x"))
    assert (told["method"], unquote_plus(told["path"])) == ("GET", "/?q=ضياع x")  # %20 or +, as its version likes
    file = tmp_path / "fields.png"
    file.write_text("a=1\n")
    assert json.loads(call(program, server, "-d", f"@{file}"))["body"] == "a=1"
    told = json.loads(call(program, server, "-F", f"file=@{file}"))
    assert told["type"].startswith("multipart/form-data; boundary=")
    assert 'name="file"; filename="fields.png"\r\nContent-Type: image/png\r\n\r\na=1\n\r\n--' in told["body"]


@programs
def test_what_is_told_is_the_same(program: list[str], server: str, tmp_path: Path) -> None:
    head = call(program, "-D", "-", "-o", str(tmp_path / "body"), f"{server}/201")
    assert head.startswith("HTTP/1.")
    assert "\r\nCall-Id: call_1\r\n" in head
    assert json.loads((tmp_path / "body").read_text())["path"] == "/201"
    assert call(program, "-o", str(tmp_path / "body"), "-w", "%{http_code}\\n", f"{server}/304") == "304\n"
    assert json.loads(call(program, f"{server}/404"))["path"] == "/404"
    assert json.loads(call(program, "--fail-with-body", f"{server}/404", code=22))["path"] == "/404"
    call(program, "http://127.0.0.1:9/", code=7)
    call(program, "--no-such-option", server, code=2)


async def test_a_page_runs_without_curl(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "bash").symlink_to(shutil.which("bash") or "")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    await run([Step(f"curl -s {server}/x\n", "json", '{"path": "/x"}')], tmp_path, {})
