"""The layers together."""

from __future__ import annotations

import asyncio

import pytest

from gateway.outbound.bulkhead import Bulkhead
from gateway.outbound.layer import Layer
from gateway.settings import PortalSettings
from tests.outbound.raw import READING, answer, during, until
from tests.waiting import PATIENCE

ORDER = ["Budget", "Record", "Breaker", "Bulkhead", "Retry", "Authenticate", "Permit", "Sign", "Attempts", "Wire"]


def test_the_layers_stand_in_the_designs_order(client_to):
    layer, order = client_to("http://127.0.0.1:1").client._transport, []
    while isinstance(layer, Layer):
        order.append(type(layer).__name__)
        layer = layer._inner
    assert [*order, type(layer).__name__] == ORDER


def test_a_base_url_outside_the_declared_hosts_is_found_at_the_start(client_to):
    with pytest.raises(ValueError, match="declared hosts"):
        client_to("http://127.0.0.1:1", allowed=["https://www.watiqa.ma"])


async def test_the_client_is_bound_to_the_base_url_and_says_who_it_is(portal, client_to):
    portal_client = client_to(portal.url, allowed=[portal.url])
    await portal_client.client.get("/orders")
    assert portal.seen[0].headers["user-agent"].startswith("mre-gateway/")


async def test_a_hanging_portal_does_not_hold_up_another(listen, portal, client_to):
    async def hang(reader, _):
        await reader.read()

    stuck, well = client_to(await listen(hang), portal="watiqa"), client_to(portal.url)
    with during(READING):
        waiting = [asyncio.create_task(stuck.client.get("/x")) for _ in range(100)]
        async with asyncio.timeout(PATIENCE):
            assert (await well.client.get("/x")).status_code == 200
        assert not all(task.done() for task in waiting)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    assert well.state == "up"


async def test_cancellation_releases_everything(listen, client_to):
    """Two hundred cancelled calls later, the client is as it was."""
    open_connections = 0

    async def count(reader, _):
        nonlocal open_connections
        open_connections += 1
        try:
            while await reader.read(1000):
                pass
        finally:
            open_connections -= 1

    patient = {"connect_seconds": 60.0, "read_seconds": 60.0, "total_seconds": 60.0}  # none ends before it is cancelled
    portal_client = client_to(await listen(count), bulkhead={"concurrent": 10, "queue": 10}, timeouts=patient)
    for _ in range(10):
        tasks = [asyncio.create_task(portal_client.client.get("/x")) for _ in range(20)]
        await until(lambda: open_connections == 10)
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(end) for end in ends} == {asyncio.CancelledError}
        await until(lambda: open_connections == 0)
    layer = portal_client.client._transport
    while not isinstance(layer, Bulkhead):
        layer = layer._inner
    assert (layer._places._value, layer._waiting) == (10, 0)
    assert portal_client.state == "up"


async def test_an_error_storm_never_outlives_its_deadline(portal, client_to):
    """Whatever mixture of trouble a portal makes, each call ends in time, one way or another."""
    troubles = [
        lambda _: answer(503, retry_after="1"),
        lambda _: None,
        lambda _: b"garbage\r\n\r\n",
        lambda _: answer(200, b"x" * 100),
        lambda _: asyncio.sleep(60),
        lambda _: b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx",
    ]
    portal.respond = lambda seen: troubles[len(portal.seen) % len(troubles)](seen)
    portal_client = client_to(portal.url, breaker={"minimum_calls": 1000}, timeouts={"read_seconds": 0.05})

    async def call():
        loop = asyncio.get_running_loop()
        with during(READING, budget=0.2) as this_call:
            await asyncio.gather(portal_client.client.get("/x"), return_exceptions=True)
            return loop.time() - this_call.deadline

    late = await asyncio.gather(*(call() for _ in range(60)))
    assert max(late) < PortalSettings().timeouts.total_seconds / 2


async def test_closing_the_client_closes_its_connections(listen, client_to):
    closed = asyncio.Event()

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer())
        await reader.read()
        closed.set()

    portal_client = client_to(await listen(serve))
    await portal_client.client.get("/x")
    await portal_client.close()
    await asyncio.wait_for(closed.wait(), PATIENCE)
