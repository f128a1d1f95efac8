"""Key files on the disk: private to their owner, written whole or not at all, named after the key inside."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import stat
from pathlib import Path
from typing import Final, Literal

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

DEMO: Final = "demo-"
"""Prefix of everything generated for the demo: key ids and symmetric key files."""

PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey
PublicKey = Ed25519PublicKey | EllipticCurvePublicKey
Algorithm = Literal["EdDSA", "ES256"]
"""As JOSE names them (RFC 8037, RFC 7518): Ed25519, and ECDSA on P-256 with SHA-256."""


class KeyRingError(Exception):
    """A key is missing, damaged, or readable by others. The message names the file and the remedy, never the key."""


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def generate(algorithm: Algorithm) -> PrivateKey:
    return Ed25519PrivateKey.generate() if algorithm == "EdDSA" else generate_private_key(SECP256R1())


def algorithm_of(key: PrivateKey | PublicKey) -> Algorithm | None:
    """None for a curve that is not used here."""
    if isinstance(key, Ed25519PrivateKey | Ed25519PublicKey):
        return "EdDSA"
    return "ES256" if isinstance(key.curve, SECP256R1) else None


def raw_public(key: PublicKey) -> bytes:
    """Ed25519: 32 bytes. P-256: the uncompressed point (SEC 1, 2.3.3), 65 bytes."""
    if isinstance(key, Ed25519PublicKey):
        return key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def jwk_members(public: bytes) -> dict[str, str]:
    """What a JSON Web Key needs to have, by name: of a raw public key (RFC 8037, RFC 7518)."""
    if len(public) == 32:
        return {"crv": "Ed25519", "kty": "OKP", "x": b64url(public)}
    return {"crv": "P-256", "kty": "EC", "x": b64url(public[1:33]), "y": b64url(public[33:])}


def thumbprint(public: bytes) -> str:
    """RFC 7638 thumbprint of a raw public key (for Ed25519 see RFC 8037, appendix A.3)."""
    canonical = json.dumps(jwk_members(public), separators=(",", ":"))
    return b64url(hashlib.sha256(canonical.encode()).digest())


def private_folder(path: Path) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # the state folder, where this makes the first of it
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def write_new(path: Path, content: bytes) -> bool:
    """Create `path` with mode 0600; False, and nothing changed, if it is there already. Safe between processes."""
    draft = _draft(path, content)
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def replace(path: Path, content: bytes) -> None:
    _draft(path, content).replace(path)


def _draft(path: Path, content: bytes) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft


def readable_by_others(path: Path) -> bool:
    return os.name == "posix" and bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def write_private(folder: Path, key: PrivateKey, *, demo: bool) -> str:
    """Keep a new private key as `<kid>.pem`; returns the kid."""
    kid = (DEMO if demo else "") + thumbprint(raw_public(key.public_key()))
    write_new(folder / f"{kid}.pem", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return kid


def write_public(folder: Path, kid: str, key: PublicKey) -> None:
    write_new(folder / f"{kid}.pub", key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def read_private(path: Path, algorithm: Algorithm = "EdDSA") -> PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise KeyRingError(f"{path}: not a readable private key") from error
    if not isinstance(key, Ed25519PrivateKey | EllipticCurvePrivateKey) or algorithm_of(key) != algorithm:
        raise KeyRingError(f"{path}: not a key for {algorithm}")
    _check_name(path, key.public_key())
    return key


def read_public(path: Path, algorithm: Algorithm = "EdDSA") -> PublicKey:
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise KeyRingError(f"{path}: not a readable public key") from error
    if not isinstance(key, Ed25519PublicKey | EllipticCurvePublicKey) or algorithm_of(key) != algorithm:
        raise KeyRingError(f"{path}: not a key for {algorithm}")
    _check_name(path, key)
    return key


def _check_name(path: Path, key: PublicKey) -> None:
    expected = thumbprint(raw_public(key))
    if path.stem not in (expected, DEMO + expected):
        raise KeyRingError(f"{path}: the file is not named after the key inside; its key id is {expected}")


def new_symmetric(*, demo: bool) -> str:
    """32 random bytes as hex, with the prefix `demo-` in the demo."""
    return f"{DEMO if demo else ''}{secrets.token_hex(32)}"


def write_symmetric(path: Path, *, demo: bool) -> None:
    """A new symmetric key on one line, unless there is one already."""
    write_new(path, f"{new_symmetric(demo=demo)}\n".encode())


def read_symmetric(path: Path) -> tuple[bytes, bool]:
    """The key, and whether it is a demo key."""
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise KeyRingError(f"{path}: not a readable key; it must hold 32 bytes as hex") from error
    return parse_symmetric(text, path)


def parse_symmetric(text: str, path: Path) -> tuple[bytes, bool]:
    try:
        key = bytes.fromhex(text.removeprefix(DEMO))
    except ValueError as error:
        raise KeyRingError(f"{path}: not a readable key; it must hold 32 bytes as hex") from error
    if len(key) != 32:
        raise KeyRingError(f"{path}: {len(key)} bytes instead of 32")
    return key, text.startswith(DEMO)
