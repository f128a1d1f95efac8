"""A bearer token got with our own credentials (RFC 6749 section 4.4).

`[auth] scheme = "oauth2_client_credentials"`, `token_path`, `secret` the name of the client secret, optional `scope`,
and `client_auth`: `basic` (default, RFC 6749 section 2.3.1) or `post`. The client's name is the option `client_id`.
"""

from __future__ import annotations

from urllib.parse import quote_plus

import httpx

from gateway.outbound.schemes.bearer import BearerToken, token_request
from gateway.outbound.schemes.setup import SchemeError, Setup


class ClientCredentials(BearerToken):
    """Asks for its token with a client's name and secret."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._url = setup.url("token_path")
        self._client_id = setup.option("client_id")
        self._secret = setup.secret()
        self._scope = str(setup.table.get("scope", ""))
        self._client_auth = setup.text("client_auth", "basic")
        if self._client_auth not in ("basic", "post"):
            raise SchemeError("[auth] `client_auth` is `basic` or `post`")

    def _request(self) -> httpx.Request:
        form = {"grant_type": "client_credentials"}
        if self._scope:
            form["scope"] = self._scope
        if self._client_auth == "post":
            form |= {"client_id": self._client_id, "client_secret": self._secret.reveal()}
        request = token_request(self._url, form)
        if self._client_auth == "basic":
            basic = httpx.BasicAuth(quote_plus(self._client_id), quote_plus(self._secret.reveal()))
            request = next(basic.auth_flow(request))
        return request


def build(setup: Setup) -> httpx.Auth:
    return ClientCredentials(setup)
