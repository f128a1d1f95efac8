"""Ports for processes that listen there a moment later, by themselves."""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path
from typing import Final

DEMO: Final = (1, 2, 3, 4)
"""Behind their own port `demo` and `connector serve` take these: the sandboxes, the window, e-mail."""
_CHOICE: Final = random.SystemRandom()
"""Not the seeded generator: each worker of the tests would begin with the same ports."""
_HELD: Final = Path(tempfile.gettempdir()) / f"mre-gateway-test-ports-{os.getuid()}"
"""A file for each port that was given, locked as long as the process lives that it was given to."""
_SERVED_TO_ANYBODY: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")


def _range() -> range:
    """Below those which the system serves to who asks for any port, where there is room."""
    try:
        lowest = int(_SERVED_TO_ANYBODY.read_text(encoding="ascii").split()[0])
    except OSError:
        lowest = 32_768
    return range(10_000, lowest - max(DEMO) if lowest > 12_000 else 65_000)


def _hold(port: int) -> int | None:
    """Its locked file, or None where another test or another run on this machine was given it."""
    _HELD.mkdir(mode=0o700, exist_ok=True)
    file = os.open(_HELD / str(port), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file


def free_port(*further: int) -> int:
    """A port on which nobody listens, nor on those `further` behind it, and which nobody else is given meanwhile.

    Below the range from which the system serves who asks for any port: the other tests' sockets come from there, and
    would now and then take it before the process has started.
    """
    possible = _range()
    while True:
        port = _CHOICE.choice(possible)
        held = [_hold(port + each) for each in (0, *further)]
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            if None not in held:
                for each in (0, *further):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port + each))
                return port
        for file in held:
            if file is not None:
                os.close(file)
