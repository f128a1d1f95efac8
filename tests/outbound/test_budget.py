"""One deadline for everything a request causes."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from gateway.outbound.errors import DeadlineExceeded, never_sent
from gateway.settings import Timeouts
from tests.outbound.raw import READING, WRITING, answer, during, put_clock_forward

TOTAL = 30.0
"""Seconds, of a clock that is put forward."""


async def _hang(reader, _):
    await reader.read()


async def test_the_portals_total_time_ends_a_request(listen, client_to):
    async def hang(reader, _):
        await reader.readuntil(b"\r\n\r\n")
        put_clock_forward(TOTAL)
        await reader.read()

    portal_client = client_to(await listen(hang), timeouts={"total_seconds": TOTAL, "read_seconds": 2 * TOTAL})
    with during(READING), pytest.raises(httpx.TimeoutException) as caught:
        await portal_client.client.get("/x")
    assert not never_sent(caught.value)


async def test_the_calls_deadline_ends_it_sooner(listen, client_to):
    portal_client = client_to(await listen(_hang))
    async with asyncio.timeout(Timeouts().total_seconds / 2):
        with during(READING, budget=0.05), pytest.raises(httpx.TimeoutException):
            await portal_client.client.get("/x")


async def test_an_answer_that_drips_cannot_outlive_the_deadline(listen, client_to):
    """Each piece comes within the read timeout; all of them together would take for ever."""

    async def drip(reader, writer):
        await reader.read(10)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
        while True:
            writer.write(b"x")
            await asyncio.sleep(0.005)
            put_clock_forward(TOTAL / 20)

    portal_client = client_to(await listen(drip), timeouts={"total_seconds": TOTAL, "read_seconds": TOTAL / 2})
    with during(WRITING) as call, pytest.raises(DeadlineExceeded) as caught:
        await portal_client.client.post("/x")
    assert caught.value.sent
    assert call.exposures == 1


async def test_a_deadline_reached_before_sending_says_so(listen, client_to):
    silent = (await listen(_hang)).replace("http:", "https:")
    portal_client = client_to(silent, timeouts={"total_seconds": 0.05, "connect_seconds": 5})
    with during(WRITING) as call, pytest.raises(httpx.TimeoutException) as caught:
        await portal_client.client.post("/x")
    assert never_sent(caught.value)
    assert call.exposures == 0


async def test_no_time_left_means_no_request(portal, client_to):
    portal_client = client_to(portal.url)
    with during(READING):
        await portal_client.client.get("/opens-a-connection")
    with during(READING, budget=0.0), pytest.raises(DeadlineExceeded) as caught:
        await portal_client.client.get("/x")
    assert not caught.value.sent
    assert len(portal.seen) == 1


async def test_all_requests_of_a_call_share_its_deadline(portal, client_to):
    async def slow(_):
        put_clock_forward(TOTAL / 5)
        return answer()

    portal.respond = slow
    portal_client = client_to(portal.url)
    with during(READING, budget=TOTAL):
        outcomes = [await asyncio.gather(portal_client.client.get("/x"), return_exceptions=True) for _ in range(8)]
    assert isinstance(outcomes[0][0], httpx.Response)
    assert isinstance(outcomes[-1][0], DeadlineExceeded)


async def test_the_callers_cancellation_stays_a_cancellation(listen, client_to):
    arrived = asyncio.Event()

    async def hang(reader, _):
        await reader.read(10)
        arrived.set()
        await reader.read()

    task = asyncio.create_task(client_to(await listen(hang)).client.get("/x"))
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_body_in_pieces_is_held_so_that_it_can_be_sent_again(portal, client_to):
    async def pieces():
        yield b"one,"
        yield b"two"

    portal.respond = lambda _: answer(503) if len(portal.seen) == 1 else answer()
    with during(READING):
        response = await client_to(portal.url).client.post("/x", content=pieces())
    assert response.status_code == 200
    assert [seen.body for seen in portal.seen] == [b"one,two", b"one,two"]
    assert "transfer-encoding" not in portal.seen[0].headers


async def test_a_multipart_upload_is_held_too(portal, client_to):
    portal.respond = lambda _: answer(503) if len(portal.seen) == 1 else answer()
    with during(READING):
        await client_to(portal.url).client.post("/x", files={"file": ("a.txt", b"content")})
    first, second = portal.seen
    assert b"content" in first.body
    assert first.body == second.body
