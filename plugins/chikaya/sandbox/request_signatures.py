"""The portal's check of the gateway's requests. Written apart from the gateway's signing, so that a slip in one shows.

Times are real time, because the gateway does not know of the stand-in's clock. The option `skew_seconds` sets the
portal's clock off.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from time import time
from typing import Final
from urllib.parse import urlsplit

from gateway.sandbox.authoring import Objection, SandboxContext, seconds

WINDOW_SECONDS: Final = 120
"""Assumed: how far the gateway's clock may be from the portal's."""
REQUIRED: Final = frozenset({"host", "x-content-sha256", "x-nonce", "x-timestamp"})

_AUTHORIZATION: Final = re.compile(
    r"HMAC-SHA256 Credential=(?P<client>[^ ,=]+), SignedHeaders=(?P<names>[a-z0-9;-]+), Signature=(?P<mac>[0-9a-f]{64})"
)


class SignatureCheck:
    def __init__(self, context: SandboxContext) -> None:
        self._context = context
        self._nonces = context.table("nonces")
        self._skew = float(context.options.get("skew_seconds", 0))

    def __call__(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> None:
        """`target` is the address as the client wrote it. Raises `Objection` with status 401."""
        given = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
        if given is None:
            raise _denied("signature_missing")
        names = given["names"].split(";")
        needed = REQUIRED | ({"content-type"} if "content-type" in headers else frozenset())
        if names != sorted(set(names)) or not needed <= set(names) or not set(names) <= set(headers):
            raise _denied("signature_too_narrow")
        client = self._context.options.get("client_id", "mre-gateway")
        secret = self._context.secrets["request_secret"].encode()
        expected = hmac.new(secret, _signed(method, target, names, headers), hashlib.sha256).hexdigest()
        right = hmac.compare_digest(expected, given["mac"])
        if not (hmac.compare_digest(client.encode(), given["client"].encode()) and right):
            raise _denied("signature_invalid")
        if not hmac.compare_digest(hashlib.sha256(body).hexdigest(), headers["x-content-sha256"]):
            raise _denied("digest_mismatch")
        self._spend(headers["x-nonce"], headers["x-timestamp"])

    def _spend(self, nonce: str, timestamp: str) -> None:
        now = time() + self._skew
        if seconds(timestamp) is None or abs(now - int(timestamp)) > WINDOW_SECONDS:
            raise _denied("clock_skew")
        with self._context.store.transaction():
            self._nonces.drop_while(lambda seen: now - seen["at"] > 2 * WINDOW_SECONDS)
            if self._nonces.get(nonce):
                raise _denied("nonce_replayed")
            self._nonces.put(nonce, {"at": now})


def _signed(method: str, target: str, names: list[str], headers: Mapping[str, str]) -> bytes:
    address = urlsplit(target)
    values = {**headers, "host": address.netloc}
    lines = ["HMAC-SHA256", method, address.path, "&".join(sorted(address.query.split("&")))]
    lines += [f"{name}:{values[name].strip()}" for name in names]
    lines += [";".join(names), headers["x-content-sha256"]]
    return "\n".join(lines).encode()


def _denied(word: str) -> Objection:
    return Objection(401, word, "La signature de la requête n'est pas acceptée.")
