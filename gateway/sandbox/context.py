"""What a plugin's sandbox gets: durable tables, a clock that can be sped up, a list of effects that really happened.

A plugin's package `sandbox/` has one function, `sandbox(context: SandboxContext) -> ASGI application`. The host mounts
it under `/<portal>/` and applies the fault switchboard in front of it. The application believes that it stands at the
root of its own host, as the real portal does: `path` and `raw_path` come without the prefix, `root_path` is empty. What
the client really asked for is `context.target_uri(scope)`; links that go out start with `context.base_url`.

An application may have coroutine methods `startup()` and `shutdown()`; the host awaits them.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509

from gateway.sandbox.certificates import Certificates

effects_in_request: ContextVar[list[str] | None] = ContextVar("effects_in_request", default=None)
"""Set by the host around each request, so that `commit_then_drop` knows whether anything was committed."""


class Store:
    """One SQLite file for all sandboxes of a host. It survives `kill -9` of the process, not a power cut."""

    def __init__(self, path: Path | str = ":memory:") -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._lock = threading.RLock()
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS rows "
            "(portal TEXT, name TEXT, key TEXT, seq INTEGER, doc TEXT, PRIMARY KEY (portal, name, key))"
        )
        self._db.execute("CREATE INDEX IF NOT EXISTS rows_in_order ON rows (seq)")  # each `put` asks for the last
        self._db.execute("CREATE INDEX IF NOT EXISTS rows_of_table ON rows (portal, name, seq)")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS effects "
            "(seq INTEGER PRIMARY KEY, portal TEXT, kind TEXT, key TEXT, at TEXT, detail TEXT)"
        )

    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        with self._lock:
            return self._db.execute(sql, args)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; nested use joins the outer one. Never await inside: another request would join it too."""
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            effects = effects_in_request.get()
            before = len(effects or ())
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                if effects is not None:
                    del effects[before:]
                raise
            self._db.execute("COMMIT")

    def close(self) -> None:
        self._db.close()


class Table:
    """A durable dictionary of JSON documents, in order of insertion."""

    def __init__(self, store: Store, portal: str, name: str) -> None:
        self._store, self._portal, self._name = store, portal, name

    def get(self, key: str) -> dict[str, Any] | None:
        """A copy of the document; None if there is none."""
        row = self._store.execute(
            "SELECT doc FROM rows WHERE portal=? AND name=? AND key=?", self._portal, self._name, key
        ).fetchone()
        return json.loads(row[0]) if row else None

    def put(self, key: str, doc: Mapping[str, Any]) -> None:
        """Store the document under this key, in the place of one that is there."""
        self._store.execute(
            "INSERT INTO rows VALUES (?,?,?,(SELECT COALESCE(MAX(seq),0)+1 FROM rows),?) "
            "ON CONFLICT (portal, name, key) DO UPDATE SET doc=excluded.doc",
            self._portal, self._name, key, json.dumps(doc),
        )  # fmt: skip

    def delete(self, key: str) -> None:
        self._store.execute("DELETE FROM rows WHERE portal=? AND name=? AND key=?", self._portal, self._name, key)

    def items(self) -> list[tuple[str, dict[str, Any]]]:
        rows = self._store.execute(
            "SELECT key, doc FROM rows WHERE portal=? AND name=? ORDER BY seq", self._portal, self._name
        )
        return [(key, json.loads(doc)) for key, doc in rows]

    def where(self, **equal: Any) -> list[dict[str, Any]]:
        """The documents whose members equal these values."""
        return [doc for _, doc in self.items() if all(doc.get(name) == value for name, value in equal.items())]

    def drop_while(self, over: Callable[[dict[str, Any]], bool]) -> None:
        """Delete from the oldest document on, up to the first that is not `over`. The others are not read: for what is
        kept for a while, such as numbers that may be used once."""
        while True:
            oldest = self._store.execute(
                "SELECT key, doc FROM rows WHERE portal=? AND name=? ORDER BY seq LIMIT 1", self._portal, self._name
            ).fetchone()
            if oldest is None or not over(json.loads(oldest[1])):
                return
            self.delete(oldest[0])

    def __len__(self) -> int:
        (count,) = self._store.execute(
            "SELECT COUNT(*) FROM rows WHERE portal=? AND name=?", self._portal, self._name
        ).fetchone()
        return int(count)


class Clock:
    """The sandboxes' time. At speed 86400 a day passes in a second. It goes on where it was after a restart."""

    def __init__(self, store: Store, speed: float = 1.0) -> None:
        self._table = Table(store, "_host", "clock")
        state = self._table.get("clock")
        if state is None:
            now = time.time()
            state = {"real": now, "simulated": now, "speed": speed}
            self._table.put("clock", state)
        self._state = state

    def now(self) -> datetime:
        """The time of the stand-in, in UTC."""
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def timestamp(self) -> float:
        """Seconds since 1970, simulated."""
        elapsed = time.time() - self._state["real"]
        return float(self._state["simulated"] + elapsed * self._state["speed"])

    @property
    def speed(self) -> float:
        return float(self._state["speed"])

    def moves_in(self, seconds: float) -> float:
        """How far this clock goes in so many seconds of the clients'. As far as theirs while it stands still: what is
        given out for a minute must not be over at once."""
        return seconds * (self.speed or 1.0)

    def set(self, *, speed: float | None = None, advance: float = 0.0) -> None:
        """Change the speed, or jump `advance` simulated seconds ahead."""
        self._state = {
            "real": time.time(),
            "simulated": self.timestamp() + advance,
            "speed": self.speed if speed is None else speed,
        }
        self._table.put("clock", self._state)

    def stand_still(self, at: datetime) -> None:
        """From now on it is `at`, until `set` moves on."""
        self._state = {"real": time.time(), "simulated": at.timestamp(), "speed": 0.0}
        self._table.put("clock", self._state)


class Effects:
    """Side effects that really happened at this portal: what a test counts to prove "exactly once"."""

    def __init__(self, store: Store, portal: str, clock: Clock) -> None:
        self._store, self._portal, self._clock = store, portal, clock

    def record(self, kind: str, key: str, **detail: Any) -> None:
        """`kind` is the thing that happened (`order`, `capture`, `shipment`), `key` its number at the portal."""
        self._store.execute(
            "INSERT INTO effects (portal, kind, key, at, detail) VALUES (?,?,?,?,?)",
            self._portal, kind, key, self._clock.now().isoformat(), json.dumps(detail),
        )  # fmt: skip
        seen = effects_in_request.get()
        if seen is not None:
            seen.append(kind)

    def all(self) -> list[dict[str, Any]]:
        rows = self._store.execute(
            "SELECT kind, key, at, detail FROM effects WHERE portal=? ORDER BY seq", self._portal
        )
        return [{"kind": kind, "key": key, "at": at, **json.loads(detail)} for kind, key, at, detail in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxContext:
    """Everything a sandbox may use."""

    portal: str
    base_url: str
    """Public address of this sandbox, without a final slash: `http://127.0.0.1:8401/<portal>`."""
    store: Store
    """`with context.store.transaction():` writes all or nothing."""
    clock: Clock
    """Never use the machine's: this one can be sped up."""
    effects: Effects
    """Record what really happened, in the same transaction."""
    secrets: Mapping[str, str]
    """The same values the gateway is configured with for this portal: what the two sides agreed on."""
    options: Mapping[str, str] = field(default_factory=dict)
    gateway_keys: Mapping[str, bytes] = field(default_factory=dict)
    """The gateway's outbound signing keys by key id: raw Ed25519 public keys (RFC 9421 verification)."""
    certificates: Certificates | None = None
    """Certificates, where the manifest asks for one: the stand-in's own with its key, the demo's authority, and the
    gateway's. With `mutual_tls`, `client_certificate` tells who is at the other end."""

    deliver_sms: Callable[..., None] = lambda **_: None
    """For a stand-in that carries messages to people: `deliver_sms(key=, sender=, to=, text=)` puts one into the host's
    mailboxes."""

    def table(self, name: str) -> Table:
        """The durable table of this name; it is made when it is first asked for."""
        return Table(self.store, self.portal, name)

    def target_uri(self, scope: Mapping[str, Any]) -> str:
        """The address that the client asked for, as it wrote it: `@target-uri` of RFC 9421."""
        path: bytes = scope["raw_path"]
        query: bytes = scope["query_string"]
        return self.base_url + (path + b"?" + query if query else path).decode("ascii")

    def client_certificate(self, scope: Mapping[str, Any]) -> x509.Certificate | None:
        """What the client showed when it connected, issued by the demo's authority and in force: the `tls` extension of
        ASGI. None without TLS."""
        tls = (scope.get("extensions") or {}).get("tls") or {}
        chain = tls.get("client_cert_chain")
        return x509.load_pem_x509_certificate(chain[0].encode()) if chain else None
