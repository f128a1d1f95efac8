from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, func, select

from gateway.audit import AuditLog, Entry, nodes, sequencer, verify_audit
from gateway.audit.export import export
from gateway.audit.note import VerifierKey
from gateway.audit.receipt import prove
from gateway.audit.record import decode, prepare
from gateway.audit.retention import Retention
from gateway.audit.tiles import Tile
from gateway.settings import Audit
from gateway.storage.tables import audit_bodies, audit_checkpoints, audit_records, audit_salts
from gateway.storage.vault import Vault

from .conftest import Content, Ledger

NOW = datetime(2026, 7, 15, 12, tzinfo=UTC)
SETTINGS = Audit(records_days=90, bodies_days=30, keep_bodies=True)


@pytest.fixture
async def log(ledger: Ledger) -> AsyncIterator[AuditLog]:
    log = AuditLog(ledger.storage, SETTINGS, vault=Vault(ledger.ring.data_key))
    await log.start()
    yield log
    await log.stop()


@pytest.fixture
def retention(ledger: Ledger, log: AuditLog) -> Retention:
    return Retention(ledger.storage, log, SETTINGS)


async def fill(ledger: Ledger, records: int, at: datetime) -> None:
    def work(tx: Connection) -> None:
        first = sequencer.size(tx)
        new = [
            prepare(Entry(call_id=f"call_{index}", kind="call", request=b"asked", at=at), max_bytes=4096)
            for index in range(first, first + records)
        ]
        sequencer.place(tx, new, limit=1)

    await ledger.storage.transact(work)


def check(ledger: Ledger, name: str) -> verify_audit.Report:
    keys = [verify_audit.parse_vkey(ledger.vkey)]
    return verify_audit.verify(verify_audit.Folder(str(ledger.folder / name)), keys, origin=ledger.origin)


async def expired(ledger: Ledger) -> int:
    async with ledger.storage.read() as connection:
        return await connection.run_sync(nodes.expired)


async def test_whole_months_go_by_whole_tiles_and_the_log_says_so_first(
    ledger: Ledger, retention: Retention, content: Content
) -> None:
    await fill(ledger, 600, datetime(2026, 3, 31, 23, 59, tzinfo=UTC))
    await fill(ledger, 100, datetime(2026, 4, 1, tzinfo=UTC))  # 90 days before are in April
    await ledger.checkpointer.advance()
    await retention.tidy(NOW)
    assert await expired(ledger) == 512
    records = await content.records()
    assert [row.index for row in records] == list(range(512, 701))
    assert min(await content.salts()) == 512
    act = decode(records[-1].leaf)
    assert (act.kind, act.operation, act.expired, act.rule) == (
        "admin",
        "audit.expire",
        512,
        "retention:records-days@1",
    )
    await retention.tidy(NOW)
    assert len(await content.records()) == 189  # nothing more, and nothing said twice


async def test_what_is_left_is_proven_and_signed_as_before(ledger: Ledger, retention: Retention) -> None:
    await fill(ledger, 700, datetime(2026, 1, 1, tzinfo=UTC))
    await fill(ledger, 10, NOW)
    before = await ledger.checkpointer.advance()
    await retention.tidy(NOW)
    assert await expired(ledger) == 512
    after = await ledger.checkpointer.advance()  # continues what was signed, or it would raise
    assert after.checkpoint.size == before.checkpoint.size + 1
    receipt = await prove(ledger.storage, ledger.checkpointer, 705)
    key = VerifierKey.parse(ledger.vkey)
    assert receipt.proof.verify(receipt.proof.extra, [key], origin=key.name).root == after.checkpoint.root


async def test_an_export_has_the_hashes_of_what_has_expired(ledger: Ledger, retention: Retention) -> None:
    await fill(ledger, 700, datetime(2026, 1, 1, tzinfo=UTC))
    await ledger.export("older")
    await retention.tidy(NOW)
    published = await ledger.checkpointer.advance()
    await export(ledger.storage, published, ledger.folder / "newer")
    await export(ledger.storage, published, ledger.folder / "older")
    tile = Tile(level=0, index=1).path
    assert (ledger.folder / "newer" / tile).read_bytes() == (ledger.folder / "older" / tile).read_bytes()
    bundle = Tile(level="entries", index=1).path
    assert (ledger.folder / "older" / bundle).exists()  # what an auditor has, stays
    assert not (ledger.folder / "newer" / bundle).exists()
    for name in ("newer", "older"):
        assert check(ledger, name).damages == []
    assert check(ledger, "newer").notices == ["records 0 to 511 have expired; a later record says so"]
    assert check(ledger, "newer").records == 189


async def test_missing_records_that_no_record_says_have_expired_are_a_damage(
    ledger: Ledger, retention: Retention
) -> None:
    await fill(ledger, 700, datetime(2026, 1, 1, tzinfo=UTC))
    await ledger.export("young")
    (ledger.folder / "young" / Tile(level="entries", index=0).path).unlink()
    assert [str(each) for each in check(ledger, "young").damages] == ["records 0 to 255: missing (tile/entries/000)"]
    await ledger.checkpointer.advance()
    await retention.tidy(NOW)
    await ledger.export("more")
    last = ledger.folder / "more" / Tile(level="entries", index=2, width=189).path
    content = last.read_bytes()
    last.unlink()  # and with it what says so
    assert {each.first for each in check(ledger, "more").damages} == {0, 256, 512}
    last.write_bytes(content.replace(b'"expired":512', b'"expired":999'))
    assert {each.kind for each in check(ledger, "more").damages} == {"changed"}
    last.write_bytes(content)
    tile = ledger.folder / "more" / Tile(level=0, index=1).path
    tile.write_bytes(tile.read_bytes()[:32] + bytes(32) + tile.read_bytes()[64:])
    assert check(ledger, "more").damages != []


async def test_nothing_goes_that_was_not_signed_or_is_young(ledger: Ledger, retention: Retention) -> None:
    await fill(ledger, 600, datetime(2026, 1, 1, tzinfo=UTC))
    await retention.tidy(NOW)
    assert await expired(ledger) == 0
    await ledger.checkpointer.advance()
    await retention.tidy(datetime(2026, 3, 31, tzinfo=UTC))
    assert await expired(ledger) == 0


async def test_records_stay_for_ever_unless_told_otherwise(ledger: Ledger, log: AuditLog) -> None:
    await fill(ledger, 600, datetime(2020, 1, 1, tzinfo=UTC))
    await ledger.checkpointer.advance()
    await Retention(ledger.storage, log, Audit()).tidy(NOW)
    assert await expired(ledger) == 0


async def test_bodies_go_before_their_records(ledger: Ledger, log: AuditLog, retention: Retention) -> None:
    for days in (40, 20):
        entry = Entry(
            call_id=f"call_{days}", kind="call", subject="p_x", request=b"asked", at=NOW - timedelta(days=days)
        )
        await log.write(entry)
    await retention.tidy(NOW)
    async with ledger.storage.read() as connection:
        left = (await connection.execute(select(audit_bodies.c.index))).scalars().all()
        records = (await connection.execute(select(func.count()).select_from(audit_records))).scalar_one()
        salts = (await connection.execute(select(func.count()).select_from(audit_salts))).scalar_one()
    assert (list(left), records, salts) == ([1], 2, 2)


async def test_an_expiry_that_was_interrupted_goes_on(
    ledger: Ledger, retention: Retention, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.audit.retention._TILES_AT_ONCE", 1)
    await fill(ledger, 1100, datetime(2026, 1, 1, tzinfo=UTC))
    await ledger.checkpointer.advance()
    transact, turns = ledger.storage.transact, iter(range(100))

    async def failing(work):
        if next(turns) == 4:
            raise ConnectionError
        return await transact(work)

    monkeypatch.setattr(ledger.storage, "transact", failing)
    with pytest.raises(ConnectionError):
        await retention.tidy(NOW)
    assert 0 < await expired(ledger) < 1024
    await retention.tidy(NOW)
    assert await expired(ledger) == 1024
    said = [decode(row.leaf).expired for row in await content.records() if row.operation == "audit.expire"]
    assert said == [1024, 1024]


async def test_old_checkpoints_are_not_kept_for_ever(
    ledger: Ledger, retention: Retention, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.audit.retention._CHECKPOINTS", 3)
    for _ in range(5):
        await ledger.grow(1)
        await ledger.checkpointer.advance()
    await retention.tidy(NOW)
    async with ledger.storage.read() as connection:
        sizes = (await connection.execute(select(audit_checkpoints.c.size))).scalars().all()
    assert sorted(sizes) == [1, 3, 4, 5]  # the first one says since when nothing is anchored
