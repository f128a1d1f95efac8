"""What the payer sees and does, in a browser that knows only HTML forms."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser

import pytest

from gateway.connectors.contract import Money, PaymentState
from plugins.etimbre import mapping, ver3
from plugins.etimbre.sandbox import card_page
from plugins.etimbre.tests.sandbox_portal import BAD, GOOD, OTHER_GOOD, SECURED, STORE_KEY


async def state(sandbox_portal, checkout):
    return (await sandbox_portal.etimbre.payment(checkout.oid)).state


async def results(sandbox_portal):
    """ProcReturnCode of each callback so far."""
    return [mapping.form_fields(body).get("ProcReturnCode", "") for body in sandbox_portal.merchant.heard]


@pytest.mark.parametrize("pan", [GOOD, OTHER_GOOD, "4000 0000 0000 0010"])
async def test_a_good_card_is_captured_once_the_merchant_said_so(sandbox_portal, pan):
    checkout = await sandbox_portal.opened()
    assert await state(sandbox_portal, checkout) is PaymentState.PENDING
    await sandbox_portal.browser.pay(pan)
    assert await state(sandbox_portal, checkout) is PaymentState.PAID
    (capture,) = sandbox_portal.effects()
    assert (capture["kind"], capture["key"], capture["amount"]) == ("capture", checkout.oid, 4000)


async def test_the_browser_is_sent_back_with_the_signed_result_by_itself(sandbox_portal):
    checkout = await sandbox_portal.paid()
    action, fields = sandbox_portal.browser.form()
    assert action == checkout.fields["okUrl"] == "https://front.example/back?a=1&region=2"
    assert ver3.verified(fields, STORE_KEY)
    assert fields["ProcReturnCode"] == "00"
    assert card_page.SCRIPT in sandbox_portal.browser.page.text


async def test_a_declined_card_can_be_followed_by_a_good_one(sandbox_portal):
    checkout = await sandbox_portal.opened()
    page = await sandbox_portal.browser.pay(BAD)
    assert escape(card_page.TEXTS["declined"]["fr"]) in page.text
    assert await state(sandbox_portal, checkout) is PaymentState.DECLINED
    assert sandbox_portal.effects() == []
    await sandbox_portal.browser.pay(GOOD)
    assert await state(sandbox_portal, checkout) is PaymentState.PAID
    assert await results(sandbox_portal) == ["05", "00"]


async def test_a_wrong_security_code_is_declined(sandbox_portal):
    await sandbox_portal.opened()
    await sandbox_portal.browser.pay(GOOD, cvc="999")
    assert await results(sandbox_portal) == ["05"]


async def test_a_secured_card_needs_the_code_of_the_bank(sandbox_portal):
    checkout = await sandbox_portal.opened()
    page = await sandbox_portal.browser.pay(SECURED)
    assert "3-D Secure" in page.text
    assert sandbox_portal.merchant.heard == []
    await sandbox_portal.browser.fill(code="123")
    assert await state(sandbox_portal, checkout) is PaymentState.PAID


async def test_a_wrong_code_of_the_bank_fails_without_a_return_code(sandbox_portal):
    checkout = await sandbox_portal.opened()
    await sandbox_portal.browser.pay(SECURED)
    await sandbox_portal.browser.fill(code="321")
    assert await results(sandbox_portal) == [""]
    assert await state(sandbox_portal, checkout) is PaymentState.DECLINED
    await sandbox_portal.browser.pay(SECURED)
    await sandbox_portal.browser.fill(code="123")
    assert await state(sandbox_portal, checkout) is PaymentState.PAID


@pytest.mark.parametrize(
    ("card", "field"),
    [
        ({"pan": "4000000000000011"}, "pan"),
        ({"pan": "12"}, "pan"),
        ({"pan": ""}, "pan"),
        ({"pan": "٤٠٠٠٠٠٠٠٠٠٠٠٠٠١٠"}, "pan"),
        ({"pan": GOOD, "expiry": "01/20"}, "expiry"),
        ({"pan": GOOD, "expiry": "13/40"}, "expiry"),
        ({"pan": GOOD, "cvc": "12"}, "cvc"),
    ],
)
async def test_a_mistake_is_named_beside_its_field_and_costs_nothing(sandbox_portal, card, field):
    await sandbox_portal.opened()
    page = await sandbox_portal.browser.pay(**card)
    assert page.status_code == 422
    assert re.findall(r'aria-describedby="(\w+)-error"', page.text) == [field]
    assert sandbox_portal.merchant.heard == []
    await sandbox_portal.browser.pay(GOOD)
    assert len(sandbox_portal.effects("capture")) == 1


async def test_after_too_many_declined_cards_the_payer_is_sent_away(sandbox_portal):
    checkout = await sandbox_portal.opened(return_url="https://front.example/")
    for _ in range(5):
        await sandbox_portal.browser.pay(BAD)
    action, fields = sandbox_portal.browser.form()
    assert (action, fields["ProcReturnCode"]) == (checkout.fields["failUrl"], "05")


async def test_a_payer_who_gives_up_is_sent_to_the_fail_address(sandbox_portal):
    checkout = await sandbox_portal.opened()
    action, fields = sandbox_portal.browser.form(1)
    page = await sandbox_portal.client.post(action, data=fields)
    assert f'action="{checkout.fields["failUrl"].replace("&", "&amp;")}"' in page.text
    assert await state(sandbox_portal, checkout) is PaymentState.DECLINED


async def test_pressing_pay_twice_pays_once(sandbox_portal):
    await sandbox_portal.opened()
    action, hidden = sandbox_portal.browser.form()
    card = {"pan": GOOD, "expiry": "12/40", "cvc": "000"}
    await sandbox_portal.client.post(action, data=hidden | card)
    again = await sandbox_portal.client.post(action, data=hidden | card)
    assert "https://front.example/back" in again.text
    assert len(sandbox_portal.effects()) == 1
    assert len(sandbox_portal.merchant.heard) == 1


async def test_reloading_the_card_page_shows_it_again(sandbox_portal):
    checkout = await sandbox_portal.opened()
    assert (await sandbox_portal.browser.open(checkout)).status_code == 200
    await sandbox_portal.browser.pay(GOOD)
    assert len(sandbox_portal.effects("capture")) == 1


async def test_an_order_number_serves_once(sandbox_portal):
    checkout = await sandbox_portal.paid()
    again = await sandbox_portal.browser.open(checkout)
    assert (again.status_code, "order_exists" in again.text) == (400, True)


async def test_an_order_that_is_open_does_not_change(sandbox_portal):
    checkout = await sandbox_portal.opened()
    other = await sandbox_portal.etimbre.checkout(sandbox_portal.fee(oid=checkout.oid, amount=Money(amount=100)))
    assert (await sandbox_portal.browser.open(other)).status_code == 400


@pytest.mark.parametrize("change", [{"amount": "1.00"}, {"oid": "x"}, {"email": ""}, {"extra": "1"}, {"hash": ""}])
async def test_a_form_that_was_tampered_with_is_refused(sandbox_portal, change):
    checkout = await sandbox_portal.etimbre.checkout(sandbox_portal.fee())
    answer = await sandbox_portal.client.post(checkout.url, data=checkout.fields | change)
    assert (answer.status_code, "bad_hash" in answer.text) == (400, True)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"clientid": "1"}, "unknown_merchant"),
        ({"TranType": "Auth"}, "unsupported_transaction"),
        ({"currency": "999"}, "unsupported_transaction"),
        ({"amount": "40,00"}, "bad_amount"),
        ({"amount": "0.00"}, "bad_amount"),
        ({"sessiontimeout": "10"}, "bad_session_timeout"),
        ({"callbackUrl": "http://192.0.2.1/x"}, "callback_not_on_loopback"),
        ({"callbackUrl": "http://gateway.example/x"}, "callback_not_on_loopback"),
        ({"callbackUrl": "https://127.0.0.1/x"}, "callback_not_on_loopback"),
        ({"okUrl": "javascript:alert(1)"}, "bad_return_address"),
        ({"oid": "../x"}, "bad_order"),
    ],
)
async def test_a_signed_form_that_breaks_a_rule_is_refused(sandbox_portal, change, code):
    fields = (await sandbox_portal.etimbre.checkout(sandbox_portal.fee())).fields | change
    fields["hash"] = ver3.hash(fields, STORE_KEY)
    answer = await sandbox_portal.client.post("/fim/est3Dgate", data=fields)
    assert (answer.status_code, code in answer.text) == (400, True)


async def test_a_field_posted_twice_is_refused(sandbox_portal):
    answer = await sandbox_portal.client.post("/fim/est3Dgate", content=b"oid=1&oid=2")
    assert (answer.status_code, "malformed_form" in answer.text) == (400, True)


async def test_a_page_of_a_session_that_never_was_pays_nothing(sandbox_portal):
    answer = await sandbox_portal.client.post("/fim/pay", data={"session": "x", "pan": GOOD})
    assert (answer.status_code, escape(card_page.TEXTS["session_expired"]["fr"]) in answer.text) == (400, True)


class Names(HTMLParser):
    """Inputs and the labels that name them."""

    def __init__(self):
        super().__init__()
        self.labels, self.inputs, self.html = set(), set(), {}

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "html":
            self.html = values
        if tag == "label":
            self.labels.add(values["for"])
        if tag == "input" and values.get("type") != "hidden":
            self.inputs.add(values["id"])


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("fr", "ltr"), ("en", "ltr")])
async def test_the_page_speaks_the_payers_language_and_every_field_has_a_label(sandbox_portal, language, direction):
    await sandbox_portal.opened(language=language)
    names = Names()
    names.feed(sandbox_portal.browser.page.text)
    assert (names.html["lang"], names.html["dir"]) == (language, direction)
    assert names.inputs == names.labels == {"pan", "expiry", "cvc"}
    assert card_page.TEXTS["pay"][language] in sandbox_portal.browser.page.text


def test_every_text_is_there_in_three_languages():
    assert all(set(texts) == {"ar", "fr", "en"} and all(texts.values()) for texts in card_page.TEXTS.values())


async def test_what_the_payer_is_called_is_never_markup(sandbox_portal):
    fields = (await sandbox_portal.opened(payer_name='"><script>x</script>')).fields
    assert fields["BillToName"] == "scriptxscript"
    careless = fields | {"oid": "o_markup", "BillToName": '"><script>x</script>'}
    careless["hash"] = ver3.hash(careless, STORE_KEY)
    sandbox_portal.browser._seen(await sandbox_portal.client.post("/fim/est3Dgate", data=careless))
    await sandbox_portal.browser.pay(GOOD)
    assert "<script>x" not in sandbox_portal.browser.page.text
    assert sandbox_portal.browser.form()[1]["BillToName"] == '"><script>x</script>'
