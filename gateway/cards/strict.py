"""How the text of a card or status list is read: strictly, and the same here and on the page at `/cards/verify`.

JSON parsers and Base64 decoders disagree about what stands outside their specifications, and two verifiers would then
disagree about a card. So a token's parts are Base64url in the one form that an encoder writes (RFC 4648, section 3.5),
and JSON in which no member stands twice, numbers are whole and of at most 15 digits, and nothing is nested too deep.
`strict_token.js` has the same rules under the same names.
"""

from __future__ import annotations

import json
import re
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

DEEPEST: Final = 8
LARGEST_LIST: Final = 16 * 1024 * 1024
"""Bytes of a status list when it is unpacked."""
LATEST: Final = 253_402_300_799
"""The end of the year 9999, in seconds."""

_SIGNATURE_BYTES: Final = 64
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*")
_WHOLE: Final = re.compile(r"0|-?[1-9][0-9]{0,14}")
_HEADER: Final = frozenset({"alg", "kid", "typ"})
_NEVER_DISCLOSED: Final = frozenset(
    {"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status", "_sd", "_sd_alg", "..."}
)
_CARD: Final = frozenset({"iss", "iat", "exp", "vct", "status", "cnf", "entitlements", "_sd", "_sd_alg"})
_TEXTS: Final = frozenset({"name", "national_id_ending", "birthdate"})
_LIST: Final = frozenset({"iss", "sub", "iat", "exp", "ttl", "status_list"})


class NotReadable(ValueError):
    """The message is the reason, as a verdict gives it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A JWT that is read and not verified."""

    kid: str
    claims: dict[str, Any]


def read_token(token: str, typ: str, alg: str = "ES256") -> Token:
    """A compact JWT of this type and algorithm, one whose signatures have 64 bytes. Raises `NotReadable`."""
    parts = token.split(".")
    if len(parts) != 3:
        raise NotReadable("malformed")
    header, claims = _object(parts[0]), _object(parts[1])
    if (
        len(decode(parts[2])) != _SIGNATURE_BYTES
        or not header.keys() <= _HEADER
        or header.get("alg") != alg
        or header.get("typ") != typ
    ):
        raise NotReadable("malformed")
    kid = header.get("kid")
    if not isinstance(kid, str):
        raise NotReadable("unknown_key")
    return Token(kid=kid, claims=claims)


def read_disclosures(claims: Mapping[str, Any], disclosures: list[str]) -> dict[str, Any]:
    """The claims with what is disclosed at their top level, the only one where a card has any (RFC 9901, section
    7.1). Raises `NotReadable`."""
    found = {name: value for name, value in claims.items() if name not in ("_sd", "_sd_alg")}
    digests = claims.get("_sd", [])
    if not isinstance(digests, list) or not all(isinstance(each, str) for each in digests):
        raise NotReadable("malformed")
    if len(set(digests)) != len(digests) or claims.get("_sd_alg", "sha-256") != "sha-256":
        raise NotReadable("malformed")
    for disclosure in disclosures:
        content = _json(disclosure)
        place = urlsafe_b64encode(sha256(disclosure.encode()).digest()).rstrip(b"=").decode()
        if place not in digests or not isinstance(content, list) or len(content) != 3:
            raise NotReadable("malformed")
        salt, name, value = content
        if not isinstance(salt, str) or not isinstance(name, str) or name in _NEVER_DISCLOSED or name in found:
            raise NotReadable("malformed")
        found[name] = value
    if any(_hides(value) for value in found.values()) or "..." in found:
        raise NotReadable("malformed")
    return found


def fits(claims: Mapping[str, Any]) -> bool:
    """Has a card these claims, of these types? One with others is of another kind, whatever its `vct` says."""
    cnf, rights = claims.get("cnf", {"jwk": {}}), claims.get("entitlements", [])
    return (
        claims.keys() <= _CARD | _TEXTS
        and is_time(claims.get("iat"))
        and is_time(claims.get("exp"))
        and all(isinstance(claims.get(each, ""), str) for each in _TEXTS)
        and isinstance(cnf, dict)
        and isinstance(cnf.get("jwk"), dict)
        and isinstance(rights, list)
        and all(isinstance(each, str) for each in rights)
    )


def list_fits(claims: Mapping[str, Any]) -> bool:
    """Has a status list these claims, of these types?"""
    return claims.keys() <= _LIST and is_time(claims.get("iat")) and is_time(claims.get("exp"))


def is_time(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LATEST


def decode(text: str) -> bytes:
    """Base64url without padding, as an encoder writes it. Raises `NotReadable`."""
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise NotReadable("malformed")
    decoded = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if urlsafe_b64encode(decoded).rstrip(b"=").decode() != text:
        raise NotReadable("malformed")
    return decoded


def inflate(packed: bytes) -> bytes:
    """One whole zlib stream and nothing after it. Raises `NotReadable`."""
    stream = zlib.decompressobj()
    try:
        unpacked = stream.decompress(packed, LARGEST_LIST + 1)
    except zlib.error as error:
        raise NotReadable("malformed") from error
    if not stream.eof or stream.unused_data or len(unpacked) > LARGEST_LIST:
        raise NotReadable("malformed")
    return unpacked


def _object(part: str) -> dict[str, Any]:
    found = _json(part)
    if not isinstance(found, dict):
        raise NotReadable("malformed")
    return found


def _json(part: str) -> Any:
    try:
        text = decode(part).decode("utf-8")
        found = json.loads(
            text, object_pairs_hook=_members, parse_int=_whole, parse_float=_refused, parse_constant=_refused
        )
    except (ValueError, RecursionError) as error:
        raise NotReadable("malformed") from error
    if _depth(found) > DEEPEST:
        raise NotReadable("malformed")
    return found


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotReadable("malformed")
    return found


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise NotReadable("malformed")
    return int(text)


def _refused(_: str) -> Any:
    raise NotReadable("malformed")


def _depth(value: Any) -> int:
    """A value without members is 0 deep. Stops counting one beyond the deepest that is allowed."""
    depth, level = 0, [value]
    while depth <= DEEPEST:
        inner: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                inner.extend([*each.values(), None])
            elif isinstance(each, list):
                inner.extend([*each, None])
        if not inner:
            break
        depth, level = depth + 1, inner
    return depth


def _hides(value: Any) -> bool:
    """Is there a place for a disclosure inside?"""
    if isinstance(value, dict):
        return "_sd" in value or "..." in value or any(_hides(each) for each in value.values())
    return isinstance(value, list) and any(_hides(each) for each in value)
