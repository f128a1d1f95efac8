"""Places for a portal are limited, and so is the line of those who wait."""

from __future__ import annotations

import asyncio

import pytest
import structlog

from gateway.outbound.call_context import current
from gateway.outbound.errors import BulkheadFull, ConnectorOverloaded
from tests.outbound.raw import READING, answer, during, until


class Held:
    """A portal that answers each request only when told to."""

    def __init__(self, portal):
        self.portal, self.release = portal, asyncio.Semaphore(0)
        self.now = self.most = 0
        portal.respond = self.respond

    async def respond(self, _):
        self.now += 1
        self.most = max(self.most, self.now)
        await self.release.acquire()
        self.now -= 1
        return answer()

    async def arrived(self, count):
        await until(lambda: len(self.portal.seen) >= count)


async def settle():
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture
def held(portal):
    return Held(portal)


async def test_no_more_requests_than_allowed_are_under_way(held, portal, client_to):
    portal_client = client_to(portal.url, bulkhead={"concurrent": 3, "queue": 20})
    with during(READING):
        tasks = [asyncio.create_task(portal_client.client.get("/x")) for _ in range(12)]
        for _ in range(12):
            held.release.release()
        await asyncio.gather(*tasks)
    assert held.most <= 3
    assert len(portal.seen) == 12


async def test_beyond_the_queue_requests_are_refused_at_once(held, portal, client_to):
    portal_client = client_to(portal.url, bulkhead={"concurrent": 1, "queue": 1, "queue_seconds": 5})
    with during(READING):
        inside = asyncio.create_task(portal_client.client.get("/x"))
        await held.arrived(1)
        waiting = asyncio.create_task(portal_client.client.get("/x"))
        await settle()
        with pytest.raises(BulkheadFull) as refused:
            await portal_client.client.get("/x")
        assert refused.value.retry_after == 5
        held.release.release()
        held.release.release()
        await asyncio.gather(inside, waiting)


async def test_waiting_has_an_end(held, portal, client_to):
    portal_client = client_to(portal.url, bulkhead={"concurrent": 1, "queue": 5, "queue_seconds": 0.02})
    with during(READING):
        inside = asyncio.create_task(portal_client.client.get("/x"))
        await held.arrived(1)
        with pytest.raises(BulkheadFull):
            await portal_client.client.get("/x")
        held.release.release()
        await inside
        held.release.release()
        assert (await portal_client.client.get("/x")).status_code == 200


async def test_places_that_one_operation_fills_are_the_connectors_fault(held, portal, client_to, entry):
    portal_client = client_to(portal.url, bulkhead={"concurrent": 2, "queue": 0})
    with during(READING):
        inside = [asyncio.create_task(portal_client.client.get("/x")) for _ in range(2)]
        await held.arrived(2)
        with structlog.testing.capture_logs() as logs, pytest.raises(ConnectorOverloaded):
            await portal_client.client.get("/x")
        held.release.release()
        held.release.release()
        await asyncio.gather(*inside)
    assert entry.hops[-1].outcome == "connector_overloaded"
    assert [(each["event"], each["operation"], each["count"]) for each in logs] == [
        ("connector_overloaded", "track", 2)
    ]


async def test_requests_left_behind_by_operations_are_the_connectors_fault(held, portal, client_to):
    portal_client = client_to(portal.url, bulkhead={"concurrent": 2, "queue": 0})
    left = []
    for _ in range(2):
        with during(READING):
            left.append(asyncio.create_task(portal_client.client.get("/x")))
            await held.arrived(len(left))
            current.get().ended = True
    with during(READING), pytest.raises(ConnectorOverloaded):
        await portal_client.client.get("/x")
    held.release.release()
    held.release.release()
    await asyncio.gather(*left)


async def test_places_that_many_operations_take_say_that_the_portal_is_slow(held, portal, client_to):
    portal_client = client_to(portal.url, bulkhead={"concurrent": 2, "queue": 0})
    inside = []
    for _ in range(2):
        with during(READING):
            inside.append(asyncio.create_task(portal_client.client.get("/x")))
            await held.arrived(len(inside))
    with during(READING), pytest.raises(BulkheadFull) as refused:
        await portal_client.client.get("/x")
    assert not isinstance(refused.value, ConnectorOverloaded)
    held.release.release()
    held.release.release()
    await asyncio.gather(*inside)


async def test_cancelled_requests_give_back_their_places_inside_and_in_line(held, portal, client_to):
    portal_client = client_to(portal.url, bulkhead={"concurrent": 2, "queue": 2, "queue_seconds": 5})
    for _ in range(3):
        tasks = [asyncio.create_task(portal_client.client.get("/x")) for _ in range(4)]
        await settle()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    before = len(portal.seen)
    tasks = [asyncio.create_task(portal_client.client.get("/x")) for _ in range(4)]
    await held.arrived(before + 2)
    for _ in range(20):
        held.release.release()
    assert [response.status_code for response in await asyncio.gather(*tasks)] == [200] * 4


async def test_a_place_is_handed_on_when_its_next_holder_is_cancelled_meanwhile(held, portal, client_to):
    portal_client = client_to(portal.url, bulkhead={"concurrent": 1, "queue": 2, "queue_seconds": 5})
    first = asyncio.create_task(portal_client.client.get("/x"))
    await held.arrived(1)
    second = asyncio.create_task(portal_client.client.get("/x"))
    third = asyncio.create_task(portal_client.client.get("/x"))
    await settle()
    first.add_done_callback(lambda _: second.cancel())
    for _ in range(3):
        held.release.release()
    assert (await third).status_code == 200
    with pytest.raises(asyncio.CancelledError):
        await second


async def test_time_in_line_does_not_make_a_portal_slow(portal, client_to):
    async def unhurried(_):
        await asyncio.sleep(0.03)
        return answer()

    portal.respond = unhurried
    portal_client = client_to(
        portal.url,
        bulkhead={"concurrent": 1, "queue": 30, "queue_seconds": 5},
        breaker={"minimum_calls": 3, "slow_seconds": 0.5, "slow_ratio": 0.1},
    )
    with during(READING):
        await asyncio.gather(*(portal_client.client.get("/x") for _ in range(20)))
    assert portal_client.state == "up"
