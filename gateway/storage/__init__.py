"""Engine, tables and migrations: SQLite and PostgreSQL behind the same SQLAlchemy code."""

from __future__ import annotations

from gateway.storage.engine import Storage

__all__ = ["Storage"]
