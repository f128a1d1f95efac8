"""Behind the gateway's own outbound layers, with answers that get lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from gateway.connectors.contract import (
    Fee,
    Money,
    Paying,
    Payment,
    PaymentState,
    PortalError,
    StampOrder,
    StampState,
    Unknown,
)
from gateway.connectors.loader import load_one
from gateway.connectors.sources import Source
from gateway.testing import harness, running
from plugins.etimbre.connector import ETimbre
from plugins.etimbre.tests.sandbox_portal import GOOD, Browser, Merchant

FOLDER = Path(__file__).parents[1]
PAYMENT = Payment(case_id="case_1", oid="o_1", amount=Money(amount=4000), transaction="T")
ORDER = StampOrder(key="case_1.stamp", payment=PAYMENT, service="watiqa.birth-extract")


@pytest.fixture
async def paid():
    """A harness with a payment that was captured."""
    merchant = Merchant()
    plugin = load_one(Source(id="etimbre", package="plugins.etimbre", folder=FOLDER, origin="test"))
    async with harness(plugin) as found, running(merchant) as url, httpx.AsyncClient(verify=False) as client:
        found = replace(found, connector=ETimbre(replace(found.connector.portal, callback_url=url)))
        merchant.etimbre = found.connector
        fee = Fee(case_id="case_1", oid="o_1", amount=PAYMENT.amount, payer_name="A", payer_email="a@example.org")
        browser = Browser(client)
        await browser.open(await found.call(Paying.checkout, fee))
        found.fault("commit_then_drop")  # which does not take the page from under the payer
        await browser.pay(GOOD)
        found.fault("none")
        yield found


def kinds(found):
    return [each["kind"] for each in found.effects()]


async def test_a_stamp_whose_answer_was_lost_is_unknown_and_then_found(paid):
    assert await paid.call(Paying.find_stamp, ORDER.key) is None
    paid.fault("commit_then_drop")
    with pytest.raises(Unknown):
        await paid.call(Paying.issue, ORDER)
    paid.fault("none")
    assert (await paid.call(Paying.find_stamp, ORDER.key)).state is StampState.ISSUED
    assert kinds(paid) == ["capture", "stamp"]


async def test_a_refund_whose_answer_was_lost_is_asked_again_and_happens_once(paid):
    paid.fault("commit_then_drop")
    await paid.call(Paying.refund, PAYMENT)  # the second attempt has no effect, so its answer comes through
    paid.fault("none")
    assert (await paid.call(Paying.payment, "o_1")).state is PaymentState.REFUNDED
    assert kinds(paid) == ["capture", "refund"]


async def test_using_a_stamp_survives_a_lost_answer(paid):
    serial = (await paid.call(Paying.issue, ORDER)).serial
    paid.fault("commit_then_drop")
    assert (await paid.call(Paying.consume, serial, "W-1")).state is StampState.CONSUMED
    paid.fault("none")
    assert kinds(paid) == ["capture", "stamp", "stamp_consumed"]


async def test_a_portal_that_fails_before_doing_anything_leaves_no_trace(paid):
    paid.fault("error")
    with pytest.raises(PortalError):
        await paid.call(Paying.issue, ORDER)
    paid.fault("none")
    assert await paid.call(Paying.find_stamp, ORDER.key) is None
    assert kinds(paid) == ["capture"]
