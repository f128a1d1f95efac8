"""Signed messages in compact form (RFC 7515), read strictly, and the public keys that verify them (RFC 7517).

Access tokens and DPoP proofs are read here and nowhere else. What is accepted is decided by the algorithm names in the
settings, never by what a library infers from a key: a key only has to fit (RFC 8725, 3.1 and 3.2).
"""

from __future__ import annotations

import binascii
import json
import re
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, NamedTuple

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import Algorithm, ECAlgorithm, OKPAlgorithm, RSAAlgorithm

_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*")
_RSA_BITS: Final = (2048, 8192)
"""Shorter is not safe (RFC 7518, 3.3); longer costs the one who verifies more than it gives."""
_RSA_EXPONENT: Final = 2**32
_SECRET_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class BadJws(Exception):
    """Not a JWS in the one form that is accepted. The text says why, without anything of it."""


class UnusableKey(Exception):
    """A JSON Web Key that cannot verify anything here. The text says why; it holds nothing of the key."""


class _Kind(NamedTuple):
    kty: str
    crv: str
    by: str
    """PyJWT's name for the operation."""


ALGORITHMS: Final[Mapping[str, _Kind]] = {
    "RS256": _Kind("RSA", "", "RS256"),
    "RS384": _Kind("RSA", "", "RS384"),
    "RS512": _Kind("RSA", "", "RS512"),
    "PS256": _Kind("RSA", "", "PS256"),
    "PS384": _Kind("RSA", "", "PS384"),
    "PS512": _Kind("RSA", "", "PS512"),
    "ES256": _Kind("EC", "P-256", "ES256"),
    "ES384": _Kind("EC", "P-384", "ES384"),
    "ES512": _Kind("EC", "P-521", "ES512"),
    "EdDSA": _Kind("OKP", "Ed25519", "EdDSA"),
    "Ed25519": _Kind("OKP", "Ed25519", "EdDSA"),
    "Ed448": _Kind("OKP", "Ed448", "EdDSA"),
}
"""By the names that a header may have (RFC 7518, RFC 8037, RFC 9864). `EdDSA` stands for Ed25519 alone, as in FAPI 2.0.
`ESP256` and its like are names of COSE: in JOSE `ES256` already says everything."""

FAPI: Final = ("PS256", "ES256", "EdDSA", "Ed25519")
"""What the FAPI 2.0 Security Profile allows (5.4.1), and `EdDSA` by its fully specified name too."""


def unknown_algorithms(names: Iterable[str]) -> list[str]:
    """Those that are no public-key signature of JOSE's, sorted."""
    return sorted(set(names) - ALGORITHMS.keys())


@dataclass(frozen=True, slots=True)
class Jws:
    header: dict[str, Any]
    payload: bytes
    signed: bytes
    """What the signature covers."""
    signature: bytes

    def claims(self) -> dict[str, Any]:
        """The payload as a JSON object. Raises `BadJws`."""
        return _object(self.payload)


def parse(text: str) -> Jws:
    """Raises `BadJws` also for what RFC 7515 leaves open: a member twice, padding, stray bits, NaN.

    A `crit` is always refused, because no extension is understood here (4.1.11), and so is an unencoded payload, which
    a JWT cannot have (RFC 7797, 7). Headers that bring or name a key (`jwk`, `jku`, `x5c`, `x5u`) are not looked at.
    """
    parts = text.split(".")
    if len(parts) != 3:
        raise BadJws("not three parts")
    header = _object(_bytes(parts[0]))
    if "crit" in header:
        raise BadJws("critical members are not understood")
    if header.get("b64", True) is not True:
        raise BadJws("an unencoded payload")
    return Jws(header, _bytes(parts[1]), f"{parts[0]}.{parts[1]}".encode(), _bytes(parts[2]))


def _bytes(part: str) -> bytes:
    """Base64url without padding, in its one canonical form (RFC 7515, 2; RFC 4648, 3.5)."""
    if _BASE64URL.fullmatch(part) is None or len(part) % 4 == 1:
        raise BadJws("not base64url")
    data = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if b64url(data) != part:
        raise BadJws("not canonical base64url")
    return data


def b64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _object(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data.decode("utf-8"), object_pairs_hook=_unique_members, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BadJws("not a JSON object, or a member twice in it") from error
    if not isinstance(found, dict):
        raise BadJws("not a JSON object")
    return found


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member twice")
    return found


def _no_number(_: str) -> float:
    raise ValueError("not a number of JSON")


@dataclass(frozen=True, slots=True)
class Key:
    """A public key. Two are equal when they are the same key under the same name."""

    kid: str
    kty: str
    crv: str
    alg: str
    """What it says it is for; empty if it does not say."""
    thumbprint: str
    """RFC 7638, SHA-256."""
    public: Any = field(compare=False, repr=False)

    def fits(self, algorithm: str) -> bool:
        """Whether a message of this algorithm can be verified with it: kind, curve, and its own `alg` if it has one."""
        wanted = ALGORITHMS.get(algorithm)
        if wanted is None or (wanted.kty, wanted.crv) != (self.kty, self.crv):
            return False
        declared = ALGORITHMS.get(self.alg)
        return not self.alg or (declared is not None and declared.by == wanted.by)

    def verifies(self, jws: Jws, algorithm: str) -> bool:
        if not self.fits(algorithm):
            return False
        return bool(jwt.get_algorithm_by_name(ALGORITHMS[algorithm].by).verify(jws.signed, self.public, jws.signature))


def read_key(data: object) -> Key:
    """A public key for signatures from a JSON Web Key. Raises `UnusableKey`.

    A key that comes with its private half is refused: whoever published it has no secret any more (RFC 9449, 4.3).
    """
    if not isinstance(data, dict):
        raise UnusableKey("not an object")
    kid, kty, alg = (data.get(name, "") for name in ("kid", "kty", "alg"))
    if not isinstance(kid, str) or not isinstance(kty, str) or not isinstance(alg, str):
        raise UnusableKey("kid, kty or alg is not text")
    if kty == "oct":
        raise UnusableKey("a shared secret")
    if _SECRET_MEMBERS & data.keys():
        raise UnusableKey("its private half is in it")
    if data.get("use", "sig") != "sig":
        raise UnusableKey("not for signatures")
    uses = data.get("key_ops", ["verify"])
    if not isinstance(uses, list) or "verify" not in uses:
        raise UnusableKey("not for verifying")
    crv = data.get("crv", "") if kty != "RSA" else ""
    public, thumbprint = _public(data, kty)
    if not any((kind.kty, kind.crv) == (kty, crv) for kind in ALGORITHMS.values()):
        raise UnusableKey("of a curve that is not used here")
    if kty == "RSA" and not (
        _RSA_BITS[0] <= public.key_size <= _RSA_BITS[1] and public.public_numbers().e < _RSA_EXPONENT
    ):
        raise UnusableKey(f"an RSA key of {public.key_size} bits, or with a strange exponent")
    if "x5c" in data and not _certified(data["x5c"], public):
        raise UnusableKey("its certificate is for another key")
    return Key(kid, kty, crv, alg, thumbprint, public)


def _public(data: dict[str, Any], kty: str) -> tuple[Any, str]:
    kinds: dict[str, tuple[type[Algorithm], tuple[str, ...]]] = {
        "RSA": (RSAAlgorithm, ("e", "kty", "n")),
        "EC": (ECAlgorithm, ("crv", "kty", "x", "y")),
        "OKP": (OKPAlgorithm, ("crv", "kty", "x")),
    }
    if kty not in kinds:
        raise UnusableKey("of a kind that is not known")
    kind, members = kinds[kty]
    try:
        public: Any = kind.from_jwk(data)
        canonical: dict[str, Any] = kind.to_jwk(public, as_dict=True)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise UnusableKey("it cannot be read") from error
    text = json.dumps({name: canonical[name] for name in members}, separators=(",", ":"))
    return public, b64url(sha256(text.encode()).digest())


def _certified(chain: object, public: Any) -> bool:
    """RFC 7517, 4.7: the first certificate must be of this key. The chain itself proves nothing here."""
    if not isinstance(chain, list) or not chain or not isinstance(chain[0], str):
        return False
    try:
        certificate = x509.load_der_x509_certificate(b64decode(chain[0], validate=True))
        form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return certificate.public_key().public_bytes(*form) == bytes(public.public_bytes(*form))
    except (ValueError, TypeError, binascii.Error):
        return False
