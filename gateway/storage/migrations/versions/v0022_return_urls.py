"""Where the payer's browser goes after the card page: the gateway's own address comes first, and sends it on by GET."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("payments", sa.Column("return_url", sa.String(2000), nullable=False, server_default=""))
