"""Whether a call is made once more, and when."""

from __future__ import annotations

import random
from dataclasses import dataclass

import httpx

from mre_services.problems import ServiceError

_FIRST_SECONDS = 0.5
_LONGEST_SECONDS = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """Bounded by number and by time. Every call may be repeated: a write has a key, and the others change nothing."""

    attempts: int = 4
    """How often a call is made, at most."""
    seconds: float = 60.0
    """How long is waited between all attempts of a call together. Whoever is told to wait longer gives up at once, and
    finds it in `retry_after`."""

    def pause(self, made: int, waited: float, failure: ServiceError) -> float | None:
        """Seconds until the next attempt after `made` ones, or nothing where there is none."""
        if not failure.retry_safe or made >= self.attempts:
            return None
        spread = min(_FIRST_SECONDS * 2 ** (made - 1), _LONGEST_SECONDS) * random.uniform(0.5, 1)  # noqa: S311 - no secret
        seconds = spread if failure.retry_after is None else failure.retry_after + spread / 10
        return seconds if waited + seconds <= self.seconds else None


def may_repeat(error: httpx.TransportError) -> bool:
    """Whether the way failed, and not what was to be sent."""
    return not isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError)
