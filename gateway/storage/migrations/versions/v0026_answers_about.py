"""Whom a kept answer tells of, if that is another person than who asked: it goes when she is erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("idempotency", sa.Column("about", sa.String(64), nullable=True))
    another = sa.text("about IS NOT NULL")
    op.create_index("ix_idempotency_about", "idempotency", ["about"], sqlite_where=another, postgresql_where=another)
