"""Which message is sent next, by whom, and once: on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update

from gateway.notifications.commands.report_operations import ReportOperations
from gateway.notifications.messages import store
from gateway.notifications.messages.facts import Fact, FactKind
from gateway.notifications.messages.store import Claims, State
from gateway.storage import Storage
from gateway.storage.tables import messages

END = Fact(kind=FactKind.END, what="completed", key="end")


async def added(
    storage: Storage, subject: str = "anna", case: str = "case_1", seconds: float = -1, **more: Any
) -> bool:
    given = {"client": "app", "fact": END, "channel": "email"} | more
    return await storage.run_write(partial(store.add, subject=subject, case_id=case, seconds=seconds, **given))


async def claimed(storage: Storage, claims: Claims, most: int = 10) -> list[str]:
    """The cases of the messages that this process gets."""
    ids = await storage.run_write(partial(claims.claim, most=most))
    found = await storage.run_read(lambda it: {each: store.read(it, each) for each in ids})
    return sorted(each.case_id for each in found.values())


async def test_fact_is_one_message_for_each_channel(storage: Storage) -> None:
    assert [await added(storage), await added(storage), await added(storage, channel="sms")] == [True, False, True]
    assert await added(storage, fact=Fact(kind=FactKind.PARCEL, what="posted", key="event:4"))


async def test_two_processes_share_and_take_turns_of_persons(storage: Storage) -> None:
    """Each person has one message under way at a time, whoever sends it; those who wait longest come first."""
    for number in range(5):
        await added(storage, "anna", f"case_a{number}", seconds=-100 + number)
    await added(storage, "badr", "case_b", seconds=-2)
    await added(storage, "chama", "case_c", seconds=-1)
    await added(storage, "driss", "case_d", seconds=60)
    one, two = Claims("one", 60), Claims("two", 60)
    assert await claimed(storage, one, most=2) == ["case_a0", "case_b"]
    assert await claimed(storage, two) == ["case_c"]
    assert await claimed(storage, two) == []


async def test_lease_that_is_over_goes_to_another_process(storage: Storage) -> None:
    await added(storage)
    dead, alive = Claims("dead", -1), Claims("alive", 60)  # over already, by the database's clock
    assert await claimed(storage, dead) == ["case_1"]
    assert await claimed(storage, alive) == ["case_1"]
    (id,) = await storage.run_read(lambda it: it.execute(select(messages.c.id)).scalars().all())
    assert not await storage.run_write(lambda tx: store.begin(tx, id, dead.holder, "smtp"))
    assert await storage.run_write(lambda tx: store.begin(tx, id, alive.holder, "smtp"))
    assert not await storage.run_write(lambda tx: store.end(tx, id, dead.holder, State.NOT_SENT))


async def test_restarted_process_goes_on_at_once(storage: Storage) -> None:
    await added(storage)
    before, after = Claims("worker-1", 600), Claims("worker-1", 600)
    assert await claimed(storage, before) == ["case_1"]
    assert await storage.run_write(Claims("worker-2", 600).take_over_own) == 0
    assert await storage.run_write(after.take_over_own) == 1
    assert await claimed(storage, after) == ["case_1"]


async def test_sent_counts_even_without_the_lease(storage: Storage) -> None:
    """A process that was too slow has handed it over all the same: nobody sends it again."""
    await added(storage)
    slow, quick = Claims("slow", -1), Claims("quick", 60)
    await claimed(storage, slow)
    await claimed(storage, quick)
    (id,) = await storage.run_read(lambda it: it.execute(select(messages.c.id)).scalars().all())
    assert await storage.run_write(lambda tx: store.end(tx, id, slow.holder, State.SENT, reference="r"))
    assert not await storage.run_write(lambda tx: store.end(tx, id, quick.holder, State.WAITING, seconds=1))
    assert (await storage.run_read(lambda it: store.read(it, id))).state is State.SENT


async def test_waiting_says_what_is_due_and_how_late(storage: Storage) -> None:
    assert await storage.run_read(store.waiting) == (False, 0.0, None)
    await added(storage, seconds=-30)
    await added(storage, "badr", "case_2", seconds=90)
    waiting = await storage.run_read(store.waiting)
    assert (waiting.due, 30 <= waiting.overdue < 90, 30 < waiting.next_in <= 90) == (True, True, True)


async def test_old_messages_are_dropped_unless_they_wait(storage: Storage) -> None:
    for case in ("case_old", "case_waiting", "case_new"):
        await added(storage, case=case)
    old = datetime.now(UTC) - timedelta(days=40)
    ended = {"due_at": None, "state": "sent"}

    def age(tx: Any) -> None:
        tx.execute(update(messages).where(messages.c.case_id == "case_old").values(created_at=old, **ended))
        tx.execute(update(messages).where(messages.c.case_id == "case_waiting").values(created_at=old))

    await storage.run_write(age)
    assert await storage.run_write(partial(store.drop_old, days=30)) == 1
    left = await storage.run_read(lambda it: it.execute(select(messages.c.case_id)).scalars().all())
    assert sorted(left) == ["case_new", "case_waiting"]


@pytest.mark.parametrize(
    ("states", "fails"),
    [
        (["refused", "refused"], False),
        (["refused", "undeliverable", "refused"], True),
        (["sent", "refused", "refused", "refused"], True),
        (["refused", "refused", "refused", "sent"], False),
        (["refused", "refused", "not_sent", "refused"], True),
    ],
)
async def test_address_fails_after_three_in_a_row(storage: Storage, states: list[str], fails: bool) -> None:
    start = datetime.now(UTC) - timedelta(hours=1)
    for number, state in enumerate(states):
        await added(storage, case=f"case_{number}")
        tried = {"state": state, "tried_at": start + timedelta(minutes=number)}
        this = update(messages).where(messages.c.case_id == f"case_{number}").values(**tried)
        await storage.run_write(lambda tx, this=this: tx.execute(this))
    found = await storage.run_read(lambda it: store.fails_in_row(it, "anna", "email", start - timedelta(days=1), 3))
    assert found is fails


async def test_operator_sees_the_messages_that_reached_nobody(storage: Storage) -> None:
    """Refused, come back, or not handed over for too long; not those that were sent, or need not be."""
    ended = {
        "refused": "case_1",
        "undeliverable": "case_2",
        "given_up": "case_3",
        "sent": "case_4",
        "not_sent": "case_5",
    }
    for state, case in ended.items():
        await added(storage, case=case)
        await storage.run_write(
            lambda tx, of=case, to=state: tx.execute(
                update(messages).where(messages.c.case_id == of).values(state=to, due_at=None)
            )
        )
    report = await ReportOperations(storage=storage).run(24)
    assert {each.state for each in report.message_failures} == {"refused", "undeliverable", "given_up"}
