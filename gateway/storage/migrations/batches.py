"""Rows of a large table for a migration, a few at a time: what every case knows does not fit into memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select

ROWS: Final = 100


def in_batches(connection: Connection, query: Select[Any], key: ColumnElement[str]) -> Iterator[Sequence[Row[Any]]]:
    """The rows of `query` in the order of `key`, which is one of its columns, its rows' own and never empty.

    What is written to the table meanwhile may not change the key."""
    last = ""
    while rows := connection.execute(query.where(key > last).order_by(key).limit(ROWS)).all():
        yield rows
        last = rows[-1]._mapping[key]
