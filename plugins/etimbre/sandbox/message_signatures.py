"""The stand-in's check of the gateway's RFC 9421 signatures: Ed25519, covered components, age, digest, nonce. Written
apart from the gateway's signing, so that a slip in one shows in the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from time import time
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    algorithms,
)

from gateway.sandbox.authoring import SandboxContext

MAX_AGE: Final = timedelta(minutes=5)
TARGETS: Final = (frozenset({"@target-uri"}), frozenset({"@authority", "@path", "@query"}))
"""What must be covered so that a signature fits one address only; `@query` may be left out when there is none."""


class BadSignature(Exception):
    """The message is not what a known gateway key signed a moment ago. `str()` is the portal's word for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One request as its sender addressed it."""

    method: str
    url: str
    headers: Any
    """Header lines through `items()`, repeated ones too."""


class _Keys(HTTPSignatureKeyResolver):
    def __init__(self, context: SandboxContext) -> None:
        self._context = context

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey | None:
        raw = self._context.gateway_keys.get(key_id)
        return None if raw is None else Ed25519PublicKey.from_public_bytes(raw)


class SignatureCheck:
    def __init__(self, context: SandboxContext) -> None:
        self._context = context
        self._nonces = context.table("nonces")
        self._verifier = HTTPMessageVerifier(signature_algorithm=algorithms.ED25519, key_resolver=_Keys(context))

    def __call__(self, message: Message, body: bytes) -> None:
        """Raises `BadSignature`. Ages are real time: the gateway does not know of the stand-in's clock."""
        try:
            results = self._verifier.verify(message, max_age=MAX_AGE, require_components=("@method",), body=body)
        except HTTPMessageSignaturesException as error:
            raise BadSignature("signature_invalid") from error
        covered = {component.strip('"') for component in results[0].covered_components}
        if "?" not in message.url:
            covered.add("@query")
        if not any(target <= covered for target in TARGETS):
            raise BadSignature("signature_too_narrow")
        parameters = results[0].parameters
        if not parameters.get("nonce"):
            raise BadSignature("signature_without_nonce")
        self._spend(f"{parameters['keyid']} {parameters['nonce']}")

    def _spend(self, nonce: str) -> None:
        now = time()
        with self._context.store.transaction():
            self._nonces.drop_while(lambda seen: now - seen["at"] > 2 * MAX_AGE.total_seconds())
            if self._nonces.get(nonce):
                raise BadSignature("signature_replayed")
            self._nonces.put(nonce, {"at": now})
