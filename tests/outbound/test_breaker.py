"""The circuit breaker: its state machine on a clock of ours, and the layer over a socket."""

from __future__ import annotations

import asyncio
from collections import Counter

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.outbound.breaker import Circuit, State
from gateway.outbound.errors import BreakerOpen, BulkheadFull
from gateway.settings import Breaker as Settings
from tests.outbound.raw import READING, Clock, answer, during, put_clock_forward, until

SETTINGS = Settings(
    window_seconds=10,
    minimum_calls=4,
    failure_ratio=0.5,
    slow_seconds=1,
    slow_ratio=0.75,
    open_seconds=5,
    half_open_probes=2,
)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def circuit(clock):
    return Circuit(SETTINGS, clock=clock)


def succeed(circuit, times=1, seconds=0.0):
    for _ in range(times):
        circuit.success(circuit.admit(), seconds)


def fail(circuit, times=1):
    for _ in range(times):
        circuit.failure(circuit.admit())


def test_it_stays_closed_below_the_minimum_of_calls(circuit):
    fail(circuit, 3)
    assert circuit.state is State.CLOSED


def test_it_opens_at_the_failure_ratio_and_says_when_to_come_again(circuit, clock):
    succeed(circuit, 2)
    fail(circuit, 2)
    assert circuit.state is State.OPEN
    clock.now += 2
    with pytest.raises(BreakerOpen) as refused:
        circuit.admit()
    assert refused.value.retry_after == 3


def test_a_success_can_complete_the_minimum(circuit):
    fail(circuit, 3)
    succeed(circuit)
    assert circuit.state is State.OPEN


def test_slow_calls_open_it_too(circuit):
    succeed(circuit, 1)
    succeed(circuit, 3, seconds=1.0)
    assert circuit.state is State.OPEN


def test_old_failures_are_forgotten(circuit, clock):
    fail(circuit, 3)
    clock.now += 11
    fail(circuit, 1)
    assert circuit.state is State.CLOSED


def test_it_closes_when_all_probes_succeed(circuit, clock):
    fail(circuit, 4)
    clock.now += 5
    assert circuit.state is State.HALF_OPEN
    first, second = circuit.admit(), circuit.admit()
    with pytest.raises(BreakerOpen) as refused:
        circuit.admit()
    assert refused.value.retry_after > 0
    circuit.success(first, 0)
    assert circuit.state is State.HALF_OPEN
    circuit.success(second, 0)
    assert circuit.state is State.CLOSED
    fail(circuit, 3)
    assert circuit.state is State.CLOSED, "the failures from before are gone"


@pytest.mark.parametrize("end", ["failure", "slow"])
def test_one_bad_probe_opens_it_again(circuit, clock, end):
    fail(circuit, 4)
    clock.now += 5
    probe = circuit.admit()
    circuit.failure(probe) if end == "failure" else circuit.success(probe, 1.0)
    assert circuit.state is State.OPEN
    clock.now += 4.9
    with pytest.raises(BreakerOpen):
        circuit.admit()


def test_a_released_probe_makes_room_for_another(circuit, clock):
    fail(circuit, 4)
    clock.now += 5
    probes = [circuit.admit(), circuit.admit()]
    circuit.release(probes[0])
    circuit.success(circuit.admit(), 0)
    circuit.success(probes[1], 0)
    assert circuit.state is State.CLOSED


def test_what_began_before_it_opened_does_not_count_afterwards(circuit, clock):
    late = circuit.admit()
    fail(circuit, 4)
    clock.now += 5
    probe = circuit.admit()
    circuit.failure(late)
    assert circuit.state is State.HALF_OPEN
    circuit.success(probe, 0)
    circuit.release(late)
    succeed(circuit)
    assert circuit.state is State.CLOSED


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("admit"), st.just(0.0)),
        st.tuples(st.sampled_from(["success", "slow", "failure", "release"]), st.integers(0, 9)),
        st.tuples(st.just("pause"), st.floats(0.1, 6)),
    ),
    max_size=120,
)


@given(ACTIONS)
def test_whatever_happens_it_neither_jams_nor_overfills(actions):
    """Probes under way never exceed their number, an open circuit admits nobody, and it can always be closed again."""
    clock = Clock()
    changes = []
    circuit = Circuit(SETTINGS, clock=clock, on_change=changes.append)
    under_way = []
    for action, argument in actions:
        if action == "pause":
            clock.now += argument
        elif action == "admit":
            before = circuit.state
            try:
                under_way.append((circuit.admit(), before))
            except BreakerOpen as refused:
                fits = before is not State.CLOSED and 0 < refused.retry_after <= SETTINGS.open_seconds + 1e-6
            else:
                fits = before is not State.OPEN
            assert fits
        elif under_way:
            admitted, _ = under_way.pop(int(argument) % len(under_way))
            if action == "failure":
                circuit.failure(admitted)
            elif action == "release":
                circuit.release(admitted)
            else:
                circuit.success(admitted, 2.0 if action == "slow" else 0.0)
        if circuit.state is State.HALF_OPEN:
            newest = max((admitted for admitted, _ in under_way), default=-1)
            probes = Counter(admitted for admitted, before in under_way if before is State.HALF_OPEN)
            assert probes[newest] <= SETTINGS.half_open_probes
    for before, after in zip([State.CLOSED, *changes], changes, strict=False):
        assert (before, after) in {
            (State.CLOSED, State.OPEN),
            (State.OPEN, State.HALF_OPEN),
            (State.HALF_OPEN, State.OPEN),
            (State.HALF_OPEN, State.CLOSED),
        }
    for admitted, _ in under_way:
        circuit.release(admitted)
    clock.now += SETTINGS.open_seconds + SETTINGS.window_seconds
    succeed(circuit, SETTINGS.half_open_probes)
    assert circuit.state is State.CLOSED


# --- the layer ------------------------------------------------------------------------------------------------------

QUICK = {"breaker": {"minimum_calls": 2, "open_seconds": 0.05, "half_open_probes": 1}, "retry": {"attempts": 1}}


async def test_it_opens_answers_fast_probes_and_closes(portal, client_to):
    portal.respond = lambda _: answer(500)
    portal_client = client_to(portal.url, **QUICK)
    with during(READING):
        for _ in range(2):
            await portal_client.client.get("/x")
        assert portal_client.state == "down"
        with pytest.raises(BreakerOpen) as refused:
            await portal_client.client.get("/x")
        assert 0 < refused.value.retry_after <= 0.05
        assert len(portal.seen) == 2
        portal.respond = lambda _: answer(200)
        await until(lambda: portal_client.state == "degraded")
        await portal_client.client.get("/x")
    assert portal_client.state == "up"


async def test_answers_4xx_are_no_failures(portal, client_to):
    portal.respond = lambda _: answer(404)
    portal_client = client_to(portal.url, **QUICK)
    with during(READING):
        for _ in range(20):
            await portal_client.client.get("/x")
    assert portal_client.state == "up"


async def test_our_own_refusals_are_no_failures(portal, client_to):
    portal_client = client_to(portal.url, **QUICK)
    with during(READING):
        for _ in range(5):
            with pytest.raises(httpx.TransportError):
                await portal_client.client.get("http://elsewhere.invalid/")
    assert portal_client.state == "up"


async def test_a_full_bulkhead_is_no_failure(listen, client_to):
    async def hang(reader, _):
        await reader.read()

    portal_client = client_to(await listen(hang), bulkhead={"concurrent": 1, "queue": 0}, **QUICK)
    with during(READING):
        holding = asyncio.create_task(portal_client.client.get("/x"))
        await asyncio.sleep(0)
        for _ in range(5):
            with pytest.raises(BulkheadFull):
                await portal_client.client.get("/x")
        holding.cancel()
    assert portal_client.state == "up"


async def test_hanging_opens_it_even_when_the_deadline_ends_the_calls(listen, client_to):
    async def hang(reader, _):
        await reader.readuntil(b"\r\n\r\n")
        put_clock_forward(10)
        await reader.read()

    portal_client = client_to(await listen(hang), breaker={"minimum_calls": 2}, timeouts={"read_seconds": 20})
    for _ in range(2):
        with during(READING, budget=10), pytest.raises(httpx.TimeoutException):
            await portal_client.client.get("/x")
    assert portal_client.state == "down"


async def test_calls_that_their_caller_cancels_do_not_count(listen, client_to):
    arrived = asyncio.Event()

    async def hang(reader, _):
        await reader.read(10)
        arrived.set()
        await reader.read()

    portal_client = client_to(await listen(hang), **QUICK)
    for _ in range(4):
        arrived.clear()
        task = asyncio.create_task(portal_client.client.get("/x"))
        await arrived.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert portal_client.state == "up"


async def test_a_cancelled_probe_is_given_back(portal, client_to):
    portal.respond = lambda _: answer(500)
    portal_client = client_to(portal.url, **QUICK)
    with during(READING):
        for _ in range(2):
            await portal_client.client.get("/x")
        await until(lambda: portal_client.state == "degraded")
        arrived = asyncio.Event()

        async def hang(_):
            arrived.set()
            await asyncio.sleep(60)

        portal.respond = hang
        probe = asyncio.create_task(portal_client.client.get("/x"))
        await arrived.wait()
        with pytest.raises(BreakerOpen):
            await portal_client.client.get("/x")
        probe.cancel()
        await asyncio.gather(probe, return_exceptions=True)
        portal.respond = lambda _: answer(200)
        await portal_client.client.get("/x")
    assert portal_client.state == "up"


def test_it_tells_how_long_it_stays_open(circuit, clock):
    assert circuit.retry_after is None
    fail(circuit, 4)
    clock.now += 2
    assert circuit.retry_after == 3
    clock.now += 3
    assert (circuit.state, circuit.retry_after) == (State.HALF_OPEN, None)
