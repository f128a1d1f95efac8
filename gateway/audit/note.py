"""Signed notes (C2SP signed-note v1): a text, a blank line, and signatures that third-party programs can check.

Signature type 0x01, Ed25519 over the text, is made and verified here; `cosignature.py` adds type 0x04. Signatures by
unknown keys are ignored, as the specification requires; an invalid one by a known key invalidates the whole note.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar, Final, Protocol, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519: Final = 0x01
_MOST_BYTES: Final = 1_000_000
_MOST_SIGNATURES: Final = 100
_LINE: Final = re.compile(r"— (\S+) (\S+)")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")


class NoteError(ValueError):
    """Not a signed note, or not signed by the expected keys. The message says what is wrong."""


class Signer(Protocol):
    """Makes Ed25519 signatures; the audit key of the gateway's ring, or a token elsewhere."""

    @property
    def public(self) -> bytes: ...

    def sign(self, message: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A key whose signature is expected. As text, a vkey: `<name>+<key id in hexadecimal>+<base64(type || public
    key)>`."""

    TYPE: ClassVar[int] = ED25519
    KIND: ClassVar[str] = "an Ed25519 verifier key"

    name: str
    public: bytes
    """Raw Ed25519 public key, 32 bytes."""

    def __post_init__(self) -> None:
        if not is_name(self.name):
            raise NoteError(f"{self.name!r} is not a key name: it is empty or holds a space, a plus or a control sign")
        if len(self.public) != 32:
            raise NoteError("an Ed25519 public key has 32 bytes")

    @property
    def key_id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + bytes([self.TYPE]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{b64encode(bytes([self.TYPE]) + self.public).decode()}"

    @classmethod
    def parse(cls, vkey: str) -> Self:
        name, _, rest = vkey.partition("+")
        key_id, _, material = rest.partition("+")
        decoded = decode64(material)
        if decoded is None or len(decoded) != 33 or decoded[0] != cls.TYPE:
            raise NoteError(f"not {cls.KIND}: <name>+<key id>+<base64>, type {cls.TYPE}")
        key = cls(name=name, public=decoded[1:])
        if key.key_id.hex() != key_id:
            raise NoteError("the verifier key's id does not belong to its name and key: it was copied wrongly")
        return key

    def holds(self, text: str, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        return f"— {self.name} {b64encode(self.key_id + self.signature).decode()}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """`text` ends with a newline and is what was signed."""

    text: str
    signatures: tuple[Signature, ...]

    def __bytes__(self) -> bytes:
        return (self.text + "\n" + "".join(each.line() for each in self.signatures)).encode()


def sign(text: str, *, name: str, signer: Signer) -> Note:
    if not text.endswith("\n") or _CONTROL.search(text):
        raise NoteError("a note's text ends with a newline and holds no other control signs")
    key = VerifierKey(name=name, public=signer.public)
    return Note(text=text, signatures=(Signature(name=name, key_id=key.key_id, signature=signer.sign(text.encode())),))


def parse(data: bytes) -> Note:
    """The note in `data`, which is exactly one note. Nothing is verified. Raises `NoteError`."""
    if len(data) > _MOST_BYTES:
        raise NoteError("the note is too large")
    try:
        whole = data.decode()
    except UnicodeDecodeError as error:
        raise NoteError("a note is UTF-8") from error
    if _CONTROL.search(whole):
        raise NoteError("the note holds a control sign")
    at = whole.rfind("\n\n")
    if at < 0:
        raise NoteError("the note has no signatures")
    return Note(text=whole[: at + 1], signatures=_signatures(whole[at + 2 :]))


def parse_signatures(data: bytes) -> tuple[Signature, ...]:
    """Signature lines without a text: what a witness answers. Raises `NoteError`."""
    try:
        return _signatures(data.decode())
    except UnicodeDecodeError as error:
        raise NoteError("signature lines are UTF-8") from error


def verify(note: Note, keys: Sequence[VerifierKey]) -> list[VerifierKey]:
    """Which of `keys` signed the note: at least one. Raises `NoteError` if none did or one's signature is false."""
    known = {(key.name, key.key_id): key for key in keys}
    signed = []
    for each in dict.fromkeys(note.signatures):  # a line that is repeated is checked once
        key = known.get((each.name, each.key_id))
        if key is None:
            continue
        if not key.holds(note.text, each.signature):
            raise NoteError(f"the signature of {each.name} is false: the text was changed, or signed by somebody else")
        signed.append(key)
    if not signed:
        raise NoteError("the note is not signed by the key you trust")
    return signed


def is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(c.isspace() or c < " " for c in name)


def decode64(text: str) -> bytes | None:
    """Standard base64, strictly: exactly what an encoder would have written."""
    try:
        decoded = b64decode(text, validate=True)
    except ValueError:
        return None
    return decoded if hmac.compare_digest(b64encode(decoded), text.encode()) else None


def _signatures(lines: str) -> tuple[Signature, ...]:
    *each, end = lines.split("\n")
    if end or not each or len(each) > _MOST_SIGNATURES:
        raise NoteError("the note has no signatures, too many, or one that is cut off")
    return tuple(_signature(line) for line in each)


def _signature(line: str) -> Signature:
    match = _LINE.fullmatch(line)
    decoded = decode64(match[2]) if match else None
    if match is None or not is_name(match[1]) or decoded is None or len(decoded) < 5:
        raise NoteError("not a signature line")
    return Signature(name=match[1], key_id=decoded[:4], signature=decoded[4:])
