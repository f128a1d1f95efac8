"""Bodies beside the log, what is left of expired records, and who may sign."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("audit_pending", sa.Column("owner", sa.String(length=120), nullable=False, server_default=""))
    op.add_column("audit_pending", sa.Column("sealed", sa.LargeBinary(), nullable=True))
    op.create_table(
        "audit_bodies",
        sa.Column("index", SERIAL, autoincrement=False, nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("index", name="pk_audit_bodies"),
    )
    op.create_index("ix_audit_bodies_at", "audit_bodies", ["at"])
    op.create_table(
        "audit_expired",
        sa.Column("index", SERIAL, autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("index", name="pk_audit_expired"),
    )
    with op.batch_alter_table("audit_checkpoints") as table:
        table.alter_column("note", existing_type=sa.LargeBinary(), nullable=True)
        table.add_column(sa.Column("epoch", SERIAL, nullable=False, server_default="0"))
    op.create_table(
        "audit_sequencer",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", SERIAL, nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_sequencer"),
    )
