"""When a case's portal last said where it stands, since when news is expected, and what it will be queried about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("cases", sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("cases", sa.Column("prompted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("cases", sa.Column("poll_key", sa.String(80), nullable=True))
    op.create_index("ix_cases_poll_key_due_at", "cases", ["poll_key", "due_at"])
