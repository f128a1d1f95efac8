"""The demands that a stand-in took: kept under a number, found by the client's key, moved on as its clock goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from gateway.sandbox.context import SandboxContext
from gateway.sandbox.portal_app import Objection

Plan = Sequence[tuple[float, str]]
"""Hours since the demand was filed -> the portal's word from then on, in order of time."""


class Stage(NamedTuple):
    """How a demand stands by its plan."""

    word: str
    since: datetime
    """In UTC."""


class Demands:
    """A table of documents, in which each demand has `number`, `key` and `filed` (seconds since 1970, simulated) beside
    what the stand-in keeps of it. `number` is how the portal writes its numbers, of `count` and `year`: `"D-{count}"`,
    `"VR-{year}-{count:06}"`. With `once_by_key` a second demand with one key has no effect and gives the first one
    back: for a portal that promises it (`once_by_key` of the manifest). `unknown` is the portal's word for a number
    that it never gave, and `message` what it says of it."""

    def __init__(
        self,
        context: SandboxContext,
        number: str,
        *,
        once_by_key: bool = False,
        unknown: str = "no_such_demand",
        message: str = "",
    ) -> None:
        self._context, self._number = context, number
        self._once_by_key, self._unknown, self._message = once_by_key, unknown, message
        self._table = context.table("demands")

    def take(self, key: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """Keep a demand that nothing was found wrong with, and record the effect. Call it where no other request comes
        between: in a handler that is not awaiting."""
        with self._context.store.transaction():
            for first in self.with_key(key) if self._once_by_key else ():
                return first
            now = self._context.clock.now()
            number = self._number.format(count=len(self._table) + 1, year=now.year)
            demand = {**content, "number": number, "key": key, "filed": now.timestamp()}
            self._table.put(number, demand)
            self._context.effects.record("demand", number)
            return demand

    def known(self, number: str) -> dict[str, Any]:
        """The demand under this number. Raises `Objection` 404."""
        demand = self._table.get(number)
        if demand is None:
            raise Objection(404, self._unknown, self._message)
        return demand

    def with_key(self, key: str) -> list[dict[str, Any]]:
        """Those that were filed with this key."""
        return self._table.where(key=key)

    def change(self, demand: Mapping[str, Any], effect: str, **changed: Any) -> dict[str, Any]:
        """Keep these members of the demand in the place of what it had, and record the effect."""
        with self._context.store.transaction():
            now = {**self.known(demand["number"]), **changed}
            self._table.put(now["number"], now)
            self._context.effects.record(effect, now["number"])
            return now

    def stage(self, demand: Mapping[str, Any], plan: Plan) -> Stage:
        """The portal's word by the plan, and since when it holds."""
        filed = datetime.fromtimestamp(demand["filed"], UTC)
        reached = [Stage(word, filed + timedelta(hours=hours)) for hours, word in plan]
        now = self._context.clock.now()
        return next(each for each in reversed(reached) if each.since <= now or each is reached[0])
