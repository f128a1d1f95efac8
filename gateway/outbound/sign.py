"""Signs each attempt: HTTP Message Signatures (RFC 9421) with Ed25519, and a Content-Digest (RFC 9530) of the body."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Callable
from typing import Final

import httpx

from gateway.connectors.hookspecs import Signer
from gateway.outbound.call_context import context_of, target
from gateway.outbound.layer import Layer

LABEL: Final = "gateway"


class Sign(Layer):
    """Covers `@method` and `@target-uri`, with a body also `content-digest` and `content-type`.

    Parameters are `created`, `keyid`, and a `nonce` that is new for each attempt. `signer` is asked for each signature,
    so that a rotated key is used at once; None leaves the request unsigned.

    The signature base is built here and not by `http-message-signatures`, which takes ten times as long
    (`docs/decisions/wire.md`); a test has that library verify what comes out.
    """

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        *,
        signer: Callable[[], Signer] | None,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(inner)
        self._signer = signer
        self._now = now

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._signer is not None:
            context_of(request).key_id = sign(request, self._signer(), created=int(self._now()))
        return await self._inner.handle_async_request(request)


def sign(request: httpx.Request, signer: Signer, *, created: int) -> str:
    """Put the signature headers on the request, in place of earlier ones, and return the key id."""
    headers, url = request.headers, request.url
    names = '"@method" "@target-uri"'
    address = (b"%s://%s%s" % (url.raw_scheme, url.netloc, target(url))).decode("ascii")
    base = f'"@method": {request.method}\n"@target-uri": {address}\n'
    if request.content:
        digest = f"sha-256=:{base64.b64encode(hashlib.sha256(request.content).digest()).decode('ascii')}:"
        headers["content-digest"] = digest
        names, base = f'{names} "content-digest"', f'{base}"content-digest": {digest}\n'
        content_type = headers.get("content-type")
        if content_type is not None:
            names, base = f'{names} "content-type"', f'{base}"content-type": {content_type.strip()}\n'
    nonce = secrets.token_urlsafe(16)
    parameters = f'({names});created={created};keyid="{signer.key_id}";nonce="{nonce}"'
    base = f'{base}"@signature-params": {parameters}'
    signature = base64.b64encode(signer.sign(base.encode("ascii"))).decode("ascii")
    headers["signature-input"] = f"{LABEL}={parameters}"
    headers["signature"] = f"{LABEL}=:{signature}:"
    return signer.key_id
