"""The recent processing time of each person's files. A person who has used up the budget waits behind the others."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

_HOUR: Final = 3600.0


class Effort:
    """A budget of `seconds` per owner and hour, paid back evenly. At most two budgets can be owed, so every debt is
    paid after two hours and can then be forgotten."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._budget = seconds
        self._clock = clock
        self._owed: dict[str, tuple[float, float]] = {}
        """By owner, the last charged at the end: seconds owed, and the time of the charge."""

    def charge(self, owner: str, seconds: float) -> None:
        at = self._clock()
        owed = min(self._owed_by(owner, at) + seconds, 2 * self._budget)
        self._owed.pop(owner, None)
        self._owed[owner] = (owed, at)
        while self._owed:
            oldest = next(iter(self._owed))
            if self._owed_by(oldest, at) > 0:
                break
            del self._owed[oldest]

    def charge_all(self, owner: str) -> None:
        """Charge the whole budget, for a file whose inspection had to be killed."""
        self.charge(owner, 2 * self._budget)

    def spent(self, owner: str) -> bool:
        """Whether the owner's budget is used up."""
        return self._owed_by(owner, self._clock()) >= self._budget

    def __len__(self) -> int:
        return len(self._owed)

    def _owed_by(self, owner: str, at: float) -> float:
        owed, since = self._owed.get(owner, (0.0, at))
        return max(0.0, owed - (at - since) * self._budget / _HOUR)
