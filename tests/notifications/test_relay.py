"""The outbox: nothing in it without its change, nothing lost or out of order on the way to the consumers."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import Connection, func, select

from gateway.connectors.contract import CaseStatus
from gateway.notifications.case_change import CaseChange
from gateway.notifications.relay import Relay
from gateway.storage import Storage
from gateway.storage.notices import Notices
from gateway.storage.tables import outbox

from .cases import filed, insert, moved, new_case, store


class Kept:
    """A consumer that keeps what it is given, and fails on some cases."""

    def __init__(self) -> None:
        self.changes: list[CaseChange] = []
        self.fails_on: set[str] = set()

    def take(self, tx: Connection, changes: Sequence[CaseChange]) -> None:
        if any(each.case_id in self.fails_on for each in changes):
            raise ValueError("this case")
        self.changes += changes

    def of(self, case_id: str) -> list[int]:
        return [each.seq for each in self.changes if each.case_id == case_id]


def relay_to(storage: Storage, *consumers: Kept) -> Relay:
    return Relay(storage, Notices(storage, "changed"), consumers, seconds=1.0)


async def waiting(storage: Storage) -> int:
    query = select(func.count()).select_from(outbox)
    return await storage.run_read(lambda connection: connection.execute(query).scalar_one())


async def test_change_that_is_taken_back_is_not_told(storage: Storage) -> None:
    cases, case = store(storage), new_case()

    def fails(tx: Connection) -> None:
        insert(tx, cases, case)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        await storage.run_write(fails)
    assert await waiting(storage) == 0
    await storage.run_write(lambda tx: insert(tx, cases, case))
    assert await waiting(storage) == 1


async def test_consumers_get_every_line_once_in_order(storage: Storage) -> None:
    cases, one, two = store(storage), Kept(), Kept()
    first, second = await filed(cases), await filed(cases, subject="p1")
    await moved(cases, first, CaseStatus.ACTION_REQUIRED, "fee_due", "reminder")
    await moved(cases, second, CaseStatus.COMPLETED, "delivered")
    relay = relay_to(storage, one, two)
    assert await relay.relay() == 5
    assert await relay.relay() == 0
    for kept in (one, two):
        assert kept.of(first.id) == [1, 2, 3]
        assert kept.of(second.id) == [1, 2]
    told = [(each.code, each.status_changed, each.ends_case) for each in one.changes if each.case_id == first.id]
    assert told == [("received", True, False), ("fee_due", True, False), ("reminder", False, False)]
    last = next(each for each in one.changes if each.ends_case)
    assert (last.event_id, last.subject) == (f"evt_{second.id[5:]}_2", "p1")


async def test_case_that_a_consumer_cannot_take_holds_up_no_other(storage: Storage) -> None:
    cases, good, bad = store(storage), Kept(), Kept()
    first, second = await filed(cases), await filed(cases)
    await moved(cases, first, CaseStatus.IN_PROGRESS, "filed")
    bad.fails_on = {first.id}
    relay = relay_to(storage, bad, good)
    await relay.relay()
    assert bad.of(second.id) == [1]
    bad.fails_on = set()
    await moved(cases, first, CaseStatus.COMPLETED, "delivered")
    await relay.relay()
    assert bad.of(first.id) == []  # what follows of this case waits with it
    await storage.run_write(lambda tx: tx.execute(outbox.update().values(not_before=None)))
    await relay.relay()
    assert bad.of(first.id) == [1, 2, 3]
    assert await waiting(storage) == 0
