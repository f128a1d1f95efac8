"""The last layer: the connection. aiohttp underneath, and nothing of aiohttp above.

Its promises, which the layers above rely on:

- A request goes to an origin that the portal declared, or nowhere; this is decided before any name is looked up.
- `httpx.ConnectError`, `ConnectTimeout` and `NotSent` mean that the portal read not a byte of the request. Every other
  error means that it may have got it. What tells them apart is not the kind of error but whether sending had begun.
- One call here is at most one request on the network. aiohttp by itself repeats an idempotent method when a kept-open
  connection turns out to be closed; that is switched off, because the audit must see it and an operation may forbid it.
- The answer comes back whole, within the size limits, and its connection is free again or closed.
- No redirect is followed, no proxy of the environment used, no cookie kept.
"""

from __future__ import annotations

import asyncio
import io
import ssl
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import aiohttp
import httpx
from yarl import URL

from gateway.outbound.call_context import RequestContext, context_of, target
from gateway.outbound.errors import AnswerEncoded, AnswerTooLarge, CertificateRefused, HostRefused
from gateway.settings import Limits, Timeouts, Tls

_GZIP: Final = 16 + zlib.MAX_WBITS
_SMALL: Final = 65_536
_FEED: Final = 16_384
_LARGE_BODY: Final = 1_048_576
_NOT_ADDED: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
"""Headers that aiohttp adds where they are missing."""

_ABOUT_OUR_CERTIFICATE: Final = frozenset(
    {
        "SSLV3_ALERT_HANDSHAKE_FAILURE",  # the word of TLS 1.2 for a certificate that is missing
        "TLSV13_ALERT_CERTIFICATE_REQUIRED",
        "SSLV3_ALERT_BAD_CERTIFICATE",
        "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
        "SSLV3_ALERT_CERTIFICATE_REVOKED",
        "SSLV3_ALERT_CERTIFICATE_EXPIRED",
        "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        "TLSV1_ALERT_UNKNOWN_CA",
        "TLSV1_ALERT_ACCESS_DENIED",
    }
)
"""Alerts of RFC 8446 section 6.2 by which a server refuses a client, in OpenSSL's words."""


class Wire(httpx.AsyncBaseTransport):
    """`allowed` are origins (`https://host`, `https://host:port`). `Limits.decompression_ratio` bounds how far a gzip
    answer may unfold beyond 64 KiB; no other content coding is accepted, and none is asked for.

    A request that must not be repeated gets a connection of its own: on a kept-open one, a portal's closing it looks
    the same as a lost answer.
    """

    def __init__(
        self,
        *,
        allowed: Iterable[str],
        timeouts: Timeouts,
        limits: Limits,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = frozenset(origin(httpx.URL(each)) for each in allowed)
        self._timeouts = timeouts
        self._limits = limits
        self._tls = tls
        self._kept: aiohttp.TCPConnector | None = None
        self._fresh: aiohttp.TCPConnector | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        if origin(url) not in self._allowed:
            raise HostRefused("not an address of this portal")
        if any(name.lower() == b"host" and value.lower() != url.netloc for name, value in request.headers.raw):
            raise HostRefused("the header names another host than the address")
        context = context_of(request)
        try:
            answer = await self._send(request, context)
            content = await self._read(answer)
        except (aiohttp.ClientError, OSError) as error:
            raise _as_httpx(error, context) from error
        return self._response(answer, content)

    async def _send(self, request: httpx.Request, context: RequestContext) -> aiohttp.ClientResponse:
        """What aiohttp's session does for a request that follows no redirects, uses no cookies, no proxy and no
        credentials of its own, and is never sent again."""
        url, body = request.url, request.content
        outgoing = aiohttp.ClientRequest(
            request.method,
            URL((b"%s://%s%s" % (url.raw_scheme, url.netloc, target(url))).decode("ascii"), encoded=True),
            headers=[(name.decode("ascii"), value.decode("latin-1")) for name, value in request.headers.raw],
            skip_auto_headers=_NOT_ADDED,
            data=(body if len(body) < _LARGE_BODY else io.BytesIO(body)) or None,
            loop=asyncio.get_running_loop(),
        )
        timeout = self._timeout(context)
        connection = await self._connector(context).connect(outgoing, traces=[], timeout=timeout)
        try:
            assert connection.protocol is not None
            connection.protocol.set_response_params(
                skip_payload=request.method == "HEAD",
                read_until_eof=True,
                auto_decompress=False,
                read_timeout=timeout.sock_read,
            )
            context.mark_sent()  # before the first byte is written
            answer = await outgoing.send(connection)
            try:
                return await answer.start(connection)
            except BaseException:
                answer.close()
                raise
        except BaseException:
            connection.close()
            raise

    async def aclose(self) -> None:
        for connector in (self._kept, self._fresh):
            if connector is not None:
                await connector.close()

    def _connector(self, context: RequestContext) -> aiohttp.TCPConnector:
        if context.unsafe and not context.call.operation.repeatable:
            if self._fresh is None:
                self._fresh = self._open(keep=False)
            return self._fresh
        if self._kept is None:
            self._kept = self._open(keep=True)
        return self._kept

    def _open(self, *, keep: bool) -> aiohttp.TCPConnector:
        return aiohttp.TCPConnector(
            limit=0,  # the bulkhead counts
            ssl=self._tls or True,
            force_close=not keep,
            keepalive_timeout=self._timeouts.keep_alive_seconds if keep else None,
        )

    def _timeout(self, context: RequestContext) -> aiohttp.ClientTimeout:
        left = max(context.deadline - asyncio.get_running_loop().time(), 0.001)
        timeouts = self._timeouts
        return aiohttp.ClientTimeout(
            connect=min(timeouts.connect_seconds, left), sock_read=min(timeouts.read_seconds, left)
        )

    async def _read(self, answer: aiohttp.ClientResponse) -> bytes:
        limit = self._limits.response_bytes
        pieces: list[bytes] = []
        size = 0
        try:
            if (answer.content_length or 0) > limit and answer.method != "HEAD":
                raise AnswerTooLarge("the answer announces more than the limit")
            while piece := await answer.content.readany():
                size += len(piece)
                if size > limit:
                    raise AnswerTooLarge("the answer is larger than the limit")
                pieces.append(piece)
        except BaseException:
            answer.close()
            raise
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _response(self, answer: aiohttp.ClientResponse, content: bytes) -> httpx.Response:
        headers: list[tuple[bytes, bytes]] = list(answer.raw_headers)
        coding = ", ".join(answer.headers.getall("Content-Encoding", ["identity"])).strip().lower()
        if coding != "identity" and content:
            if coding not in ("gzip", "x-gzip"):
                raise AnswerEncoded("the answer has a content coding that was not asked for")
            content = self._unfold(content)
            headers = [pair for pair in headers if pair[0].lower() not in (b"content-encoding", b"content-length")]
        return read_response(answer.status, headers, content, reason=(answer.reason or "").encode("latin-1", "replace"))

    def _unfold(self, content: bytes) -> bytes:
        """What a series of gzip members holds, one after the other (RFC 1952 section 2.2); nothing may follow them."""
        limit = min(self._limits.response_bytes, max(_SMALL, int(len(content) * self._limits.decompression_ratio)))
        plain, at = bytearray(), 0
        for _ in range(self._limits.gzip_members):
            at = _unfold_member(content, at, plain, limit)
            if at == len(content):
                return bytes(plain)
        raise AnswerTooLarge("the gzip of the answer has too many members")


def read_response(
    status: int, headers: list[tuple[bytes, bytes]], content: bytes, *, reason: bytes = b""
) -> httpx.Response:
    """An answer that came whole. It is what httpx makes of `content`, which it would pass through a decoder."""
    if content and not any(name.lower() == b"content-length" for name, _ in headers):
        headers = [*headers, (b"Content-Length", b"%d" % len(content))]
    extensions = {"http_version": b"HTTP/1.1", "reason_phrase": reason}
    response = httpx.Response(status, headers=headers, stream=httpx.ByteStream(content), extensions=extensions)
    response._content = content
    response.is_closed = response.is_stream_consumed = True
    return response


def _unfold_member(content: bytes, at: int, plain: bytearray, limit: int) -> int:
    """Add to `plain` what the member that begins at `at` holds; where it ends."""
    unfolding = zlib.decompressobj(_GZIP)
    while not unfolding.eof:
        packed = content[at : at + _FEED]  # in small pieces, since what is behind the member is copied
        if not packed:
            raise httpx.RemoteProtocolError("the gzip of the answer breaks off")
        try:
            plain += unfolding.decompress(packed, limit + 1 - len(plain))
        except zlib.error as error:
            raise httpx.RemoteProtocolError("the answer is not the gzip it says it is") from error
        if len(plain) > limit:
            raise AnswerTooLarge("the answer unfolds to more than the limit")
        at += len(packed) - len(unfolding.unconsumed_tail) - len(unfolding.unused_data)
    return at


def _as_httpx(error: Exception, context: RequestContext) -> httpx.TransportError:
    if _alert(error) in _ABOUT_OUR_CERTIFICATE:
        context.mark_refused()
        return CertificateRefused("the portal does not accept our certificate")
    sent = context.sent
    slow = isinstance(error, TimeoutError)
    if not sent:
        return httpx.ConnectTimeout("no connection in time") if slow else httpx.ConnectError("no connection")
    if slow:
        return httpx.ReadTimeout("no answer in time")
    if isinstance(error, aiohttp.ClientPayloadError):
        return httpx.RemoteProtocolError("the answer breaks off")
    if isinstance(error, aiohttp.ClientResponseError):
        return httpx.RemoteProtocolError("the answer is not HTTP")
    return httpx.ReadError("the connection broke before the answer")


def _alert(error: BaseException | None) -> str:
    """The TLS alert behind the error, if there is one."""
    while error is not None:
        reason = getattr(error, "reason", None)  # aiohttp's own kinds of `SSLError` have none
        if isinstance(error, ssl.SSLError) and isinstance(reason, str):
            return reason
        error = error.__cause__
    return ""


def origin(url: httpx.URL) -> tuple[bytes, bytes]:
    """Scheme, host and port; a port that is the scheme's own is left out."""
    return url.raw_scheme, url.netloc


def tls_context(tls: Tls) -> ssl.SSLContext:
    """`ca` replaces the system's trust store, `cert` and `key` prove who we are. Raises `OSError` if unusable."""
    for path in (tls.ca, tls.cert, tls.key):
        if path:
            Path(path).open("rb").close()  # what `ssl` raises does not name the file
    context = ssl.create_default_context(cafile=tls.ca or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if tls.cert:
        context.load_cert_chain(tls.cert, tls.key or None)
    return context
