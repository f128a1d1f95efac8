"""Callbacks as CMI, and others, may send them; the checkout; what the connector makes of the portal's answers."""

from __future__ import annotations

from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.connectors.contract import (
    Callback,
    Fee,
    Money,
    Payment,
    PaymentState,
    Portal,
    Refused,
    ServerFailed,
    StampOrder,
    StampState,
    Unavailable,
    Verdict,
)
from gateway.secret import Secret
from plugins.etimbre import mapping, notices, ver3
from plugins.etimbre.connector import ETimbre

KEY = "store-key-of-the-tests"
PAYMENT = Payment(case_id="case_1", oid="o_1", amount=Money(amount=2000), transaction="T1")


@pytest.fixture(scope="module")
def etimbre():
    return ETimbre(
        Portal(
            id="etimbre",
            http=httpx.AsyncClient(base_url="https://portal.invalid"),
            secrets={"store_key": Secret(KEY)},
            options={"clientid": "600000001", "sessiontimeout": "600", "refreshtime": "5"},
            callback_url="https://gateway.invalid/callbacks/etimbre",
            public_base_url="https://cards.invalid",
        )
    )


def fee(**over):
    values = {
        "case_id": "case_1",
        "oid": "o_1",
        "amount": Money(amount=2000),
        "payer_name": "Amina Tazi",
        "payer_email": "amina@example.org",
    }
    return Fee(**values | over)


def posted(**over):
    fields = mapping.checkout_fields(
        fee(),
        options={"clientid": "600000001", "sessiontimeout": "600", "refreshtime": "5"},
        return_url="https://front.invalid/back",
        callback_url="https://gateway.invalid/callbacks/etimbre/payment",
        rnd="r",
    )
    return fields | over


def callback(body, *, method="POST", path="payment"):
    return Callback(method=method, path=path, headers={}, body=body)


def said(**results):
    return callback(notices.body(notices.callback_fields(posted(), store_key=KEY, **results)))


async def refusal(etimbre, sent):
    with pytest.raises(Refused) as refused:
        await etimbre.settle(sent)
    return refused.value.code


async def test_the_checkout_is_signed_and_asks_for_a_preauthorisation_in_dirhams(etimbre):
    checkout = await etimbre.checkout(fee(language="ar", return_url="https://front.invalid/x"))
    assert (checkout.url, checkout.method, checkout.oid) == ("https://cards.invalid/fim/est3Dgate", "POST", "o_1")
    assert ver3.verified(checkout.fields, KEY)
    wanted = {
        "clientid": "600000001",
        "storetype": "3D_PAY_HOSTING",
        "TranType": "PreAuth",
        "amount": "20.00",
        "currency": "504",
        "oid": "o_1",
        "okUrl": "https://front.invalid/x",
        "failUrl": "https://front.invalid/x",
        "callbackUrl": "https://gateway.invalid/callbacks/etimbre/payment",
        "CallbackResponse": "true",
        "AutoRedirect": "true",
        "lang": "ar",
        "hashAlgorithm": "ver3",
        "encoding": "UTF-8",
        "sessiontimeout": "600",
        "tel": "",
    }
    assert wanted.items() <= checkout.fields.items()


async def test_without_a_return_address_the_payer_comes_back_to_the_gateway(etimbre):
    checkout = await etimbre.checkout(fee(language="de"))
    assert checkout.fields["okUrl"] == "https://gateway.invalid/callbacks/etimbre/return"
    assert checkout.fields["lang"] == "fr"


async def test_every_checkout_has_its_own_random_part(etimbre):
    first, second = await etimbre.checkout(fee()), await etimbre.checkout(fee())
    assert first.fields["rnd"] != second.fields["rnd"]


async def test_line_breaks_in_a_name_do_not_reach_the_form(etimbre):
    assert (await etimbre.checkout(fee(payer_name="Amina\r\n Tazi"))).fields["BillToName"] == "Amina Tazi"


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (Money(amount=0), "amount_not_payable"),
        (Money(amount=-5), "amount_not_payable"),
        (Money(amount=2000, currency="EUR"), "currency_not_supported"),
    ],
)
async def test_only_a_positive_amount_in_dirhams_can_be_paid(etimbre, amount, code):
    with pytest.raises(Refused) as refused:
        await etimbre.checkout(fee(amount=amount))
    assert refused.value.code == code


async def test_a_success_is_paid_and_carries_amount_and_transaction(etimbre):
    settlement = await etimbre.settle(said(ProcReturnCode="00", TransId="T9", ErrMsg=""))
    assert (settlement.oid, settlement.state, settlement.amount) == ("o_1", PaymentState.PAID, Money(amount=2000))
    assert (settlement.transaction, settlement.code) == ("T9", "00")


async def test_a_success_that_comes_twice_reads_the_same_twice(etimbre):
    sent = said(ProcReturnCode="00", TransId="T9")
    assert await etimbre.settle(sent) == await etimbre.settle(sent)


@pytest.mark.parametrize("results", [{"ProcReturnCode": "05"}, {"ProcReturnCode": ""}, {}, {"ProcReturnCode": "0"}])
async def test_any_other_code_or_none_is_declined(etimbre, results):
    assert (await etimbre.settle(said(**results))).state is PaymentState.DECLINED


async def test_another_amount_or_order_is_reported_as_it_is_for_the_core_to_reject(etimbre):
    settlement = await etimbre.settle(said(ProcReturnCode="00", amount="1.00", oid="o_2"))
    assert (settlement.oid, settlement.amount) == ("o_2", Money(amount=100))


async def test_a_hash_by_another_store_key_is_a_bad_signature(etimbre):
    fields = notices.callback_fields(posted(), store_key="not ours", ProcReturnCode="00")
    assert await refusal(etimbre, callback(notices.body(fields))) == "bad_signature"


async def test_a_callback_without_a_hash_is_a_bad_signature(etimbre):
    for body in (b"", urlencode(posted(ProcReturnCode="00")).encode()):
        assert await refusal(etimbre, callback(body)) == "bad_signature"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
async def test_tampering_with_any_one_field_is_a_bad_signature(etimbre, data):
    fields = notices.callback_fields(posted(), store_key=KEY, ProcReturnCode="05", TransId="T9")
    hashed = sorted(name for name in fields if name.lower() != "encoding")
    name = data.draw(st.sampled_from(hashed))
    value = data.draw(st.text("abc019.|\\&;", max_size=6).filter(lambda value: value != fields[name]))
    assert await refusal(etimbre, callback(notices.body(fields | {name: value}))) == "bad_signature"


@pytest.mark.parametrize(
    "body",
    [
        b"nonsense",
        b"a=1&b",
        b"oid=%ff",
        b"\xff=1",
        b"oid=1&oid=2&hash=x",
        b"oid=1&OID=2&hash=x",
        "&".join(f"f{n}=1" for n in range(500)).encode(),
    ],
)
async def test_a_body_that_is_not_a_form_with_every_name_once_is_malformed(etimbre, body):
    assert await refusal(etimbre, callback(body)) == "malformed_callback"


@pytest.mark.parametrize(
    "change",
    [{"amount": "20,00"}, {"amount": "20"}, {"amount": ""}, {"oid": ""}, {"currency": "978"}, {"amount": "-20.00"}],
)
async def test_an_authentic_callback_without_order_or_amount_is_malformed(etimbre, change):
    assert await refusal(etimbre, said(ProcReturnCode="00", **change)) == "malformed_callback"


async def test_what_the_payer_brings_to_the_return_address_settles_nothing(etimbre):
    authentic = said(ProcReturnCode="00").body
    assert await refusal(etimbre, callback(authentic, path="return")) == "unexpected_callback"
    assert await refusal(etimbre, callback(authentic, method="GET")) == "unexpected_callback"


def test_each_verdict_has_its_words(etimbre):
    words = {verdict: (etimbre.answer(verdict).body, etimbre.answer(verdict).media_type) for verdict in Verdict}
    assert words == {
        Verdict.CAPTURE: (b"ACTION=POSTAUTH", "text/plain"),
        Verdict.NOTED: (b"APPROVED", "text/plain"),
        Verdict.REJECTED: (b"FAILURE", "text/plain"),
    }


@pytest.mark.respx(base_url="https://portal.invalid")
async def test_held_money_makes_the_stamp_wait_and_not_fail(respx_mock, etimbre):
    respx_mock.post("/stamps").respond(409, json={"error": "payment_pending"})
    with pytest.raises(Unavailable) as unavailable:
        await etimbre.issue(StampOrder(key="k", payment=PAYMENT, service="watiqa.birth-extract"))
    assert (unavailable.value.code, unavailable.value.retry_after) == ("payment_pending", 1.0)


@pytest.mark.respx(base_url="https://portal.invalid")
async def test_an_unknown_state_of_a_payment_is_never_paid(respx_mock, etimbre):
    answer = {"oid": "o_1", "status": "verified", "amount": "20.00"}
    respx_mock.get("/payments/o_1").respond(json=answer)
    assert (await etimbre.payment("o_1")).state is PaymentState.PENDING


@pytest.mark.respx(base_url="https://portal.invalid")
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"serial": "1234567890123456", "status": "frozen", "amount": "20.00"}, KeyError),
        ({"serial": "12345", "status": "issued", "amount": "20.00"}, ValueError),
        ({"serial": "1234567890123456", "status": "issued", "amount": "20"}, ValueError),
        ({"serial": "1234567890123456", "status": "issued"}, ValueError),
    ],
)
async def test_a_stamp_that_cannot_be_understood_is_not_made_up(respx_mock, etimbre, answer, error):
    respx_mock.get("/stamps/1234567890123456").respond(json=answer)
    with pytest.raises(error):
        await etimbre.stamp("1234567890123456")


@pytest.mark.respx(base_url="https://portal.invalid")
async def test_a_failing_portal_is_not_a_refusal(respx_mock, etimbre):
    respx_mock.post("/payments/o_1/refund").respond(500)
    with pytest.raises(ServerFailed):
        await etimbre.refund(PAYMENT)


@pytest.mark.parametrize("serial", ["", "123", "../payments/o_1", "1234567890123456/cancel", "١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦"])
async def test_what_is_no_serial_is_not_asked_for(etimbre, serial):
    with pytest.raises(Refused) as refused:
        await etimbre.stamp(serial)
    assert refused.value.code == "stamp_not_found"


@pytest.mark.respx(base_url="https://portal.invalid")
async def test_a_stamp_is_found_by_the_key_it_was_asked_with(respx_mock, etimbre):
    stamp = {"serial": "1234567890123456", "status": "reserved", "amount": "20.00"}
    respx_mock.get("/stamps", params={"client_reference": "k1"}).respond(json={"stamps": [stamp]})
    respx_mock.get("/stamps", params={"client_reference": "k2"}).respond(json={"stamps": []})
    assert (await etimbre.find_stamp("k1")).state is StampState.RESERVED
    assert await etimbre.find_stamp("k2") is None
