"""Statistical disclosure control for the public figures: small numbers are hidden (primary suppression), and as many
others as needed so that no sum reveals them (complementary suppression). Pure.

The numbers form one tree: everything, portals, services of a portal, posts of a service. The API answers every query
from it, so every difference of published numbers is one of the sums checked here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

Group = tuple[str, ...]

ALL: Final[Group] = ()


def rolled_up(cells: Mapping[Any, int]) -> dict[Group, int]:
    """The sums of each group above the cells, and the cells. A cell is a group of full length."""
    sums: dict[Group, int] = defaultdict(int)
    for cell, n in cells.items():
        for length in range(len(cell) + 1):
            sums[cell[:length]] += n
    return dict(sums)


def hidden(sums: Mapping[Group, int], minimum: int) -> set[Group]:
    """The groups whose number is not to be published.

    For every published number, the hidden numbers below it sum to at least `minimum`, or none is hidden. So a small
    number is never the only hidden one. The smallest candidates are hidden in addition.
    """
    tree = _Tree(sums, minimum)
    while any(tree.mend(group) for group in tree.inner):
        pass  # hiding one number may have uncovered another
    return tree.hidden


class _Tree:
    def __init__(self, sums: Mapping[Group, int], minimum: int) -> None:
        self._sums = sums
        self._minimum = minimum
        self._below: dict[Group, list[Group]] = defaultdict(list)
        for group, n in sums.items():
            if group and n:
                self._below[group[:-1]].append(group)
        self.inner = sorted(self._below, key=len, reverse=True)
        self.hidden = {group for group, n in sums.items() if 0 < n < minimum}

    def mend(self, group: Group) -> bool:
        """Hide one more number if those hidden below the group could be computed. Returns whether it did."""
        if group in self.hidden:
            return False
        ends = list(self._ends(group))
        unseen = [each for each in ends if each in self.hidden]
        seen = [each for each in ends if each not in self.hidden]
        if not unseen or sum(map(self._sums.__getitem__, unseen)) >= self._minimum:
            return False
        self.hidden.add(min(seen, key=lambda each: (self._sums[each], each)) if seen else group)
        return True

    def _ends(self, group: Group) -> Iterator[Group]:
        """The numbers to subtract from the group's: the published ones nearest below it; and the hidden cells between
        them."""
        for each in self._below[group]:
            if each in self.hidden and each in self._below:
                yield from self._ends(each)
            else:
                yield each
