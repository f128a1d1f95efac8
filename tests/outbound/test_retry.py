"""What is tried again, how often, and after which wait."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from gateway.connectors.contract import Paying
from gateway.outbound import call_context
from gateway.outbound.call_context import OperationContext
from gateway.outbound.retry import Allowance, Retry
from gateway.settings import Retry as Settings
from gateway.telemetry.metrics import portal_metrics
from tests.outbound.raw import READING, WRITING, Clock, answer, during

IDEMPOTENT = Paying.refund


def replies(portal, *given):
    portal.respond = lambda _: given[min(len(portal.seen), len(given)) - 1]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@pytest.mark.parametrize("operation", [READING, IDEMPOTENT])
async def test_busy_and_broken_answers_are_tried_again(portal, client_to, status, operation):
    replies(portal, answer(status), answer(status), answer(200))
    with during(operation):
        assert (await client_to(portal.url).client.post("/x", json={"a": 1})).status_code == 200
    assert [seen.body for seen in portal.seen] == [b'{"a":1}'] * 3


@pytest.mark.parametrize("status", [200, 400, 404, 409, 500, 501])
async def test_other_answers_are_final(portal, client_to, status):
    replies(portal, answer(status))
    with during(READING):
        assert (await client_to(portal.url).client.get("/x")).status_code == status
    assert len(portal.seen) == 1


@pytest.mark.parametrize("reply", [None, answer(503), answer(429), b"garbage\r\n\r\n"])
async def test_what_must_not_be_repeated_is_sent_once(portal, client_to, reply):
    replies(portal, reply)
    portal_client = client_to(portal.url)
    with during(WRITING):
        await asyncio.gather(portal_client.client.post("/x"), return_exceptions=True)
    await asyncio.gather(portal_client.client.post("/outside-any-operation"), return_exceptions=True)
    assert [seen.target for seen in portal.seen] == ["/x", "/outside-any-operation"]


async def test_what_was_never_sent_is_tried_again_whatever_it_is(listen, client_to, portal, entry):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with during(WRITING), pytest.raises(httpx.ConnectError):
            await client_to(url).client.post("/x")
    assert [hop.outcome for hop in entry.hops] == ["connect_failed"] * 3


async def test_after_the_last_attempt_the_caller_gets_the_last_answer(portal, client_to):
    replies(portal, answer(503, b"1"), answer(503, b"2"), answer(503, b"3"))
    with during(READING):
        assert (
            await client_to(portal.url, retry={"attempts": 3, "base_seconds": 0.001}).client.get("/x")
        ).content == b"3"


async def test_or_the_last_error(portal, client_to):
    replies(portal, None)
    with during(READING), pytest.raises(httpx.ReadError):
        await client_to(portal.url).client.get("/x")
    assert len(portal.seen) == 3


async def test_a_retry_that_would_end_after_the_deadline_is_not_begun(portal, client_to):
    replies(portal, answer(503, retry_after="60"))
    portal_client = client_to(portal.url, retry={"max_seconds": 3600})
    with during(READING, budget=50):
        assert (await portal_client.client.get("/x")).status_code == 503
    assert len(portal.seen) == 1


async def test_retries_end_when_the_portals_budget_for_them_is_used(portal, client_to):
    replies(portal, answer(503))
    portal_client = client_to(
        portal.url,
        retry={"attempts": 3, "base_seconds": 0.0001, "budget_floor": 4, "budget_ratio": 0},
        breaker={"minimum_calls": 100},
    )
    with during(READING):
        for _ in range(10):
            await portal_client.client.get("/x")
    assert len(portal.seen) == 10 + 4


def test_the_allowance_is_a_share_of_the_requests_with_a_floor():
    clock = Clock()
    allowance = Allowance(Settings(budget_ratio=0.2, budget_floor=2, budget_window_seconds=10), clock=clock)
    assert [allowance.spend() for _ in range(3)] == [True, True, False]
    for _ in range(20):
        allowance.note_request()
    assert [allowance.spend() for _ in range(3)] == [True, True, False]
    clock.now += 11
    assert [allowance.spend() for _ in range(3)] == [True, True, False]


# --- waiting: on a clock and dice of ours ----------------------------------------------------------------------------


class Scripted(httpx.AsyncBaseTransport):
    def __init__(self, *responses):
        self.responses = list(responses)

    async def handle_async_request(self, request):
        return self.responses.pop(0)


async def waits(*responses, dice=1.0, left=60.0, **settings):
    """The waits between the attempts when the dice always fall on this share of the range."""
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    retry = Retry(
        Scripted(*responses),
        settings=Settings(**({"attempts": 10, "base_seconds": 0.1, "max_seconds": 2} | settings)),
        metrics=portal_metrics("barid"),
        uniform=lambda low, high: low + (high - low) * dice,
        sleep=sleep,
    )
    request = httpx.Request("GET", "http://127.0.0.1/")
    deadline = asyncio.get_running_loop().time() + left
    call = OperationContext(portal="barid", operation=READING)
    call_context.begin(request, call, deadline=deadline, scope=asyncio.timeout_at(deadline))
    response = await retry.handle_async_request(request)
    return slept, response.status_code


def busy(**headers):
    return httpx.Response(503, headers=headers)


OK = httpx.Response(200)


async def test_the_jitter_is_full_and_its_range_doubles_up_to_the_maximum():
    failures = [busy() for _ in range(7)]
    assert await waits(*failures, OK) == ([0.1, 0.2, 0.4, 0.8, 1.6, 2, 2], 200)
    assert await waits(*failures, OK, dice=0.5) == ([0.05, 0.1, 0.2, 0.4, 0.8, 1, 1], 200)
    assert await waits(*failures, OK, dice=0.0) == ([0] * 7, 200)


async def test_retry_after_is_waited_for():
    assert await waits(busy(**{"retry-after": "1"}), OK) == ([1], 200)


async def test_retry_after_as_a_date_is_waited_for():
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    (slept,), _ = await waits(busy(**{"retry-after": at}), OK, max_seconds=60)
    assert 25 < slept <= 30


@pytest.mark.parametrize("value", ["yesterday", "-1", ""])
async def test_a_retry_after_that_says_nothing_is_ignored(value):
    assert await waits(busy(**{"retry-after": value}), OK) == ([0.1], 200)


async def test_a_retry_after_beyond_the_maximum_is_left_to_the_caller():
    assert await waits(busy(**{"retry-after": "3"}), OK) == ([], 503)


async def test_a_retry_after_beyond_the_deadline_is_left_to_the_caller():
    assert await waits(busy(**{"retry-after": "1"}), OK, left=0.5) == ([], 503)
