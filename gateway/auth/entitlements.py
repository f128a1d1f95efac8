"""What is wrong, or odd, in what the settings grant to issuers and clients; `doctor` says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from gateway.auth.clients import Client, ClientKind
from gateway.auth.grants import ABOUT_A_PERSON, IDENTITY
from gateway.auth.jws import FAPI, unknown_algorithms
from gateway.settings import Issuer, Settings

_SPEAKS_AS: dict[ClientKind, frozenset[str]] = {
    "frontend": frozenset({"citizen"}),
    "app": frozenset({"app", "citizen"}),
    "agent": frozenset({"agent"}),
    "auditor": frozenset({"auditor"}),
    "operator": frozenset({"operator"}),
    "agency": frozenset({"agency"}),
}

Said = tuple[str, str]
"""What there is to say, and the remedy."""


def mistakes(settings: Settings, clients: Iterable[Client]) -> Iterator[Said]:
    """By which somebody who should be able to call cannot, or an issuer is not what it was meant to be."""
    issuers = {issuer.name or issuer.issuer: issuer for issuer in settings.auth.issuers}
    if len(issuers) < len(settings.auth.issuers):
        yield "two of auth.issuers have the same name", "give each a name of its own"
    for issuer in settings.auth.issuers:
        yield from _mistakes_of(issuer)
    if settings.auth.client_certificates and not settings.server.trusted_proxies:
        yield "auth.client_certificates: no proxy's word is believed", "name the proxies in server.trusted_proxies"
    if not issuers:
        return  # told elsewhere
    by_address = {issuer.issuer: issuer for issuer in settings.auth.issuers}
    for client in clients:
        for unknown in sorted(client.issuers - issuers.keys() - by_address.keys()):
            if not client.demo:
                yield f"client {client.id}: no issuer has the name {unknown!r}", "name one of [[auth.issuers]]"
        known = [found for each in client.issuers if (found := issuers.get(each) or by_address.get(each))]
        if not known and not client.demo:
            yield f"client {client.id}: no issuer may give it tokens", "set issuers in the clients file"
        elif known and not any(_SPEAKS_AS[client.kind].intersection(issuer.kinds) for issuer in known):
            named = " or ".join(sorted(_SPEAKS_AS[client.kind]))
            yield (
                f"client {client.id}: none of its issuers may sign in the kind {named}",
                "set kinds in [[auth.issuers]]",
            )


def _mistakes_of(issuer: Issuer) -> Iterator[Said]:
    where = "[[auth.issuers]]"
    weak = unknown_algorithms(issuer.algorithms)
    if weak or not issuer.algorithms:
        named = ", ".join(weak) or "none"
        yield f"{issuer.issuer}: algorithms: not a public-key signature: {named}", f"correct algorithms in {where}"
    if not issuer.kinds:
        yield f"{issuer.issuer} may sign in nobody: kinds is empty", f"set kinds in {where}, or remove the issuer"
    if "citizen" in issuer.kinds and IDENTITY not in issuer.vouches_for:
        remedy = f"add {IDENTITY} to vouches_for in {where}, or take citizen out of kinds"
        yield f"{issuer.issuer} may sign in citizens and not vouch for their {IDENTITY}", remedy
    for unknown in sorted(set(issuer.vouches_for) - ABOUT_A_PERSON):
        yield f"{issuer.issuer}: vouches_for: nothing is decided by the claim {unknown!r}", f"correct it in {where}"


def remarks(settings: Settings) -> Iterator[Said]:
    """What works and is worth knowing."""
    for issuer in settings.auth.issuers:
        if issuer.kinds and not issuer.acr:
            yield f"{issuer.issuer} assures nothing: acr is empty", "services that ask for an assurance level refuse"
        if issuer.audience and not _absolute(issuer.audience):
            message = f"{issuer.issuer}: no client can ask for tokens for {issuer.audience!r} (RFC 8707)"
            yield message, "make audience an absolute URI; empty is server.public_url"
        if weaker := sorted(set(issuer.algorithms) - set(FAPI) - {"Ed448"}):
            message = f"{issuer.issuer}: FAPI 2.0 does not allow {', '.join(weaker)}"
            yield message, "ask its operators for PS256, ES256 or Ed25519"


def _absolute(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    return bool(parts.scheme and (parts.netloc or parts.path) and not parts.fragment and "#" not in uri)
