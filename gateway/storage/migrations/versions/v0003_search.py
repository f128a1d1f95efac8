"""The log is found by what it says: an index for each filter, and the times that full tiles cover."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

INSTANT: Final = sa.DateTime(timezone=True)
FOUND_BY: Final = ("client", "kind", "operation", "outcome", "portal", "service")
WIDTH: Final = 256
LEVELS: Final = 8


def upgrade() -> None:
    for column in FOUND_BY:
        op.create_index(f"ix_audit_records_{column}_index", "audit_records", [column, "index"])
    op.add_column("audit_nodes", sa.Column("earliest", INSTANT, nullable=True))
    op.add_column("audit_nodes", sa.Column("latest", INSTANT, nullable=True))
    records = sa.table("audit_records", sa.column("index"), sa.column("at"))
    nodes = sa.table("audit_nodes", *map(sa.column, ("level", "index", "earliest", "latest")))
    first = nodes.c.index * WIDTH
    inside = sa.and_(records.c.index >= first, records.c.index < first + WIDTH)
    earliest = sa.select(sa.func.min(records.c.at)).where(inside)
    latest = sa.select(sa.func.max(records.c.at)).where(inside)
    _fill(nodes, 1, earliest, latest)
    below = nodes.alias("below")
    for level in range(2, LEVELS):
        inside = sa.and_(below.c.level == level - 1, below.c.index >= first, below.c.index < first + WIDTH)
        earliest = sa.select(sa.func.min(below.c.earliest)).where(inside)
        latest = sa.select(sa.func.max(below.c.latest)).where(inside)
        _fill(nodes, level, earliest, latest)


def _fill(nodes: sa.TableClause, level: int, earliest: sa.Select[Any], latest: sa.Select[Any]) -> None:
    values = {"earliest": earliest.scalar_subquery(), "latest": latest.scalar_subquery()}
    op.execute(nodes.update().where(nodes.c.level == level).values(values))
