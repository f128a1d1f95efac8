"""Known clients, from `clients.toml`: what their tokens may do at most, and where a payer may be sent back to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Literal
from urllib.parse import SplitResult, urlsplit

import msgspec

from gateway.auth.scopes import CALLER_SCOPES, Scope, portal_of
from gateway.settings import Settings, SettingsError, bundled

ClientKind = Literal["frontend", "app", "agent", "auditor", "operator", "agency"]

SCOPES: Final[Mapping[ClientKind, frozenset[Scope]]] = {
    "frontend": CALLER_SCOPES,
    "app": CALLER_SCOPES | {"webhooks:manage"},
    "agent": CALLER_SCOPES,
    "auditor": frozenset({"audit:list", "audit:bodies", "audit:export", "subjects:resolve"}),
    "operator": frozenset({"operate", "audit:list"}),
    "agency": frozenset(),
}
"""What each kind may be granted: nobody can both act on cases and judge the record of it. An agency is granted
`portal:<id>` for each portal that it runs, and nothing else."""

_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    kind: ClientKind
    scopes: frozenset[str]
    demo: bool = False
    issuers: frozenset[str] = frozenset()
    """Issuers whose tokens it may use, by `name` in `[[auth.issuers]]`; none by default."""
    sender_constrained: bool = False
    """Its tokens must be bound to a key (DPoP) or a certificate."""
    posts: tuple[str, ...] = ()
    """Of an agents' client: ids of the posts at which its agents can serve."""
    return_urls: tuple[str, ...] = ()
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uris: tuple[str, ...] = ()
    """Where the sandbox identity provider says that a session has ended; `*` is the port of the redirect URI."""
    origins: tuple[str, ...] = ()
    """Of the pages that may call the API from a browser: `https://www.example.org`."""
    rates: Mapping[Literal["person", "application", "client"], Mapping[Literal["read", "write", "expensive"], int]] = {}
    """Calls in `rates.seconds`, where they are not those of `[rates]`; 0: as many as they like."""


class Client(_Entry, frozen=True, kw_only=True):
    id: str

    def may_return_to(self, url: str) -> bool:
        """Whether a payer's browser may be sent to `url` after the card page: no open redirect."""
        return any(_matches(pattern, url, prefix=True) for pattern in self.return_urls)

    def may_redirect_to(self, url: str) -> bool:
        """Whether `url` is a redirect URI of this client: exact, but for a loopback port (RFC 8252, 7.3)."""
        return any(_matches(pattern, url, prefix=False) for pattern in self.redirect_uris)

    def may_leave_to(self, url: str) -> bool:
        """Whether a browser may be sent to `url` after it signed out at the sandbox identity provider."""
        return any(_matches(pattern, url, prefix=False) for pattern in self.post_logout_redirect_uris)

    def logout_uri(self, redirect_uri: str) -> str:
        """Where this client, signed in to by `redirect_uri`, is told that the session has ended; empty: nowhere."""
        asked = _split(redirect_uri)
        for pattern in self.backchannel_logout_uris:
            own = _split(pattern)
            if asked is not None and own is not None and (own.scheme, own.hostname) == (asked.scheme, asked.hostname):
                netloc = asked.netloc if own.netloc.endswith(":*") else own.netloc
                return own._replace(netloc=netloc).geturl()
        return ""

    def may_call_from(self, origin: str) -> bool:
        """Whether a page of this origin may call with this client's tokens."""
        return any(_matches(pattern, origin, prefix=False) for pattern in self.origins)


class Clients:
    """All clients by id."""

    def __init__(self, clients: Mapping[str, Client]) -> None:
        self._clients = dict(clients)

    @classmethod
    def load(cls, settings: Settings) -> Clients:
        """From `auth.clients_file`, else the bundled file. Raises `SettingsError`."""
        chosen = settings.auth.clients_file
        return cls.read(Path(chosen) if chosen else bundled("config") / "clients.toml")

    @classmethod
    def read(cls, path: Path) -> Clients:
        """Raises `SettingsError` naming the client and what is wrong with it."""
        try:
            entries = msgspec.toml.decode(path.read_bytes(), type=dict[str, _Entry])
        except OSError as error:
            raise SettingsError(f"auth.clients_file: cannot read {path}: {error.strerror}") from error
        except msgspec.MsgspecError as error:
            raise SettingsError(f"{path}: {error}") from error
        clients = {id: Client(id=id, **msgspec.structs.asdict(entry)) for id, entry in entries.items()}
        problems = [f"{path}: {problem}" for client in clients.values() for problem in _problems(client)]
        if problems:
            raise SettingsError("\n".join(problems))
        return cls(clients)

    def get(self, id: str) -> Client | None:
        return self._clients.get(id)

    def may_have_webhooks(self, id: str) -> bool:
        """Whether this client is told what happens to cases. One that was removed, or lost the scope, is not."""
        client = self._clients.get(id)
        return client is not None and "webhooks:manage" in client.scopes

    def __iter__(self) -> Iterator[Client]:
        return iter(self._clients.values())


def _problems(client: Client) -> Iterator[str]:
    for whose, rates in client.rates.items():
        for kind, amount in rates.items():
            if amount < 0:
                yield f"{client.id}: rates.{whose}.{kind} is less than 0"
    for scope in sorted(client.scopes - SCOPES[client.kind]):
        if client.kind == "agency" and portal_of(scope):
            continue
        yield f"{client.id}: a client of kind {client.kind} cannot have the scope {scope!r}"
    if client.posts and client.kind != "agent":
        yield f"{client.id}: posts are for clients of kind agent"
    for origin in client.origins:
        parts = _split(origin)
        if parts is not None and (parts.path or parts.query or parts.fragment):
            yield f"{client.id}: {origin!r} is more than an origin: scheme, host and port alone"
    for pattern in (
        *client.return_urls,
        *client.redirect_uris,
        *client.post_logout_redirect_uris,
        *client.backchannel_logout_uris,
        *client.origins,
    ):
        parts = _split(pattern)
        if parts is None:
            yield f"{client.id}: {pattern!r} is not an absolute http(s) address"
        elif parts.hostname not in _LOOPBACK and (parts.scheme != "https" or parts.netloc.endswith(":*")):
            yield f"{client.id}: {pattern!r}: outside the loopback addresses only https with a fixed port is allowed"


def _split(url: str) -> SplitResult | None:
    """The parts of an http(s) URL that every browser reads as we do; None for anything with room for doubt."""
    if not url.isascii() or not url.isprintable() or any(character in url for character in '\\ "<>'):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        return None
    path = parts.path.lower().replace("%2e", ".").replace("%2f", "/").replace("%5c", "/")
    return None if "/../" in f"{path}/" or "/./" in f"{path}/" else parts


def _matches(pattern: str, url: str, *, prefix: bool) -> bool:
    allowed, asked = _split(pattern), _split(url)
    if allowed is None or asked is None or allowed.scheme != asked.scheme or allowed.hostname != asked.hostname:
        return False
    if not allowed.netloc.endswith(":*"):
        if allowed.netloc.lower() != asked.netloc.lower():
            return False
    elif not _any_port(asked):
        return False
    if not prefix:
        return (allowed.path, allowed.query) == (asked.path, asked.query) and not asked.fragment
    folder = allowed.path.rstrip("/")
    return asked.path == allowed.path or asked.path.startswith(f"{folder}/") or (not folder and not asked.path)


def _any_port(asked: SplitResult) -> bool:
    try:
        return asked.port is None or asked.port > 0
    except ValueError:
        return False
