"""The `mre-gateway` command from a process that has imported it already and forks for each call.

Each start imports for two seconds, and tests start dozens. What runs is the command itself, in a process of its own
with the arguments, folder, environment and files of the caller; that it can be started from nothing is tested in
`tests/cli` and by the pages' demos.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Final

_CLIENT: Final = """#!{python} -ES
import json, os, signal, socket, sys
server = socket.socket(socket.AF_UNIX)
server.connect({address!r})
asked = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
socket.send_fds(server, [len(asked).to_bytes(4, "big")], [0, 1, 2])
server.sendall(asked)
told = server.makefile("r")
pid = int(told.readline())
signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGTERM))
code = int(told.readline() or 1)
sys.exit(code if code >= 0 else 128 - code)
"""

_started: list[Path] = []


class QuickGateway:
    """As much of `subprocess.Popen` as tests use of a gateway that they kill or tell to end."""

    def __init__(self, *words: str, env: dict[str, str], log: IO[bytes]) -> None:
        """`words` follow `mre-gateway`; `log` takes its output and its errors."""
        self._told = socket.socket(socket.AF_UNIX)
        self._told.connect(str(folder() / "socket"))
        asked = json.dumps([words, os.getcwd(), env]).encode()
        with Path(os.devnull).open("rb") as nothing:
            files = [nothing.fileno(), log.fileno(), log.fileno()]
            socket.send_fds(self._told, [len(asked).to_bytes(4, "big")], files)
        self._told.sendall(asked)
        self._lines = b""
        self.returncode: int | None = None
        self.pid = self._next(None)

    def _next(self, seconds: float | None) -> int:
        self._told.settimeout(seconds)
        while b"\n" not in self._lines:
            more = self._told.recv(100)
            assert more, "the process behind it has ended"
            self._lines += more
        line, _, self._lines = self._lines.partition(b"\n")
        return int(line)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code; a signal's number is negative. Raises `TimeoutError`."""
        if self.returncode is None:
            self.returncode = self._next(timeout)
            self._told.close()
        return self.returncode

    def poll(self) -> int | None:
        with contextlib.suppress(BlockingIOError):
            return self.wait(0)
        return None

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def folder() -> Path:
    """Where an `mre-gateway` is that is quick; to be put in front of PATH. The process behind it ends with this one."""
    if not _started:
        where = tempfile.TemporaryDirectory(prefix="mre-command-")
        atexit.register(where.cleanup)
        address = str(Path(where.name, "socket"))
        server = subprocess.Popen([sys.executable, "-P", __file__, address], stdout=subprocess.PIPE)
        atexit.register(server.kill)
        assert server.stdout is not None
        assert server.stdout.readline(), "it listens"
        command = Path(where.name, "mre-gateway")
        command.write_text(_CLIENT.format(python=sys.executable, address=address))
        command.chmod(0o700)
        _started.append(Path(where.name))
    return _started[0]


def serve(address: str) -> None:
    import uvicorn.protocols.http.httptools_impl  # noqa: F401

    import gateway.app
    import gateway.cli.audit
    import gateway.cli.token  # noqa: F401

    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address)
    listening.listen()
    print("listening", flush=True)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        caller, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            _call(caller)
        caller.close()


def _call(caller: socket.socket) -> None:
    """One call, in a process that does nothing else. Its parent waits for nobody, so a further fork is waited for."""
    size, files, _, _ = socket.recv_fds(caller, 4, 3)
    asked = caller.makefile("rb").read(int.from_bytes(size, "big"))
    words, cwd, environment = json.loads(asked)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid:
        caller.sendall(f"{pid}\n".encode())
        for each in (0, 1, 2, *files):
            os.close(each)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        with contextlib.suppress(BrokenPipeError):  # nobody waits for it
            caller.sendall(f"{code}\n".encode())
        os._exit(0)
    caller.close()
    for number, file in enumerate(files):  # `sys.stdout` and the others write to these numbers
        os.dup2(file, number)
        os.close(file)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["mre-gateway", *words]
    code = 0
    try:
        from gateway.cli import run

        run()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve(sys.argv[1])
