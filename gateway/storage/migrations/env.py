"""Alembic runs this file. The connection comes from `gateway.storage.migrate`, inside its transaction.

No process serves meanwhile (docs/guides/production.md), so an index is built in the transaction, and not concurrently.
"""

from __future__ import annotations

from alembic import context

from gateway.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a column by copying its table
)
context.run_migrations()
