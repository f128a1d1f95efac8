"""The tree in the database: leaf hashes stand with their records, roots of full tiles in `audit_nodes`.

So a proof in a log of millions reads a handful of tiles; 1 hash in 256 is stored twice. Each root also has the time
range of the records below it, by which a search finds its part of the log. Of records that have expired the tile of
hashes is left, in `audit_expired`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Integer, func, insert, literal_column, select

from gateway.audit import merkle, tiles
from gateway.audit.tiles import WIDTH
from gateway.storage.tables import audit_expired, audit_nodes, audit_records


class NodesMissing(Exception):
    """The database lacks hashes that it must have: it was changed by something other than this gateway."""


class StoredHashes:
    """The hashes of the log's first `size` records, as `tree.Hashes`. Each tile is read once."""

    def __init__(self, connection: Connection, size: int) -> None:
        self._connection = connection
        self._size = size
        self._tiles: dict[tuple[int, int], Sequence[bytes]] = {}

    def __call__(self, level: int, start: int, stop: int) -> Sequence[bytes]:
        index = start // WIDTH
        found = self._tiles.get((level, index))
        if found is None:
            end = min((index + 1) * WIDTH, tiles.count(level, self._size))
            found = self._tiles[level, index] = read(self._connection, level, index * WIDTH, end)
        return found[start - index * WIDTH : stop - index * WIDTH]


def read(connection: Connection, level: int, start: int, stop: int) -> Sequence[bytes]:
    """Hashes `start` to `stop` of a level. Raises `NodesMissing`."""
    if level == 0:
        index = audit_records.c.index
        query = select(audit_records.c.leaf_hash).where(index >= start, index < stop).order_by(index)
    else:
        index = audit_nodes.c.index
        of_level = select(audit_nodes.c.hash).where(audit_nodes.c.level == level)
        query = of_level.where(index >= start, index < stop).order_by(index)
    found = connection.execute(query).scalars().all()
    if level == 0 and not found and start < stop:
        found = _left(connection, start, stop)
    if len(found) != stop - start:
        raise NodesMissing(f"level {level} lacks some of the hashes {start} to {stop - 1}")
    return found


def expired(connection: Connection) -> int:
    """The records before this index are gone; their hashes are kept. A multiple of a tile's width."""
    last = connection.execute(select(func.max(audit_expired.c.index))).scalar_one()
    return 0 if last is None else (int(last) + 1) * WIDTH


def _left(connection: Connection, start: int, stop: int) -> Sequence[bytes]:
    """Hashes of records that have expired, which do so by whole tiles."""
    index = start // WIDTH
    tile = connection.execute(select(audit_expired.c.hashes).where(audit_expired.c.index == index)).scalar_one_or_none()
    hashes = merkle.split(tile or b"")
    return hashes[start - index * WIDTH : stop - index * WIDTH]


def frontier(connection: Connection, size: int) -> tiles.Frontier:
    """The right edge of the first `size` records."""
    levels: list[Sequence[bytes]] = []
    for level in range(tiles.LEVELS):
        total = tiles.count(level, size)
        levels.append(read(connection, level, total - total % WIDTH, total))
    return tiles.Frontier(size, levels)


def grow(tx: Connection, size: int, *, most: int) -> bool:
    """Add the tiles that the first `size` records fill, `most` tiles of level 0 at a time. True if some remain."""
    have = count(tx, 1)
    want = tiles.count(1, size)
    until = min(want, have + most)
    if have == until:
        return False
    edge = frontier(tx, have * WIDTH)
    found: dict[int, list[tuple[int, bytes]]] = {}
    for index in range(have, until):
        for level, number, hashes in edge.add(read(tx, 0, index * WIDTH, (index + 1) * WIDTH)):
            found.setdefault(level + 1, []).append((number, merkle.root(hashes)))
    for level, made in sorted(found.items()):  # the lower ones first: the times of a level come from the one below
        times = _times(tx, level, made[0][0], made[-1][0] + 1)
        rows = [{"level": level, "index": number, "hash": root, **times[number]} for number, root in made]
        tx.execute(insert(audit_nodes), rows)
    return until < want


def count(connection: Connection, level: int) -> int:
    """How many hashes of a level, 1 and above, are stored."""
    last = connection.execute(select(func.max(audit_nodes.c.index)).where(audit_nodes.c.level == level)).scalar_one()
    return 0 if last is None else last + 1


def _times(connection: Connection, level: int, start: int, stop: int) -> dict[int, dict[str, datetime]]:
    """The earliest and the latest time of a record below each of these nodes."""
    if level == 1:
        table = audit_records.c
        query = select(_tile(table.index), func.min(table.at), func.max(table.at))
        below, index = query, table.index
    else:
        nodes = audit_nodes.c
        query = select(_tile(nodes.index), func.min(nodes.earliest), func.max(nodes.latest))
        below, index = query.where(nodes.level == level - 1), nodes.index
    found = connection.execute(below.where(index >= start * WIDTH, index < stop * WIDTH).group_by(_tile(index)))
    return {number: {"earliest": first, "latest": last} for number, first, last in found}


def _tile(index: ColumnElement[int]) -> ColumnElement[int]:
    return index // literal_column(str(WIDTH), Integer)  # not a parameter: it stands in GROUP BY too
