"""What an issuer may say at all: for which clients, as whom, how surely, and which facts about a person.

Nothing is granted that the settings do not state. A token by which an issuer goes beyond that is refused, except that
an assurance level is cut down to the issuer's highest, and facts it may not vouch for are as if they were not there.
A CNIE is not dropped like that: without it a person's token would speak for the application itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gateway.auth.clients import Client
from gateway.auth.errors import AuthError
from gateway.auth.policy import ASSURANCE
from gateway.auth.principal import POSTS, Principal
from gateway.settings import Issuer

IDENTITY: Final = "cnie"
ABOUT_A_PERSON: Final = frozenset(
    {
        IDENTITY, "name", "family_name", "given_name", "family_name#ar", "given_name#ar", "birthdate", "email",
        "phone_number", POSTS,
    }
)  # fmt: skip
"""Claims of a person that anything here is decided by."""
_ABOUT_THE_TOKEN: Final = frozenset(
    {"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "scope", "acr", "amr", "auth_time", "cnf"}
)


def granted(claims: Mapping[str, Any], issuer: Issuer, client: Client) -> dict[str, Any]:
    """The claims that this issuer may make about this client's caller. Raises `AuthError`."""
    if client.issuers.isdisjoint((issuer.issuer, issuer.name or issuer.issuer)):
        raise AuthError("issuer_not_entitled", "the client may not have tokens of this issuer")
    if IDENTITY in claims and IDENTITY not in issuer.vouches_for and client.kind in ("frontend", "app"):
        raise AuthError("issuer_not_entitled", "the issuer may not vouch for a CNIE")
    verified = {f"{name}_verified" for name in issuer.vouches_for}
    kept = _ABOUT_THE_TOKEN.union(issuer.vouches_for, verified)
    return {name: value for name, value in claims.items() if name in kept} | {"acr": _capped(claims, issuer)}


def admitted(principal: Principal, issuer: Issuer) -> Principal:
    """The principal, if the issuer may sign such a one in. Raises `AuthError`."""
    if principal.kind not in issuer.kinds:
        raise AuthError("issuer_not_entitled", f"the issuer may not sign in anybody of the kind {principal.kind}")
    return principal


def _capped(claims: Mapping[str, Any], issuer: Issuer) -> str:
    said = claims.get("acr")
    if not isinstance(said, str) or said not in ASSURANCE or not issuer.acr:
        return ""
    return min(said, issuer.acr, key=lambda level: ASSURANCE[level])
