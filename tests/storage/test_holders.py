"""Who holds something and is dead is known at once, not when a lease runs out."""

from __future__ import annotations

import asyncio
from pathlib import Path

from gateway.storage import Storage
from gateway.storage.holders import Holder, is_dead
from gateway.storage.notices import Notices
from tests.waiting import PATIENCE


async def test_living_holder_is_not_taken_for_dead(storage: Storage) -> None:
    holder = Holder(storage)
    await holder.start()
    assert not await storage.run_write(lambda tx: is_dead(tx, holder.number))
    await holder.stop()


async def test_holder_that_ended_is_dead_at_once(store_url: str) -> None:
    first, second = Storage(store_url), Storage(store_url)
    holder = Holder(first)
    await holder.start()
    await holder.stop()
    await first.close()
    if second.sqlite:
        assert await Holder(second).start()
    else:
        assert await second.run_write(lambda tx: is_dead(tx, holder.number))
    await second.close()


async def test_second_process_on_sqlite_is_not_alone(tmp_path: Path) -> None:
    storage = Storage(f"sqlite:///{tmp_path}/gateway.sqlite")
    first, second = Holder(storage), Holder(storage)
    assert await first.start()
    assert not await second.start()
    await first.stop()
    await second.stop()
    await storage.close()


async def test_holder_of_no_number_is_nobody(storage: Storage) -> None:
    assert not await storage.run_write(lambda tx: is_dead(tx, 0))


class Broken:
    """A storage that fails in a way that no database does."""

    sqlite = False

    def __init__(self) -> None:
        self.asked = 0

    async def session(self) -> None:
        self.asked += 1
        raise RuntimeError("not the database's")

    async def is_asked_again(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while self.asked < 2:
                await asyncio.sleep(0.01)


async def test_holding_and_listening_go_on_after_any_failure() -> None:
    """A process that holds no lock would be taken for dead, and its cases for nobody's."""
    held, heard = Broken(), Broken()
    holder, notices = Holder(held), Notices(heard, "anything")  # type: ignore[arg-type]
    starting = asyncio.create_task(holder.start())  # waits for the lock for a while
    notices.subscribe(print)
    await asyncio.gather(held.is_asked_again(), heard.is_asked_again())
    starting.cancel()
    await holder.stop()
    await notices.unsubscribe(print)
