"""The ways to authenticate to a portal, by the name that a manifest's `[auth]` table gives as `scheme`.

A new one is a module here with a `build(setup) -> httpx.Auth`, and a line in `SCHEMES`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import httpx

from gateway.outbound.schemes import (
    api_key,
    dpop,
    hmac_request,
    none,
    oauth2_client_credentials,
    private_key_jwt,
    ws_security,
)
from gateway.outbound.schemes.setup import SchemeError, Setup

SCHEMES: Final[dict[str, Callable[[Setup], httpx.Auth]]] = {
    "none": none.build,
    "api_key": api_key.build,
    "dpop": dpop.build,
    "hmac_request": hmac_request.build,
    "oauth2_client_credentials": oauth2_client_credentials.build,
    "private_key_jwt": private_key_jwt.build,
    "ws_security": ws_security.build,
}


def build(setup: Setup) -> httpx.Auth:
    """The scheme that `setup.table` names. Raises `SchemeError`, which says what is wrong with the table."""
    name = setup.table.get("scheme", "none")
    factory = SCHEMES.get(name)
    if factory is None:
        raise SchemeError(f"unknown authentication scheme {name!r}; known: {', '.join(sorted(SCHEMES))}")
    return factory(setup)


__all__ = ["SCHEMES", "SchemeError", "Setup", "build"]
