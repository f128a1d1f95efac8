"""Quotas: one person, or one application, cannot have it all; and is told which quota is used up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.conftest import ON_SQLITE
from tests.waiting import PATIENCE

from .conftest import PDF, YOUSSEF, World, world_in
from .shared import problem

FEW = {
    "file_bytes_per_person_day": 3 * 16_384,
    "file_bytes_per_client_day": 5 * 16_384,
    "cases_per_person_day": 4,
    "open_cases_per_person": 3,
    "streams_per_person": 2,
    "streams_per_client": 3,
    "mandates_per_person": 2,
    "cards_per_person_month": 2,
}
NOTE = {"service": "echo.note", "form": {"text": "x"}}
WAITS = {"service": "echo.stamped", "form": {"text": "x"}}


@pytest.fixture
async def few(tmp_path: Path, store_url: str) -> AsyncIterator[World]:
    async with world_in(tmp_path / "state", store_url, quotas=FEW) as found:
        yield found


async def hand_in(world: World, token: str, key: str = "", language: str = "en") -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key or str(uuid4()), "Accept-Language": language}
    sent = {"file": ("file.pdf", PDF, "application/pdf")}
    return await world.web.post(f"{world.url}/v1/attachments", files=sent, headers=headers)


def used_up(answer: httpx.Response, code: str, quota: str) -> dict[str, Any]:
    told = problem(answer, 429, code)
    assert told["quota"] == quota
    assert int(answer.headers["retry-after"]) == told["retry_after"] >= 1
    return told


@ON_SQLITE
async def test_files_without_end_end_at_the_quota(few: World) -> None:
    amina, youssef = await few.citizen(), await few.citizen(YOUSSEF)
    first = await hand_in(few, amina, key="first")
    assert [first.status_code, *[(await hand_in(few, amina)).status_code for _ in range(2)]] == [201] * 3
    told = used_up(await hand_in(few, amina), "files_quota_used", "file_bytes_per_person_day")
    assert str(FEW["file_bytes_per_person_day"]) in told["detail"]
    assert told["retry_after"] > 3600
    assert "ملفات" in (await hand_in(few, amina, language="ar")).json()["title"]
    assert "fichiers" in (await hand_in(few, amina, language="fr")).json()["title"]
    assert (await hand_in(few, amina, key="first")).json() == first.json()  # a repetition uses nothing
    assert [(await hand_in(few, youssef)).status_code for _ in range(2)] == [201, 201]
    told = used_up(await hand_in(few, youssef), "client_quota_used", "file_bytes_per_client_day")
    assert "file_bytes_per_client_day" in told["detail"]


async def test_cases_of_one_person_are_limited(few: World) -> None:
    token = await few.citizen()
    cases = [await few.post("/v1/cases", WAITS, token) for _ in range(3)]
    assert [each.status_code for each in cases] == [201, 201, 201]
    used_up(await few.post("/v1/cases", WAITS, token), "open_cases_quota_used", "open_cases_per_person")
    withdrawn = await few.post(f"/v1/cases/{cases[0].json()['id']}/actions/withdraw", {}, token)
    assert withdrawn.status_code < 300, withdrawn.text
    await few.ended(cases[0].json()["id"])
    assert (await few.post("/v1/cases", WAITS, token)).status_code == 201
    used_up(await few.post("/v1/cases", WAITS, token), "cases_quota_used", "cases_per_person_day")
    assert (await few.post("/v1/cases", NOTE, await few.citizen(YOUSSEF))).status_code == 201


async def test_cases_filed_at_once_stop_at_the_quota(few: World) -> None:
    token = await few.citizen()
    answers = await asyncio.gather(*(few.post("/v1/cases", WAITS, token) for _ in range(8)))
    assert sorted(each.status_code for each in answers) == [201] * 3 + [429] * 5


@ON_SQLITE
async def test_a_refused_form_uses_no_quota(few: World) -> None:
    token = await few.citizen()
    for _ in range(6):
        wrong = await few.post("/v1/cases", {"service": "echo.note", "form": {"text": 1}}, token)
        assert wrong.status_code == 422
    assert (await few.post("/v1/cases", NOTE, token)).status_code == 201


@ON_SQLITE
async def test_event_streams_of_one_person_are_limited(few: World) -> None:
    amina, youssef = await few.citizen(), await few.citizen(YOUSSEF)
    mine = (await few.post("/v1/cases", WAITS, amina)).json()["id"]
    his = (await few.post("/v1/cases", WAITS, youssef)).json()["id"]

    def follow(case: str, token: str) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream", "Accept-Language": "en"}
        return few.web.stream("GET", f"{few.url}/v1/cases/{case}/events", headers=headers)

    async with AsyncExitStack() as stack:
        for _ in range(2):
            opened = await stack.enter_async_context(follow(mine, amina))
            assert opened.status_code == 200
        async with follow(mine, amina) as refused:
            await refused.aread()
            used_up(refused, "streams_quota_used", "streams_per_person")
        opened = await stack.enter_async_context(follow(his, youssef))
        assert opened.status_code == 200
        async with follow(his, youssef) as refused:
            await refused.aread()
            used_up(refused, "client_quota_used", "streams_per_client")
    async with asyncio.timeout(PATIENCE):
        while few.gateway.state.streams:
            await asyncio.sleep(0.02)
    async with follow(mine, amina) as again:
        assert again.status_code == 200


@ON_SQLITE
async def test_mandates_of_one_person_are_limited(few: World) -> None:
    token = await few.citizen()
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    body = {"agent": "demo-agent", "scope": ["cases:read"], "services": [], "purpose": "help", "expires_at": until}
    given = [await few.post("/v1/mandates", body, token) for _ in range(2)]
    assert [each.status_code for each in given] == [201, 201], given[0].text
    used_up(await few.post("/v1/mandates", body, token), "mandates_quota_used", "mandates_per_person_day")


@ON_SQLITE
async def test_cards_of_one_person_are_limited(few: World) -> None:
    token = await few.citizen()
    for _ in range(2):
        card = await few.post("/v1/cards", {}, token)
        assert card.status_code == 201, card.text
        assert (await few.post(f"/v1/cards/{card.json()['id']}/revoke", {}, token)).status_code == 200
    used_up(await few.post("/v1/cards", {}, token), "cards_quota_used", "cards_per_person_month")
