"""Signs SOAP messages with our certificate, and accepts only answers that are signed with the portal's.

`[auth] scheme = "ws_security"`, with `certificate = "signature"` in the manifest and our certificate in
`[portals.<id>.tls]`. `window_seconds` (default 120) is how long a message of ours lives, and how far the portal's clock
may be from ours. Options: `signer`, the name in the portal's certificate, and `signer_ca`, a PEM file of the
authorities behind it; without it those of `tls.ca`.

Every attempt is signed anew, because a portal that detects replays would take a repeated one for that. An answer that
is not declared as SOAP passes unchanged, for the layers above to judge by its status; a connector reads nothing else of
it.

`ws_message` brings XML signatures; it is imported when a portal has this scheme.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

import httpx
import structlog
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gateway.outbound.call_context import context_of
from gateway.outbound.certificate import CertificateError, read_authorities
from gateway.outbound.errors import AnswerNotAuthentic, CredentialsFailed
from gateway.outbound.schemes.setup import SchemeError, Setup

if TYPE_CHECKING:
    from gateway.outbound.schemes.ws_message import Identity, Trust

SOAP_MEDIA_TYPE: Final = "application/soap+xml"
WINDOW_SECONDS: Final = 120
_LARGE: Final = 32_768
"""From this size on, signing and checking a message takes long enough to be worth a thread."""

T = TypeVar("T")

logger = structlog.get_logger(__name__)


class WsSecurity(httpx.Auth):
    def __init__(
        self,
        identity: Identity,
        trust: Trust,
        *,
        window: timedelta = timedelta(seconds=WINDOW_SECONDS),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._identity = identity
        self._trust = trust
        self._window = window
        self._now = now
        self._key_id = f"x509-{identity.certificate.fingerprint(hashes.SHA256()).hex()[:16]}"

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        request, signature = await self._signed(request)
        response = yield request
        if _is_soap(response.headers):
            await self._check(response, signature, context_of(request).call.portal)

    async def _signed(self, request: httpx.Request) -> tuple[httpx.Request, str]:
        from gateway.outbound.schemes.ws_message import seal

        now, ours = self._now(), self._identity.certificate
        if not _is_soap(request.headers):
            raise CredentialsFailed("only a SOAP message can be signed")
        if not ours.not_valid_before_utc <= now <= ours.not_valid_after_utc:
            raise CredentialsFailed("our certificate is not in force", denied=True)
        content, signature = await _worked(
            len(request.content), seal, request.content, self._identity, now=now, life=self._window
        )
        headers = httpx.Headers(request.headers)
        headers["content-length"] = str(len(content))
        context_of(request).key_id = self._key_id
        signed = httpx.Request(
            request.method, request.url, headers=headers, content=content, extensions=request.extensions
        )
        return signed, signature

    async def _check(self, response: httpx.Response, signature: str, portal: str) -> None:
        from gateway.outbound.schemes.ws_message import NotAuthentic, check

        try:
            await _worked(
                len(response.content),
                check,
                response.content,
                self._trust,
                now=self._now(),
                window=self._window,
                confirms=signature,
            )
        except NotAuthentic as error:
            logger.warning("portal_answer_not_authentic", portal=portal, reason=error.reason)
            raise AnswerNotAuthentic(f"the answer is not to be believed: {error.reason}") from None


async def _worked(size: int, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    return await asyncio.to_thread(work, *args, **kwargs) if size > _LARGE else work(*args, **kwargs)


def _is_soap(headers: httpx.Headers) -> bool:
    content_type: str = headers.get("content-type", "")
    return content_type.partition(";")[0].strip().lower() == SOAP_MEDIA_TYPE


def build(setup: Setup) -> httpx.Auth:
    from gateway.outbound.schemes.ws_message import Identity, Trust

    ours = setup.certificate()
    if not isinstance(ours.key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise SchemeError("tls.key: messages are signed with an RSA or an elliptic curve key")
    file = setup.options.get("signer_ca", "") or setup.tls.ca
    if not file:
        raise SchemeError("the option `signer_ca` or `tls.ca` must name the authorities behind the portal's signature")
    try:
        authorities = tuple(read_authorities(file))
    except CertificateError as error:
        raise SchemeError(str(error)) from error
    window = setup.table.get("window_seconds", WINDOW_SECONDS)
    if not isinstance(window, int) or not 0 < window < 300:
        raise SchemeError("[auth] `window_seconds` is a number of seconds under 300")
    return WsSecurity(
        Identity(key=ours.key, certificate=ours.certificate),
        Trust(authorities=authorities, signer=setup.option("signer")),
        window=timedelta(seconds=window),
    )
