"""Messages to people about their cases, one a fact and channel."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.storage.tables import Document, Instant

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("client", sa.String(100), nullable=False),
        sa.Column("case_id", sa.String(40), nullable=False),
        sa.Column("fact_key", sa.String(60), nullable=False),
        sa.Column("fact", Document, nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(60), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("due_at", Instant()),
        sa.Column("claimed_by", sa.String(120)),
        sa.Column("claimed_until", Instant()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_tried_at", Instant()),
        sa.Column("tried_at", Instant()),
        sa.Column("sent_at", Instant()),
        sa.Column("carrier", sa.String(40), nullable=False),
        sa.Column("reference", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint(
            "subject", "case_id", "fact_key", "channel", name="uq_messages_subject_case_id_fact_key_channel"
        ),
    )
    op.create_index("ix_messages_due_at", "messages", ["due_at"])
    op.create_index("ix_messages_subject_id", "messages", ["subject", "id"])
    op.create_index("ix_messages_state_due_at", "messages", ["state", "due_at"])
    op.create_index("ix_messages_created_at", "messages", ["created_at"])
