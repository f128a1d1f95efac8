"""Mandates, and the codes that were tried to take one up."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

DOCUMENT: sa.types.TypeEngine[Any] = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "mandates",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("client", sa.String(100), nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("scopes", DOCUMENT, nullable=False),
        sa.Column("services", DOCUMENT, nullable=False),
        sa.Column("acr", sa.String(20), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("code_hash", sa.String(64)),
        sa.Column("code_until", INSTANT, nullable=False),
        sa.Column("taken_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.Column("ended_by", sa.String(20), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mandates"),
        sa.UniqueConstraint("code_hash", name="uq_mandates_code_hash"),
    )
    op.create_index("ix_mandates_subject_id", "mandates", ["subject", "id"])
    op.create_index("ix_mandates_holder_id", "mandates", ["holder", "id"])
    op.create_table(
        "mandate_tries",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mandate_tries"),
    )
    op.create_index("ix_mandate_tries_actor_at", "mandate_tries", ["actor", "at"])
