"""A gateway that is killed again and again while it delivers: each event arrives, with its id, in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notifications.receiver import challenged, receiving
from tests.waiting import eventually

from .served import served

CASES = 4


@pytest.mark.parametrize("kills", [1, pytest.param(5, marks=pytest.mark.soak)])
async def test_killed_gateway_delivers_everything_in_order(tmp_path: Path, kills: int) -> None:
    (tmp_path / "receiver").mkdir()
    async with receiving(tmp_path / "receiver") as receiver:
        receiver.otherwise = challenged
        async with served(tmp_path / "state", WEBHOOKS__CA=str(receiver.ca)) as world:
            token = await world.machine("demo-app")
            made = (await world.post("/v1/webhooks", {"url": receiver.url + "/a"}, token)).json()
            verified = await world.post(f"/v1/webhooks/{made['id']}/verify", None, token)
            assert verified.status_code == 200, verified.text
            example = (await world.get("/v1/services/echo.note", token)).json()["example"]
            cases = []
            for number in range(kills * CASES):
                wish = {"service": "echo.note", "form": example}
                answer = await world.post("/v1/cases", wish, token)
                assert answer.status_code == 201, answer.text
                cases.append(answer.json()["id"])
                if number % CASES == CASES - 1:
                    seen = len(receiver.received["/a"])

                    async def delivering(seen: int = seen) -> bool:
                        return len(receiver.received["/a"]) > seen

                    await eventually(delivering)
                    world.kill()
                    await world.start()

            async def all_told() -> bool:
                ended = {
                    each.event["data"]["case"]
                    for each in receiver.received["/a"]
                    if each.event["type"] == "case.completed"
                }
                return ended == set(cases)

            await eventually(all_told)
            for case in cases:
                timeline = (await world.get(f"/v1/cases/{case}/events", token)).json()["data"]
                told = [each for each in receiver.received["/a"] if each.event["data"].get("case") == case]
                numbers = [each.event["data"]["number"] for each in told]
                assert list(dict.fromkeys(numbers)) == [int(each["id"]) for each in timeline]  # in order, none missing
                assert numbers == sorted(numbers)  # what came twice came before what follows
                assert {each.id for each in told} == {f"evt_{case[5:]}_{each['id']}" for each in timeline}
