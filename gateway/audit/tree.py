"""Roots and proofs (RFC 6962, section 2.1) from stored hashes of tiles, reading few of them.

The shape of the tree is that of `merkle.py`; here a whole subtree is one stored hash, or the root of a few.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gateway.audit import merkle

Hashes = Callable[[int, int, int], Sequence[bytes]]
"""`hashes(level, start, stop)`: these hashes of a level of tiles, never across a tile's end, all of full subtrees."""


def root(hashes: Hashes, size: int) -> bytes:
    return _over(hashes, 0, size) if size else merkle.EMPTY


def inclusion(hashes: Hashes, index: int, size: int) -> list[bytes]:
    """The path of leaf `index`, nearest sibling first."""
    if not 0 <= index < size:
        raise IndexError(f"no leaf {index} in a tree of {size}")
    path: list[bytes] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            path.append(_over(hashes, middle, stop))
            stop = middle
        else:
            path.append(_over(hashes, start, middle))
            start = middle
    return path[::-1]


def consistency(hashes: Hashes, old: int, size: int) -> list[bytes]:
    """The path that shows the tree of the first `old` leaves to be the beginning of this one."""
    if not 0 <= old <= size:
        raise IndexError(f"no tree of {old} in one of {size}")
    if old in (0, size):
        return []
    path: list[bytes] = []
    start, stop = 0, size
    while stop != old:
        middle = start + _split(stop - start)
        if old <= middle:
            path.append(_over(hashes, middle, stop))
            stop = middle
        else:
            path.append(_over(hashes, start, middle))
            start = middle
    if start:
        path.append(_over(hashes, start, stop))
    return path[::-1]


def _over(hashes: Hashes, start: int, stop: int) -> bytes:
    """The root over these leaves: `start` is a multiple of the smallest power of two that is not below their number."""
    length = stop - start
    if length & (length - 1):
        middle = start + _split(length)
        return merkle.node_hash(_over(hashes, start, middle), _over(hashes, middle, stop))
    height = length.bit_length() - 1
    level, inside = divmod(height, 8)
    first = start >> 8 * level
    return merkle.root(hashes(level, first, first + (1 << inside)))


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1
