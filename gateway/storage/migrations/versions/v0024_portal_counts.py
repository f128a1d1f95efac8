"""What came of calls to portals, by the hour, and the shapes of their answers."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"

INSTANT = sa.DateTime(timezone=True)
DOCUMENT: sa.types.TypeEngine[Any] = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "portal_calls",
        sa.Column("portal", sa.String(40), nullable=False),
        sa.Column("hour", INSTANT, nullable=False),
        sa.Column("operation", sa.String(60), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("milliseconds", sa.BigInteger(), nullable=False),
        sa.Column("slowest", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("portal", "hour", "operation", "outcome", "code", name="pk_portal_calls"),
    )
    op.create_index("ix_portal_calls_hour", "portal_calls", ["hour"])
    op.create_table(
        "portal_answers",
        sa.Column("portal", sa.String(40), nullable=False),
        sa.Column("operation", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("shape_hash", sa.String(64), nullable=False),
        sa.Column("shape", DOCUMENT, nullable=False),
        sa.Column("first_seen", INSTANT, nullable=False),
        sa.Column("last_seen", INSTANT, nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("portal", "operation", "kind", "status", "shape_hash", name="pk_portal_answers"),
    )
    goes_on = sa.text("due_at IS NOT NULL")
    op.create_index("ix_cases_late", "cases", ["portal", "deadline_on"], sqlite_where=goes_on, postgresql_where=goes_on)
