"""HMAC-SHA-256 over the request itself: nothing of it can be changed, delayed or sent twice by somebody in between.

`[auth] scheme = "hmac_request"`, `secret` the name of the shared secret. The client's name is the option `client_id`.

What is signed, line by line, joined by a line feed:

    HMAC-SHA256
    <method>
    <path as sent>
    <query as sent, its parts sorted by their bytes and joined by &>
    <name>:<value>                      one line for each signed header, sorted by name, blanks at both ends removed
    <names of the signed headers, joined by ;>
    <SHA-256 of the body, hexadecimal>

Signed are `host`, `x-content-sha256`, `x-nonce`, `x-timestamp` (seconds since 1970), and `content-type` where there is
one. The request then carries `Authorization: HMAC-SHA256 Credential=<client_id>, SignedHeaders=<names>,
Signature=<hexadecimal>`.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import AsyncGenerator, Callable
from typing import Final

import httpx

from gateway.outbound.call_context import target
from gateway.outbound.schemes.setup import SchemeError, Setup
from gateway.secret import Secret

ALGORITHM: Final = "HMAC-SHA256"
SIGNED: Final = ("content-type", "host", "x-content-sha256", "x-nonce", "x-timestamp")


class HmacRequest(httpx.Auth):
    """Time and nonce are new for each attempt: this layer stands below `retry`, so each repetition passes it again.

    An answer 401 is not tried again. A wrong secret or a clock that is off stays so, and a nonce of ours never repeats.
    """

    def __init__(self, client_id: str, key: Secret, *, now: Callable[[], float] = time.time) -> None:
        self._client_id = client_id
        self._key = key
        self._now = now

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        headers = request.headers
        headers["x-timestamp"] = str(int(self._now()))
        headers["x-nonce"] = secrets.token_urlsafe(18)
        headers["x-content-sha256"] = hashlib.sha256(request.content).hexdigest()
        names = [name for name in SIGNED if name in headers]
        text = canonical(request, names)
        signature = hmac.new(self._key.reveal().encode(), text, hashlib.sha256).hexdigest()
        headers["authorization"] = (
            f"{ALGORITHM} Credential={self._client_id}, SignedHeaders={';'.join(names)}, Signature={signature}"
        )
        yield request


def canonical(request: httpx.Request, names: list[str]) -> bytes:
    """The text that is signed; `names` are the signed headers, in order."""
    path, _, query = target(request.url).partition(b"?")
    lines = [
        ALGORITHM.encode(),
        request.method.encode(),
        path,
        b"&".join(sorted(query.split(b"&"))),
        *(f"{name}:{request.headers[name].strip()}".encode() for name in names),
        ";".join(names).encode(),
        request.headers["x-content-sha256"].encode(),
    ]
    return b"\n".join(lines)


def build(setup: Setup) -> httpx.Auth:
    client_id = setup.option("client_id")
    if not client_id.isascii() or not client_id.isprintable() or set(client_id) & set(" ,="):
        raise SchemeError("the option 'client_id' must be one word of ASCII, without `,` and `=`")
    return HmacRequest(client_id, setup.secret())
