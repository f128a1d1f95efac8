"""The stand-in's callbacks: sent until answered, over restarts, and what becomes of the money meanwhile."""

from __future__ import annotations

import pytest

from gateway.connectors.contract import PaymentState
from plugins.etimbre.sandbox.card_payments import PREAUTH_SECONDS
from plugins.etimbre.tests.sandbox_portal import GOOD, eventually


async def state(sandbox_portal, checkout):
    return (await sandbox_portal.etimbre.payment(checkout.oid)).state


@pytest.mark.parametrize("first", [(200, b"FAILURE"), (200, b"<html>"), (500, b"ACTION=POSTAUTH"), (503, b"")])
async def test_without_the_right_words_the_money_stays_held_and_the_callback_comes_again(sandbox_portal, first):
    sandbox_portal.merchant.answers = [first]
    checkout = await sandbox_portal.paid()
    assert await state(sandbox_portal, checkout) is PaymentState.AUTHORISED
    assert sandbox_portal.effects() == []
    await eventually(lambda: sandbox_portal.effects("capture"))
    assert len(sandbox_portal.merchant.heard) == 2
    assert sandbox_portal.merchant.heard[0] == sandbox_portal.merchant.heard[1]


async def test_approved_leaves_the_money_held_and_ends_the_callbacks(sandbox_portal):
    sandbox_portal.merchant.answers = [(200, b"APPROVED")]
    checkout = await sandbox_portal.paid()
    assert await state(sandbox_portal, checkout) is PaymentState.AUTHORISED
    assert len(sandbox_portal.context.table("notices")) == 0


async def test_a_restart_forgets_no_callback(sandbox_portal):
    sandbox_portal.merchant.silent = True
    checkout = await sandbox_portal.paid()
    await sandbox_portal.restart()
    sandbox_portal.merchant.silent = False
    await eventually(lambda: sandbox_portal.effects("capture"))
    assert await state(sandbox_portal, checkout) is PaymentState.PAID
    assert len(sandbox_portal.effects("capture")) == 1


async def test_the_callbacks_go_on_where_the_host_has_no_start_up(sandbox_portal):
    sandbox_portal.merchant.answers = [(500, b"")]
    await sandbox_portal.paid()
    await eventually(lambda: sandbox_portal.effects("capture"))


async def test_the_tries_are_spaced_out(sandbox_portal):
    sandbox_portal.merchant.silent = True
    await sandbox_portal.paid()
    notices = sandbox_portal.context.table("notices")
    pauses = []
    for tries in (1, 2):
        await eventually(lambda tries=tries: notices.items()[0][1]["tries"] == tries)
        pauses.append(notices.items()[0][1]["pause"])
    assert pauses == [0.5, 1.0]


async def test_money_nobody_takes_is_given_back_after_ten_minutes(sandbox_portal):
    sandbox_portal.merchant.answers = [(200, b"APPROVED")]
    checkout = await sandbox_portal.paid()
    sandbox_portal.context.clock.set(advance=PREAUTH_SECONDS - 60)
    assert await state(sandbox_portal, checkout) is PaymentState.AUTHORISED
    sandbox_portal.context.clock.set(advance=61)
    assert await state(sandbox_portal, checkout) is PaymentState.DECLINED
    assert [each["kind"] for each in sandbox_portal.effects()] == ["void"]


async def test_money_is_not_given_back_while_the_merchant_has_not_been_heard(sandbox_portal):
    """A simulated day may pass in a second; a gateway that restarts still gets its answer in."""
    sandbox_portal.merchant.silent = True
    checkout = await sandbox_portal.paid()
    sandbox_portal.context.clock.set(advance=86400)
    assert await state(sandbox_portal, checkout) is PaymentState.AUTHORISED
    sandbox_portal.merchant.silent = False
    await eventually(lambda: sandbox_portal.effects("capture"))
    assert [each["kind"] for each in sandbox_portal.effects()] == ["capture"]


async def test_a_merchant_who_says_failure_gets_no_money_in_the_end(sandbox_portal):
    sandbox_portal.merchant.answers = [(200, b"FAILURE")] * 50
    checkout = await sandbox_portal.paid()
    sandbox_portal.context.clock.set(advance=PREAUTH_SECONDS)
    await eventually(lambda: sandbox_portal.effects("void"))
    assert await state(sandbox_portal, checkout) is PaymentState.DECLINED
    await eventually(lambda: len(sandbox_portal.context.table("notices")) == 0)


class TestDoubled:
    @pytest.fixture
    def options(self, options):
        return options | {"duplicate_callbacks": "true"}

    async def test_a_success_that_is_told_twice_is_captured_once(self, sandbox_portal):
        await sandbox_portal.opened()
        await sandbox_portal.browser.pay(GOOD)
        assert len(sandbox_portal.merchant.heard) == 2
        assert sandbox_portal.merchant.heard[0] == sandbox_portal.merchant.heard[1]
        assert len(sandbox_portal.effects()) == 1
