"""Tiles (C2SP tlog-tiles): names and contents of the parts of a log.

A tile holds up to 256 hashes, one after the other. Level 0 has the leaf hashes; a hash of the level above is the root
of a full tile below it. An entry bundle holds the same 256 leaves, each after its length. The rightmost tile of a level
is partial, and its width is part of its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from gateway.audit import merkle

WIDTH: Final = 256
LEVELS: Final = 8
"""256**8 records are more than an index can count."""

Level = int | Literal["entries"]

_PATH: Final = re.compile(
    r"tile/(?P<level>entries|[0-9]|[1-5][0-9]|6[0-3])/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """Number `index` of a level; `width` is below 256 for a partial one."""

    level: Level
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        digits = str(self.index)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        number = "/".join([*("x" + group for group in groups[:-1]), groups[-1]])
        return f"tile/{self.level}/{number}" + (f".p/{self.width}" if self.width < WIDTH else "")

    @property
    def first(self) -> int:
        """Number, on its level, of the tile's first hash."""
        return self.index * WIDTH

    @classmethod
    def parse(cls, path: str) -> Tile | None:
        match = _PATH.fullmatch(path)
        if match is None:
            return None
        level = match["level"]
        tile = cls(
            level="entries" if level == "entries" else int(level),
            index=int(match["index"].replace("/", "").replace("x", "")),
            width=int(match["width"] or WIDTH),
        )
        return tile if tile.path == path else None  # one name only: no leading zeroes, no width of 256


def count(level: Level, size: int) -> int:
    """How many hashes (or entries) a level has in a log of `size` records."""
    return size if level == "entries" else size >> 8 * level


def covering(level: Level, size: int) -> Iterator[Tile]:
    """The tiles of a level; the last may be partial."""
    total = count(level, size)
    for index in range(-(-total // WIDTH)):
        yield Tile(level=level, index=index, width=min(WIDTH, total - index * WIDTH))


def partial(size: int) -> set[Tile]:
    """The partial tiles of a log of `size` records, entry bundle included."""
    every: tuple[Level, ...] = ("entries", *range(LEVELS))
    last = [(level, count(level, size)) for level in every]
    return {Tile(level=level, index=n // WIDTH, width=n % WIDTH) for level, n in last if n % WIDTH}


def bundle(leaves: Iterable[bytes]) -> bytes:
    """An entry bundle: each leaf after its length, 16 bits, big-endian. A leaf has at most 65,535 bytes."""
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)


class Frontier:
    """The right edge of a tree: the hashes needed to add to it. `levels[n]` are the hashes of level n's partial
    tile."""

    def __init__(self, size: int = 0, levels: Sequence[Sequence[bytes]] = ()) -> None:
        self.size = size
        self._levels = [list(each) for each in levels]

    def add(self, hashes: Sequence[bytes]) -> list[tuple[int, int, list[bytes]]]:
        """Take the next leaf hashes, not beyond the end of the tile that is begun. Returns the tiles that this filled,
        lowest first: level, index, hashes."""
        filled: list[tuple[int, int, list[bytes]]] = []
        self.size += len(hashes)
        level, new = 0, list(hashes)
        while new:
            if level == len(self._levels):
                self._levels.append([])
            self._levels[level] += new
            if len(self._levels[level]) < WIDTH:
                break
            full, self._levels[level] = self._levels[level], []
            filled.append((level, (self.size >> 8 * (level + 1)) - 1, full))
            level, new = level + 1, [merkle.root(full)]
        return filled

    def edge(self) -> Iterator[tuple[int, int, list[bytes]]]:
        """The partial tiles: level, index, hashes."""
        for level, hashes in enumerate(self._levels):
            if hashes:
                yield level, self.size >> 8 * (level + 1), hashes

    def root(self) -> bytes:
        """The tree head. A rightmost subtree that is not full stands at the end of the level above: `merkle.root` lets
        an odd one out rise, so it finds its place there."""
        head: list[bytes] = []
        for hashes in self._levels:
            if hashes:
                head = [merkle.root([*hashes, *head])]
        return head[0] if head else merkle.EMPTY
