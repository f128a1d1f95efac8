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


def leads_where_it_may(result: Any, origins: frozenset[str] | None) -> bool:
    """Whether a card page, if this is one, is at one of these origins. None: at whichever."""
    if not isinstance(result, Checkout):
        return True
    origin = origin_of(result.url)
    return bool(origin) and result.method in METHODS and (origins is None or origin in origins)
