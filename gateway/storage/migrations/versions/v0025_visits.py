"""Appointments by post and day, and notes of agents on cases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from gateway.storage.migrations.batches import in_batches

revision = "0025"
down_revision = "0024"

INSTANT = sa.DateTime(timezone=True)
DOCUMENT: sa.types.TypeEngine[Any] = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
CASES = sa.table("cases", sa.column("id", sa.String), sa.column("due_at", INSTANT), sa.column("state", DOCUMENT))


def upgrade() -> None:
    visits = op.create_table(
        "visits",
        sa.Column("case_id", sa.String(40), nullable=False),
        sa.Column("portal", sa.String(40), nullable=False),
        sa.Column("post", sa.String(64), nullable=False),
        sa.Column("timezone", sa.String(60), nullable=False),
        sa.Column("reference", sa.String(200), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("fast_lane", sa.Boolean(), nullable=False),
        sa.Column("checked_in_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("case_id", name="pk_visits"),
    )
    op.create_index("ix_visits_post_starts_at", "visits", ["post", "starts_at"])
    op.create_table(
        "case_notes",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("case_id", sa.String(40), nullable=False),
        sa.Column("client", sa.String(100), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_notes"),
    )
    op.create_index("ix_case_notes_case_id_id", "case_notes", ["case_id", "id"])
    connection = op.get_bind()
    goes_on = sa.select(CASES.c.id, CASES.c.state).where(CASES.c.due_at.is_not(None))
    for cases in in_batches(connection, goes_on, CASES.c.id):
        if rows := [row for case in cases if (row := visit(case.id, case.state)) is not None]:
            connection.execute(sa.insert(visits), rows)


def visit(case_id: str, state: dict[str, Any]) -> dict[str, Any] | None:
    """The row of a case with a booked appointment. Times in the state have an offset; they are stored as UTC."""
    booked = (state.get("appointment") or {}).get("booked")
    if not booked or booked.get("state", "booked") != "booked":
        return None
    return {
        "case_id": case_id,
        "portal": booked["portal"],
        "post": booked["post"]["id"],
        "timezone": booked["post"]["timezone"],
        "reference": booked["reference"],
        "starts_at": utc(booked["slot"]["start"]),
        "ends_at": utc(booked["slot"]["end"]),
        "fast_lane": bool((state.get("filing") or {}).get("fast_lane", False)),
        "checked_in_at": None,
    }


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
