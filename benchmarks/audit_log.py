"""A long log to look things up in: a year of a gateway's records, the same ones each time."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from gateway.audit import sequencer
from gateway.audit.checkpointer import KEPT, Checkpointer, Published
from gateway.audit.entry import Entry, Hop, Kind, Outcome
from gateway.audit.record import Prepared, prepare
from gateway.audit.search import Filter
from gateway.auth.keys import KeyRing, KeyRingError
from gateway.settings import Audit
from gateway.storage import Storage
from gateway.storage.migrate import migrate

START: Final = datetime(2025, 1, 1, tzinfo=UTC)
YEAR: Final = timedelta(days=365)
PEOPLE: Final = 50_000
PORTALS: Final = ("barid", "watiqa", "etimbre", "chikaya", "rendezvous", "alhalalmadania", "passeport", "rokhas")
CLIENTS: Final = tuple(f"client-{number:02}" for number in range(40))
AGENTS: Final = tuple(f"a_{number:032x}" for number in range(97))
KINDS: Final[tuple[Kind, ...]] = ("call", "step", "access", "refusal", "admin")
OUTCOMES: Final[tuple[Outcome, ...]] = ("ok", "client_error", "denied", "unavailable", "refused", "unknown", "failed")
OPERATIONS: Final = ("tracking.read", "cases.read", "cases.create", "cases.act", "services.list", "journey.follow")
_AT_ONCE: Final = 4096


def person(number: int) -> str:
    return f"p_{number:032x}"


def entries(records: int) -> Iterator[Entry]:
    """In the order of the log. Some stand later than their time, by up to two minutes."""
    choose = random.Random(5519)
    for number in range(records):
        old = number < records // 1000
        portal = choose.choices(PORTALS, (40, 20, 15, 10, 6, 5, 3, 1))[0]
        kind = choose.choices(KINDS, (70, 20, 5, 4, 1))[0]
        late = choose.random() * (120 if choose.random() < 0.01 else 1)
        outcome = choose.choices(OUTCOMES, (900, 40, 30, 15, 10, 4, 1))[0]
        if portal == "rokhas" and (old or outcome == "failed"):
            outcome = "failed" if old else "ok"
        hop = Hop(
            attempt=1,
            portal=portal,
            operation="track",
            method="GET",
            key_id="k" * 43,
            status=200,
            outcome="answered",
            duration_ms=choose.random() * 80,
            request=b"q" * 100,
            response=b"a" * 100,
        )
        yield Entry(
            call_id=f"call_{number:026}",
            kind=kind,
            operation=choose.choices(OPERATIONS, (45, 25, 5, 5, 10, 10))[0],
            client="client-gone" if old and number % 7 == 0 else choose.choice(CLIENTS),
            subject=person(choose.randrange(PEOPLE)) if kind != "admin" else "",
            principal="citizen",
            purpose="parcel-tracking",
            case_id=f"case_{choose.randrange(records // 8 + 1):026}" if kind in ("call", "step") else "",
            service=f"{portal}.service-{choose.randrange(3)}",
            portal=portal,
            outcome=outcome,
            status=200,
            decision="allow",
            rule="scope:tracking.read@1",
            actor=AGENTS[number % 97] if number % 10 == 0 else "",
            response=b"a" * 100,
            hops=[hop] * (1 if choose.random() < 0.8 else 2),
            at=START + YEAR * (number / records) - timedelta(seconds=late),
        )


def filters(records: int) -> dict[str, Filter]:
    """What an auditor asks: each filter alone, the usual pairs, old and new times, nothing, a few very old ones."""
    call, case = f"call_{records // 2:026}", f"case_{records // 16:026}"
    new, old = START + YEAR - timedelta(days=1), START + timedelta(days=2)
    next_day = old + timedelta(days=1)
    return {
        "(none)": Filter(),
        "call_id": Filter(call_id=call),
        "case_id": Filter(case_id=case),
        "subject": Filter(subjects=(person(7),)),
        "subject, eight years": Filter(subjects=tuple(map(person, range(8)))),
        "client": Filter(client="client-07"),
        "client, few and old": Filter(client="client-gone"),
        "client, none": Filter(client="client-none"),
        "service": Filter(service="watiqa.service-1"),
        "portal": Filter(portal="barid"),
        "operation": Filter(operation="cases.create"),
        "kind": Filter(kind="admin"),
        "kind, most": Filter(kind="call"),
        "outcome": Filter(outcome="failed"),
        "outcome, most": Filter(outcome="ok"),
        "actor": Filter(actor=AGENTS[7]),
        "actor, none": Filter(actor="a_none"),
        "actor + outcome": Filter(actor=AGENTS[7], outcome="denied"),
        "actor + client, old day": Filter(actor=AGENTS[7], client="client-07", since=old, until=next_day),
        "newest day": Filter(since=new),
        "old day": Filter(since=old, until=next_day),
        "before the log": Filter(until=START - timedelta(days=1)),
        "after the log": Filter(since=START + YEAR),
        "old half": Filter(until=START + YEAR / 2),
        "portal + outcome": Filter(portal="watiqa", outcome="failed"),
        "portal + outcome, old day": Filter(portal="watiqa", outcome="denied", since=old, until=next_day),
        "client + outcome": Filter(client="client-07", outcome="denied"),
        "client + operation": Filter(client="client-07", operation="cases.create"),
        "kind + outcome": Filter(kind="refusal", outcome="denied"),
        "kind + portal, old half": Filter(kind="access", portal="rokhas", until=START + YEAR / 2),
        "service + kind": Filter(service="barid.service-0", kind="step"),
        "subject + kind": Filter(subjects=(person(7),), kind="access"),
        "rare together, few and old": Filter(portal="rokhas", outcome="failed"),
        "never together": Filter(portal="barid", service="watiqa.service-1"),
        "never together, three": Filter(portal="barid", service="watiqa.service-1", kind="call"),
    }


@dataclass(frozen=True, slots=True)
class LongLog:
    storage: Storage
    checkpointer: Checkpointer
    published: Published
    built: bool
    """Made now; it was there otherwise."""

    @property
    def size(self) -> int:
        return self.published.checkpoint.size


async def opened(url: str, folder: Path, records: int) -> LongLog:
    """The log at `url`, filled up to `records`, and signed. Keys are in `folder`."""
    storage = Storage(url)
    await migrate(storage)
    try:
        ring = KeyRing.open(folder / "keys")
    except KeyRingError:
        ring = KeyRing.create(folder / "keys")
    checkpointer = Checkpointer(storage, Audit(), lambda: ring.signer("audit"), kept=folder / KEPT)
    size = await storage.run_read(sequencer.size)
    if size not in (0, records):
        raise SystemExit(f"there is a log of {size} records already: say --records {size} or another --folder")
    batch: list[Prepared] = []
    for entry in entries(0 if size else records):
        batch.append(prepare(entry, max_bytes=16_384))
        if len(batch) == _AT_ONCE:
            await storage.run_write(_placing(batch))
            batch = []
    await storage.run_write(_placing(batch))
    return LongLog(storage, checkpointer, await checkpointer.advance(), built=not size)


def _placing(batch: list[Prepared]) -> Callable[[Connection], object]:
    return lambda tx: sequencer.place(tx, batch, limit=1)
