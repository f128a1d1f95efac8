"""The public figures of how portals serve: by quarter, portal, service and post. `docs/guides/indicators.md` says what
each means and what is held back."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from gateway.cases.indicator_events import Figure, Place, quarter_of, shifted
from gateway.cases.indicator_store import DELAYS, LEVELS, IndicatorStore, Rank, Sum
from gateway.cases.model import now
from gateway.cases.suppression import Group, hidden, rolled_up
from gateway.settings import Indicators as Limits

COUNTED: Final = (
    Figure.FILED,
    Figure.COMPLETED,
    Figure.REJECTED,
    Figure.WITHDRAWN,
    Figure.FAILED,
    Figure.NOT_FILED,
)
_TIMED: Final = "timed"
_SHARE_STEPS: Final = 20
"""A share is published in steps of 5 %: a more exact one would reveal its denominator."""
_KEPT: Final = 80
"""Quarters kept in memory. What is published does not change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row. None means no data or a suppressed number: `suppressed` names the latter."""

    quarter: str
    provisional: bool
    portal: str | None
    service: str | None
    post: str | None
    filed: int | None
    completed: int | None
    rejected: int | None
    withdrawn: int | None
    failed: int | None
    not_filed: int | None
    open: int
    days_median: int | None
    days_p90: int | None
    overrun_median: int | None
    overrun_p90: int | None
    within_deadline: float | None
    waited_median: int | None
    waited_p90: int | None
    rated: int | None
    satisfaction: float | None
    suppressed: list[str]


@dataclass(slots=True)
class Quarter:
    """The figures of one quarter, at every level."""

    name: str
    sums: Mapping[str, Mapping[Group, int]]
    """Of each figure, and of `timed`, the answers that had a deadline."""
    hidden: Mapping[str, set[Group]]
    ratings: Mapping[Group, int]
    """The ratings added up."""
    open: Mapping[Group, int]
    ranks: dict[int, Mapping[tuple[Group, Figure], Rank]] = field(default_factory=dict)

    def groups(self, level: int) -> list[Group]:
        every = {group for sums in (*self.sums.values(), self.open) for group, n in sums.items() if n}
        return sorted(group for group in every if len(group) == level)


class Indicators:
    def __init__(self, store: IndicatorStore, limits: Limits, clock: Callable[[], datetime] = now) -> None:
        self._store = store
        self._limits = limits
        self._clock = clock
        self._kept: OrderedDict[str, Quarter] = OrderedDict()

    def current(self) -> str:
        return quarter_of(self._clock())

    def newest(self) -> str:
        """The newest quarter that is published."""
        return shifted(quarter_of(self._clock() - timedelta(seconds=self._limits.publish_after_seconds)), -1)

    async def lines(self, first: str, last: str, level: int, filters: Mapping[str, str]) -> list[Line]:
        """Of the quarters from `first` to `last`, for groups of so many of portal, service, post.

        `filters` by these names chooses lines; no number in a line depends on it.
        """
        found: list[Line] = []
        name, newest = first, self.newest()
        while name <= last:
            quarter = await self._quarter(name, keep=name <= newest)
            if level not in quarter.ranks:
                quarter.ranks[level] = await self._store.ranks(name, level)
            found += [
                _line(quarter, group, self._limits.minimum, provisional=name > newest)
                for group in quarter.groups(level)
                if all(part == filters.get(of, part) for of, part in zip(LEVELS, group, strict=False))
            ]
            name = shifted(name, 1)
        return found

    async def _quarter(self, name: str, *, keep: bool) -> Quarter:
        if name in self._kept:
            self._kept.move_to_end(name)
            return self._kept[name]
        quarter = protect(name, await self._store.sums(name), await self._store.open(name), self._limits.minimum)
        if keep:
            self._kept[name] = quarter
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return quarter


def protect(name: str, sums: Mapping[tuple[Place, Figure], Sum], open: Mapping[Place, int], minimum: int) -> Quarter:
    """Add up, and decide which numbers to suppress."""
    cells: dict[str, dict[Group, int]] = {each.value: {} for each in Figure if each not in DELAYS}
    for (place, figure), one in sums.items():
        cells[figure][place] = one.n
    in_time, late = cells[Figure.IN_TIME], cells[Figure.LATE]
    cells[_TIMED] = {place: in_time.get(place, 0) + late.get(place, 0) for place in {*in_time, *late}}
    ratings = {place: one.total for (place, figure), one in sums.items() if figure is Figure.RATING}
    rolled = {figure: rolled_up(each) for figure, each in cells.items()}
    return Quarter(
        name=name,
        sums=rolled,
        hidden={figure: hidden(each, minimum) for figure, each in rolled.items()},
        ratings=rolled_up(ratings),
        open=rolled_up(open),
    )


def _line(quarter: Quarter, group: Group, minimum: int, *, provisional: bool) -> Line:
    held: list[str] = []

    def told(name: str, *needs: str) -> bool:
        """Whether the number can be published: none of those that it is made of may be hidden."""
        if any(group in quarter.hidden[need] for need in needs):
            held.append(name)
            return False
        return True

    def count(name: str, figure: str) -> int | None:
        return quarter.sums[figure].get(group, 0) if told(name, figure) else None

    def rank(figure: Figure, which: str) -> int | None:
        of = _TIMED if figure is Figure.OVERRUN else Figure.ANSWERED.value
        name, n = f"{figure.value}_{which}", quarter.sums[of].get(group, 0)
        if not told(name, of) or n == 0:
            return None
        if which == "p90" and n < 2 * minimum and minimum > 1:  # it would be the longest of all, one person's
            held.append(name)
            return None
        found = quarter.ranks[len(group)][group, figure]
        return found.median if which == "median" else found.p90

    def share() -> float | None:
        n = quarter.sums[_TIMED].get(group, 0)
        if not told("within_deadline", _TIMED, Figure.IN_TIME, Figure.LATE) or n == 0:
            return None
        return _nearest(Fraction(quarter.sums[Figure.IN_TIME].get(group, 0), n) * _SHARE_STEPS) / _SHARE_STEPS

    def satisfaction() -> float | None:
        n = quarter.sums[Figure.RATING].get(group, 0)
        if not told("satisfaction", Figure.RATING) or n == 0:
            return None
        return _nearest(Fraction(quarter.ratings[group] * 10, n)) / 10

    counts = {figure.value: count(figure.value, figure) for figure in COUNTED}
    named: dict[str, str | None] = dict.fromkeys(LEVELS) | dict(zip(LEVELS, group, strict=False))
    return Line(
        quarter=quarter.name,
        provisional=provisional,
        portal=named["portal"],
        service=named["service"],
        post=named["post"],
        **counts,
        open=minimum * _nearest(Fraction(quarter.open.get(group, 0), minimum)),
        days_median=rank(Figure.DAYS, "median"),
        days_p90=rank(Figure.DAYS, "p90"),
        overrun_median=rank(Figure.OVERRUN, "median"),
        overrun_p90=rank(Figure.OVERRUN, "p90"),
        within_deadline=share(),
        waited_median=rank(Figure.WAITED, "median"),
        waited_p90=rank(Figure.WAITED, "p90"),
        rated=count("rated", Figure.RATING),
        satisfaction=satisfaction(),
        suppressed=held,
    )


def _nearest(value: Fraction) -> int:
    """Halves go up."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def level_of(names: Sequence[str]) -> int:
    """The depth of grouping (portal, service, post) for these dimensions: a post belongs to a service, a service to a
    portal."""
    return max((LEVELS.index(name) + 1 for name in names if name in LEVELS), default=0)
