"""Inquiries, refunds and stamps, through the connector and around it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.connectors.contract import Money, Payment, PaymentState, Refused, StampOrder, StampState, Unavailable
from plugins.etimbre.sandbox.stamps import VALID_SECONDS
from plugins.etimbre.tests.sandbox_portal import Signed


def payment(checkout, amount=4000):
    return Payment(case_id="case_1", oid=checkout.oid, amount=Money(amount=amount), transaction="T")


def order(checkout, key="key-1", amount=4000):
    return StampOrder(key=key, payment=payment(checkout, amount), service="watiqa.birth-extract")


async def code(awaitable, kind=Refused):
    with pytest.raises(kind) as raised:
        await awaitable
    return raised.value.code


async def test_a_payment_buys_a_stamp_of_its_amount(sandbox_portal):
    stamp = await sandbox_portal.etimbre.issue(order(await sandbox_portal.paid()))
    assert (stamp.state, stamp.amount) == (StampState.ISSUED, Money(amount=4000))
    assert len(stamp.serial) == 16
    assert stamp.serial.isdigit()
    assert await sandbox_portal.etimbre.stamp(stamp.serial) == stamp


async def test_a_stamp_is_found_by_its_key_even_after_a_restart(sandbox_portal):
    stamp = await sandbox_portal.etimbre.issue(order(await sandbox_portal.paid()))
    await sandbox_portal.restart()
    assert await sandbox_portal.etimbre.find_stamp("key-1") == stamp
    assert await sandbox_portal.etimbre.find_stamp("key-2") is None


async def test_asking_blindly_again_makes_a_second_stamp_that_everybody_can_see(sandbox_portal):
    checkout = await sandbox_portal.paid()
    await sandbox_portal.etimbre.issue(order(checkout))
    await sandbox_portal.etimbre.issue(order(checkout))
    assert [each["client_reference"] for each in sandbox_portal.effects("stamp")] == ["key-1", "key-1"]


async def test_no_stamp_without_captured_money(sandbox_portal):
    opened = await sandbox_portal.opened()
    assert await code(sandbox_portal.etimbre.issue(order(opened))) == "payment_not_captured"
    sandbox_portal.merchant.answers = [(200, b"APPROVED")]
    held = await sandbox_portal.paid()
    assert await code(sandbox_portal.etimbre.issue(order(held)), Unavailable) == "payment_pending"
    paid = await sandbox_portal.paid()
    assert await code(sandbox_portal.etimbre.issue(order(paid, amount=100))) == "amount_mismatch"
    assert sandbox_portal.effects("stamp") == []


async def test_no_stamp_for_a_payment_that_never_was(sandbox_portal):
    checkout = await sandbox_portal.etimbre.checkout(sandbox_portal.fee())
    assert await code(sandbox_portal.etimbre.issue(order(checkout))) == "payment_not_found"
    assert await sandbox_portal.etimbre.payment(checkout.oid) is None


async def test_consuming_twice_for_the_same_demand_consumes_once(sandbox_portal):
    stamp = await sandbox_portal.etimbre.issue(order(await sandbox_portal.paid()))
    first = await sandbox_portal.etimbre.consume(stamp.serial, "W-1")
    assert first.state is StampState.CONSUMED
    assert await sandbox_portal.etimbre.consume(stamp.serial, "W-1") == first
    assert len(sandbox_portal.effects("stamp_consumed")) == 1


async def test_a_used_stamp_serves_no_other_demand_and_cannot_be_cancelled(sandbox_portal):
    stamp = await sandbox_portal.etimbre.issue(order(await sandbox_portal.paid()))
    await sandbox_portal.etimbre.consume(stamp.serial, "W-1")
    assert await code(sandbox_portal.etimbre.consume(stamp.serial, "W-2")) == "stamp_already_used"
    assert await code(sandbox_portal.etimbre.void(stamp.serial)) == "stamp_already_used"
    assert (await sandbox_portal.etimbre.stamp(stamp.serial)).state is StampState.CONSUMED


async def test_a_cancelled_stamp_stays_cancelled(sandbox_portal):
    stamp = await sandbox_portal.etimbre.issue(order(await sandbox_portal.paid()))
    assert (await sandbox_portal.etimbre.void(stamp.serial)).state is StampState.CANCELLED
    assert (await sandbox_portal.etimbre.void(stamp.serial)).state is StampState.CANCELLED
    assert await code(sandbox_portal.etimbre.consume(stamp.serial, "W-1")) == "stamp_cancelled"
    assert len(sandbox_portal.effects("stamp_cancelled")) == 1


async def test_a_reserved_stamp_is_consumed_only_by_the_demand_that_holds_it(sandbox_portal):
    stamp = await sandbox_portal.etimbre.issue(order(await sandbox_portal.paid()))
    reserved = await sandbox_portal.etimbre.http.post(f"/stamps/{stamp.serial}/reserve", json={"reference": "W-1"})
    assert reserved.json()["status"] == "reserved"
    assert (await sandbox_portal.etimbre.stamp(stamp.serial)).state is StampState.RESERVED
    assert await code(sandbox_portal.etimbre.consume(stamp.serial, "W-2")) == "stamp_already_used"
    assert (await sandbox_portal.etimbre.consume(stamp.serial, "W-1")).state is StampState.CONSUMED


async def test_an_unused_stamp_expires_after_a_year(sandbox_portal):
    stamp = await sandbox_portal.etimbre.issue(order(await sandbox_portal.paid()))
    sandbox_portal.context.clock.set(advance=VALID_SECONDS + 1)
    assert (await sandbox_portal.etimbre.stamp(stamp.serial)).state is StampState.EXPIRED
    assert await code(sandbox_portal.etimbre.consume(stamp.serial, "W-1")) == "stamp_expired"


async def test_an_unknown_stamp_is_not_found(sandbox_portal):
    assert await code(sandbox_portal.etimbre.stamp("0" * 16)) == "stamp_not_found"


async def test_a_refund_happens_once_however_often_it_is_asked(sandbox_portal):
    checkout = await sandbox_portal.paid()
    first = await sandbox_portal.etimbre.refund(payment(checkout))
    assert first == await sandbox_portal.etimbre.refund(payment(checkout))
    assert (first.oid, first.amount) == (checkout.oid, Money(amount=4000))
    assert len(sandbox_portal.effects("refund")) == 1
    assert (await sandbox_portal.etimbre.payment(checkout.oid)).state is PaymentState.REFUNDED
    assert await code(sandbox_portal.etimbre.issue(order(checkout))) == "payment_not_captured"


async def test_held_money_is_let_go_instead_of_refunded(sandbox_portal):
    sandbox_portal.merchant.answers = [(200, b"APPROVED")]
    checkout = await sandbox_portal.paid()
    assert await sandbox_portal.etimbre.refund(payment(checkout)) == await sandbox_portal.etimbre.refund(
        payment(checkout)
    )
    assert [each["kind"] for each in sandbox_portal.effects()] == ["void"]


async def test_nothing_is_refunded_that_was_not_paid_or_in_another_amount(sandbox_portal):
    opened = await sandbox_portal.opened()
    assert await code(sandbox_portal.etimbre.refund(payment(opened))) == "payment_not_captured"
    paid = await sandbox_portal.paid()
    assert await code(sandbox_portal.etimbre.refund(payment(paid, 100))) == "amount_mismatch"
    assert sandbox_portal.effects("refund") == []


# --- who may ask ---


async def status(sandbox_portal, auth, method="GET", path="/stamps/0000000000000000", **more):
    async with httpx.AsyncClient(base_url=sandbox_portal.context.base_url, auth=auth, verify=False) as client:
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
async def test_nothing_is_told_or_done_without_a_signature(sandbox_portal, method, path):
    assert await status(sandbox_portal, None, method, path) == 401


async def test_a_known_key_signs_well(sandbox_portal):
    assert await status(sandbox_portal, Signed(sandbox_portal.key)) == 404
    covered = ("@method", "@authority", "@path")
    assert await status(sandbox_portal, Signed(sandbox_portal.key, covered=covered)) == 404


async def test_another_key_does_not(sandbox_portal):
    assert await status(sandbox_portal, Signed(Ed25519PrivateKey.generate())) == 401
    assert await status(sandbox_portal, Signed(sandbox_portal.key, key_id="k2")) == 401


async def test_a_nonce_serves_once_even_over_a_restart(sandbox_portal):
    auth = Signed(sandbox_portal.key, nonce="n1")
    assert await status(sandbox_portal, auth) == 404
    assert await status(sandbox_portal, auth) == 401
    await sandbox_portal.restart()
    assert await status(sandbox_portal, auth) == 401


async def test_without_a_nonce_nothing_is_accepted(sandbox_portal):
    assert await status(sandbox_portal, Signed(sandbox_portal.key, nonce=None)) == 401


@pytest.mark.parametrize(("seconds", "answer"), [(-600, 401), (-240, 404), (60, 401)])
async def test_a_signature_is_good_for_five_minutes(sandbox_portal, seconds, answer):
    auth = Signed(sandbox_portal.key, created=datetime.now(UTC) + timedelta(seconds=seconds))
    assert await status(sandbox_portal, auth) == answer


@pytest.mark.parametrize("covered", [("@target-uri",), ("@method",), ("@method", "@path"), ("@method", "@authority")])
async def test_a_signature_that_fits_other_requests_too_is_refused(sandbox_portal, covered):
    assert await status(sandbox_portal, Signed(sandbox_portal.key, covered=covered)) == 401


async def test_a_query_must_be_covered(sandbox_portal):
    narrow, whole = ("@method", "@authority", "@path"), ("@method", "@authority", "@path", "@query")
    path = "/stamps?client_reference=k"
    assert await status(sandbox_portal, Signed(sandbox_portal.key, covered=narrow), path=path) == 401
    assert await status(sandbox_portal, Signed(sandbox_portal.key, covered=whole), path=path) == 200


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
async def test_a_body_that_was_not_signed_is_refused(sandbox_portal, kind):
    serial = (await sandbox_portal.etimbre.issue(order(await sandbox_portal.paid()))).serial
    body = {"reference": "W-1"}
    assert await status(sandbox_portal, kind(sandbox_portal.key), "POST", f"/stamps/{serial}/consume", json=body) == 401
    assert (await sandbox_portal.etimbre.stamp(serial)).state is StampState.ISSUED


@pytest.mark.parametrize("body", [{}, {"reference": ""}, {"reference": 1}, {"reference": "W-1", "more": 1}])
async def test_a_malformed_request_is_a_400(sandbox_portal, body):
    serial = (await sandbox_portal.etimbre.issue(order(await sandbox_portal.paid()))).serial
    assert (
        await status(sandbox_portal, Signed(sandbox_portal.key), "POST", f"/stamps/{serial}/consume", json=body) == 400
    )
