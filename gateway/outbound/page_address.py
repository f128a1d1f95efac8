"""Addresses to which a connector sends a person's browser: her card data follow."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from gateway.connectors.contract import Checkout

_ADDRESS: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?:[/?][A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]*)?",
    re.IGNORECASE,
)
"""An absolute http address in the characters of RFC 3986, without user and fragment: nothing that a browser could read
otherwise than we do."""
_PORTS: Final = {"https": "443", "http": "80"}
_MOST_CHARACTERS: Final = 2_048
METHODS: Final = ("GET", "POST")


def page_origins(hosts: Iterable[str], addresses: Iterable[str]) -> frozenset[str]:
    """Of the hosts that a plugin declares, with https, and of addresses that the operator has set."""
    return frozenset(filter(None, map(origin_of, (*(f"https://{host}" for host in hosts), *addresses))))


def origin_of(address: str) -> str:
    """`https://host:port`, or an empty text for what is no address of a page."""
    found = _ADDRESS.fullmatch(address)
    if found is None or len(address) > _MOST_CHARACTERS:
        return ""
    scheme = found["scheme"].lower()
    return f"{scheme}://{found['host'].lower()}:{found['port'] or _PORTS[scheme]}"


def page_problem(result: Any, origins: frozenset[str] | None) -> str:
    """Why a card page, if this is one, is not opened: `page_address` is no plain http address, `page_method` is neither
    GET nor POST, `page_host` is not among these origins. None: at whichever. Empty: it may be opened."""
    if not isinstance(result, Checkout):
        return ""
    origin = origin_of(result.url)
    if not origin:
        return "page_address"
    if result.method not in METHODS:
        return "page_method"
    return "" if origins is None or origin in origins else "page_host"
