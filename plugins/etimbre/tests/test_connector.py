"""Callbacks as CMI, and others, may send them; the checkout; what the connector makes of the portal's answers."""

from __future__ import annotations

import unicodedata
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
from plugins.etimbre import mapping, members, ver3
from plugins.etimbre.connector import ETimbre
from plugins.etimbre.sandbox import callbacks
from plugins.etimbre.settings import ETimbreSettings

KEY = "store-key-of-the-tests"
PAYMENT = Payment(case_id="case_1", oid="o_1", amount=Money(amount=2000), transaction="T1")


@pytest.fixture(scope="module")
def etimbre():
    return ETimbre(
        Portal(
            id="etimbre",
            http=httpx.AsyncClient(base_url="https://portal.invalid"),
            secrets={"store_key": Secret(KEY)},
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
        fee(payer_name=over.pop("payer_name", "Amina Tazi")),
        settings=ETimbreSettings(),
        return_url="https://front.invalid/back",
        callback_url="https://gateway.invalid/callbacks/etimbre/payment",
        store_key=KEY,
    )
    return fields | over


def callback(body, *, method="POST", path="payment"):
    return Callback(method=method, path=path, headers={}, body=body)


def said(*without, **results):
    """What CMI tells of a checkout of ours: a success, unless `results` say something else; `without` some members."""
    fields = callbacks.approval(posted(), store_key=KEY, transaction="1" * 18, **results)
    return signed({name: value for name, value in fields.items() if name not in without})


def signed(fields):
    return callback(callbacks.body(fields | {"HASH": ver3.hash(fields, KEY)}))


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
    }
    assert wanted.items() <= checkout.fields.items()
    assert "tel" not in checkout.fields


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


@pytest.mark.parametrize("results", [{"ProcReturnCode": "05"}, {"ProcReturnCode": ""}, {"ProcReturnCode": "0"}])
async def test_any_other_code_is_declined(etimbre, results):
    assert (await etimbre.settle(said(**results))).state is PaymentState.DECLINED


async def test_an_attempt_that_never_reached_the_issuer_is_declined(etimbre):
    fields = callbacks.refusal(posted(), store_key=KEY, transaction="T9", code="")
    assert "ProcReturnCode" not in fields
    assert (await etimbre.settle(signed(fields))).state is PaymentState.DECLINED


@pytest.mark.parametrize("code", ["+33612345678", "0612345678", "Amina", "051", "5"])
async def test_a_code_nobody_knows_is_not_kept(etimbre, code):
    assert (await etimbre.settle(said(ProcReturnCode=code))).code == ""


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "1.00"}, {"amount": "20"}, {"amount": "20,00"}, {"amount": "2.000,00"}, {"amount": "٢٠.٠٠"},
        {"currency": "978"}, {"clientid": "600000002"}, {"lang": "ar"}, {"BillToName": "Another"}, {"BillToName": ""},
        {"email": "b@example.org"}, {"okUrl": "https://front.invalid/x"}, {"callbackUrl": "https://x.invalid/"},
        {"TranType": "Auth"}, {"rnd": "r"}, {"rnd": "A" * 20}, {"oid": "o_2", "ReturnOid": "o_2"},
    ],
)  # fmt: skip
async def test_what_comes_back_otherwise_than_sent_is_altered(etimbre, change):
    assert await refusal(etimbre, said(**change)) == "callback_altered"


@pytest.mark.parametrize("name", ["amount", "oid", "email", "BillToName", "currency", "rnd", "lang", "storetype"])
async def test_what_was_sent_and_does_not_come_back_is_missed(etimbre, name):
    assert await refusal(etimbre, said(name)) in ("callback_altered", "callback_incomplete")


@pytest.mark.parametrize("name", ["Response", "TransId", "ReturnOid", "callbackCall", "AuthCode", "HostRefNum"])
async def test_a_success_without_what_only_cmi_sends_is_none(etimbre, name):
    assert await refusal(etimbre, said(name)) == "callback_incomplete"


@pytest.mark.parametrize(
    "more",
    [
        {"sessiontimeout": "600"}, {"SessionTimeout": "600"}, {"tel": ""}, {"BillToStreet1": "x"}, {"amount2": "1.00"},
        {"islemtipi": "PreAuth"}, {"callbackCall": "false"}, {"ReturnOid": "o_2"}, {"Response": "Declined"},
        {"encoding": "ISO-8859-9"}, {"AuthCode": ""},
    ],
)  # fmt: skip
async def test_a_member_that_no_callback_has_is_refused(etimbre, more):
    assert await refusal(etimbre, said(**more)) == "callback_incomplete"


async def test_the_checkout_itself_is_no_callback(etimbre):
    checkout = await etimbre.checkout(fee())
    assert await refusal(etimbre, callback(urlencode(checkout.fields).encode())) == "callback_incomplete"


async def test_cmi_may_call_our_random_part_and_our_type_otherwise(etimbre):
    """As it does after a failed try, by published callbacks."""
    fields = callbacks.approval(posted(), store_key=KEY, transaction="1" * 18)
    fields["orgRnd"], fields["rnd"], fields["orgHash"] = fields["rnd"], "pPYVLt0BV6WaSNLTaBge", "x"
    fields["islemtipi"] = fields.pop("TranType")
    assert (await etimbre.settle(signed(fields))).state is PaymentState.PAID


async def test_an_agreement_may_name_more_members(etimbre):
    portal = etimbre.portal
    options = {**portal.options, "request_only": "AutoRedirect", "results": "EXTRA.CAMPAIGN traceId"}
    other = ETimbre(Portal(**{each: getattr(portal, each) for each in portal.__slots__} | {"options": options}))
    told = {"EXTRA.CAMPAIGN": "1", "traceid": "2"}
    checkout = await other.checkout(fee())
    fields = callbacks.approval(checkout.fields, store_key=KEY, transaction="1" * 18, **told)
    assert await refusal(other, signed(fields)) == "callback_incomplete"
    del fields["AutoRedirect"]
    assert (await other.settle(signed(fields))).state is PaymentState.PAID
    assert await refusal(etimbre, signed(fields)) == "callback_incomplete"


@given(text=st.text(max_size=30) | st.text("0123456789.,٠١٢٣٤٥٦٧٨٩٫²½Ⅷ一 -'Aم\u202e\u200d", max_size=30))
async def test_no_name_can_stand_for_a_number_or_a_word(text):
    name = members.payer_name(text)
    assert not any(each.isnumeric() or each.isdecimal() for each in name)
    assert all(unicodedata.category(each)[0] in "LM" or each in " -'" for each in name)
    assert name.lower() not in ("approved", "declined", "error", "auth", "preauth", "true", "mad")
    assert name == members.payer_name(name)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Amina Tazi", "Amina Tazi"), ("أمينة  الفاسي", "أمينة الفاسي"), ("ⴰⵎⵉⵏⴰ", "ⴰⵎⵉⵏⴰ"),
        ("Éloïse d\u2019Arc-Roux", "Éloïse d'Arc-Roux"), ("Amina\r\n Tazi", "Amina Tazi"),
        ("1.00", ""), ("Approved", ""), ("pay_01k8z6v3p4q5r6s7t8v9w0x1y2", "paykzvpqrstvwxy"),
        ("Amina\u202eTazi", "AminaTazi"), ("- ' -", ""), ("|\\", ""),
    ],
)  # fmt: skip
def test_of_a_name_letters_go_out(typed, name):
    assert members.payer_name(typed) == name


@pytest.mark.parametrize(
    "typed", ["", "1.00", "00", "a@b", "@x.org", "a@b@c.org", "a b@x.org", "a|b@x.org", "a@x.org\u202e"]
)
def test_what_is_no_address_does_not_go_out(typed):
    assert members.payer_email(typed) == ""


async def test_a_hash_by_another_store_key_is_a_bad_signature(etimbre):
    fields = callbacks.approval(posted(), store_key="not ours", transaction="1" * 18)
    assert await refusal(etimbre, callback(callbacks.body(fields))) == "bad_signature"


async def test_a_callback_without_a_hash_is_a_bad_signature(etimbre):
    for body in (b"a=1", urlencode(posted(ProcReturnCode="00")).encode()):
        assert await refusal(etimbre, callback(body)) == "bad_signature"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
async def test_tampering_with_any_one_field_is_a_bad_signature(etimbre, data):
    fields = callbacks.callback_fields(posted(), store_key=KEY, ProcReturnCode="05", TransId="T9")
    hashed = sorted(name for name in fields if name.lower() != "encoding")
    name = data.draw(st.sampled_from(hashed))
    value = data.draw(st.text("abc019.|\\&;", max_size=6).filter(lambda value: value != fields[name]))
    assert await refusal(etimbre, callback(callbacks.body(fields | {name: value}))) == "bad_signature"


@pytest.mark.parametrize(
    "body",
    [
        b"nonsense",
        b"a=1&&",
        b"a=" + b"x" * 32_768,
        b"&a=1",
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
    answer = {"oid": "o_1", "status": "verified", "amount": "20.00", "currency": "MAD"}
    respx_mock.get("/payments/o_1").respond(json=answer)
    assert (await etimbre.payment("o_1")).state is PaymentState.PENDING


@pytest.mark.respx(base_url="https://portal.invalid")
@pytest.mark.parametrize(
    "change",
    [
        {"oid": "o_2"}, {"amount": "20"}, {"amount": "20,00"}, {"amount": "2.000,00"}, {"amount": "2 000.00"},
        {"amount": 20.0}, {"currency": "504"}, {"currency": None}, {"currency": "mad"},
    ],
)  # fmt: skip
async def test_an_answer_about_something_else_is_not_read(respx_mock, etimbre, change):
    answer = {"oid": "o_1", "status": "captured", "amount": "20.00", "currency": "MAD"} | change
    respx_mock.get("/payments/o_1").respond(json=answer)
    with pytest.raises(ValueError):  # noqa: PT011 - msgspec's and ours
        await etimbre.payment("o_1")


@pytest.mark.respx(base_url="https://portal.invalid")
async def test_another_currency_is_told_as_it_is(respx_mock, etimbre):
    answer = {"oid": "o_1", "status": "captured", "amount": "20.00", "currency": "PYG", "code": "0612345678"}
    respx_mock.get("/payments/o_1").respond(json=answer)
    settlement = await etimbre.payment("o_1")
    assert (settlement.amount, settlement.code) == (Money(amount=2000, currency="PYG"), "")


@pytest.mark.respx(base_url="https://portal.invalid")
async def test_never_opened_is_the_acquirers_own_word(respx_mock, etimbre):
    respx_mock.get("/payments/o_1").respond(404, json={"error": "unknown_payment"})
    assert await etimbre.payment("o_1") is None


@pytest.mark.respx(base_url="https://portal.invalid")
@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (404, {"html": "<html>unknown_payment</html>"}),
        (404, {"json": {"error": "no_route"}}),
        (404, {"json": {"detail": "unknown_payment"}}),
        (404, {"json": ["unknown_payment"]}),
        (404, {"text": '{"error": "unknown_payment"}'}),
        (404, {}),
        (400, {"html": "<html>"}),
        (403, {"html": "<html>"}),
        (410, {"json": {"error": "unknown_payment"}}),
        (302, {}),
    ],
)
async def test_any_other_error_is_trouble_on_the_way(respx_mock, etimbre, status, answer):
    respx_mock.get("/payments/o_1").respond(status, **answer)
    with pytest.raises(Unavailable):
        await etimbre.payment("o_1")


@pytest.mark.respx(base_url="https://portal.invalid")
@pytest.mark.parametrize("change", [{"oid": "o_2"}, {"amount": "1.00"}, {"currency": "EUR"}])
async def test_an_answer_about_another_refund_is_not_read(respx_mock, etimbre, change):
    answer = {"oid": "o_1", "reference": "RF1", "amount": "20.00", "currency": "MAD"} | change
    respx_mock.post("/payments/o_1/refund").respond(json=answer)
    with pytest.raises(ValueError, match="another refund"):
        await etimbre.refund(PAYMENT)


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
    stamp = {"serial": "1234567890123456", "status": "reserved", "amount": "20.00", "client_reference": "k1"}
    respx_mock.get("/stamps", params={"client_reference": "k1"}).respond(json={"stamps": [stamp]})
    respx_mock.get("/stamps", params={"client_reference": "k2"}).respond(json={"stamps": []})
    assert (await etimbre.find_stamp("k1")).state is StampState.RESERVED
    assert await etimbre.find_stamp("k2") is None


async def test_stamp_of_another_key_is_not_ours(respx_mock, etimbre):
    """A portal that ignores the filter answers with whatever it has: somebody else's stamp is no stamp for this fee."""
    stamp = {"serial": "1234567890123456", "status": "issued", "amount": "20.00", "client_reference": "k1"}
    respx_mock.get("/stamps").respond(json={"stamps": [stamp]})
    assert await etimbre.find_stamp("k2") is None
    assert (await etimbre.find_stamp("k1")).serial == "1234567890123456"
