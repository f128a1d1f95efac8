"""The feed of an owner: every event once, in an order that never changes, whatever commits when."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import event, update

from gateway.auth.keys import KeyRing
from gateway.cases.feed import Feeds, Positions
from gateway.cases.model import Case, Contact, Event, Personal, now
from gateway.cases.page_cursor import BadCursor
from gateway.cases.store import Cases
from gateway.connectors.contract import CaseStatus
from gateway.storage import Storage
from gateway.storage.tables import case_events
from gateway.storage.vault import Vault
from tests.conftest import ON_SQLITE
from tests.database_sessions import transaction

from .states import state_of

ME = "p_" + "1" * 32
PERSONAL = Personal(form={"text": "x"}, contact=Contact(name="Amina", email="amina@example.org"))


@pytest.fixture
def cases(storage: Storage, ring: KeyRing) -> Cases:
    return Cases(storage, Vault(ring.data_key))


def case(id: str, subject: str = ME) -> Case:
    return Case(
        id=id,
        client="app",
        subject=subject,
        service="echo.note",
        status=CaseStatus.RECEIVED,
        version=1,
        language="fr",
        created_at=now(),
        updated_at=now(),
        deadline_on=None,
        due_at=now(),
        state=state_of(portal="echo"),
    )


async def filed(cases: Cases, id: str, *codes: str, subject: str = ME) -> Case:
    made = case(id, subject)
    events = [Event(code=each) for each in codes or ("received",)]
    async with transaction(cases.storage) as tx:
        await tx.run_sync(cases.insert, made, PERSONAL, events)
    return made


async def read(feeds: Feeds, after: int = 0, owner: str = ME, limit: int = 50) -> tuple[list[str], int]:
    page = await feeds.page(owner, after=after, limit=limit)
    return [f"{each.case_id} {each.event.code}" for each in page.events], page.position


async def test_feed_is_one_order_of_all_cases(cases: Cases) -> None:
    feeds = Feeds(cases.storage)
    first = await filed(cases, "case_1", "received", "payment_due")
    await filed(cases, "case_2")
    await filed(cases, "case_3", subject="p_" + "2" * 32)
    async with transaction(cases.storage) as tx:
        await tx.run_sync(cases.save, first, [Event(code="paid")])
    found, position = await read(feeds)
    assert found == ["case_1 received", "case_1 payment_due", "case_2 received", "case_1 paid"]
    assert position == 4
    assert await read(feeds, position) == ([], 4)
    assert await read(feeds, 2) == (found[2:], 4)
    page = await feeds.page(ME, after=0, limit=3)
    assert ([each.number for each in page.events], page.position, page.more) == ([1, 2, 3], 3, True)
    assert await read(feeds, owner="client:app") == ([], 0)


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
async def test_event_that_commits_late_is_not_skipped(cases: Cases) -> None:
    """Its transaction wrote first and commits last: who has read what committed meanwhile still gets it."""
    feeds = Feeds(cases.storage)
    await filed(cases, "case_1")  # makes the person's key, for which the two would wait otherwise
    async with transaction(cases.storage) as slow:
        await slow.run_sync(cases.insert, case("case_slow"), PERSONAL, [Event(code="received")])
        await filed(cases, "case_quick")
        assert await read(feeds) == (["case_1 received", "case_quick received"], 2)
    assert await read(feeds, 2) == (["case_slow received"], 3)
    assert (await read(feeds))[0] == ["case_1 received", "case_quick received", "case_slow received"]


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
async def test_two_readers_number_each_event_once(cases: Cases) -> None:
    """The second one numbers while the first one has not committed."""
    feeds, other = Feeds(cases.storage), Feeds(Storage(cases.storage.url))
    for n in range(20):
        await filed(cases, f"case_{n}", "received", "filed")
    pages = await asyncio.gather(*(read(each) for each in (feeds, other) * 8))
    await other._storage.close()
    assert len({tuple(found) for found, _ in pages}) == 1
    assert (len(set(pages[0][0])), pages[0][1]) == (40, 40)


async def test_events_of_a_case_keep_their_order_under_wrong_clocks(cases: Cases) -> None:
    """A machine whose clock is behind wrote the second event."""
    await filed(cases, "case_1", "received", "payment_due")
    early = now().replace(year=2020)
    async with transaction(cases.storage) as tx:
        await tx.execute(update(case_events).where(case_events.c.code == "payment_due").values(at=early))
    assert (await read(Feeds(cases.storage)))[0] == ["case_1 received", "case_1 payment_due"]


@ON_SQLITE
async def test_position_beyond_the_feed_misses_nothing_new(cases: Cases) -> None:
    """The database was restored to an earlier day than the position is of."""
    feeds = Feeds(cases.storage)
    await filed(cases, "case_1")
    assert await read(feeds, 90) == ([], 1)
    await filed(cases, "case_2")
    assert await read(feeds, 1) == (["case_2 received"], 2)


@ON_SQLITE
async def test_feed_without_news_writes_nothing(cases: Cases) -> None:
    feeds, written = Feeds(cases.storage), []
    await filed(cases, "case_1")
    await read(feeds)
    event.listen(cases.storage._writes, "before_cursor_execute", lambda *call: written.append(call[2]))
    await read(feeds)
    assert written == []
    await filed(cases, "case_2")
    assert written != []


@ON_SQLITE
async def test_feeds_are_asked_after_all_at_once(cases: Cases) -> None:
    feeds = Feeds(cases.storage)
    await filed(cases, "case_1")
    await filed(cases, "case_2", subject="")
    await read(feeds, owner="client:app")
    assert await feeds.lasts([ME, "client:app", "nobody"]) == {ME: -1, "client:app": 1}
    assert (await feeds.last(ME), await feeds.last("nobody")) == (1, 0)


def test_position_is_good_for_its_owner_alone() -> None:
    positions = Positions(b"k" * 32)
    text = positions.text(ME, 7)
    assert positions.number(ME, text) == 7
    assert positions.text(ME, 8)[:8] != text[:8]
    for owner, bad in (("p_other", text), (ME, text[:-1]), (ME, "7"), (ME, "é"), (ME, text.swapcase())):
        with pytest.raises(BadCursor):
            positions.number(owner, bad)
    with pytest.raises(BadCursor):
        Positions(b"x" * 32).number(ME, text)
