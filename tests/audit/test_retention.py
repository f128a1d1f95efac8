from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, func, select

from gateway.audit import nodes, sequencer, verify_audit
from gateway.audit.checkpointer import REFUSED, Checkpointer
from gateway.audit.entry import Entry
from gateway.audit.export import export
from gateway.audit.log import AuditLog
from gateway.audit.note import VerifierKey
from gateway.audit.receipt import prove
from gateway.audit.record import decode, prepare
from gateway.audit.retention import Retention, _delete_some
from gateway.audit.tiles import Tile
from gateway.settings import Audit
from gateway.storage.tables import audit_bodies, audit_checkpoints, audit_records, audit_salts
from gateway.storage.vault import Vault
from tests.database_sessions import read

from .conftest import Content, Ledger

NOW = datetime(2026, 7, 15, 12, tzinfo=UTC)
OLD = datetime(2026, 1, 10, tzinfo=UTC)
SETTINGS = Audit(records_days=90, bodies_days=30, keep_bodies=True)
WEEK = timedelta(days=SETTINGS.records_notice_days)


@pytest.fixture
async def log(ledger: Ledger) -> AsyncIterator[AuditLog]:
    log = AuditLog(ledger.storage, SETTINGS, vault=Vault(ledger.ring.data_key))
    await log.start()
    yield log
    await log.stop()


@pytest.fixture
def retention(ledger: Ledger, log: AuditLog) -> Retention:
    return Retention(ledger.storage, log, ledger.checkpointer, SETTINGS)


async def expire(ledger: Ledger, retention: Retention, at: datetime = NOW) -> None:
    """The round that announces, and the one that deletes."""
    await retention.tidy(at)
    await ledger.checkpointer.advance()
    await retention.tidy(at + WEEK)


async def fill(ledger: Ledger, records: int, at: datetime) -> None:
    def work(tx: Connection) -> None:
        first = sequencer.size(tx)
        new = [
            prepare(Entry(call_id=f"call_{index}", kind="call", request=b"asked", at=at), max_bytes=4096)
            for index in range(first, first + records)
        ]
        sequencer.place(tx, new, limit=1)

    await ledger.storage.run_write(work)


def check(ledger: Ledger, name: str) -> verify_audit.Report:
    keys = [verify_audit.parse_vkey(ledger.vkey)]
    return verify_audit.verify(verify_audit.Folder(str(ledger.folder / name)), keys, origin=ledger.origin)


async def expired(ledger: Ledger) -> int:
    async with read(ledger.storage) as connection:
        return await connection.run_sync(nodes.expired)


async def test_whole_months_go_by_whole_tiles_and_the_log_says_so_first(
    ledger: Ledger, retention: Retention, content: Content
) -> None:
    await fill(ledger, 600, datetime(2026, 3, 31, 23, 59, tzinfo=UTC))
    await fill(ledger, 100, datetime(2026, 4, 1, tzinfo=UTC))  # 90 days before are in April
    await ledger.checkpointer.advance()
    await expire(ledger, retention)
    assert await expired(ledger) == 512
    records = await content.records()
    assert [row.index for row in records] == list(range(512, 701))
    assert min(await content.salts()) == 512
    act = decode(records[-1].leaf)
    assert (act.kind, act.operation, act.rule) == ("admin", "audit.expire", "retention:records-days@1")
    assert (act.at, act.cutoff, act.expired) == ("2026-07-15T12:00:00.000000Z", "2026-04-01", 512)
    await expire(ledger, retention)
    assert len(await content.records()) == 189  # nothing more, and nothing said twice


async def test_what_is_left_is_proven_and_signed_as_before(ledger: Ledger, retention: Retention) -> None:
    await fill(ledger, 700, datetime(2026, 1, 1, tzinfo=UTC))
    await fill(ledger, 10, NOW)
    before = await ledger.checkpointer.advance()
    await expire(ledger, retention)
    assert await expired(ledger) == 512
    after = await ledger.checkpointer.advance()  # continues what was signed, or it would raise
    assert after.checkpoint.size == before.checkpoint.size + 1
    receipt = await prove(ledger.storage, ledger.checkpointer, 705)
    key = VerifierKey.parse(ledger.vkey)
    assert receipt.proof.verify(receipt.proof.extra, [key], origin=key.name).root == after.checkpoint.root


async def test_an_export_has_the_hashes_of_what_has_expired(ledger: Ledger, retention: Retention) -> None:
    await fill(ledger, 700, datetime(2026, 1, 1, tzinfo=UTC))
    await ledger.export("older")
    await expire(ledger, retention)
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
    report = check(ledger, "newer")
    said = "512 records have expired: record 700 says that those before 512 are from before 2026-04-01"
    assert (report.notices, report.records, report.expired) == ([said], 189, 512)
    facts, lines = verify_audit.tell_log(report)
    assert (facts["expired"], lines[-1]) == (512, "verified, but 512 of 701 records have expired")


async def test_missing_records_that_no_record_says_have_expired_are_a_damage(
    ledger: Ledger, retention: Retention
) -> None:
    await fill(ledger, 700, datetime(2026, 1, 1, tzinfo=UTC))
    await ledger.export("young")
    (ledger.folder / "young" / Tile(level="entries", index=0).path).unlink()
    assert [str(each) for each in check(ledger, "young").damages] == ["records 0 to 255: missing (tile/entries/000)"]
    await ledger.checkpointer.advance()
    await expire(ledger, retention)
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


async def test_nothing_goes_that_is_young(ledger: Ledger, retention: Retention) -> None:
    await fill(ledger, 600, datetime(2026, 1, 1, tzinfo=UTC))
    await expire(ledger, retention, datetime(2026, 3, 31, tzinfo=UTC))
    assert await expired(ledger) == 0
    async with read(ledger.storage) as connection:
        assert await connection.run_sync(sequencer.size) == 600  # nothing is announced either


async def test_records_stay_for_ever_unless_told_otherwise(ledger: Ledger, log: AuditLog) -> None:
    await fill(ledger, 600, datetime(2020, 1, 1, tzinfo=UTC))
    await ledger.checkpointer.advance()
    await expire(ledger, Retention(ledger.storage, log, ledger.checkpointer, Audit()))
    assert await expired(ledger) == 0


async def test_bodies_go_before_their_records(ledger: Ledger, log: AuditLog, retention: Retention) -> None:
    for days in (40, 20):
        entry = Entry(
            call_id=f"call_{days}", kind="call", subject="p_x", request=b"asked", at=NOW - timedelta(days=days)
        )
        await log.write(entry)
    await retention.tidy(NOW)
    async with read(ledger.storage) as connection:
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
    await retention.tidy(NOW)
    await ledger.checkpointer.advance()
    run_write, turns = ledger.storage.run_write, iter(range(100))

    async def failing(work):
        if next(turns) == 4:
            raise ConnectionError
        return await run_write(work)

    monkeypatch.setattr(ledger.storage, "run_write", failing)
    with pytest.raises(ConnectionError):
        await retention.tidy(NOW + WEEK)
    assert 0 < await expired(ledger) < 1024
    await retention.tidy(NOW + WEEK)
    assert await expired(ledger) == 1024
    said = [decode(row.leaf).expired for row in await content.records() if row.operation == "audit.expire"]
    assert said == [1024]


# --- When nothing may be deleted -------------------------------------------------------------------------------------


async def test_a_checkpoint_from_before_the_announcement_covers_no_missing_record(
    ledger: Ledger, retention: Retention
) -> None:
    await fill(ledger, 1000, OLD)
    await fill(ledger, 300, NOW)
    published = await ledger.checkpointer.advance()
    await retention.tidy(NOW)
    await export(ledger.storage, published, ledger.folder / "export")
    assert (check(ledger, "export").damages, await expired(ledger)) == ([], 0)
    await ledger.checkpointer.advance()
    await retention.tidy(NOW + WEEK - timedelta(seconds=1))
    assert await expired(ledger) == 0
    await retention.tidy(NOW + WEEK)
    assert await expired(ledger) == 768


async def test_an_announcement_that_is_not_signed_deletes_nothing(ledger: Ledger, log: AuditLog) -> None:
    """It is placed, but the newest checkpoint, which is young enough, does not cover it."""
    slow = Audit(checkpoint_seconds=3600)
    checkpointer = Checkpointer(
        ledger.storage, slow, lambda: ledger.ring.signer("audit"), kept=ledger.folder / "audit.checkpoint"
    )
    retention = Retention(ledger.storage, log, checkpointer, SETTINGS)
    await fill(ledger, 1000, OLD)
    await ledger.checkpointer.advance()
    await retention.tidy(NOW)
    await retention.tidy(NOW + WEEK)
    assert await expired(ledger) == 0
    await checkpointer.advance()
    await retention.tidy(NOW + WEEK)
    assert await expired(ledger) == 768


@pytest.mark.parametrize("announced", [False, True])
async def test_nothing_expires_while_the_log_is_refused(
    ledger: Ledger, retention: Retention, content: Content, announced: bool
) -> None:
    """A witness contradicts: what is there is evidence, and no checkpoint would say why it is gone."""
    await fill(ledger, 1000, OLD)
    await ledger.checkpointer.advance()
    if announced:
        await retention.tidy(NOW)
        await ledger.checkpointer.advance()
    before = len(await content.records())
    (ledger.folder / REFUSED).write_text("{}")
    await retention.tidy(NOW)
    await retention.tidy(NOW + WEEK)
    assert (await expired(ledger), len(await content.records())) == (0, before)


async def test_nothing_expires_while_nothing_can_be_signed(ledger: Ledger, retention: Retention) -> None:
    await fill(ledger, 1000, OLD)
    await ledger.checkpointer.advance()
    await retention.tidy(NOW)
    await ledger.checkpointer.advance()
    ledger.checkpointer.problem = "the log was changed"
    await retention.tidy(NOW + WEEK)
    assert await expired(ledger) == 0


@pytest.mark.parametrize("settings", [SETTINGS, SETTINGS.model_copy(update={"durable": False})])
async def test_when_all_records_have_expired_the_next_one_keeps_its_place(ledger: Ledger, settings: Audit) -> None:
    """Even if the announcement itself is among them."""
    log = AuditLog(ledger.storage, settings)
    retention = Retention(ledger.storage, log, ledger.checkpointer, settings)
    await log.start()
    await fill(ledger, 1024, OLD)
    await ledger.checkpointer.advance()
    await retention.tidy(NOW)
    await log.stop()
    await fill(ledger, 255, OLD)
    await ledger.checkpointer.advance()
    await ledger.storage.run_write(lambda tx: _delete_some(tx, 1280))
    await fill(ledger, 1, NOW)
    head = await ledger.checkpointer.advance()  # continues what was signed
    assert head.checkpoint.size == 1281


async def test_what_is_to_be_kept_longer_after_all_is_not_deleted(
    ledger: Ledger, log: AuditLog, retention: Retention
) -> None:
    await fill(ledger, 700, OLD)
    await ledger.checkpointer.advance()
    await retention.tidy(NOW)
    await ledger.checkpointer.advance()
    longer = SETTINGS.model_copy(update={"records_days": 365})
    await Retention(ledger.storage, log, ledger.checkpointer, longer).tidy(NOW + WEEK)
    assert await expired(ledger) == 0


# --- Clocks that are wrong -------------------------------------------------------------------------------------------


async def test_a_clock_that_jumps_ahead_deletes_nothing(ledger: Ledger, retention: Retention, content: Content) -> None:
    await fill(ledger, 1300, NOW)
    await ledger.checkpointer.advance()
    ahead = NOW + timedelta(days=3650)
    for at in (ahead, ahead + timedelta(hours=1), NOW + timedelta(hours=2), NOW + WEEK, NOW + 2 * WEEK):
        await retention.tidy(at)
        await ledger.checkpointer.advance()
    assert await expired(ledger) == 0
    later = NOW + timedelta(days=150)
    await expire(ledger, retention, later)
    assert await expired(ledger) == 1280
    said = [decode(row.leaf) for row in await content.records() if row.operation == "audit.expire"]
    assert [act.at[:4] for act in said] == ["2036", "2026"]  # what a wrong clock announced counts for nothing


async def test_records_of_the_future_expire_with_those_around_them(ledger: Ledger, retention: Retention) -> None:
    await fill(ledger, 1, datetime(2099, 1, 1, tzinfo=UTC))
    await fill(ledger, 1300, OLD)
    await fill(ledger, 300, NOW)
    await ledger.checkpointer.advance()
    await expire(ledger, retention)
    assert await expired(ledger) == 1280


async def test_records_of_the_future_do_not_expire_alone(ledger: Ledger, retention: Retention) -> None:
    await fill(ledger, 512, OLD)
    await fill(ledger, 600, datetime(2099, 1, 1, tzinfo=UTC))
    await ledger.checkpointer.advance()
    await expire(ledger, retention)
    assert await expired(ledger) == 512


# --- What an auditor has ---------------------------------------------------------------------------------------------


async def test_a_folder_that_is_continued_after_an_expiry_keeps_what_it_has_and_verifies(
    ledger: Ledger, retention: Retention
) -> None:
    await fill(ledger, 600, OLD)
    await ledger.export()
    await fill(ledger, 1400, OLD)
    await fill(ledger, 300, NOW)
    await ledger.checkpointer.advance()
    await expire(ledger, retention)
    await ledger.export()
    report = check(ledger, "export")
    assert (report.damages, report.expired) == ([], 1792 - 512)
    part = ledger.folder / "export" / Tile(level="entries", index=2, width=88).path
    content = part.read_bytes()
    part.write_bytes(content.replace(b"call_530", b"call_531"))
    assert [str(each) for each in check(ledger, "export").damages] == [
        "records 512 to 599: not the same in an older tile (tile/entries/002.p/88)"
    ]


async def test_no_record_says_that_later_ones_have_expired(ledger: Ledger) -> None:
    """One early act would excuse whatever is missing behind it."""
    await fill(ledger, 10, OLD)
    act = Entry(call_id="act_1", kind="admin", operation="audit.expire", expired=10**9)
    await ledger.storage.run_write(lambda tx: sequencer.place(tx, [prepare(act, max_bytes=4096)], limit=1))
    await fill(ledger, 1000, OLD)
    await ledger.export()
    (ledger.folder / "export" / Tile(level="entries", index=2).path).unlink()
    assert [str(each) for each in check(ledger, "export").damages] == ["records 512 to 767: missing (tile/entries/002)"]


async def test_more_expired_records_than_the_auditor_accepts_are_a_damage(ledger: Ledger, retention: Retention) -> None:
    await fill(ledger, 700, OLD)
    await ledger.checkpointer.advance()
    await expire(ledger, retention)
    await ledger.export()

    def verified(*words: str) -> int:
        return verify_audit.main([str(ledger.folder / "export"), "--vkey", ledger.vkey, *words])

    assert (verified(), verified("--expired", "512"), verified("--expired", "511")) == (0, 0, 1)


async def test_old_checkpoints_are_not_kept_for_ever(
    ledger: Ledger, retention: Retention, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.audit.retention._CHECKPOINTS", 3)
    for _ in range(5):
        await ledger.grow(1)
        await ledger.checkpointer.advance()
    await retention.tidy(NOW)
    async with read(ledger.storage) as connection:
        sizes = (await connection.execute(select(audit_checkpoints.c.size))).scalars().all()
    assert sorted(sizes) == [1, 3, 4, 5]  # the first one says since when nothing is anchored
