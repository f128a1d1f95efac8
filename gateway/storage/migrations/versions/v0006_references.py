"""Cases are found by the portal's reference, and may have more than one thing to pay; files may come from other
cases."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from gateway.storage.migrations.batches import in_batches

revision = "0006"
down_revision = "0005"

DOCUMENT: sa.types.TypeEngine[Any] = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
CASES = sa.table(
    "cases",
    sa.column("id", sa.String),
    sa.column("portal", sa.String),
    sa.column("reference", sa.String),
    sa.column("state", DOCUMENT),
)
MOVED = {
    # in the state of a case: before, as a member of the charge
    "fee": "amount",
    "fee_portal": "portal",
    "paid_oid": "paid_oid",
    "stamp": "stamp",
    "stamp_used": "stamp_used",
    "voided": "voided",
    "refunded": "refunded",
    "refund_refused": "refund_refused",
}


def upgrade() -> None:
    op.add_column("cases", sa.Column("portal", sa.String(length=40), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("reference", sa.String(length=200), nullable=False, server_default=""))
    op.add_column("attachments", sa.Column("origin", sa.String(length=200), nullable=False, server_default=""))
    op.add_column("payments", sa.Column("charge", sa.Integer(), nullable=False, server_default="0"))
    connection = op.get_bind()
    for rows in in_batches(connection, sa.select(CASES.c.id, CASES.c.state), CASES.c.id):
        for row in rows:
            values = {
                "portal": row.state["portal"],
                "reference": row.state.get("reference", ""),
                "state": charged(row.state),
            }
            connection.execute(sa.update(CASES).where(CASES.c.id == row.id).values(**values))
    op.create_index("ix_cases_portal_reference", "cases", ["portal", "reference"])


def charged(state: dict[str, Any]) -> dict[str, Any]:
    """The state with its fee, if it has one, as the first of the charges."""
    kept = {name: value for name, value in state.items() if name not in MOVED}
    if state.get("fee") is not None:
        kept["charges"] = [{"code": "fee_due"} | {new: state[old] for old, new in MOVED.items() if old in state}]
    return kept
