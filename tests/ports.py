"""Ports for processes that listen there a moment later, by themselves."""

from __future__ import annotations

import contextlib
import random
import socket
from typing import Final

DEMO: Final = (1, 2, 3, 4)
"""Behind their own port `demo` and `connector serve` take these: the sandboxes, the window, e-mail."""
_CHOICE: Final = random.SystemRandom()
"""Not the seeded generator: each worker of the tests would begin with the same ports."""


def free_port(*further: int) -> int:
    """A port on which nobody listens, nor on those `further` behind it.

    Below the range from which the system serves who asks for any port: the other tests' sockets come from there, and
    would now and then take it before the process has started.
    """
    while True:
        port = _CHOICE.randrange(10_000, 32_000)
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for each in (0, *further):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port + each))
            return port
