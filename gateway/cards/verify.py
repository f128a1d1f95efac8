"""Verifies a card without a network, from the issuer's keys and, if there is one at hand, a status list.

The page at `/cards/verify` does the same in a browser; `tests/cards/` holds both to the same verdicts, on cards of
every kind and on thousands of strange ones. What is read, and how, is in `strict`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from gateway.cards import strict
from gateway.cards.model import VCT
from gateway.cards.strict import NotReadable, Token
from gateway.json_members import repeats

if TYPE_CHECKING:
    from openvc.proof.sd_jwt import VerifiedSdJwt

Result = Literal["valid", "expired", "not_yet_valid", "revoked", "status_unknown", "not_genuine"]
Status = Literal["not_checked", "valid", "revoked", "unknown"]

LEEWAY_SECONDS: Final = 300
"""How far the clock of whoever verifies may be behind the issuer's. Behind by more than a day, it finds no new card
genuine."""
MOST_CHARACTERS: Final = 16_384
"""A longer text is no card."""
_DAY: Final = 86_400
_SPACES: Final = " \t\r\n"
_PRINTABLE: Final = re.compile(r"[\x20-\x7e]*")


class BadTrust(ValueError):
    """What was given as the issuer's keys holds none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whom to believe: public keys by key id, and the issuer's name where the file tells it."""

    keys: Mapping[str, dict[str, Any]]
    issuer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`result` is the answer, `reason` a word that says why. Claims are given only of a card that is genuine."""

    result: Result
    reason: str = ""
    status: Status = "not_checked"
    holder: Literal["unbound", "not_proved", "proved"] = "unbound"
    claims: dict[str, Any] = field(default_factory=dict)


class _KeySet(msgspec.Struct):
    keys: list[dict[str, Any]] | None = None
    jwks: dict[str, Any] | None = None
    issuer: str = ""


def read_trust(content: bytes) -> Trust:
    """From a JSON Web Key Set or a JWT VC Issuer Metadata document with `jwks`. Raises `BadTrust`."""
    if repeats(content):
        raise BadTrust("two members of one name: which of two keys counts would be anybody's guess")
    try:
        return trust_in(msgspec.json.decode(content))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadTrust("not a JSON Web Key Set, nor issuer metadata with one inside") from error


def trust_in(content: object) -> Trust:
    """The same from the document itself."""
    document = msgspec.convert(content, _KeySet)
    found = document.keys if document.keys is not None else (document.jwks or {}).get("keys")
    keys: dict[str, dict[str, Any]] = {}
    for key in found or []:
        if isinstance(key, dict) and isinstance(key.get("kid"), str) and key.get("use", "sig") == "sig":
            keys.setdefault(key["kid"], key)
    if not keys:
        raise BadTrust("no key with a kid is in it")
    return Trust(keys=keys, issuer=document.issuer)


def verify(
    text: str,
    trust: Trust,
    *,
    status_list: str | None = None,
    at: datetime | None = None,
    audience: str = "",
    nonce: str = "",
) -> Verdict:
    """Is this a card of the issuer's, and good at that time (now)?

    With `audience` and `nonce`, which go together, the holder must have proved for them that the card's key is theirs
    (RFC 9901, section 7.3). A status list that is stale, of another issuer or of another number makes the status
    `unknown`, and the result `status_unknown`; without any list the result is about signature and time alone.
    """
    from openvc.errors import OpenvcError  # here as below, because it takes 30 ms

    moment = at or datetime.now(UTC)
    try:
        card = _genuine(text.strip(_SPACES), trust, moment, audience, nonce)
    except _NotGenuine as error:
        return Verdict(result="not_genuine", reason=error.reason)
    holder: Literal["unbound", "not_proved", "proved"] = "unbound"
    if card.confirmation is not None:
        holder = "proved" if card.key_bound and nonce else "not_proved"
    seconds = moment.timestamp()

    def verdict(result: Result, reason: str = "", status: Status = "not_checked") -> Verdict:
        return Verdict(result=result, reason=reason, status=status, holder=holder, claims=card.claims)

    if card.claims["iat"] > seconds + LEEWAY_SECONDS:
        return verdict("not_yet_valid", "issued_later")
    if card.claims["exp"] <= seconds:
        return verdict("expired", "expired")
    if status_list is None:
        return verdict("valid")
    try:
        revoked = _is_revoked(card.claims, trust, status_list.strip(_SPACES), moment)
    except OpenvcError:
        return verdict("status_unknown", "status_list_unusable", "unknown")
    return verdict("revoked", "revoked", "revoked") if revoked else verdict("valid", status="valid")


class _NotGenuine(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _genuine(text: str, trust: Trust, moment: datetime, audience: str, nonce: str) -> VerifiedSdJwt:
    from openvc.errors import OpenvcError
    from openvc.proof.errors import SignatureInvalid
    from openvc.proof.sd_jwt import SdJwtVcProofSuite

    try:
        token, claims = _read(text, nonce)
        key = _key(token, trust)
    except NotReadable as error:
        raise _NotGenuine(str(error)) from error
    # Times of the card are judged below, at `moment`: the day of leeway keeps the library from judging them first.
    suite = SdJwtVcProofSuite() if nonce else SdJwtVcProofSuite(leeway_s=_DAY)
    try:
        card = suite.verify(
            text if nonce else text.rpartition("~")[0] + "~",
            public_key_jwk=key,
            audience=audience or None,
            nonce=nonce or None,
            require_key_binding=bool(nonce),
            check_temporal=False,
            now=moment,
        )
    except SignatureInvalid as error:
        raise _NotGenuine("bad_signature") from error
    except OpenvcError as error:
        refused: OpenvcError | None = error
    else:
        refused = None
    if claims.get("vct") != VCT:
        raise _NotGenuine("other_kind")
    if not isinstance(claims.get("iss"), str) or (trust.issuer and claims["iss"] != trust.issuer):
        raise _NotGenuine("other_issuer")
    if not strict.fits(claims):
        raise _NotGenuine("claims_invalid")
    if refused is not None:
        raise _NotGenuine("holder_not_proved" if nonce else "claims_invalid") from refused
    return card


def _read(text: str, nonce: str) -> tuple[Token, dict[str, Any]]:
    """The token, and its claims with what is disclosed. Nothing is verified. Raises `NotReadable`."""
    if len(text) > MOST_CHARACTERS or "~" not in text or not _PRINTABLE.fullmatch(text):
        raise NotReadable("not_a_card")
    first, *disclosures, _proof = text.split("~")
    token = strict.read_token(first, "dc+sd-jwt")
    return token, strict.read_disclosures(token.claims, disclosures)


def _key(token: Token, trust: Trust) -> dict[str, Any]:
    """The trusted key that the header names; nothing else in the header chooses it. Raises `NotReadable`."""
    key = trust.keys.get(token.kid)
    if key is None:
        raise NotReadable("unknown_key")
    return key


def _is_revoked(claims: dict[str, Any], trust: Trust, token: str, moment: datetime) -> bool:
    """Raises `OpenvcError` when the list says nothing about this card."""
    from openvc.errors import OpenvcError
    from openvc.status.issue import verify_status_list_token
    from openvc.status.token_status_list import check_token_status, parse_token_status_ref

    ref = parse_token_status_ref(claims)
    try:
        read = strict.read_token(token, "statuslist+jwt")
        key = _key(read, trust)
        if not strict.list_fits(read.claims):
            raise NotReadable("claims_invalid")
        strict.inflate(strict.decode(_packed(read.claims)))
    except NotReadable as error:
        raise OpenvcError(str(error)) from error
    listed = verify_status_list_token(
        token, public_key_jwk=key, expected_uri=ref.uri if ref else None, leeway_s=LEEWAY_SECONDS, now=moment
    )
    found = check_token_status(claims, resolve_status_list_token=lambda _: listed)
    if found is None or "exp" not in listed:
        raise OpenvcError("the card has no status, or the list no end")
    return found.status != 0


def _packed(claims: Mapping[str, Any]) -> str:
    listed = claims.get("status_list")
    packed = listed.get("lst") if isinstance(listed, dict) else None
    if not isinstance(packed, str):
        raise NotReadable("malformed")
    return packed
