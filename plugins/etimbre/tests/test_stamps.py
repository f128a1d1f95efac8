"""Inquiries, refunds and stamps, through the connector and around it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.connectors.contract import Money, Payment, PaymentState, Refused, StampOrder, StampState, Unavailable
from plugins.etimbre.sandbox.stamps import VALID_SECONDS
from plugins.etimbre.tests.counter import Signed


def payment(checkout, amount=4000):
    return Payment(case_id="case_1", oid=checkout.oid, amount=Money(amount=amount), transaction="T")


def order(checkout, key="key-1", amount=4000):
    return StampOrder(key=key, payment=payment(checkout, amount), service="watiqa.birth-extract")


async def code(awaitable, kind=Refused):
    with pytest.raises(kind) as raised:
        await awaitable
    return raised.value.code


async def test_a_payment_buys_a_stamp_of_its_amount(counter):
    stamp = await counter.etimbre.issue(order(await counter.paid()))
    assert (stamp.state, stamp.amount) == (StampState.ISSUED, Money(amount=4000))
    assert len(stamp.serial) == 16
    assert stamp.serial.isdigit()
    assert await counter.etimbre.stamp(stamp.serial) == stamp


async def test_a_stamp_is_found_by_its_key_even_after_a_restart(counter):
    stamp = await counter.etimbre.issue(order(await counter.paid()))
    await counter.restart()
    assert await counter.etimbre.find_stamp("key-1") == stamp
    assert await counter.etimbre.find_stamp("key-2") is None


async def test_asking_blindly_again_makes_a_second_stamp_that_everybody_can_see(counter):
    checkout = await counter.paid()
    await counter.etimbre.issue(order(checkout))
    await counter.etimbre.issue(order(checkout))
    assert [each["client_reference"] for each in counter.effects("stamp")] == ["key-1", "key-1"]


async def test_no_stamp_without_captured_money(counter):
    opened = await counter.opened()
    assert await code(counter.etimbre.issue(order(opened))) == "payment_not_captured"
    counter.merchant.answers = [(200, b"APPROVED")]
    held = await counter.paid()
    assert await code(counter.etimbre.issue(order(held)), Unavailable) == "payment_pending"
    paid = await counter.paid()
    assert await code(counter.etimbre.issue(order(paid, amount=100))) == "amount_mismatch"
    assert counter.effects("stamp") == []


async def test_no_stamp_for_a_payment_that_never_was(counter):
    checkout = await counter.etimbre.checkout(counter.fee())
    assert await code(counter.etimbre.issue(order(checkout))) == "payment_not_found"
    assert await counter.etimbre.payment(checkout.oid) is None


async def test_consuming_twice_for_the_same_demand_consumes_once(counter):
    stamp = await counter.etimbre.issue(order(await counter.paid()))
    first = await counter.etimbre.consume(stamp.serial, "W-1")
    assert first.state is StampState.CONSUMED
    assert await counter.etimbre.consume(stamp.serial, "W-1") == first
    assert len(counter.effects("stamp_consumed")) == 1


async def test_a_used_stamp_serves_no_other_demand_and_cannot_be_cancelled(counter):
    stamp = await counter.etimbre.issue(order(await counter.paid()))
    await counter.etimbre.consume(stamp.serial, "W-1")
    assert await code(counter.etimbre.consume(stamp.serial, "W-2")) == "stamp_already_used"
    assert await code(counter.etimbre.void(stamp.serial)) == "stamp_already_used"
    assert (await counter.etimbre.stamp(stamp.serial)).state is StampState.CONSUMED


async def test_a_cancelled_stamp_stays_cancelled(counter):
    stamp = await counter.etimbre.issue(order(await counter.paid()))
    assert (await counter.etimbre.void(stamp.serial)).state is StampState.CANCELLED
    assert (await counter.etimbre.void(stamp.serial)).state is StampState.CANCELLED
    assert await code(counter.etimbre.consume(stamp.serial, "W-1")) == "stamp_cancelled"
    assert len(counter.effects("stamp_cancelled")) == 1


async def test_a_reserved_stamp_is_consumed_only_by_the_demand_that_holds_it(counter):
    stamp = await counter.etimbre.issue(order(await counter.paid()))
    reserved = await counter.etimbre.http.post(f"/stamps/{stamp.serial}/reserve", json={"reference": "W-1"})
    assert reserved.json()["status"] == "reserved"
    assert (await counter.etimbre.stamp(stamp.serial)).state is StampState.RESERVED
    assert await code(counter.etimbre.consume(stamp.serial, "W-2")) == "stamp_already_used"
    assert (await counter.etimbre.consume(stamp.serial, "W-1")).state is StampState.CONSUMED


async def test_an_unused_stamp_expires_after_a_year(counter):
    stamp = await counter.etimbre.issue(order(await counter.paid()))
    counter.desk.clock.set(advance=VALID_SECONDS + 1)
    assert (await counter.etimbre.stamp(stamp.serial)).state is StampState.EXPIRED
    assert await code(counter.etimbre.consume(stamp.serial, "W-1")) == "stamp_expired"


async def test_an_unknown_stamp_is_not_found(counter):
    assert await code(counter.etimbre.stamp("0" * 16)) == "stamp_not_found"


async def test_a_refund_happens_once_however_often_it_is_asked(counter):
    checkout = await counter.paid()
    first = await counter.etimbre.refund(payment(checkout))
    assert first == await counter.etimbre.refund(payment(checkout))
    assert (first.oid, first.amount) == (checkout.oid, Money(amount=4000))
    assert len(counter.effects("refund")) == 1
    assert (await counter.etimbre.payment(checkout.oid)).state is PaymentState.REFUNDED
    assert await code(counter.etimbre.issue(order(checkout))) == "payment_not_captured"


async def test_held_money_is_let_go_instead_of_refunded(counter):
    counter.merchant.answers = [(200, b"APPROVED")]
    checkout = await counter.paid()
    assert await counter.etimbre.refund(payment(checkout)) == await counter.etimbre.refund(payment(checkout))
    assert [each["kind"] for each in counter.effects()] == ["void"]


async def test_nothing_is_refunded_that_was_not_paid_or_in_another_amount(counter):
    opened = await counter.opened()
    assert await code(counter.etimbre.refund(payment(opened))) == "payment_not_captured"
    paid = await counter.paid()
    assert await code(counter.etimbre.refund(payment(paid, 100))) == "amount_mismatch"
    assert counter.effects("refund") == []


# --- who may ask ---


async def status(counter, auth, method="GET", path="/stamps/0000000000000000", **more):
    async with httpx.AsyncClient(base_url=counter.desk.base_url, auth=auth, verify=False) as client:
        return (await client.request(method, path, **more)).status_code


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/stamps?client_reference=k"),
        ("GET", "/stamps/0000000000000000"),
        ("POST", "/stamps"),
        ("POST", "/stamps/0000000000000000/consume"),
        ("POST", "/stamps/0000000000000000/cancel"),
        ("POST", "/stamps/0000000000000000/reserve"),
        ("GET", "/payments/o_1"),
        ("POST", "/payments/o_1/refund"),
    ],
)
async def test_nothing_is_told_or_done_without_a_signature(counter, method, path):
    assert await status(counter, None, method, path) == 401


async def test_a_known_key_signs_well(counter):
    assert await status(counter, Signed(counter.key)) == 404
    covered = ("@method", "@authority", "@path")
    assert await status(counter, Signed(counter.key, covered=covered)) == 404


async def test_another_key_does_not(counter):
    assert await status(counter, Signed(Ed25519PrivateKey.generate())) == 401
    assert await status(counter, Signed(counter.key, key_id="k2")) == 401


async def test_a_nonce_serves_once_even_over_a_restart(counter):
    auth = Signed(counter.key, nonce="n1")
    assert await status(counter, auth) == 404
    assert await status(counter, auth) == 401
    await counter.restart()
    assert await status(counter, auth) == 401


async def test_without_a_nonce_nothing_is_accepted(counter):
    assert await status(counter, Signed(counter.key, nonce=None)) == 401


@pytest.mark.parametrize(("seconds", "answer"), [(-600, 401), (-240, 404), (60, 401)])
async def test_a_signature_is_good_for_five_minutes(counter, seconds, answer):
    auth = Signed(counter.key, created=datetime.now(UTC) + timedelta(seconds=seconds))
    assert await status(counter, auth) == answer


@pytest.mark.parametrize("covered", [("@target-uri",), ("@method",), ("@method", "@path"), ("@method", "@authority")])
async def test_a_signature_that_fits_other_requests_too_is_refused(counter, covered):
    assert await status(counter, Signed(counter.key, covered=covered)) == 401


async def test_a_query_must_be_covered(counter):
    narrow, whole = ("@method", "@authority", "@path"), ("@method", "@authority", "@path", "@query")
    path = "/stamps?client_reference=k"
    assert await status(counter, Signed(counter.key, covered=narrow), path=path) == 401
    assert await status(counter, Signed(counter.key, covered=whole), path=path) == 200


class OtherBody(Signed):
    """Signs one body and sends another."""

    def auth_flow(self, request):
        next(super().auth_flow(request))
        content = request.content.replace(b"W-1", b"W-2")
        yield httpx.Request(request.method, request.url, headers=request.headers, content=content)


class NoDigest(Signed):
    def auth_flow(self, request):
        self.signer.sign(request, key_id="k1", covered_component_ids=self.covered, nonce="n9")
        yield request


@pytest.mark.parametrize("kind", [OtherBody, NoDigest])
async def test_a_body_that_was_not_signed_is_refused(counter, kind):
    serial = (await counter.etimbre.issue(order(await counter.paid()))).serial
    body = {"reference": "W-1"}
    assert await status(counter, kind(counter.key), "POST", f"/stamps/{serial}/consume", json=body) == 401
    assert (await counter.etimbre.stamp(serial)).state is StampState.ISSUED


@pytest.mark.parametrize("body", [{}, {"reference": ""}, {"reference": 1}, {"reference": "W-1", "more": 1}])
async def test_a_malformed_request_is_a_400(counter, body):
    serial = (await counter.etimbre.issue(order(await counter.paid()))).serial
    assert await status(counter, Signed(counter.key), "POST", f"/stamps/{serial}/consume", json=body) == 400
