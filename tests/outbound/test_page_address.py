"""A person's browser is sent to the pages of the portal that she pays at, and nowhere else."""

from __future__ import annotations

import pytest
import structlog
from structlog.testing import capture_logs

from gateway.connectors.contract import Checkout, Connector, Fee, Money, Paying, Portal, Unavailable
from gateway.outbound import invoke as invoked
from gateway.outbound.invoke import Callee, invoke
from gateway.outbound.page_address import origin_of, page_origins
from gateway.telemetry.logging import FIELDS

FEE = Fee(case_id="case_1", oid="pay_1", amount=Money(amount=2000), payer_name="", payer_email="")
PAGES = page_origins(["pay.example"], ["http://127.0.0.1:8000/pay", "https://public.example:8443"])


class Cashier(Connector, Paying):
    async def checkout(self, fee):
        return self.page


async def checkout(url, pages=PAGES, oid="pay_1", method="POST"):
    cashier = Cashier(Portal(id="cashier", http=None, secrets={}))
    cashier.page = Checkout(oid=oid, url=url, fields={}, method=method)
    return await invoke(Callee("cashier", cashier, pages=pages), Paying.checkout, FEE)


@pytest.mark.parametrize(
    "url",
    ["https://pay.example/card?a=b&c=%20", "https://PAY.example", "https://pay.example:443/x",
     "http://127.0.0.1:8000/pay/x", "https://public.example:8443/"],
)  # fmt: skip
async def test_a_page_of_the_portal_is_opened(url):
    assert (await checkout(url)).url == url


NO_PAGES = [
    "javascript:alert(1)", "data:text/html,x", "//pay.example/", "/card", "", "https:pay.example",
    "https://pay.example;script-src-elem * 'unsafe-inline'/x", "https://pay.example@evil.example/",
    "https://pay.example\\@evil.example/", "https://pay.example/\n", "https://pay.example/ x", "https://بنك.ma/x",
    "https://pay.example/é", "https://pay.example/#x", "https://pay.example/" + "x" * 2_048, "ftp://pay.example/",
]  # fmt: skip
ELSEWHERE = [
    "https://evil.example/pay", "http://pay.example/", "https://pay.example:444/", "https://pay.example.evil.example/",
    "https://127.0.0.1:8000/pay", "http://127.0.0.1:8001/", "http://public.example:8443/",
]  # fmt: skip


@pytest.mark.parametrize("url", [*NO_PAGES, *ELSEWHERE])
async def test_another_page_is_no_answer(url):
    with pytest.raises(Unavailable, match="portal_answer_unexpected"):
        await checkout(url)


@pytest.mark.parametrize("url", NO_PAGES)
async def test_what_is_no_page_is_none_wherever_it_is(url):
    assert origin_of(url) == ""
    with pytest.raises(Unavailable, match="portal_answer_unexpected"):
        await checkout(url, pages=None)


@pytest.mark.parametrize(
    ("url", "method", "reason"),
    [("https://pay.example/#x", "POST", "page_address"), ("https://evil.example/AB123456", "POST", "page_host"),
     ("https://pay.example/", "PUT", "page_method")],
)  # fmt: skip
async def test_the_operator_reads_which_rule_a_page_breaks(monkeypatch, url, method, reason):
    monkeypatch.setattr(invoked, "logger", structlog.get_logger())
    with capture_logs() as logged, pytest.raises(Unavailable):
        await checkout(url, method=method)
    told = next(each for each in logged if each["event"] == "card_page_refused")
    assert told == {"event": "card_page_refused", "log_level": "warning", "portal": "cashier", "operation": "checkout",
                    "reason": reason}  # fmt: skip
    assert FIELDS["reason"].fullmatch(reason)


@pytest.mark.parametrize("other", [{"oid": "pay_2"}, {"method": "DELETE"}, {"method": "post"}])
async def test_a_page_is_about_the_attempt_and_opened_as_pages_are(other):
    with pytest.raises(Unavailable, match="portal_answer_unexpected"):
        await checkout("https://pay.example/", **other)
