"""Who is advancing a case, and until when nobody else may."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("cases", sa.Column("claimed_by", sa.String(120), nullable=True))
    op.add_column("cases", sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True))
