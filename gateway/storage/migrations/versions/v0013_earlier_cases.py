"""A mandate says whether it covers what the person filed before it; those that there are do not."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("mandates", sa.Column("earlier_cases", sa.Boolean(), nullable=False, server_default=sa.false()))
