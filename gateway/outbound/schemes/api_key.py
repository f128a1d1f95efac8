"""A fixed key in a header.

`[auth] scheme = "api_key"`, `header` (default `X-API-Key`), `secret` the name of the key, `prefix` what comes before
it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

import httpx

from gateway.outbound.schemes.setup import Setup
from gateway.secret import Secret


class ApiKey(httpx.Auth):
    def __init__(self, header: str, prefix: str, key: Secret) -> None:
        self._header = header
        self._prefix = prefix
        self._key = key

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        request.headers[self._header] = self._prefix + self._key.reveal()
        yield request


def build(setup: Setup) -> httpx.Auth:
    return ApiKey(setup.text("header", "X-API-Key"), str(setup.table.get("prefix", "")), setup.secret())
