"""What a scheme is built from."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from gateway.outbound.certificate import Certificate, CertificateError, read_certificate
from gateway.secret import Secret
from gateway.settings import Tls


class SchemeError(ValueError):
    """The manifest's `[auth]` table, the secrets or the options do not make a working scheme."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    table: Mapping[str, Any]
    """The manifest's `[auth]` table."""
    secrets: Mapping[str, Secret]
    options: Mapping[str, str]
    base_url: httpx.URL
    send: Callable[[httpx.Request], Awaitable[httpx.Response]]
    """Sends a request of the scheme's own, signed and recorded like any other."""
    tls: Tls = field(default_factory=Tls)
    """The portal's certificate files, for a scheme that signs with them."""
    clock: Callable[[], float] = time.monotonic

    def text(self, key: str, default: str | None = None) -> str:
        value = self.table.get(key, default)
        if not isinstance(value, str) or not value:
            raise SchemeError(f"[auth] needs `{key}`")
        return value

    def secret(self, key: str = "secret") -> Secret:
        """The secret whose name the table gives under `key`."""
        name = self.text(key)
        found = self.secrets.get(name)
        if not found:
            raise SchemeError(f"[auth] names the secret {name!r}, which is not configured")
        return found

    def option(self, name: str) -> str:
        value = self.options.get(name, "")
        if not value:
            raise SchemeError(f"the authentication scheme needs the option {name!r}")
        return value

    def certificate(self) -> Certificate:
        """Our certificate and its key."""
        try:
            return read_certificate(self.tls)
        except CertificateError as error:
            raise SchemeError(str(error)) from error

    def url(self, key: str) -> httpx.URL:
        """A path of the table, under the portal's base URL."""
        return httpx.URL(str(self.base_url).rstrip("/") + "/" + self.text(key).lstrip("/"))
