"""A database on the server that the tests share, which can be away or take no writes while the server runs on."""

from __future__ import annotations

import psycopg


class Database:
    def __init__(self, url: str) -> None:
        self.url = url
        plain = url.replace("+psycopg", "")
        self.name = url.partition("?")[0].rpartition("/")[2]
        self._admin = psycopg.connect(plain.replace(f"/{self.name}", "/postgres"), autocommit=True)

    def away(self) -> None:
        self._admin.execute(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS false")
        self.end_sessions()

    def back(self) -> None:
        self._admin.execute(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS true")

    def read_only(self, yes: bool) -> None:
        """For sessions that begin from now on, as with an address that leads to a standby after a fail-over."""
        self._admin.execute(f"ALTER DATABASE {self.name} SET default_transaction_read_only = {'on' if yes else 'off'}")
        if yes:
            self.end_sessions()

    def sessions(self) -> int:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
        row = self._admin.execute(query, [self.name]).fetchone()
        assert row is not None
        return int(row[0])

    def connect(self) -> psycopg.Connection:
        """A connection of its own, for a transaction that is in somebody's way."""
        return psycopg.connect(self.url.replace("+psycopg", ""))

    def end_sessions(self) -> None:
        self._admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [self.name])

    def close(self) -> None:
        self._admin.close()
