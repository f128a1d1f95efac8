"""Whose address counts."""

from __future__ import annotations

import pytest

from gateway.api.http.addresses import Proxies, site

OURS = Proxies(["10.0.0.0/8", "fd00::/8"])

TOLD = [
    ("192.0.2.1", [], "192.0.2.1"),
    ("10.0.0.1", [], "10.0.0.1"),
    ("10.0.0.1", [(b"x-forwarded-for", b"192.0.2.7")], "192.0.2.7"),
    ("10.0.0.1", [(b"x-forwarded-for", b"6.6.6.6, 192.0.2.7, 10.0.0.2")], "192.0.2.7"),
    ("10.0.0.1", [(b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"192.0.2.7")], "192.0.2.7"),
    ("10.0.0.1", [(b"x-forwarded-for", b"192.0.2.7, nonsense")], "10.0.0.1"),
    ("10.0.0.1", [(b"x-forwarded-for", b"nonsense, 192.0.2.7")], "192.0.2.7"),
    ("10.0.0.1", [(b"x-forwarded-for", b"192.0.2.7:4711")], "192.0.2.7"),
    ("10.0.0.1", [(b"forwarded", b'for="[2001:db8::7]:4711";proto=https')], "2001:db8::7"),
    ("10.0.0.1", [(b"forwarded", b"for=6.6.6.6, proto=https;FOR=192.0.2.7")], "192.0.2.7"),
    ("10.0.0.1", [(b"forwarded", b"for=192.0.2.7"), (b"x-forwarded-for", b"6.6.6.6")], "192.0.2.7"),
    ("10.0.0.1", [(b"forwarded", b"for=_hidden")], "10.0.0.1"),
    ("::ffff:10.0.0.1", [(b"x-forwarded-for", b"192.0.2.7")], "192.0.2.7"),
    ("", [(b"x-forwarded-for", b"192.0.2.7")], "192.0.2.7"),
    ("192.0.2.1", [(b"x-forwarded-for", b"6.6.6.6")], "192.0.2.1"),
]


@pytest.mark.parametrize(("peer", "headers", "client"), TOLD)
def test_forwarded_address_is_believed_of_proxies_only(
    peer: str, headers: list[tuple[bytes, bytes]], client: str
) -> None:
    assert OURS.client(peer, headers) == client


def test_without_proxies_nobody_is_believed() -> None:
    for peer in ("192.0.2.1", "127.0.0.1", ""):
        assert Proxies([]).client(peer, [(b"x-forwarded-for", b"6.6.6.6")]) == peer


def test_ipv6_counts_by_its_site() -> None:
    assert site("2001:db8:1:2::1") == site("2001:db8:1:2:ffff::9") != site("2001:db8:1:3::1")
    assert site("::ffff:192.0.2.1") == site("192.0.2.1") != site("192.0.2.2")
