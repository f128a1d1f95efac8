"""Two processes tell people on PostgreSQL, and one of them is killed in the middle of it."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.waiting import eventually

from .conftest import YOUSSEF
from .test_engine import on_postgresql, until_up
from .test_messages import HAFSA, KARIM, MEHDI, SALMA, SMS, agrees, became, note, wants

PEOPLE = (YOUSSEF, SALMA, MEHDI, KARIM, HAFSA)
CASES_EACH = 6


@pytest.mark.soak
async def test_two_senders_one_killed_tell_each_fact_once(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By SMS, which nobody can take back: the provider is slow, so that messages are under way when the process ends.
    Its successor asks the provider what has become of them."""
    monkeypatch.setenv("MRE_GATEWAY__MESSAGES__LEASE_SECONDS", "3")
    monkeypatch.setenv("MRE_GATEWAY__MESSAGES__TICK_SECONDS", "0.2")
    monkeypatch.setenv("MRE_GATEWAY__RATES__ENFORCED", "false")
    async with on_postgresql(tmp_path, postgres_url) as (world, processes):
        processes.start("serve")
        first = processes.start("work")
        await until_up(world, processes)
        tokens = {each: await world.citizen(each) for each in PEOPLE}
        for number, token in enumerate(tokens.values()):
            await wants(world, token, sms=agrees(f"+3247012345{number}"))
        await world.fault(SMS, "slow", seconds=0.5)

        codes: list[str] = []  # by which each has verified her number

        async def sent() -> list[str]:
            answer: httpx.Response = await world.web.get(f"{world.sandbox_url}/_effects/{SMS}")
            return [each["key"] for each in answer.json() if each["key"] not in codes]

        codes += await sent()
        assert len(codes) == len(PEOPLE)

        async def some() -> bool:
            return len(await sent()) >= len(PEOPLE)

        cases = [(await note(world, token), token) for _ in range(CASES_EACH) for token in tokens.values()]
        await eventually(some)
        before = len(await sent())
        first.kill()
        first.wait()
        processes.running.remove(first)
        assert before < len(cases)
        processes.start("work")
        await world.fault(SMS, "none")
        for case, token in cases:
            (told,) = await became(world, case, token, "sent", "delivered")
            assert (told["channel"], told["about"]) == ("sms", "end")
        found = await sent()
        assert (len(found), len(set(found))) == (len(cases), len(cases))
