"""The table `[auth]` of `plugin.toml`: the schemes there are, what each reads, and the check of a table against them.

What a scheme does is in `gateway/outbound/schemes/`. This is what may be written, without a line of that code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from gateway.connectors.manifest_error import ManifestError


class AuthMember(NamedTuple):
    """One member of the table beside `scheme`."""

    name: str
    meaning: str
    required: bool = False
    default: str = ""
    """As a person reads it; empty: none."""
    words: tuple[str, ...] = ()
    """The values that it may have; empty: any text."""
    integer: bool = False


class AuthScheme(NamedTuple):
    """One way for the gateway to prove who it is."""

    meaning: str
    members: tuple[AuthMember, ...] = ()
    options: tuple[str, ...] = ()
    """Names that it reads of `[options]`."""
    example: str = ""
    """Lines of TOML, below `[auth]`."""


_SECRET: Final = AuthMember("secret", "name of the secret, one of `secrets`", required=True)
_TOKEN_PATH: Final = AuthMember("token_path", "path of the token endpoint below the portal's address", required=True)
_SCOPE: Final = AuthMember("scope", "scope that is asked for")
_CLIENT_AUTH: Final = AuthMember(
    "client_auth", "how the client's name and secret are sent", default="basic", words=("basic", "post")
)

SCHEMES: Final[Mapping[str, AuthScheme]] = {
    "none": AuthScheme("no credentials: a public portal, or one that trusts our certificate or our signature"),
    "api_key": AuthScheme(
        "a fixed key in a header",
        (
            _SECRET,
            AuthMember("header", "the header", default="X-API-Key"),
            AuthMember("prefix", "what comes before the key, with its blank: `Bearer `"),
        ),
        example='scheme = "api_key"\nheader = "X-API-Key"\nsecret = "api_key"',
    ),
    "hmac_request": AuthScheme(
        "HMAC-SHA-256 over the request, by a shared secret",
        (_SECRET,),
        ("client_id",),
        'scheme = "hmac_request"\nsecret = "request_secret"',
    ),
    "oauth2_client_credentials": AuthScheme(
        "a bearer token, got with a client's name and secret (RFC 6749 section 4.4)",
        (_TOKEN_PATH, _SECRET, _SCOPE, _CLIENT_AUTH),
        ("client_id",),
        'scheme = "oauth2_client_credentials"\ntoken_path = "/oauth/token"\nsecret = "client_secret"',
    ),
    "dpop": AuthScheme(
        "the same, with a token that is bound to a key of ours (RFC 9449)",
        (_TOKEN_PATH, _SECRET, _SCOPE, _CLIENT_AUTH),
        ("client_id",),
        'scheme = "dpop"\ntoken_path = "/oauth/token"\nsecret = "client_secret"',
    ),
    "private_key_jwt": AuthScheme(
        "a bearer token, got with an assertion that the gateway's outbound key signs (RFC 7523): no shared secret",
        (
            _TOKEN_PATH,
            _SCOPE,
            AuthMember("audience", "what the portal calls itself", default="the address of its token endpoint"),
        ),
        ("client_id",),
        'scheme = "private_key_jwt"\ntoken_path = "/oauth/token"',
    ),
    "ws_security": AuthScheme(
        'SOAP messages signed with our certificate; needs `certificate = "signature"`',
        (AuthMember("window_seconds", "how long a message lives, under 300", default="120", integer=True),),
        ("signer", "signer_ca"),
        'scheme = "ws_security"',
    ),
}
BEARER: Final = 'scheme = "api_key", header = "Authorization", prefix = "Bearer "'
"""A fixed bearer key, which is no scheme of its own."""


def check_auth(table: Mapping[str, Any], secrets: Sequence[str], path: Path) -> None:
    """Raises `ManifestError`, which names the member, what is known, and what to write."""
    name = table.get("scheme")
    if not isinstance(name, str):
        raise ManifestError(path, "auth.scheme", f"must name an authentication scheme: {_names(SCHEMES)}")
    scheme = SCHEMES.get(name)
    if scheme is None:
        problem = f"there is no scheme {name!r}; known: {_names(SCHEMES)}. A fixed key after a word is {BEARER}"
        raise ManifestError(path, "auth.scheme", problem)
    members = {each.name: each for each in scheme.members}
    for member in table:
        if member != "scheme" and member not in members:
            known = f"it has {_names(members)}" if members else "it has no others"
            raise ManifestError(path, f"auth.{member}", f"is no member of the scheme {name!r}; {known}")
    for member, about in members.items():
        value = table.get(member)
        if value is None:
            if about.required:
                problem = f"is missing: the scheme {name!r} needs it ({about.meaning})"
                raise ManifestError(path, f"auth.{member}", problem)
        elif about.integer:
            if type(value) is not int:
                raise ManifestError(path, f"auth.{member}", "must be a whole number")
        elif not isinstance(value, str) or (about.required and not value):
            raise ManifestError(path, f"auth.{member}", "must be a text")
        elif about.words and value not in about.words:
            raise ManifestError(path, f"auth.{member}", f"must be {' or '.join(about.words)}")
    secret = table.get("secret")
    if secret is not None and secret not in secrets:
        raise ManifestError(path, "auth.secret", f"{secret!r} is not among `secrets`")


def prefix_without_blank(table: Mapping[str, Any]) -> bool:
    """Whether the key would be glued to the word before it: `BearerXYZ`."""
    prefix = table.get("prefix", "")
    return isinstance(prefix, str) and prefix[-1:].isalnum()


def auth_schema() -> dict[str, Any]:
    """JSON Schema of the table."""
    return {
        "required": ["scheme"],
        "properties": {"scheme": {"enum": list(SCHEMES)}},
        "oneOf": [
            {
                "title": name,
                "description": scheme.meaning,
                "properties": {
                    "scheme": {"const": name},
                    **{each.name: _member_schema(each) for each in scheme.members},
                },
                "required": ["scheme", *(each.name for each in scheme.members if each.required)],
                "additionalProperties": False,
            }
            for name, scheme in SCHEMES.items()
        ],
    }


def _member_schema(member: AuthMember) -> dict[str, Any]:
    kind: dict[str, Any] = {"type": "integer" if member.integer else "string", "description": member.meaning}
    return kind | ({"enum": list(member.words)} if member.words else {})


def _names(names: Mapping[str, Any]) -> str:
    return ", ".join(names)
