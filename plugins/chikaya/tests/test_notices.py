"""The stand-in's notices: sent at each change until they are taken, over restarts, and believed by the connector."""

from __future__ import annotations

import json

import pytest

from gateway.connectors.contract import Refused
from plugins.chikaya.tests.sandbox_portal import Signed, eventually


async def test_every_change_is_told_once(sandbox_portal):
    number = await sandbox_portal.lodged()
    for day, count in ((1, 1), (4, 2), (3, 3), (22, 4)):
        sandbox_portal.days_pass(day)
        await eventually(lambda count=count: len(sandbox_portal.gateway.heard) == count)
    assert sandbox_portal.gateway.heard == [number] * 4
    assert [json.loads(each.body)["state"] for each in sandbox_portal.gateway.callbacks] == [
        "en_tri", "recevable", "en_instruction", "repondue",
    ]  # fmt: skip
    assert sandbox_portal.gateway.refused == []


async def test_what_a_person_does_is_told_too(sandbox_portal):
    number = await sandbox_portal.lodged()
    await sandbox_portal.chikaya.withdraw(number)
    await eventually(lambda: sandbox_portal.gateway.heard == [number])


async def test_a_way_that_opens_or_closes_is_told_though_the_state_is_the_same(sandbox_portal):
    number = await sandbox_portal.lodged("SANS REPONSE")
    sandbox_portal.days_pass(59)
    await eventually(lambda: len(sandbox_portal.gateway.heard) == 1)
    sandbox_portal.days_pass(2)
    await eventually(lambda: len(sandbox_portal.gateway.heard) == 2)
    assert (await sandbox_portal.chikaya.progress(number)).ask.code == "answer_overdue"


async def test_a_notice_that_was_not_taken_comes_again_signed_anew(sandbox_portal):
    sandbox_portal.gateway.silent = True
    number = await sandbox_portal.lodged()
    sandbox_portal.days_pass(1)
    await eventually(lambda: len(sandbox_portal.gateway.callbacks) == 2)
    sandbox_portal.gateway.silent = False
    await eventually(lambda: sandbox_portal.gateway.heard == [number])
    nonces = [each.headers["x-chikaya-nonce"] for each in sandbox_portal.gateway.callbacks]
    assert len(set(nonces)) == len(nonces) == 3


async def test_a_restart_forgets_no_notice(sandbox_portal):
    sandbox_portal.gateway.silent = True
    number = await sandbox_portal.lodged()
    sandbox_portal.days_pass(1)
    await eventually(lambda: sandbox_portal.gateway.callbacks)
    await sandbox_portal.restart()
    sandbox_portal.gateway.silent = False
    await eventually(lambda: sandbox_portal.gateway.heard == [number])


async def test_a_replay_of_what_the_portal_sent_is_refused(sandbox_portal):
    number = await sandbox_portal.lodged()
    sandbox_portal.days_pass(1)
    await eventually(lambda: sandbox_portal.gateway.heard == [number])
    with pytest.raises(Refused, match="replayed"):
        await sandbox_portal.chikaya.notice(sandbox_portal.gateway.callbacks[0])


async def test_a_demand_to_which_nothing_can_happen_any_more_is_left_alone(sandbox_portal):
    number = await sandbox_portal.lodged("IRRECEVABLE")
    sandbox_portal.days_pass(100)
    await eventually(lambda: sandbox_portal.gateway.heard == [number])
    await eventually(lambda: sandbox_portal.context.table("watched").get(number)["still"])


async def test_no_notice_leaves_this_machine(sandbox_portal):
    sandbox_portal.chikaya.portal = sandbox_portal.chikaya.portal.__class__(
        id="chikaya", http=sandbox_portal.http, secrets={}, callback_url="https://gateway.invalid/callbacks/chikaya"
    )
    await sandbox_portal.lodged()
    assert len(sandbox_portal.context.table("watched")) == 0


class TestTheirClockIsOff:
    @pytest.fixture
    def options(self, options):
        return options | {"skew_seconds": "300"}

    async def test_a_notice_from_a_clock_five_minutes_ahead_is_not_believed(self, sandbox_portal):
        sandbox_portal.http.auth = Signed(ahead=300)
        await sandbox_portal.lodged()
        sandbox_portal.days_pass(1)
        await eventually(lambda: sandbox_portal.gateway.refused)
        assert sandbox_portal.gateway.refused[0] == "too_old"
        assert sandbox_portal.gateway.heard == []
