"""On real sockets: what a client of the portal really meets."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

import httpx
import pytest

from tests.waiting import PATIENCE


async def switch(client, mode, **more):
    answer = await client.put("/_faults/till", json={"mode": mode, **more})
    assert answer.status_code == 200
    return answer.json()


async def test_without_a_fault_the_sandbox_answers(client):
    assert (await client.get("/_faults/till")).json() == {"mode": "none", "rate": 1.0, "seconds": 2.0}
    assert (await client.get("/till/orders")).status_code == 200


def reading(seconds: float) -> httpx.Timeout:
    """So long for the answer; connecting and sending may take their time."""
    return httpx.Timeout(PATIENCE, read=seconds)


async def test_error_is_500_or_503_with_a_json_body_and_without_effect(client, place):
    await switch(client, "error")

    answers = [await client.post("/till/orders") for _ in range(20)]

    assert {answer.status_code for answer in answers} == {500, 503}
    assert {answer.json()["code"] for answer in answers} == {"sandbox_fault"}
    assert place.effects.all() == []


async def test_hang_never_answers_and_lets_go_when_the_client_does(client, place):
    await switch(client, "hang")

    with pytest.raises(httpx.ReadTimeout):
        await client.post("/till/orders", content=b"x" * 100_000, timeout=reading(0.1))

    await switch(client, "none")
    assert (await client.get("/till/orders")).status_code == 200
    assert place.till.seen == ["/orders"]


async def test_slow_answers_after_the_seconds_it_was_told(client):
    await switch(client, "slow", seconds=0.2)

    with pytest.raises(httpx.ReadTimeout):
        await client.get("/till/orders", timeout=reading(0.05))
    assert (await client.get("/till/orders")).status_code == 200


async def test_garbage_is_200_and_no_answer(client):
    await switch(client, "garbage")

    bodies = []
    for _ in range(20):
        answer = await client.get("/till/orders")
        assert answer.status_code == 200
        bodies.append(answer.content)
        with pytest.raises((json.JSONDecodeError, UnicodeDecodeError)):
            answer.json()

    assert any(body.startswith(b"<html>") for body in bodies)
    assert any(not body.isascii() for body in bodies)


async def test_reset_drops_the_connection_before_the_sandbox_sees_the_request(client, place):
    await switch(client, "reset")

    with pytest.raises(httpx.ReadError):
        await client.post("/till/orders")

    assert place.till.seen == []


async def raw(client, request: bytes) -> bytes:
    """What comes over the wire until the connection ends; ConnectionResetError if it is reset."""
    url = client.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    try:
        writer.write(request)
        return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize("mode", ["reset", "commit_then_drop"])
async def test_a_dropped_connection_is_reset_without_a_byte(client, mode):
    await switch(client, mode)

    with pytest.raises(ConnectionResetError):
        await raw(client, b"POST /till/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")


async def test_commit_then_drop_does_the_work_and_says_nothing(client, place):
    await switch(client, "commit_then_drop")

    with pytest.raises(httpx.ReadError):
        await client.post("/till/orders")

    assert [effect["key"] for effect in place.effects.all()] == ["O-1"]


async def test_commit_then_drop_answers_what_had_no_effect(client):
    await switch(client, "commit_then_drop")

    assert (await client.get("/till/orders")).text.startswith("/orders")
    assert (await client.post("/till/orders", content=b"nothing")).status_code == 200


async def test_commit_then_drop_answers_when_the_effect_was_rolled_back(client, place):
    await switch(client, "commit_then_drop")

    async def changes_its_mind(scope, receive, send):
        with suppress(ZeroDivisionError), place.store.transaction():
            place.effects.record("order", "O-1")
            raise ZeroDivisionError
        await send({"type": "http.response.start", "status": 409, "headers": []})
        await send({"type": "http.response.body"})

    place.host.apps["till"] = changes_its_mind

    assert (await client.post("/till/orders")).status_code == 409


async def test_a_rate_hits_that_share_of_the_requests(client):
    await switch(client, "error", rate=0.5)

    statuses = [(await client.get("/till/orders")).status_code for _ in range(100)]

    assert 30 < statuses.count(200) < 70


async def test_a_rate_of_nothing_hits_nothing(client):
    await switch(client, "reset", rate=0)

    assert all([(await client.get("/till/orders")).status_code == 200 for _ in range(20)])


async def test_a_fault_is_still_there_after_a_restart(place, reopened):
    async with place.open() as client:
        await switch(client, "error", rate=0.25)

    async with reopened().open() as client:
        assert (await client.get("/_faults/till")).json() == {"mode": "error", "rate": 0.25, "seconds": 2.0}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"mode": "explode"}',
        b'{"mode": "error", "rate": 1.5}',
        b'{"mode": "error", "rate": -0.1}',
        b'{"mode": "error", "rate": "often"}',
        b'{"mode": "slow", "seconds": 1e9}',
        b'{"mode": "error", "speling": 1}',
        b'{"mode": "' + b"x" * 100_000,
    ],
)
async def test_a_fault_that_makes_no_sense_is_a_problem_and_changes_nothing(client, body):
    await switch(client, "slow", seconds=0)

    answer = await client.put("/_faults/till", content=body)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await client.get("/_faults/till")).json()["mode"] == "slow"


async def test_a_portal_that_is_not_here_has_no_switch(client):
    answer = await client.put("/_faults/nobody", json={"mode": "none"})

    assert answer.status_code == 404
    assert "till" in answer.json()["detail"]
