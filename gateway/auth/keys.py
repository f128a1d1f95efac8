"""The gateway's own keys, in one folder:

    receipts/  outbound/  audit/     Ed25519: `<kid>.pem` is private, `<kid>.pub` a retired key kept to verify with;
                                     the file `current` names the key that signs
    cards/                           the same on P-256, because that is what wallets and every browser can verify
    data.key  pseudonym.key          32 bytes: seals the store; derives the pseudonyms in it
    ledger.key                       a year and 32 bytes: derives the pseudonyms in the audit log, others each year

A key id is the RFC 7638 thumbprint of the key; generated demo keys carry the prefix `demo-`, which a production profile
refuses. Retiring a key destroys its private half. A running process sees a rotation within a second.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, get_args

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from jwt import api_jws

from gateway.auth import keyfiles, ledger
from gateway.auth.keyfiles import DEMO, Algorithm, KeyRingError, PrivateKey
from gateway.national_id import normalise

__all__ = ["USES", "KeyInfo", "KeyRing", "KeyRingError", "Signer", "Use"]

Use = Literal["receipts", "outbound", "audit", "cards"]
USES: Final[tuple[Use, ...]] = get_args(Use)
ALGORITHMS: Final[Mapping[Use, Algorithm]] = {
    "receipts": "EdDSA",
    "outbound": "EdDSA",
    "audit": "EdDSA",
    "cards": "ES256",
}

_POINTER: Final = "current"
_LOOK_SECONDS: Final = 1.0


class Signer:
    """Signs with one private key, which never leaves it."""

    __slots__ = ("_key", "algorithm", "key_id", "public")

    def __init__(self, key_id: str, key: PrivateKey) -> None:
        self.key_id = key_id
        self.algorithm: str = keyfiles.algorithm_of(key) or ""
        self.public = keyfiles.raw_public(key.public_key())
        """Raw public key: Ed25519 32 bytes, P-256 an uncompressed point of 65."""
        self._key = key

    def sign(self, message: bytes) -> bytes:
        """64 bytes, as JOSE has them: for P-256 r and s (RFC 7518, section 3.4), not their ASN.1 form."""
        if isinstance(self._key, Ed25519PrivateKey):
            return self._key.sign(message)
        r, s = decode_dss_signature(self._key.sign(message, ECDSA(SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    def jws(self, payload: bytes, *, typ: str) -> str:
        """Compact JWS (RFC 7515) over `payload`, which travels inside."""
        return api_jws.encode(payload, self._key, algorithm=self.algorithm, headers={"kid": self.key_id, "typ": typ})


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyInfo:
    """What may be shown of a key."""

    use: str
    key_id: str
    state: Literal["current", "retired"]
    demo: bool


@dataclass(frozen=True, slots=True)
class _Loaded:
    signer: Signer
    public: dict[str, bytes]
    stamp: tuple[int, int]


def jwk(kid: str, public: bytes) -> dict[str, str]:
    """A raw public key as a JSON Web Key (RFC 8037, RFC 7518)."""
    members = keyfiles.jwk_members(public)
    return {**members, "kid": kid, "use": "sig", "alg": "EdDSA" if members["kty"] == "OKP" else "ES256"}


class KeyRing:
    """The keys of one gateway. Read-only but for `rotate`; share one per process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._data, demo_data = keyfiles.read_symmetric(self._closed(folder / "data.key"))
        self._pseudonym, demo_pseudonym = keyfiles.read_symmetric(self._closed(folder / "pseudonym.key"))
        self.ledger, demo_ledger = ledger.read(self._closed(folder / ledger.FILENAME))
        self._demo_symmetric = demo_data or demo_pseudonym or demo_ledger
        self._loaded = {use: self._load(use) for use in USES}
        self._looked = time.monotonic()

    @classmethod
    def open(cls, folder: Path | str) -> KeyRing:
        """Read an existing ring. Raises `KeyRingError` if a key is missing, damaged or readable by others."""
        return cls(Path(folder))

    @classmethod
    def create(cls, folder: Path | str, *, demo: bool = False) -> KeyRing:
        """Make whatever keys are missing, then open. Processes that do so at once end up with the same ring."""
        root = keyfiles.private_folder(Path(folder))
        for name in ("data.key", "pseudonym.key"):
            keyfiles.write_symmetric(root / name, demo=demo)
        ledger.create(root, demo=demo)
        for use in USES:
            home = keyfiles.private_folder(root / use)
            if (home / _POINTER).exists():
                continue
            kid = keyfiles.write_private(home, keyfiles.generate(ALGORITHMS[use]), demo=demo)
            if not keyfiles.write_new(home / _POINTER, kid.encode()):
                (home / f"{kid}.pem").unlink()
        return cls(root)

    def signer(self, use: Use) -> Signer:
        """The key that signs now. Ask for each signature, so that a rotation is noticed."""
        return self._current(use).signer

    def public(self, use: Use) -> dict[str, bytes]:
        """Raw public keys by key id: the current one first, then those kept to verify with."""
        return dict(self._current(use).public)

    def jwks(self) -> dict[str, Any]:
        """JSON Web Key Set (RFC 7517) of what others must verify: receipts and signed requests. The keys of cards are
        in a set of their own, so that no other key of ours can ever make a card."""
        return self._set("receipts", "outbound")

    def card_jwks(self) -> dict[str, Any]:
        """JSON Web Key Set of the cards and their status lists."""
        return self._set("cards")

    def _set(self, *uses: Use) -> dict[str, Any]:
        return {"keys": [jwk(kid, raw) for use in uses for kid, raw in self._current(use).public.items()]}

    def sign_jws(self, use: Use, payload: bytes, *, typ: str = "JWT") -> str:
        """Compact JWS by the current key of `use`."""
        return self.signer(use).jws(payload, typ=typ)

    def rotate(self, use: Use) -> Signer:
        """Sign with a new key from now on. The old key can only verify afterwards: its private half is destroyed.

        A demo ring stays one: the new key is a demo key if the old one was.
        """
        old = self._load(use).signer
        home = self.folder / use
        kind = ALGORITHMS[use]
        kid = keyfiles.write_private(home, keyfiles.generate(kind), demo=old.key_id.startswith(DEMO))
        retired = keyfiles.read_private(home / f"{old.key_id}.pem", kind).public_key()
        keyfiles.write_public(home, old.key_id, retired)
        keyfiles.replace(home / _POINTER, kid.encode())
        (home / f"{old.key_id}.pem").unlink()
        self._loaded[use] = self._load(use)
        return self._loaded[use].signer

    def pseudonym(self, national_id: str) -> str:
        """`p_` and 32 hex characters, the same for the same person as long as the pseudonym key lives.

        Raises `ValueError` for what is not a CNIE.
        """
        digest = hmac.new(self._pseudonym, normalise(national_id).encode(), hashlib.sha256).hexdigest()
        return f"p_{digest[:32]}"

    def actor(self, issuer: str, subject: str) -> str:
        """`a_` and 32 hex characters: somebody who acts for others, as the audit log knows them."""
        return f"a_{self.digest('actor', issuer, subject)[:32]}"

    def digest(self, use: str, *parts: str) -> str:
        """Of a short secret or a name, in hexadecimal: without the key, nobody finds it by trying them all."""
        text = "\0".join((use, *parts))  # no CNIE has a zero byte in it
        return hmac.new(self._pseudonym, text.encode(), hashlib.sha256).hexdigest()

    @property
    def data_key(self) -> bytes:
        """32 bytes that wrap the store's data keys."""
        return self._data

    @property
    def has_demo_keys(self) -> bool:
        return self._demo_symmetric or any(info.demo for info in self.list())

    def list(self) -> list[KeyInfo]:
        return [
            KeyInfo(
                use=use,
                key_id=kid,
                state="current" if kid == loaded.signer.key_id else "retired",
                demo=kid.startswith(DEMO),
            )
            for use in USES
            for loaded in (self._current(use),)
            for kid in loaded.public
        ]

    def problems(self) -> Iterator[str]:
        """What `doctor` should tell: demo keys may be readable by others, but nobody should get used to it."""
        for path in sorted([*self.folder.glob("*.key"), *self.folder.glob("*/*.pem")]):
            if keyfiles.readable_by_others(path):
                yield f"{path} can be read by other users of this machine: chmod 600 {path}"

    def _current(self, use: Use) -> _Loaded:
        now = time.monotonic()
        if now - self._looked > _LOOK_SECONDS:
            self._looked = now
            for each in USES:
                if self._stamp(each) != self._loaded[each].stamp:
                    self._loaded[each] = self._reload(each)
        return self._loaded[use]

    def _reload(self, use: Use) -> _Loaded:
        try:
            return self._load(use)
        except KeyRingError:  # between our reading the pointer and the key, another process rotated: look once more
            return self._load(use)

    def _stamp(self, use: Use) -> tuple[int, int]:
        try:
            status = (self.folder / use / _POINTER).stat()
            return status.st_ino, status.st_mtime_ns
        except OSError as error:
            raise KeyRingError(f"no {use} key in {self.folder}: `mre-gateway keys create` makes one") from error

    def _load(self, use: Use) -> _Loaded:
        stamp, home, kind = self._stamp(use), self.folder / use, ALGORITHMS[use]
        kid = (home / _POINTER).read_text(encoding="ascii").strip()
        signer = Signer(kid, keyfiles.read_private(self._closed(home / f"{kid}.pem"), kind))
        public = {kid: signer.public}
        for path in sorted(home.glob("*.pub")):
            public.setdefault(path.stem, keyfiles.raw_public(keyfiles.read_public(path, kind)))
        return _Loaded(signer, public, stamp)

    @staticmethod
    def _closed(path: Path) -> Path:
        if not path.exists():
            raise KeyRingError(f"{path} is missing: `mre-gateway keys create` makes what is missing")
        demo = path.name.startswith(DEMO) or path.read_bytes().startswith(DEMO.encode())
        if keyfiles.readable_by_others(path) and not demo:
            raise KeyRingError(f"{path} can be read by other users of this machine: chmod 600 {path}")
        return path
