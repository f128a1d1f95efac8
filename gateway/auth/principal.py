"""Who calls, once the token is believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from gateway import partial_date, typed_text
from gateway.auth.clients import Client
from gateway.auth.errors import AuthError, Scheme
from gateway.auth.keys import KeyRing
from gateway.auth.scopes import portal_of
from gateway.national_id import normalise

POSTS: Final = "mre_posts"
"""The claim by which an identity provider says at which posts an agent serves."""
_MOST_POSTS: Final = 50

PrincipalKind = Literal["citizen", "app", "agent", "auditor", "operator", "agency"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Identity:
    """What the issuer vouches for about a person. Empty where it said nothing, or said that it is not verified."""

    cnie: str = ""
    name: str = ""
    family_name: str = ""
    given_name: str = ""
    family_name_ar: str = ""
    given_name_ar: str = ""
    """In Arabic letters: the claims `family_name#ar` and `given_name#ar` (OpenID Connect Core 1.0, section 5.2)."""
    email: str = ""
    email_verified: bool = False
    """Whether the issuer says that it has verified it: `email_verified` is there and true."""
    phone: str = ""
    phone_verified: bool = False
    """The same of `phone_number_verified`."""
    birthdate: str = ""
    """YYYY-MM-DD, YYYY-MM or YYYY; 0000-MM-DD where the year is not told."""

    def __repr__(self) -> str:
        return "Identity(********)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """What an agent acts by: a person's mandate, and what it covers."""

    mandate: str
    scopes: frozenset[str]
    services: tuple[str, ...] = ()
    """Ids of services, or of portals for all of theirs; empty for every service."""
    since: datetime | None = None
    """Cases filed before are not covered; None if they are."""

    def covers_from(self, filed: datetime | None) -> bool:
        """Whether a case filed at this time is covered; None where there is no case."""
        return self.since is None or filed is None or filed >= self.since

    def covers(self, name: str) -> bool:
        """`name` is the id of a service or of a portal."""
        return not self.services or any(name == each or name.startswith(f"{each}.") for each in self.services)


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A caller. What identifies a person is held but never shown: not by repr, and so not by a log or a traceback."""

    kind: PrincipalKind
    client_id: str
    issuer: str
    subject: str = field(repr=False)
    """`sub` as the issuer wrote it."""
    pseudonym: str = ""
    """The person spoken for, as the store and the audit log know her; empty for anything but a citizen, and an agent
    with her mandate."""
    actor: str = ""
    """An agent, an auditor or who else works there, as the audit log knows them; empty for a person and a program."""
    acting: Acting | None = None
    """The mandate that an agent's call names."""
    posts: frozenset[str] = frozenset()
    """Ids of the posts at which an agent serves: those that her identity provider names and her agency has."""
    scopes: frozenset[str]
    acr: str = ""
    scheme: Scheme = "Bearer"
    """How a token of this caller's must come: challenges name it."""
    claims: Identity = field(default_factory=Identity, repr=False)
    expires_at: float
    """Seconds since 1970."""
    key: str = ""
    """Thumbprint of the issuer's key that signed the token."""

    @property
    def owner(self) -> str:
        """Whose cases the caller sees: the person, or the client that acts for itself."""
        return self.pseudonym or f"client:{self.client_id}"

    @property
    def portals(self) -> frozenset[str]:
        """The portals that an agency's token is for, by its scopes `portal:<id>`."""
        return frozenset(portal for each in self.scopes if (portal := portal_of(each)))


def derive(claims: Mapping[str, Any], client: Client, ring: KeyRing) -> Principal:
    """The principal of a verified token.

    Agents, auditors and operators are what their client is registered as. Else a token with a CNIE speaks for that
    person, and one without speaks for the application itself, which a frontend never does.
    """
    text = {name: value for name, value in claims.items() if isinstance(value, str)}
    kind, pseudonym, identity = _who(claims, text, client, ring)
    return Principal(
        kind=kind,
        client_id=client.id,
        issuer=text["iss"],
        subject=text["sub"],
        pseudonym=pseudonym,
        actor=ring.actor(text["iss"], text["sub"]) if _somebody(kind, text["sub"], client) else "",
        posts=_posts(claims, client) if kind == "agent" else frozenset(),
        scopes=client.scopes.intersection(text.get("scope", "").split()),
        acr=text.get("acr", ""),
        claims=identity,
        expires_at=float(claims["exp"]),
    )


def _somebody(kind: PrincipalKind, sub: str, client: Client) -> bool:
    """Whether somebody who works there has signed in: an agent always; of others, whose token is not the program's own,
    which is named after the client (RFC 9068, section 2.2)."""
    return kind == "agent" or (kind in ("auditor", "operator", "agency") and sub != client.id)


def _posts(claims: Mapping[str, Any], client: Client) -> frozenset[str]:
    """The claim `mre_posts`, a list of ids, as far as the agency has these posts. Anything else names none."""
    named = claims.get(POSTS)
    if not isinstance(named, list) or len(named) > _MOST_POSTS:
        return frozenset()
    return frozenset(each for each in named if isinstance(each, str) and each in client.posts)


def _who(
    claims: Mapping[str, Any], text: Mapping[str, str], client: Client, ring: KeyRing
) -> tuple[PrincipalKind, str, Identity]:
    if client.kind in ("agent", "auditor", "operator", "agency"):
        return client.kind, "", Identity()
    if "cnie" not in claims:
        if client.kind == "frontend":
            raise AuthError("token_malformed", "a token of a frontend must carry the person's cnie")
        return "app", "", Identity()
    try:
        cnie = normalise(text.get("cnie", ""))
    except ValueError as error:
        raise AuthError("token_malformed", "the claim cnie is not a CNIE") from error
    identity = Identity(
        cnie=cnie,
        name=_name(text.get("name", "")),
        family_name=_name(text.get("family_name", "")),
        given_name=_name(text.get("given_name", "")),
        family_name_ar=_name(text.get("family_name#ar", "")),
        given_name_ar=_name(text.get("given_name#ar", "")),
        email=text.get("email", "") if claims.get("email_verified", True) is True else "",
        email_verified=claims.get("email_verified") is True and bool(text.get("email")),
        phone=text.get("phone_number", "") if claims.get("phone_number_verified", True) is True else "",
        phone_verified=claims.get("phone_number_verified") is True and bool(text.get("phone_number")),
        birthdate=_day(text.get("birthdate", "")),
    )
    return "citizen", ring.pseudonym(cnie), identity


def _name(text: str) -> str:
    """As it may be shown: a name is displayed and sent on, and what marks it carries was not seen by who vouched."""
    return typed_text.line(text) if typed_text.acceptable(text) else ""


def _day(text: str) -> str:
    """Left out if it is no date. OpenID Connect allows a year alone, and 0000 for one that is not told."""
    try:
        return str(partial_date.parse(text, without_year=True))
    except ValueError:
        return ""
