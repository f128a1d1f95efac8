"""A hop in the audit for every attempt."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from gateway.outbound.errors import BreakerOpen, BulkheadFull, HostRefused
from gateway.secret import Secret
from gateway.telemetry import metrics
from tests.outbound.raw import READING, WRITING, Key, answer, during, put_clock_forward, until


def sample(name, **labels):
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


async def test_an_answered_request_is_one_hop(portal, client_to, entry):
    portal.respond = lambda _: answer(200, b'{"ok":1}', x_trace="7")
    portal_client = client_to(portal.url, sign=True, signer=lambda: Key("key-7"))
    with during(WRITING):
        await portal_client.client.post("/orders?a=1", json={"name": "value"})
    (hop,) = entry.hops
    assert (hop.attempt, hop.portal, hop.operation, hop.method) == (1, "barid", "file", "POST")
    assert (hop.status, hop.outcome, hop.breaker, hop.key_id) == (200, "answered", "closed", "key-7")
    assert hop.duration_ms > 0
    assert hop.request.startswith(b"POST /orders?a=1 HTTP/1.1\r\n")
    assert hop.request.endswith(b'\r\n\r\n{"name":"value"}')
    assert hop.response.startswith(b"HTTP/1.1 200 Whatever\r\n")
    assert hop.response.endswith(b'\r\n\r\n{"ok":1}')


async def test_the_hop_holds_what_really_went_over_the_socket(portal, client_to, entry):
    portal_client = client_to(portal.url, sign=True, signer=lambda: Key())
    with during(WRITING):
        await portal_client.client.post("/orders", json={"a": 1})
    head = entry.hops[0].request.split(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    said = sorted((name.lower(), value) for name, value in (line.split(": ", 1) for line in head))
    assert said == sorted((name.lower(), value) for name, value in portal.seen[0].headers.multi_items())


async def test_an_attempt_without_an_answer_yet_is_under_way(portal, client_to, entry):
    """So it stands in a record that is written meanwhile: a token that others wait for is fetched all the same."""
    release = asyncio.Event()

    async def wait(_):
        await release.wait()
        return answer()

    portal.respond = wait
    with during(READING):
        call = asyncio.create_task(client_to(portal.url).client.get("/x"))
        await until(lambda: portal.seen)
        assert [(hop.outcome, hop.status) for hop in entry.hops] == [("under_way", 0)]
        release.set()
        await call
    assert [(hop.outcome, hop.status) for hop in entry.hops] == [("answered", 200)]


async def test_every_attempt_has_a_hop(portal, client_to, entry):
    replies = [None, answer(503), answer(200)]
    portal.respond = lambda _: replies[len(portal.seen) - 1]
    with during(READING):
        await client_to(portal.url).client.get("/x")
    assert [(hop.attempt, hop.outcome, hop.status) for hop in entry.hops] == [
        (1, "reset", 0),
        (2, "answered", 503),
        (3, "answered", 200),
    ]


async def test_a_refusal_by_the_breaker_shows(portal, client_to, entry):
    portal.respond = lambda _: answer(500)
    portal_client = client_to(portal.url, breaker={"minimum_calls": 1})
    with during(READING):
        await portal_client.client.get("/x")
        with pytest.raises(BreakerOpen):
            await portal_client.client.get("/x")
    hop = entry.hops[-1]
    assert (hop.attempt, hop.outcome, hop.breaker, hop.status) == (0, "breaker_open", "open", 0)


async def test_a_refusal_by_the_bulkhead_shows(portal, client_to, entry):
    release = asyncio.Event()

    async def wait(_):
        await release.wait()
        return answer()

    portal.respond = wait
    portal_client = client_to(portal.url, bulkhead={"concurrent": 1, "queue": 0})
    with during(READING):
        first = asyncio.create_task(portal_client.client.get("/x"))
        await until(lambda: portal.seen)
        with pytest.raises(BulkheadFull):
            await portal_client.client.get("/x")
        release.set()
        await first
    assert [hop.outcome for hop in entry.hops] == ["answered", "bulkhead_full"]


async def test_a_refused_host_shows(portal, client_to, entry):
    with during(READING), pytest.raises(HostRefused):
        await client_to(portal.url).client.get("http://elsewhere.invalid/x")
    assert [hop.outcome for hop in entry.hops] == ["host_refused"]


async def test_a_timeout_and_a_cancellation_show_as_what_they_are(listen, client_to, entry):
    arrived = asyncio.Event()

    async def drip(reader, writer):
        await reader.read(10)
        arrived.set()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
        while True:
            writer.write(b"x")
            await asyncio.sleep(0.005)
            if asyncio.get_running_loop().time() < over:
                put_clock_forward(1)

    url, over = await listen(drip), asyncio.get_running_loop().time() + 10
    with during(READING, budget=9), pytest.raises(httpx.TimeoutException):
        await client_to(url).client.get("/x")
    arrived.clear()
    task = asyncio.create_task(client_to(url).client.get("/x"))
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [hop.outcome for hop in entry.hops] == ["deadline", "cancelled"]


async def test_messages_are_capped(portal, client_to, entry):
    portal.respond = lambda _: answer(200, b"y" * 5000)
    with during(READING):
        await client_to(portal.url, record_bytes=1000).client.post("/x", content=b"x" * 5000)
    assert (len(entry.hops[0].request), len(entry.hops[0].response)) == (1000, 1000)


async def test_credentials_are_not_in_the_record(portal, client_to, entry):
    def reply(seen):
        if seen.target == "/token":
            return answer(200, b'{"access_token":"TOKEN-VALUE","expires_in":300}')
        return answer(set_cookie="session=COOKIE-VALUE")

    portal.respond = reply
    portal_client = client_to(
        portal.url,
        auth={"scheme": "oauth2_client_credentials", "token_path": "/token", "secret": "s", "client_auth": "post"},
        secrets={"s": Secret("SECRET-VALUE")},
        options={"client_id": "us"},
    )
    key = client_to(
        portal.url,
        auth={"scheme": "api_key", "header": "X-Agency-Key", "secret": "s"},
        secrets={"s": Secret("SECRET-VALUE")},
    )
    with during(READING):
        await portal_client.client.get("/x")
        await key.client.get("/x")
    assert [hop.operation for hop in entry.hops] == ["token", "track", "track"]
    written = b"".join(hop.request + hop.response for hop in entry.hops)
    for value in (b"TOKEN-VALUE", b"COOKIE-VALUE", b"SECRET-VALUE"):
        assert value not in written
    assert b"SECRET-VALUE" in portal.seen[0].body
    assert portal.seen[2].headers["x-agency-key"] == "SECRET-VALUE"


async def test_attempts_and_layer_events_are_counted(portal, client_to):
    replies = [answer(503), answer(200)]
    portal.respond = lambda _: replies[len(portal.seen) - 1]
    with during(READING):
        await client_to(portal.url, portal="counted").client.get("/x")
    assert sample("mre_gateway_portal_attempts_total", portal="counted", outcome="answered") == 2
    assert sample("mre_gateway_portal_answers_total", portal="counted", status="5xx") == 1
    assert sample("mre_gateway_portal_attempt_seconds_count", portal="counted") == 2
    assert sample("mre_gateway_outbound_layer_events_total", portal="counted", layer="retry", event="repeated") == 1
    assert b"mre_gateway_portal_attempts_total" in metrics.exposition()


async def test_without_an_entry_in_force_requests_pass_all_the_same(portal, client_to):
    assert (await client_to(portal.url).client.get("/x")).status_code == 200
