"""The log is searched by the agent who acted, too."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

_ACTED: Final = sa.text("actor IS NOT NULL")

# A leaf's members stand in the order of their names: that of such a record begins with `{"actor":"`, ten bytes. The
# pseudonym that follows has no letter that JSON would write otherwise.
_SQLITE: Final = """
UPDATE audit_records
SET actor = substr(CAST(substr(leaf, 11) AS TEXT), 1, instr(CAST(substr(leaf, 11) AS TEXT), '"') - 1)
WHERE substr(leaf, 1, 10) = x'7b226163746f72223a22'
"""
_POSTGRESQL: Final = """
UPDATE audit_records
SET actor = convert_from(substring(leaf from 11 for position('"'::bytea in substring(leaf from 11)) - 1), 'UTF8')
WHERE substring(leaf from 1 for 10) = decode('7b226163746f72223a22', 'hex')
"""


def upgrade() -> None:
    op.add_column("audit_records", sa.Column("actor", sa.String(64), nullable=True))
    op.execute(_SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL)
    op.create_index(
        "ix_audit_records_actor_index",
        "audit_records",
        ["actor", "index"],
        sqlite_where=_ACTED,
        postgresql_where=_ACTED,
    )
