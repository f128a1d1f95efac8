"""The stand-in's callbacks: sent until answered, over restarts, and what becomes of the money meanwhile."""

from __future__ import annotations

import pytest

from gateway.connectors.contract import PaymentState
from plugins.etimbre.sandbox.card_payments import PREAUTH_SECONDS
from plugins.etimbre.tests.counter import GOOD, eventually


async def state(counter, checkout):
    return (await counter.etimbre.payment(checkout.oid)).state


@pytest.mark.parametrize("first", [(200, b"FAILURE"), (200, b"<html>"), (500, b"ACTION=POSTAUTH"), (503, b"")])
async def test_without_the_right_words_the_money_stays_held_and_the_callback_comes_again(counter, first):
    counter.merchant.answers = [first]
    checkout = await counter.paid()
    assert await state(counter, checkout) is PaymentState.AUTHORISED
    assert counter.effects() == []
    await eventually(lambda: counter.effects("capture"))
    assert len(counter.merchant.heard) == 2
    assert counter.merchant.heard[0] == counter.merchant.heard[1]


async def test_approved_leaves_the_money_held_and_ends_the_callbacks(counter):
    counter.merchant.answers = [(200, b"APPROVED")]
    checkout = await counter.paid()
    assert await state(counter, checkout) is PaymentState.AUTHORISED
    assert len(counter.desk.table("notices")) == 0


async def test_a_restart_forgets_no_callback(counter):
    counter.merchant.silent = True
    checkout = await counter.paid()
    await counter.restart()
    counter.merchant.silent = False
    await eventually(lambda: counter.effects("capture"))
    assert await state(counter, checkout) is PaymentState.PAID
    assert len(counter.effects("capture")) == 1


async def test_the_callbacks_go_on_where_the_host_has_no_start_up(counter):
    counter.merchant.answers = [(500, b"")]
    await counter.paid()
    await eventually(lambda: counter.effects("capture"))


async def test_the_tries_are_spaced_out(counter):
    counter.merchant.silent = True
    await counter.paid()
    notices = counter.desk.table("notices")
    pauses = []
    for tries in (1, 2):
        await eventually(lambda tries=tries: notices.items()[0][1]["tries"] == tries)
        pauses.append(notices.items()[0][1]["pause"])
    assert pauses == [0.5, 1.0]


async def test_money_nobody_takes_is_given_back_after_ten_minutes(counter):
    counter.merchant.answers = [(200, b"APPROVED")]
    checkout = await counter.paid()
    counter.desk.clock.set(advance=PREAUTH_SECONDS - 60)
    assert await state(counter, checkout) is PaymentState.AUTHORISED
    counter.desk.clock.set(advance=61)
    assert await state(counter, checkout) is PaymentState.DECLINED
    assert [each["kind"] for each in counter.effects()] == ["void"]


async def test_money_is_not_given_back_while_the_merchant_has_not_been_heard(counter):
    """A simulated day may pass in a second; a gateway that restarts still gets its answer in."""
    counter.merchant.silent = True
    checkout = await counter.paid()
    counter.desk.clock.set(advance=86400)
    assert await state(counter, checkout) is PaymentState.AUTHORISED
    counter.merchant.silent = False
    await eventually(lambda: counter.effects("capture"))
    assert [each["kind"] for each in counter.effects()] == ["capture"]


async def test_a_merchant_who_says_failure_gets_no_money_in_the_end(counter):
    counter.merchant.answers = [(200, b"FAILURE")] * 50
    checkout = await counter.paid()
    counter.desk.clock.set(advance=PREAUTH_SECONDS)
    await eventually(lambda: counter.effects("void"))
    assert await state(counter, checkout) is PaymentState.DECLINED
    await eventually(lambda: len(counter.desk.table("notices")) == 0)


class TestDoubled:
    @pytest.fixture
    def options(self, options):
        return options | {"duplicate_callbacks": "true"}

    async def test_a_success_that_is_told_twice_is_captured_once(self, counter):
        await counter.opened()
        await counter.browser.pay(GOOD)
        assert len(counter.merchant.heard) == 2
        assert counter.merchant.heard[0] == counter.merchant.heard[1]
        assert len(counter.effects()) == 1
