"""Finds the part of the log that covers a time range. Records stand in the order in which they became durable, not in
that of their times: a call that took long, or waited for a sequencer, stands behind later ones. The times of full tiles
say how far.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from gateway.audit import nodes
from gateway.audit.tiles import WIDTH
from gateway.storage.tables import audit_nodes, audit_records


def first(connection: Connection, since: datetime) -> int:
    """No record before this index is of `since` or later. It reads a few nodes of each level."""
    start = 0
    for level in range(_height(connection), 0, -1):
        found = _node(connection, level, audit_nodes.c.latest >= since, start=start)
        start = (nodes.count(connection, level) if found is None else found) * WIDTH
    return start


def last(connection: Connection, until: datetime) -> int:
    """No record from this index on is earlier than `until`."""
    earlier = audit_nodes.c.earliest < until
    index, full = audit_records.c.index, nodes.count(connection, 1) * WIDTH
    found = connection.execute(select(func.max(index)).where(index >= full, audit_records.c.at < until)).scalar_one()
    if found is not None:
        return int(found) + 1
    for level in range(1, _height(connection) + 1):  # first uncovered nodes, then below covered ones
        covered = nodes.count(connection, level + 1) * WIDTH
        found = _node(connection, level, earlier, start=covered, from_the_end=True)
        if found is None:
            continue
        for below in range(level - 1, 0, -1):
            stop = (found + 1) * WIDTH
            found = _node(connection, below, earlier, start=found * WIDTH, stop=stop, from_the_end=True)
            assert found is not None, "a node's times are those below it"
        return (found + 1) * WIDTH
    return 0


def _height(connection: Connection) -> int:
    return connection.execute(select(func.max(audit_nodes.c.level))).scalar_one() or 0


def _node(
    connection: Connection,
    level: int,
    where: ColumnElement[bool],
    *,
    start: int,
    stop: int | None = None,
    from_the_end: bool = False,
) -> int | None:
    index = audit_nodes.c.index
    query = select(index).where(audit_nodes.c.level == level, index >= start, where).limit(1)
    if stop is not None:
        query = query.where(index < stop)
    return connection.execute(query.order_by(index.desc() if from_the_end else index)).scalar_one_or_none()
