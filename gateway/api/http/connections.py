"""The open connections, and which one is closed when there are too many.

A connection either waits for its client (it is idle, or its request is not complete) or works for them. Closing a
waiting connection costs its client nothing. So when the places are taken, the one that has waited longest is closed for
the new one: first among the connections of the same address, which has its own limit. Working connections stay open,
and if there are no others, the new one is refused.
"""

from __future__ import annotations

import resource
from collections import defaultdict
from typing import Final, Literal, Protocol

RESERVED: Final = 512
"""Descriptors reserved for the database, portals and files."""
_WANTED_DESCRIPTORS: Final = 65_536

Refused = Literal["overloaded", "address_quota_used"]


class Connection(Protocol):
    def evict(self) -> None:
        """Close without an answer."""


class Connections:
    """`most` in all, `per_address` from one address. What comes from "" (a Unix socket, a trusted proxy) counts in all
    only."""

    def __init__(self, most: int, per_address: int) -> None:
        self.most = most
        self._per_address = per_address
        self._addresses: dict[Connection, str] = {}
        self._waiting: dict[Connection, None] = {}  # in the order in which they began to wait
        self._count: defaultdict[str, int] = defaultdict(int)
        self._waiting_of: defaultdict[str, dict[Connection, None]] = defaultdict(dict)

    def __len__(self) -> int:
        return len(self._addresses)

    def enter(self, connection: Connection, address: str) -> Refused | None:
        """Take a place, at first as a waiting connection; or return why there is none."""
        if address and self._count[address] >= self._per_address and not self._evict(self._waiting_of[address]):
            return "address_quota_used"
        if len(self._addresses) >= self.most and not self._evict(self._waiting):
            self._forget(address)
            return "overloaded"
        self._addresses[connection] = address
        self._count[address] += 1
        self.waits(connection)
        return None

    def waits(self, connection: Connection) -> None:
        """It is its client's turn."""
        if (address := self._addresses.get(connection)) is not None:
            self._waiting[connection] = None
            self._waiting_of[address][connection] = None

    def works(self, connection: Connection) -> None:
        """It is our turn."""
        if (address := self._addresses.get(connection)) is not None:
            self._waiting.pop(connection, None)
            self._waiting_of[address].pop(connection, None)

    def leave(self, connection: Connection) -> None:
        """May be called twice."""
        if connection not in self._addresses:
            return
        self.works(connection)
        address = self._addresses.pop(connection)
        self._count[address] -= 1
        self._forget(address)

    def _evict(self, waiting: dict[Connection, None]) -> bool:
        longest = next(iter(waiting), None)
        if longest is None:
            return False
        self.leave(longest)
        longest.evict()
        return True

    def _forget(self, address: str) -> None:
        if not self._count[address]:
            del self._count[address]
            self._waiting_of.pop(address, None)


def raise_descriptor_limit() -> int:
    """Raise the limit of open files as far as this process may; returns the new limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _WANTED_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return soft


def places(wanted: int) -> int:
    """How many connections there may be: `wanted`, if the limit of descriptors leaves room for everything else."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    return max(16, min(wanted, soft - min(RESERVED, soft // 2)))
