"""Where webhooks may go: to public addresses, however an address is written."""

from __future__ import annotations

import ipaddress

import pytest

from gateway.notifications.webhooks.addresses import AddressRules, is_public

INSIDE = (
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1", "192.0.0.1",
    "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.2.3",
    "240.0.0.1", "255.255.255.255",
    "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:7f00:1::", "2001:db8::1", "2002:7f00:1::1",
    "2002:0a00:0001::1", "2002:0808:0808::1", "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1",
    "ff02::1", "2a00:1450:4001:800:0:5efe:7f00:1", "2a00:1450:4001:800:200:5efe:808:808", "fd00:ec2::254",
)  # fmt: skip
OUTSIDE = (
    "8.8.8.8",
    "196.12.229.1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2a00:1450:4001:800::200e",
    "2001:4860:4860::8888",
)


@pytest.mark.parametrize("address", INSIDE)
def test_address_that_is_not_public_is_refused(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    assert not AddressRules().allow(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_public_address_is_allowed(address: str) -> None:
    assert AddressRules().allow(address)


def test_denied_network_is_refused_in_each_form() -> None:
    rules = AddressRules(denied=("8.8.8.0/24", "2a00:1450::/32"))
    refused = ("8.8.8.8", "::ffff:8.8.8.8", "2a00:1450::1")
    assert [rules.allow(each) for each in (*refused, "8.8.4.4")] == [False, False, False, True]


def test_loopback_setting_allows_this_machine_alone() -> None:
    rules = AddressRules(loopback=True)
    allowed = ("127.0.0.1", "::1", "::ffff:127.0.0.1", "8.8.8.8")
    assert all(rules.allow(each) for each in allowed)
    assert not any(rules.allow(each) for each in ("10.0.0.1", "169.254.169.254", "fe80::1%eth0", "nonsense", ""))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/", "https://", "https:///x", "HTTPS://example.org/", "ftp://example.org/",
        "https://user@example.org/", "https://user:pw@example.org/", "https://example.org/#x", "https://example.org:0/",
        "https://example.org:99999/", "https://example.org:x/", "https://127.0.0.1/", "https://2130706433/",
        "https://0x7f.1/", "https://0x7f000001/", "https://[::1]/", "https://8.8.8.8/", "https://localhost/",
        "https://intranet/", "https://exa mple.org/", "https://example.org\\@localhost/", "https://exämple.org/",
        "https://a..b/", "https://example.org/\x00", "https://example.org/" + 1000 * "x", "//example.org/", "",
    ],
)  # fmt: skip
def test_url_that_no_webhook_may_have_is_refused(url: str) -> None:
    assert not AddressRules().fits(url)


@pytest.mark.parametrize(
    "url",
    ["https://example.org", "https://example.org/hook?a=b", "https://xn--exmple-cua.org:8443/h", "https://e.org./"],
)
def test_url_with_https_and_a_name_is_taken(url: str) -> None:
    assert AddressRules().fits(url)


def test_url_of_this_machine_needs_the_setting() -> None:
    urls = ("https://127.0.0.1:8443/h", "https://localhost:1/h", "https://[::1]/h")
    assert all(AddressRules(loopback=True).fits(each) for each in urls)
    assert not any(AddressRules(loopback=True).fits(each) for each in ("https://10.0.0.1/", "http://127.0.0.1/"))
