"""Whether each portal still answers as the recorded exchanges of its plugin say, when it was asked last."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"

INSTANT = sa.DateTime(timezone=True)
DOCUMENT: sa.types.TypeEngine[Any] = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "portal_probes",
        sa.Column("portal", sa.String(40), nullable=False),
        sa.Column("operation", sa.String(60), nullable=False),
        sa.Column("probed_at", INSTANT, nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("drift", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("portal", "operation", name="pk_portal_probes"),
    )
