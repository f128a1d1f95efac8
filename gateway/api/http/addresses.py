"""The client's address: the peer's, unless the peer is a trusted proxy.

A proxy appends its client to `Forwarded` (RFC 7239) or `X-Forwarded-For`. Earlier entries come from the client, who may
write anything: so the list is read from its end; the first address that is no proxy of ours counts.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

FORWARDED: Final = "mre.forwarded"
"""Extension of an ASGI scope whose connection is a trusted proxy's: `client` is then whom it speaks for."""

_FOR: Final = re.compile(r'(?:^|;)\s*for\s*=\s*(?:"([^"]*)"|([^;,\s"]+))', re.IGNORECASE)
_MOST: Final = 32
"""Members of a forwarding list that are read."""
_IPV6_SITE: Final = 64


class Proxies:
    """The networks whose forwarding headers are trusted: `server.trusted_proxies`."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks: tuple[Network, ...] = tuple(ipaddress.ip_network(each, strict=False) for each in networks)
        self.trusts = lru_cache(maxsize=4096)(self._trusts)

    def _trusts(self, address: str) -> bool:
        try:
            parsed = _unmapped(address)
        except ValueError:
            return False
        return any(parsed in each for each in self._networks if each.version == parsed.version)

    def client(self, peer: str, headers: Iterable[tuple[bytes, bytes]]) -> str:
        """The address that a request came from. `peer` is the connected address; empty for a Unix socket, which only a
        proxy on this machine uses."""
        if not self._networks or (peer and not self.trusts(peer)):
            return peer
        found = peer
        for address in reversed(_forwarded(headers)):
            found = address
            if not self.trusts(address):
                break
        return found


def _forwarded(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    """The addresses of the forwarding header, the nearest last; reading stops at the first entry that is no address."""
    standard: list[str] = []
    usual: list[str] = []
    for name, value in headers:
        if name == b"forwarded":
            standard += value.decode("latin-1").split(",")
        elif name == b"x-forwarded-for":
            usual += value.decode("latin-1").split(",")
    told = [(match[1] or match[2]) if (match := _FOR.search(each)) else "" for each in standard] or usual
    known: list[str] = []
    for each in reversed(told[-_MOST:]):
        try:
            known.append(str(_unmapped(_bare(each))))
        except ValueError:
            break
    return known[::-1]


def _bare(told: str) -> str:
    """`192.0.2.1`, `192.0.2.1:4711`, `[2001:db8::1]:4711` without brackets and port."""
    told = told.strip()
    if told.startswith("["):
        return told[1:].partition("]")[0]
    return told.partition(":")[0] if told.count(":") == 1 else told


def _unmapped(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    return getattr(parsed, "ipv4_mapped", None) or parsed


@lru_cache(maxsize=4096)
def site(address: str) -> str:
    """The unit that counts as one address: for IPv6 the /64, which belongs to one subscriber."""
    try:
        parsed = _unmapped(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, _IPV6_SITE), strict=False).network_address)
