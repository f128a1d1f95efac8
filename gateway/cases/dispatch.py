"""Choose which due cases go on now. Owners take turns, and no portal may occupy all places.

Pure, and independent of what runs the journeys. A portal that hangs holds its places for as long as a call may take, so
it gets a share: at most `per_portal`, and never more than are free besides. By the second rule (dynamic thresholds,
Choudhury and Hahne 1998) some places stay free however many portals hang: of k of them, one part in k + 1. A person has
at most `per_owner` places, and those who have fewest come first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from gateway.connectors.contract import Unavailable


@dataclass(frozen=True, slots=True)
class Due:
    """A case whose journey should go on."""

    case_id: str
    due_at: datetime
    portal: str
    """The portal with which it was, or will be, filed."""
    owner: str
    """The person, or for a case without one the client."""
    poll_key: str = ""
    """`<portal>.<operation>` if it waits only for this query."""


class Shares:
    """The places of one process, and the cases that hold them."""

    def __init__(self, places: int, *, per_portal: int, per_owner: int) -> None:
        self._places = places
        self._per_portal, self._per_owner = per_portal, per_owner
        self._taken: dict[str, Due] = {}
        self._portals: Counter[str] = Counter()
        self._owners: Counter[str] = Counter()

    def __contains__(self, case_id: str) -> bool:
        return case_id in self._taken

    @property
    def free(self) -> int:
        return self._places - len(self._taken)

    def full_portals(self) -> list[str]:
        """Portals that get no further place now."""
        return [each for each, held in self._portals.items() if not _fits(held, self._per_portal, self.free)]

    def full_owners(self) -> list[str]:
        """Persons who get no further place now."""
        return [each for each, held in self._owners.items() if held >= self._per_owner]

    def choose(self, waiting: Sequence[Due]) -> list[Due]:
        """Give places to as many of `waiting` as possible; returns those, in order."""
        turns = Counter(self._owners)
        ordered = []
        for each in sorted(waiting, key=lambda due: due.due_at):
            turns[each.owner] += 1
            ordered.append((turns[each.owner], each.due_at, each))
        chosen = []
        for _, _, each in sorted(ordered, key=lambda entry: entry[:2]):
            if each.case_id not in self._taken and self._admits(each):
                self._take(each)
                chosen.append(each)
        return chosen

    def give_back(self, case_id: str) -> None:
        each = self._taken.pop(case_id)
        for held, name in ((self._portals, each.portal), (self._owners, each.owner)):
            held[name] -= 1
            if not held[name]:
                del held[name]

    def _admits(self, due: Due) -> bool:
        return _fits(self._portals[due.portal], self._per_portal, self.free) and (
            self._owners[due.owner] < self._per_owner
        )

    def _take(self, due: Due) -> None:
        self._taken[due.case_id] = due
        self._portals[due.portal] += 1
        self._owners[due.owner] += 1


class CallShares:
    """The same shares for the calls of journeys at each portal. A step may need another portal than the one that its
    case is filed with: the one for fees, for appointments, for parcels. One that hangs must not stop the others'
    cases."""

    def __init__(self, places: int, *, per_portal: int) -> None:
        self._places, self._per_portal = places, per_portal
        self._portals: Counter[str] = Counter()

    @contextmanager
    def calling(self, portal: str) -> Iterator[None]:
        """Raises `Unavailable`, before anything is sent, when the portal has used its share."""
        if not _fits(self._portals[portal], self._per_portal, self._places - self._portals.total()):
            raise Unavailable("bulkhead_full")
        self._portals[portal] += 1
        try:
            yield
        finally:
            self._portals[portal] -= 1
            if not self._portals[portal]:
                del self._portals[portal]


def _fits(held: int, most: int, free: int) -> bool:
    return held < min(most, free)
