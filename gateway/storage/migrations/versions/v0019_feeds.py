"""Events of all cases of one owner in one feed, and the tickets that open it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

OWNER = """
UPDATE case_events SET owner = (
    SELECT CASE WHEN cases.subject <> '' THEN cases.subject ELSE 'client:' || cases.client END
    FROM cases WHERE cases.id = case_events.case_id
) WHERE EXISTS (SELECT 1 FROM cases WHERE cases.id = case_events.case_id)
"""


def upgrade() -> None:
    op.add_column("case_events", sa.Column("owner", sa.String(120), nullable=False, server_default=""))
    op.add_column("case_events", sa.Column("number", sa.BigInteger(), nullable=True))
    op.execute(OWNER)
    op.create_index("ix_case_events_owner_number", "case_events", ["owner", "number"])
    op.create_table(
        "event_feeds",
        sa.Column("owner", sa.String(120), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner", name="pk_event_feeds"),
    )
    op.create_table(
        "event_tickets",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("owner", sa.String(120), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_event_tickets"),
    )
    op.create_index("ix_event_tickets_expires_at", "event_tickets", ["expires_at"])
