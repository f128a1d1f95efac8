"""No credentials: a public portal, or one that trusts the connection (mutual TLS) or the signature."""

from __future__ import annotations

import httpx

from gateway.outbound.schemes.setup import Setup


def build(_: Setup) -> httpx.Auth:
    return httpx.Auth()
