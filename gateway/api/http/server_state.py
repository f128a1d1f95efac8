"""The state of this process: running calls, streams, and whether it accepts new ones."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(slots=True)
class ServerState:
    grace_seconds: float
    """How long calls under way have at the end: `server.shutdown_grace_seconds`."""
    draining: bool = False
    """Shutting down: running calls are finished, new ones refused."""
    drained_at: float | None = None
    """When that began, by the monotonic clock."""
    in_flight: int = 0
    """Calls under way whose request has arrived whole."""
    arriving: int = 0
    """...and those whose body is still to come."""
    streams: int = 0
    exports: int = 0

    def accepting(self) -> bool:
        return not self.draining

    def drain(self) -> None:
        """Take nothing new from now on."""
        self.draining = True
        if self.drained_at is None:
            self.drained_at = time.monotonic()

    def grace_left(self) -> float:
        """Seconds that the calls under way have not used up; at least one."""
        used = 0.0 if self.drained_at is None else time.monotonic() - self.drained_at
        return max(1.0, self.grace_seconds - used)
