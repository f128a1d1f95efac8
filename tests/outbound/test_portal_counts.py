"""What comes of calls is counted for all processes, on either database."""

from __future__ import annotations

import itertools
import threading
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import select, update

from gateway.cases import portal_figures
from gateway.outbound.portal_counts import PortalCounts
from gateway.settings import PortalCounts as Settings
from gateway.storage import Storage
from gateway.storage.tables import portal_answers, portal_calls

NOW = datetime(2026, 11, 30, 9, 20, tzinfo=UTC)
SINCE = NOW.replace(minute=0)
ALWAYS = Settings(sample_seconds=0, shapes=3)


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


def counting(storage: Storage, settings: Settings = ALWAYS) -> tuple[PortalCounts, Clock]:
    clock = Clock()
    return PortalCounts(storage, settings, words=lambda _: frozenset("abcdefghij"), clock=clock), clock


def answered(body: dict[str, object], status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=body)


async def traffic(storage: Storage, since: datetime = SINCE) -> portal_figures.Traffic:
    found = await storage.run_read(lambda connection: portal_figures.traffic(connection, ["watiqa"], since))
    return found["watiqa"]


async def test_counts_of_two_processes_are_added_up(storage: Storage) -> None:
    (one, _), (two, _) = counting(storage), counting(storage)
    one.call("watiqa", "progress", "ok", "", 0.010)
    one.call("watiqa", "progress", "unavailable", "portal_timeout", 1.0)
    two.call("watiqa", "progress", "ok", "", 0.030)
    two.call("watiqa", "file", "refused", "not_registered", 0.020)
    two.call("barid", "track", "ok", "", 0.5)
    await one.share()
    await two.share()
    found = await traffic(storage)
    total = found.total
    assert (total.calls, total.ok, total.refused, total.failed) == (4, 2, 1, 1)
    assert (total.mean, total.slowest) == (265, 1000)
    assert set(found.operations) == {"progress", "file"}
    assert [(each.code, each.count) for each in found.failures] == [("not_registered", 1), ("portal_timeout", 1)]


async def test_hours_are_told_apart_and_old_ones_go(storage: Storage) -> None:
    counts, clock = counting(storage)
    counts.call("watiqa", "progress", "ok", "", 0.0)
    clock.now += timedelta(hours=2)
    counts.call("watiqa", "progress", "ok", "", 0.0)
    await counts.share()
    assert sorted((await traffic(storage)).hours) == [NOW.replace(minute=0), NOW.replace(minute=0, hour=11)]
    later, clock = counting(storage)
    clock.now += timedelta(days=ALWAYS.keep_days, hours=1)
    await later.share()
    assert list((await traffic(storage)).hours) == [NOW.replace(minute=0, hour=11)]


async def test_code_that_is_no_word_of_ours_is_not_kept(storage: Storage) -> None:
    counts, _ = counting(storage)
    counts.call("watiqa", "file", "refused", "Amina El Fassi AB123456", 0.0)
    await counts.share()
    assert [each.code for each in (await traffic(storage)).failures] == ["other"]


async def test_counts_wait_while_the_store_is_away(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    counts, _ = counting(storage)
    counts.call("watiqa", "progress", "ok", "", 0.0)
    counts.answer("watiqa", "progress", "", answered({"a": 1}))
    with monkeypatch.context() as away:

        async def fails(_: object) -> None:
            raise OSError("away")

        away.setattr(storage, "run_write", fails)
        with pytest.raises(OSError, match="away"):
            await counts.share()
    counts.call("watiqa", "progress", "ok", "", 0.0)
    await counts.share()
    assert (await traffic(storage)).total.calls == 2
    assert len(await storage.run_read(lambda read: portal_figures.answers(read, "watiqa"))) == 1


async def test_changed_answer_is_found_by_its_shape(storage: Storage) -> None:
    counts, clock = counting(storage)
    for _ in range(2):
        counts.answer("watiqa", "progress", "", answered({"statut": "x", "date": "y"}))
    clock.now += timedelta(days=1)
    counts.answer("watiqa", "progress", "", answered({"statut": "z", "etat": 3}))
    counts.answer("watiqa", "file", "", answered({"reference": "1"}))
    counts.answer("watiqa", "progress", "portal_answer_unexpected", answered({"message": "no route"}, 404))
    await counts.share()
    seen = await storage.run_read(lambda read: portal_figures.answers(read, "watiqa"))
    changes = portal_figures.changes(seen, NOW + timedelta(hours=1))
    assert [(each.operation, each.added, each.missing) for each in changes] == [
        ("progress", ("etat: number",), ("date: text",))
    ]
    assert portal_figures.changes(seen, NOW + timedelta(days=2)) == []
    strange = [(each.kind, each.status, each.shape) for each in seen if each.kind]
    assert strange == [("portal_answer_unexpected", 404, ("message: text",))]


async def test_shapes_do_not_fill_the_table(storage: Storage) -> None:
    counts, clock = counting(storage)
    for number in range(10):
        clock.now += timedelta(minutes=1)
        counts.answer("watiqa", "progress", "unknown_word", answered({"abcdefghij"[number]: 1}))
        await counts.share()
    rows = await storage.run_read(lambda read: read.execute(select(portal_answers.c.shape)).scalars().all())
    assert sorted(rows) == [["h: number"], ["i: number"], ["j: number"]]


async def test_good_answers_are_sampled(storage: Storage) -> None:
    counts, _ = counting(storage, Settings(sample_seconds=600))
    for _ in range(5):
        counts.answer("watiqa", "progress", "", answered({"a": 1}))
        counts.answer("watiqa", "progress", "unknown_word", answered({"a": 1}))
    await counts.share()
    seen = await storage.run_read(lambda read: portal_figures.answers(read, "watiqa"))
    assert {(each.kind, each.count) for each in seen} == {("", 1), ("unknown_word", 5)}


async def test_answers_are_looked_at_off_the_loop_and_few(storage: Storage) -> None:
    """However many odd answers come at once."""
    threads = set()

    def words(_portal: str) -> frozenset[str]:
        threads.add(threading.get_ident())
        return frozenset("abcdefghij")

    counts = PortalCounts(storage, Settings(shapes=200), words=words)
    for first, second in itertools.product("abcdefghij", repeat=2):
        counts.answer("watiqa", "progress", "unknown_word", answered({first: {second: 1}}))
        counts.answer("watiqa", "progress", "portal_answer_unexpected", answered({"a": 1}, 500))
    await counts.share()
    seen = await storage.run_read(lambda read: portal_figures.answers(read, "watiqa"))
    kinds = [(each.kind, each.count) for each in seen]
    assert kinds.count(("unknown_word", 1)) == len(kinds) - 1 == 8
    assert ("portal_answer_unexpected", 100) in kinds
    assert threads
    assert threading.get_ident() not in threads


async def test_sum_grows_by_what_is_new_alone(storage: Storage) -> None:
    counts, _ = counting(storage)
    counts.call("watiqa", "progress", "ok", "", 0.1)
    await counts.share()
    await counts.share()
    counts.call("watiqa", "progress", "ok", "", 0.3)
    await counts.share()
    await storage.run_write(lambda tx: tx.execute(update(portal_calls).values(slowest=500)))
    counts.call("watiqa", "progress", "ok", "", 0.2)
    await counts.share()
    assert ((await traffic(storage)).total.calls, (await traffic(storage)).total.slowest) == (3, 500)
