"""Looks up the names of receivers, and refuses those that lead anywhere but to public addresses."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Sequence
from typing import Any, Final

import pycares
import pycares.errno
import structlog
from aiohttp.abc import AbstractResolver, ResolveResult

from gateway.notifications.webhooks.addresses import AddressRules

log = structlog.get_logger()

_TRY_SECONDS: Final = 1.5
_TRIES: Final = 2
_NO_ADDRESS: Final = (pycares.errno.ARES_ENOTFOUND, pycares.errno.ARES_ENODATA)
"""The name servers said so."""


class AddressRefused(OSError):
    """The name leads to an address that webhooks may not reach."""


class NameResolver(AbstractResolver):
    """One look-up per connection: nothing is kept, and what was looked at is what is connected to.

    c-ares, because the system's resolver takes a thread for as long as a name server chooses not to answer.
    """

    def __init__(self, rules: AddressRules, **options: Any) -> None:
        """`options`: of `pycares.Channel`, for tests."""
        self._rules = rules
        self._options = {"timeout": _TRY_SECONDS, "tries": _TRIES, **options}
        self._channel = pycares.Channel(**self._options)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises `AddressRefused` if any of its addresses may not be reached: a name that leads inside as well is not
        a mistake. Raises `OSError` if there is none."""
        found = await self._ask(host, port, family)
        if not found:
            raise OSError("the name has no address")
        if not all(self._rules.allow(address) for address, _ in found):
            raise AddressRefused("the name leads to an address that is not public")
        return [
            ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=socket.AI_NUMERICHOST)
            for address, kind in found
        ]

    async def close(self) -> None:
        self._channel.close()

    async def _ask(self, host: str, port: int, family: socket.AddressFamily) -> Sequence[tuple[str, int]]:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Any] = loop.create_future()

        def answered(result: Any, error: int | None) -> None:  # in the thread of c-ares
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(told, result, error)

        def told(result: Any, error: int | None) -> None:
            if error and error not in _NO_ADDRESS:
                self._begin_anew(channel, error)
            if not done.done():
                done.set_result(None if error else result)

        channel = self._channel
        channel.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM, callback=answered)
        result = await done
        nodes = [] if result is None else result.nodes
        return [(node.addr[0].decode("ascii"), node.family) for node in nodes]

    def _begin_anew(self, failed: pycares.Channel, error: int) -> None:
        """The name servers could not be asked: the next look-up has a channel of its own, in case this one is to blame.
        What still waits in the old one is answered there."""
        log.warning("webhook_name_not_asked", code=pycares.errno.errorcode.get(error, "unknown").lower())
        if self._channel is failed:
            self._channel = pycares.Channel(**self._options)
