"""`import_process` as a fork of a process that has imported it already. To start it anew for each of a hundred plugins
takes a tenth of the processor time of all tests; what it does with a plugin is the same."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import Final, Self

SERVER: Final = """
import os, socket, sys
from gateway.connectors import import_process

asked = socket.socket(fileno=0)
while True:
    order, pipes, *_ = socket.recv_fds(asked, 1, 2)
    if not order:
        break
    child = os.fork()
    if child == 0:
        asked.detach()
        for number, pipe in enumerate(pipes):
            os.dup2(pipe, number)
            os.close(pipe)
        sys.stdin, sys.stdout = open(0), open(1, "w")
        status = 1
        try:
            import_process.main()
            sys.stdout.flush()
            status = 0
        finally:
            os._exit(status)
    for pipe in pipes:
        os.close(pipe)
    asked.send(bytes([os.waitpid(child, 0)[1] != 0]))
"""


class PreparedProcess:
    """Started when it is first asked for a child."""

    def __init__(self) -> None:
        self._ours, self._its = socket.socketpair()
        self._process: subprocess.Popen[bytes] | None = None

    def start_child(self) -> Child:
        if self._process is None:
            self._process = subprocess.Popen([sys.executable, "-c", SERVER], stdin=self._its)
            self._its.close()
        return Child(self._ours)

    def end(self) -> None:
        self._ours.close()
        if self._process is not None:
            self._process.wait()


class Child:
    """As much of `subprocess.Popen` as `import_check` uses."""

    def __init__(self, server: socket.socket) -> None:
        self._server = server
        its_in, ours_out = os.pipe()
        ours_in, its_out = os.pipe()
        socket.send_fds(server, [b"+"], [its_in, its_out])
        os.close(its_in)
        os.close(its_out)
        self.stdin, self.stdout = os.fdopen(ours_out, "wb"), os.fdopen(ours_in, "rb")
        self.returncode: int | None = None

    def kill(self) -> None:
        """It ends by itself."""

    def wait(self) -> None:
        """`__exit__` does."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stdin.close()
        self.stdout.close()
        self.returncode = self._server.recv(1)[0]
