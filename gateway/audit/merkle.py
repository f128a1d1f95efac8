"""Merkle tree hashes and proofs (RFC 6962 section 2.1, verification as in RFC 9162 section 2.1.3), SHA-256.

Functions over lists of leaf hashes. They are the definition that faster, stored forms are tested against.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

EMPTY: Final = sha256(b"").digest()
HASH_BYTES: Final = 32


def leaf_hash(leaf: bytes) -> bytes:
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def split(tile: bytes) -> list[bytes]:
    """The hashes that stand one after the other."""
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]


def root(hashes: Sequence[bytes]) -> bytes:
    """The tree head over these leaf hashes."""
    if not hashes:
        return EMPTY
    level = list(hashes)
    while len(level) > 1:  # an odd one out rises as it is: the same tree as the RFC's split at the largest power of two
        paired = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]
    return level[0]


def inclusion(index: int, hashes: Sequence[bytes]) -> list[bytes]:
    """The path that shows leaf `index` to be under `root(hashes)`, nearest sibling first."""
    size = len(hashes)
    if not 0 <= index < size:
        raise IndexError(f"no leaf {index} in a tree of {size}")
    if size == 1:
        return []
    split = _split(size)
    if index < split:
        return [*inclusion(index, hashes[:split]), root(hashes[split:])]
    return [*inclusion(index - split, hashes[split:]), root(hashes[:split])]


def consistency(old: int, hashes: Sequence[bytes]) -> list[bytes]:
    """The path that shows the tree of the first `old` leaves to be the beginning of this one."""
    size = len(hashes)
    if not 0 <= old <= size:
        raise IndexError(f"no tree of {old} in one of {size}")
    return [] if old in (0, size) else _subproof(old, hashes, whole=True)


def _subproof(old: int, hashes: Sequence[bytes], *, whole: bool) -> list[bytes]:
    if old == len(hashes):
        return [] if whole else [root(hashes)]
    split = _split(len(hashes))
    if old <= split:
        return [*_subproof(old, hashes[:split], whole=whole), root(hashes[split:])]
    return [*_subproof(old - split, hashes[split:], whole=False), root(hashes[:split])]


def included(leaf: bytes, index: int, size: int, head: bytes, path: Sequence[bytes]) -> bool:
    """Does `path` show that the leaf hash `leaf` is number `index` in the tree of `size` with root `head`?"""
    if not 0 <= index < size:
        return False
    node, last, result = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            result = node_hash(step, result)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            result = node_hash(result, step)
        node, last = node >> 1, last >> 1
    return last == 0 and result == head


def consistent(old: int, old_head: bytes, size: int, head: bytes, path: Sequence[bytes]) -> bool:
    """Does `path` show that the tree of `size` with root `head` begins with the tree of `old` with root `old_head`?"""
    if old == size:
        return not path and old_head == head
    if old == 0:
        return size > 0 and not path and old_head == EMPTY
    if not 0 < old < size or not path:
        return False
    steps = list(path) if old & (old - 1) else [old_head, *path]
    node, last = old - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            after = node_hash(after, step)
        node, last = node >> 1, last >> 1
    return last == 0 and before == old_head and after == head


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1
