"""Which process works on a request, so that it is known when that is dead."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("idempotency", sa.Column("holder", sa.BigInteger(), nullable=False, server_default="0"))
