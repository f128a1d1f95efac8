"""A connector's process as the system knows it: with its socket, and the file for its stacks."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from typing import Final

from gateway.child_environment import child_environment
from gateway.outbound.isolation import frames
from gateway.telemetry.logging import relay

_ADDRESSES: Final = 536_870_912
"""Of its address space, what no memory stands behind."""
_DUMP_SECONDS: Final = 0.2
_DUMP_BYTES: Final = 16_384
_END_SECONDS: Final = 10.0
"""A process that was killed and is still there after this is left to the system."""
_SAID_SECONDS: Final = 1.0
"""For the rest of what it wrote. What it has started may hold its standard error open for longer."""
_PIECE_BYTES: Final = 65_536
_LINE_BYTES: Final = 8_192


class ChildProcess:
    """Everything that it opened is closed by `end`, or at once if it cannot be started."""

    def __init__(self, portal: str, memory_bytes: int) -> None:
        """Raises `OSError`: no file descriptors, no memory, no place for another process."""
        self._lock = threading.RLock()
        """Held while one of the files is used, so that none is closed meanwhile."""
        with contextlib.ExitStack() as opened:
            self.connection, its = socket.socketpair()
            opened.callback(self.connection.close)
            opened.callback(its.close)
            self._stack = opened.enter_context(tempfile.TemporaryFile("a+b"))
            self._process = subprocess.Popen(  # noqa: S603  # this interpreter, and a module of ours
                [
                    sys.executable, "-m", "gateway.outbound.isolation.child",
                    str(its.fileno()), str(self._stack.fileno()), str(2 * memory_bytes + _ADDRESSES),
                ],
                pass_fds=(its.fileno(), self._stack.fileno()),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd="/",
                env=child_environment(),
                start_new_session=True,
            )  # fmt: skip
            its.close()
            self._opened = opened.pop_all()
        self._said = threading.Thread(target=self._relay, args=(portal,), name=f"stderr-{portal}", daemon=True)
        self._said.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def status(self) -> int | None:
        """Its exit status, the negative number of a signal; None: it runs, or is not waited for yet."""
        return self._process.returncode

    def greet(self, first: bytes, seconds: float, most: int) -> frames.ToGateway:
        """Send the first frame and read the process's. Raises `TimeoutError`, `OSError`, `EOFError`, `TooLong` and what
        decoding raises."""
        with self._lock:
            self.connection.settimeout(seconds)
            self.connection.sendall(first)
            return frames.first_of_child(frames.receive(self.connection, most))

    def stacks(self) -> str:
        """What each of its threads is doing, by its own account. Blocks for a moment. Empty if it does not tell."""
        with self._lock, contextlib.suppress(OSError, ValueError, AttributeError):
            if self.status is not None:
                return ""
            before = os.fstat(self._stack.fileno()).st_size
            os.kill(self.pid, signal.SIGUSR1)  # `send_signal` would wait for one that has ended
            time.sleep(_DUMP_SECONDS)
            return os.pread(self._stack.fileno(), _DUMP_BYTES, before).decode("utf-8", "replace")
        return ""

    def _relay(self, portal: str) -> None:
        """Log what it writes to its standard error, until the last process that holds it has ended. Read without a
        pause, so that it never waits for us to read."""
        assert self._process.stderr is not None  # it is a pipe
        rest = b""
        with self._process.stderr as pipe:
            while piece := os.read(pipe.fileno(), _PIECE_BYTES):
                *lines, rest = (rest + piece).split(b"\n")
                rest = rest[:_LINE_BYTES]
                relay(portal, lines)
        if rest:
            relay(portal, [rest])

    def kill(self) -> None:
        """It and what it has started, at once and without waiting for their end. Also where it has ended by itself: as
        long as nobody has waited for it, its number is no other's, and its group is there."""
        with contextlib.suppress(OSError):
            if self.status is None:
                os.killpg(self.pid, signal.SIGKILL)

    def end(self) -> None:
        """Kill it, wait for its end and close what it had open here. Blocks. May be called again."""
        self.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        self._said.join(_SAID_SECONDS)
        with self._lock:
            self._opened.close()
