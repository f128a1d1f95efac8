"""Which addresses a webhook may reach: public ones, so that nobody has the gateway call into its own network.

Pure. An address is looked at when the name is resolved, and the connection goes to that address and no other.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

URL_CHARACTERS: Final = 1_000

_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are the IPv4 address that is reached."""
_NEVER: Final[tuple[Network, ...]] = (
    ipaddress.IPv4Network("192.88.99.0/24"),  # anycast of 6to4 relays (RFC 7526)
    ipaddress.IPv6Network("2001::/23"),  # special purposes, Teredo among them (RFC 6890)
    ipaddress.IPv6Network("2002::/16"),  # 6to4: an IPv4 address inside (RFC 3056)
    ipaddress.IPv6Network("3fff::/20"),  # documentation (RFC 9637)
)
_ISATAP: Final = (0x0000_5EFE, 0x0200_5EFE)
"""RFC 5214: bits 32 to 63 from the end, before an IPv4 address."""


def is_public(address: Address) -> bool:
    """Whether anybody on the internet can have it. An IPv4 address inside of an IPv6 one counts by itself."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return False
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
        if address not in _GLOBAL_UNICAST or (int(address) >> 32 & 0xFFFF_FFFF) in _ISATAP:
            return False
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    return not _inside(address, _NEVER)


class AddressRules:
    """The addresses that the webhooks of this gateway may reach."""

    def __init__(self, *, denied: Iterable[str] = (), loopback: bool = False) -> None:
        """`denied`: networks that are public and yet one's own. `loopback`: this machine too, for tests."""
        self._denied = tuple(ipaddress.ip_network(each, strict=False) for each in denied)
        self.loopback: Final = loopback

    def allow(self, text: str) -> bool:
        """Whether this address, as a resolver or a socket writes it, may be reached."""
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if self.loopback and address.is_loopback:
            return True
        return is_public(address) and not _inside(address, self._denied)

    def fits(self, url: str) -> bool:
        """Whether the address of an endpoint may be this: https, a name, no user, no fragment; nothing that two
        readers could read differently. To what the name leads is looked at with each delivery."""
        if not url.isascii() or not url.isprintable() or any(each in url for each in '\\ "<>^`{|}'):
            return False
        if len(url) > URL_CHARACTERS:
            return False
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return False
        host = parts.hostname or ""
        if not url.startswith("https://") or not host or "@" in parts.netloc or "#" in url or port == 0:
            return False
        if _is_literal(host):
            return self.loopback and self.allow(host)
        return all(label and len(label) <= 63 for label in host.removesuffix(".").split(".")) and (
            self.loopback or "." in host
        )


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.replace(".", "").isdigit() or host.startswith("0x")  # `inet_aton` reads these as addresses
    return True


def _inside(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == each.version and address in each for each in networks)
