"""The stand-in's notices: sent at each change until they are taken, over restarts, and believed by the connector."""

from __future__ import annotations

import json

import pytest

from gateway.connectors.contract import Refused
from plugins.chikaya.tests.counter import Signed, eventually


async def test_every_change_is_told_once(counter):
    number = await counter.lodged()
    for day, count in ((1, 1), (4, 2), (3, 3), (22, 4)):
        counter.days_pass(day)
        await eventually(lambda count=count: len(counter.gateway.heard) == count)
    assert counter.gateway.heard == [number] * 4
    assert [json.loads(each.body)["state"] for each in counter.gateway.callbacks] == [
        "en_tri", "recevable", "en_instruction", "repondue",
    ]  # fmt: skip
    assert counter.gateway.refused == []


async def test_what_a_person_does_is_told_too(counter):
    number = await counter.lodged()
    await counter.chikaya.withdraw(number)
    await eventually(lambda: counter.gateway.heard == [number])


async def test_a_way_that_opens_or_closes_is_told_though_the_state_is_the_same(counter):
    number = await counter.lodged("SANS REPONSE")
    counter.days_pass(59)
    await eventually(lambda: len(counter.gateway.heard) == 1)
    counter.days_pass(2)
    await eventually(lambda: len(counter.gateway.heard) == 2)
    assert (await counter.chikaya.progress(number)).ask.code == "answer_overdue"


async def test_a_notice_that_was_not_taken_comes_again_signed_anew(counter):
    counter.gateway.silent = True
    number = await counter.lodged()
    counter.days_pass(1)
    await eventually(lambda: len(counter.gateway.callbacks) == 2)
    counter.gateway.silent = False
    await eventually(lambda: counter.gateway.heard == [number])
    nonces = [each.headers["x-chikaya-nonce"] for each in counter.gateway.callbacks]
    assert len(set(nonces)) == len(nonces) == 3


async def test_a_restart_forgets_no_notice(counter):
    counter.gateway.silent = True
    number = await counter.lodged()
    counter.days_pass(1)
    await eventually(lambda: counter.gateway.callbacks)
    await counter.restart()
    counter.gateway.silent = False
    await eventually(lambda: counter.gateway.heard == [number])


async def test_a_replay_of_what_the_portal_sent_is_refused(counter):
    number = await counter.lodged()
    counter.days_pass(1)
    await eventually(lambda: counter.gateway.heard == [number])
    with pytest.raises(Refused, match="replayed"):
        await counter.chikaya.notice(counter.gateway.callbacks[0])


async def test_a_demand_to_which_nothing_can_happen_any_more_is_left_alone(counter):
    number = await counter.lodged("IRRECEVABLE")
    counter.days_pass(100)
    await eventually(lambda: counter.gateway.heard == [number])
    await eventually(lambda: counter.desk.table("watched").get(number)["still"])


async def test_no_notice_leaves_this_machine(counter):
    counter.chikaya.portal = counter.chikaya.portal.__class__(
        id="chikaya", http=counter.http, secrets={}, callback_url="https://gateway.invalid/callbacks/chikaya"
    )
    await counter.lodged()
    assert len(counter.desk.table("watched")) == 0


class TestTheirClockIsOff:
    @pytest.fixture
    def options(self, options):
        return options | {"skew_seconds": "300"}

    async def test_a_notice_from_a_clock_five_minutes_ahead_is_not_believed(self, counter):
        counter.http.auth = Signed(ahead=300)
        await counter.lodged()
        counter.days_pass(1)
        await eventually(lambda: counter.gateway.refused)
        assert counter.gateway.refused[0] == "too_old"
        assert counter.gateway.heard == []
