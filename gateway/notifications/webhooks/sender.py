"""Sends one request to a receiver: to public addresses alone, within limits of time and size, following nothing."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from gateway.notifications.webhooks.addresses import AddressRules
from gateway.notifications.webhooks.names import AddressRefused, NameResolver
from gateway.notifications.webhooks.reply import Outcome, Reply
from gateway.settings import Webhooks

_BUSY: Final = (429, 503)
_LONGEST_WAIT: Final = 86_400


class Sender:
    """The connections to receivers. Each attempt has one of its own: nothing of one receiver meets another's."""

    def __init__(self, settings: Webhooks, *, ca_bundle: str = "", resolver: AbstractResolver | None = None) -> None:
        """Raises `OSError` if the file of certificate authorities cannot be used."""
        self.rules = AddressRules(denied=settings.denied_networks, loopback=settings.loopback)
        self._settings = settings
        self._tls = ssl.create_default_context(cafile=ca_bundle or None)
        if settings.ca:
            self._tls.load_verify_locations(settings.ca)
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, body: bytes, headers: dict[str, str], *, read: bool = False) -> Reply:
        """Send it once. An answer counts by its status alone, and its body is not looked at, unless `read`: then the
        beginning of it is given. Raises nothing but cancellation."""
        if not self.rules.fits(url):
            return Reply(outcome="address_refused")
        try:
            async with asyncio.timeout(self._settings.seconds):
                return await self._post(url, body, headers, read=read)
        except TimeoutError:
            return Reply(outcome="timeout")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Reply(outcome=_outcome(error))

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _post(self, url: str, body: bytes, headers: dict[str, str], *, read: bool) -> Reply:
        answer = await self._opened().post(URL(url, encoded=True), data=body, headers=headers, allow_redirects=False)
        try:
            if 200 <= answer.status < 300:
                begun = await _beginning(answer, self._settings.response_bytes) if read else b""
                return Reply(outcome="delivered", status=answer.status, body=begun)
            outcome: Outcome = "redirected" if 300 <= answer.status < 400 else "refused"
            return Reply(outcome=outcome, status=answer.status, retry_after=_retry_after(answer))
        finally:
            answer.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=0,  # the dispatcher counts
                ssl=self._tls,
                force_close=True,
                use_dns_cache=False,
                resolver=self._resolver or NameResolver(self.rules),
                socket_factory=self._socket,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                connector_owner=True,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                timeout=aiohttp.ClientTimeout(connect=self._settings.connect_seconds),
                skip_auto_headers=("Accept", "Accept-Encoding"),
            )
        return self._session

    def _socket(self, info: tuple[Any, Any, Any, Any, Any]) -> socket.socket:
        """The last place before a packet leaves, whoever found the address: a literal one passes no resolver."""
        family, kind, protocol, _, address = info
        if not self.rules.allow(str(address[0])):
            raise AddressRefused("not a public address")
        return socket.socket(family, kind, protocol)


async def _beginning(answer: aiohttp.ClientResponse, most: int) -> bytes:
    found = bytearray()
    while len(found) <= most and (piece := await answer.content.readany()):
        found += piece
    return bytes(found[:most])


def _retry_after(answer: aiohttp.ClientResponse) -> float:
    """In seconds; a date, or what is no number, counts for nothing."""
    text = answer.headers.get("Retry-After", "") if answer.status in _BUSY else ""
    return float(min(int(text), _LONGEST_WAIT)) if text.isascii() and text.isdigit() and len(text) < 10 else 0.0


def _outcome(error: BaseException) -> Outcome:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, AddressRefused):
            return "address_refused"
        cause = getattr(seen, "os_error", None)
        seen = cause if isinstance(cause, BaseException) else seen.__cause__ or seen.__context__
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "name_unknown"
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return "tls_failed"
    if isinstance(error, TimeoutError):  # aiohttp's own kinds of it
        return "timeout"
    return "connect_failed" if isinstance(error, aiohttp.ClientConnectorError) else "broken"
