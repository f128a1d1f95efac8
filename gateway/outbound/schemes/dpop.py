"""An access token bound to a key of ours, with a proof of that key in each request: DPoP (RFC 9449).

`[auth] scheme = "dpop"`, and the rest as for `oauth2_client_credentials`: `token_path`, `secret`, optional `scope` and
`client_auth`, option `client_id`. The key is made at the start, lives in this process alone and is never stored:
whoever steals a token can do nothing with it.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import AsyncGenerator, Callable
from typing import Any, Final

import httpx
import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from gateway.json_members import repeats
from gateway.outbound.call_context import target
from gateway.outbound.schemes.oauth2_client_credentials import ClientCredentials
from gateway.outbound.schemes.setup import Setup

ALGORITHM: Final = "ES256"


class ProofKey:
    """A key pair that proves, for one request at a time, that its holder sent it (RFC 9449 section 4.2)."""

    def __init__(self, *, now: Callable[[], float] = time.time) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._header = {"typ": "dpop+jwt", "jwk": ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)}
        self._now = now

    def prove(self, request: httpx.Request, *, nonce: str = "", token: str = "") -> None:
        """Put a fresh proof on the request, in place of an earlier one."""
        url = request.url
        path = target(url).partition(b"?")[0]
        claims: dict[str, Any] = {
            "jti": secrets.token_urlsafe(16),
            "htm": request.method,
            "htu": (b"%s://%s%s" % (url.raw_scheme, url.netloc, path)).decode("ascii"),
            "iat": int(self._now()),
        }
        if nonce:
            claims["nonce"] = nonce
        if token:
            digest = hashlib.sha256(token.encode("ascii")).digest()
            claims["ath"] = base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")
        request.headers["dpop"] = jwt.encode(claims, self._key, algorithm=ALGORITHM, headers=self._header)


class Dpop(ClientCredentials):
    """Keeps one token for all calls, as `ClientCredentials` does; each request, and each attempt, has its own proof.

    A portal may ask that proofs carry a nonce of its own (section 8 and 9). The newest nonce is kept, apart for the
    token endpoint and for the rest, and a request refused for its lack of one is sent once more with it.
    """

    token_type = "dpop"  # noqa: S105 - the kind of token, not one

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._key = ProofKey(now=setup.now)
        self._token_nonce = ""
        self._nonce = ""

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        token = await self._valid_token()
        renewed = renonced = False
        while True:
            value = token.value.reveal()
            request.headers["authorization"] = f"DPoP {value}"
            self._key.prove(request, nonce=self._nonce, token=value)
            response = yield request
            self._nonce = response.headers.get("dpop-nonce", self._nonce)
            if response.status_code != 401:
                return
            if _word(response) == "use_dpop_nonce" and not renonced:
                renonced = True
            elif not renewed:
                renewed = True
                if self._token is token:
                    self._token = None
                token = await self._valid_token()
            else:
                return

    async def _exchange(self) -> httpx.Response:
        """Ask for a token; once more when the portal wants its nonce in the proof."""
        response = await self._send_proven(self._request())
        if _word(response) == "use_dpop_nonce":
            response = await self._send_proven(self._request())
        return response

    async def _send_proven(self, request: httpx.Request) -> httpx.Response:
        self._key.prove(request, nonce=self._token_nonce)
        response = await self._setup.send(request)
        self._token_nonce = response.headers.get("dpop-nonce", self._token_nonce)
        return response


def _word(response: httpx.Response) -> str:
    """The error word of a refusal that brings a nonce: in the body at the token endpoint (RFC 9449 section 8), in the
    challenge elsewhere (section 9)."""
    if response.status_code not in (400, 401) or "dpop-nonce" not in response.headers:
        return ""
    if 'error="use_dpop_nonce"' in response.headers.get("www-authenticate", ""):
        return "use_dpop_nonce"
    if repeats(response.content):
        return ""
    try:
        return msgspec.json.decode(response.content, type=_Refusal).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


class _Refusal(msgspec.Struct):
    error: str = ""


def build(setup: Setup) -> httpx.Auth:
    return Dpop(setup)
