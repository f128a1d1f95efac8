"""How a caller gets a token, for the description: OAuth 2 with the scopes that the API knows."""

from __future__ import annotations

from typing import Final

from gateway.api.openapi.schemas import Schema
from gateway.auth.scopes import CALLER_SCOPES, PORTAL_SCOPE, Scope
from gateway.settings import Issuer, Settings

_SCOPES: Final[dict[Scope, str]] = {
    "cases:read": "Read cases, cards, mandates, and who looked at one's data.",
    "cases:write": "File cases and act on them; have cards issued; give mandates.",
    "tracking:read": "See where parcels and demands stand that were not filed here.",
    "webhooks:manage": "Have an application told what happens to its cases.",
    "operate": "Operate the gateway.",
    "audit:list": "Read the records of the log.",
    "audit:bodies": "Read the requests and answers behind records, where they are kept.",
    "audit:export": "Export the log.",
    "subjects:resolve": "Find the pseudonyms of a person.",
}
_OF_PORTAL: Final = "See how one portal does, `portal:` and its id: for the agency that runs it."
_DESCRIPTION: Final = """An RFC 9068 access token in `Authorization`: `Bearer`, or `DPoP` with a proof of the key that
it is bound to. A person signs in by the authorization code flow with PKCE; a program that speaks for nobody gets a
token with its client credentials. `/.well-known/oauth-protected-resource` names the issuers, and each issuer's own
metadata (RFC 8414) its addresses."""
_NOBODY: Final = Issuer(issuer="https://issuer.example")


def security_scheme(settings: Settings) -> Schema:
    """The scheme of the first issuer in the settings."""
    issuer = next(iter(settings.auth.issuers), _NOBODY)
    base = issuer.issuer.rstrip("/")
    token_url = issuer.token_url or f"{base}/token"
    return {
        "type": "oauth2",
        "description": _DESCRIPTION,
        "flows": {
            "authorizationCode": {
                "authorizationUrl": issuer.authorization_url or f"{base}/authorize",
                "tokenUrl": token_url,
                "scopes": {scope: text for scope, text in _SCOPES.items() if scope in CALLER_SCOPES},
            },
            "clientCredentials": {"tokenUrl": token_url, "scopes": {**_SCOPES, PORTAL_SCOPE: _OF_PORTAL}},
        },
    }
