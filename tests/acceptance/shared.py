"""One world for all tests of a module, and what each of them asks of an answer that is an error."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio

from tests.waiting import PATIENCE

from .conftest import FAST, World, world_in

MEMBERS = ("type", "title", "detail", "status", "code", "origin", "retry_safe", "remedy", "call_id")

BESIDE: Final = ("tried_by_another_person", "shown_to_another_person")
"""Reasons of further records of a call, for other people."""

SELDOM: Final = FAST | {"embedded": True, "poll_seconds": 0.5}


def shared_world(**over: Any) -> Any:
    """A fixture `world` on SQLite, for what does not depend on the database. Its tests need `IN_ONE_LOOP`.

    Cases that one test leaves behind go on while the next one runs, so portals are asked about each only twice a second
    unless `over` says otherwise.
    """
    over = {"journeys": SELDOM} | over

    @pytest_asyncio.fixture(scope="module", loop_scope="module")
    async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
        async with world_in(tmp_path_factory.mktemp("world"), "", **over) as found:
            yield found

    return world


IN_ONE_LOOP = pytest.mark.asyncio(loop_scope="module")


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Its body, if the answer is this problem and has all that every problem has."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    body: dict[str, Any] = answer.json()
    assert (body["status"], body["code"]) == (status, code), body
    assert all(name in body and body[name] != "" for name in MEMBERS), body
    assert body["origin"] in ("client", "gateway", "connector", "portal")
    assert answer.headers["call-id"] == body["call_id"]
    assert answer.headers["content-language"] in ("ar", "fr", "en")
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    if status == 503:
        assert int(answer.headers["retry-after"]) == body["retry_after"] >= 1
    return body


def to_do(case: dict[str, Any]) -> list[dict[str, Any]]:
    """What the case offers besides taking it back, which is there as long as the portal may allow it."""
    return [each for each in case["actions"] if each["type"] != "withdraw"]


async def record_of(world: World, answer: httpx.Response) -> dict[str, Any]:
    """The one record of the call that got this answer, as it concerns who made it. That of a write is durable at once,
    and has its place soon. Beside it there may be those of people whom it told of, or whose things the caller tried to
    reach."""
    own: list[dict[str, Any]] = []
    async with asyncio.timeout(PATIENCE):
        while not own:
            found = await world.records(call_id=answer.headers["call-id"])
            own = [each for each in found if each.get("reason") not in BESIDE]
            await asyncio.sleep(0 if own else 0.02)
    assert len(own) == 1, found
    return own[0]


async def refusal(world: World, answer: httpx.Response, status: int, code: str, rule: str) -> dict[str, Any]:
    """The record of a call that was denied by `rule`."""
    problem(answer, status, code)
    record = await record_of(world, answer)
    told = (record["kind"], record["decision"], record["outcome"], record["rule"], record["status"], record["code"])
    assert told == ("refusal", "deny", "denied", rule, status, code)
    return record
