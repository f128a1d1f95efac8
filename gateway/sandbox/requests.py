"""How many requests of the gateway each portal saw: an auditor's second source for what the log says."""

from __future__ import annotations

from typing import Any, Final

from gateway.sandbox.context import Store

GATEWAY: Final = b"mre-gateway/"
"""How the gateway's User-Agent begins; a person's browser at the card page is not counted."""


class Requests:
    def __init__(self, store: Store) -> None:
        self._store = store
        store.execute("CREATE TABLE IF NOT EXISTS requests (portal TEXT PRIMARY KEY, seen INTEGER NOT NULL)")

    def count(self, portal: str, headers: Any) -> None:
        """Count one request, if it is the gateway's."""
        if any(name == b"user-agent" and value.startswith(GATEWAY) for name, value in headers):
            self._store.execute(
                "INSERT INTO requests VALUES (?, 1) ON CONFLICT (portal) DO UPDATE SET seen = seen + 1", portal
            )

    def seen(self, portal: str) -> int:
        row = self._store.execute("SELECT seen FROM requests WHERE portal = ?", portal).fetchone()
        return int(row[0]) if row else 0
