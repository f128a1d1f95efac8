"""Told to end, the gateway waits for nobody whose turn has not come. Each grace here is ten minutes: who were waited
for would show by the test's own deadline."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from .conftest import YOUSSEF
from .served import Served, served
from .shared import problem

PATIENT = {"SERVER__SHUTDOWN_GRACE_SECONDS": "600", "INSPECTION__SECONDS": "300"}
DEADLINE = 90.0


def hostile() -> bytes:
    marker = b"1 0 obj <</Length 9>> stream\n"
    return b"%PDF-1.7\n" + marker * (10_000_000 // len(marker)) + b"%%EOF"


async def hand_in(world: Served, content: bytes, token: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en", "Idempotency-Key": str(uuid4())}
    async with httpx.AsyncClient(trust_env=False, verify=False, timeout=600.0) as web:
        sent: dict[str, Any] = {"file": ("file.pdf", content, "application/pdf")}
        return await web.post(f"{world.url}/v1/attachments", files=sent, headers=headers)


async def test_files_that_wait_are_sent_away_at_the_end(tmp_path: Path) -> None:
    async with served(tmp_path, **PATIENT) as world:
        token = await world.citizen(YOUSSEF)
        content = hostile()
        sent = [asyncio.create_task(hand_in(world, content, token)) for _ in range(6)]
        first, others = await asyncio.wait(sent, return_when=asyncio.FIRST_COMPLETED, timeout=DEADLINE)
        (refused,) = first  # one is looked into and four wait: the sixth is one too many
        problem(refused.result(), 429, "too_many_requests")
        world.tell_to_end()
        async with asyncio.timeout(DEADLINE):
            answers = await asyncio.gather(*others)
        sent_away = [answer for answer in answers if answer.status_code != 415]  # one was being looked into
        assert len(sent_away) >= 4
        for answer in sent_away:
            problem(answer, 503, "shutting_down")
            assert answer.headers["Retry-After"]
        assert await world.ends(DEADLINE) in (0, -signal.SIGTERM)
        world.process = None
