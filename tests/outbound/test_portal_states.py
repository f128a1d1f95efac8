"""What processes tell each other of a portal, over each kind of database. Each has its own clock here."""

from __future__ import annotations

import asyncio

import pytest

from gateway.outbound.breaker import Circuit
from gateway.outbound.portal_states import PortalStates
from gateway.settings import Breaker
from gateway.settings import PortalStates as Settings
from gateway.storage import Storage
from tests.outbound.raw import Clock
from tests.waiting import PATIENCE

BREAKER = Breaker(minimum_calls=2, open_seconds=1000)
SETTINGS = Settings(share_seconds=0.05, expire_seconds=1000)


class Process:
    """One process that calls `barid`; its clock stands unless a test moves it."""

    def __init__(self, storage: Storage, settings: Settings = SETTINGS, start: float = 1000.0) -> None:
        self.clock = Clock()
        self.clock.now = start
        self.circuit = Circuit(BREAKER, clock=self.clock)
        self.states = PortalStates(storage, {"barid": self.circuit}, settings, clock=self.clock)

    def call(self, *, fails: bool) -> None:
        admitted = self.circuit.admit()
        self.circuit.failure(admitted) if fails else self.circuit.success(admitted, 0.0)

    @property
    def state(self) -> str:
        return self.states.state("barid")


@pytest.fixture
def pair(storage: Storage) -> tuple[Process, Process]:
    """Their clocks were started at other times, as those of two machines."""
    return Process(storage), Process(storage, start=50.0)


async def talk(*processes: Process) -> None:
    for each in processes:
        await each.states.share()
    for each in processes:
        await each.states.share()


async def test_open_breaker_of_one_process_is_told_by_the_other(pair: tuple[Process, Process]) -> None:
    one, two = pair
    for _ in range(2):
        one.call(fails=True)
    await talk(one, two)
    assert (one.state, two.state) == ("down", "down")
    left = two.states.retry_after("barid")
    assert left == pytest.approx(1000, abs=20)
    two.call(fails=False)  # the other's cases still meet a closed way
    await talk(two, one)
    assert (one.state, two.state) == ("down", "down")


async def test_one_failed_call_is_told_until_a_newer_one_succeeds(pair: tuple[Process, Process]) -> None:
    one, two = pair
    assert (one.state, two.state) == ("up", "up")
    one.call(fails=True)
    await talk(one, two)
    assert (one.state, two.state) == ("degraded", "degraded")
    two.clock.now += 60
    two.call(fails=False)
    one.clock.now += 60
    await talk(two, one)
    assert (one.state, two.state) == ("up", "up")


async def test_older_success_does_not_hide_a_newer_failure(pair: tuple[Process, Process]) -> None:
    one, two = pair
    two.call(fails=False)
    for each in pair:
        each.clock.now += 60
    one.call(fails=True)
    await talk(one, two)
    assert (one.state, two.state) == ("degraded", "degraded")


async def test_open_breaker_whose_time_is_over_is_degraded(pair: tuple[Process, Process]) -> None:
    one, two = pair
    for _ in range(2):
        one.call(fails=True)
    await talk(one, two)
    for each in pair:
        each.clock.now += 1000.5
    assert one.state == "degraded"
    await one.states.share()
    await two.states.share()
    assert two.state == "degraded"
    assert two.states.retry_after("barid") is None


async def test_word_of_a_dead_process_expires(storage: Storage) -> None:
    dead, alive = Process(storage, Settings(expire_seconds=3)), Process(storage)
    dead.call(fails=True)
    await talk(dead, alive)
    assert alive.state == "degraded"
    alive.clock.now += 4  # what it had read is no longer good, although the database was not asked again
    assert alive.state == "up"


async def test_stopped_process_takes_its_word_back(storage: Storage) -> None:
    one, two = Process(storage), Process(storage)
    one.call(fails=True)
    await one.states.start()
    await two.states.share()
    assert two.state == "degraded"
    await one.states.stop()
    await two.states.share()
    assert two.state == "up"


async def test_started_process_hears_without_being_asked(storage: Storage) -> None:
    one, two = Process(storage), Process(storage)
    await one.states.start()
    await two.states.start()
    one.call(fails=True)
    async with asyncio.timeout(PATIENCE):
        while two.state != "degraded":
            await asyncio.sleep(0.02)
    await one.states.stop()
    await two.states.stop()


async def test_nothing_is_written_while_nothing_changes(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    one, writes = Process(storage), []
    run_write = storage.run_write
    monkeypatch.setattr(storage, "run_write", lambda work: writes.append(1) or run_write(work))
    for _ in range(5):
        one.call(fails=False)
        await one.states.share()
    assert writes == []
    one.call(fails=True)
    await one.states.share()
    await one.states.share()
    assert len(writes) == 1


class Broken:
    """A storage that fails in a way that nobody foresaw, and has no outage."""

    def __init__(self) -> None:
        self.asked = 0

    async def run_read(self, work: object) -> None:
        self.asked += 1
        raise RuntimeError("not the database's")

    run_write = run_read


async def test_sharing_goes_on_after_any_failure() -> None:
    storage = Broken()
    states = PortalStates(storage, {}, SETTINGS)  # type: ignore[arg-type]
    await states.start()
    async with asyncio.timeout(PATIENCE):
        while storage.asked < 3:
            await asyncio.sleep(0.01)
    await states.stop()
