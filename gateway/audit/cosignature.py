"""Cosignatures (C2SP tlog-cosignature, Ed25519): a witness states that a checkpoint continues all that it saw before.

Signature type 0x04. What is signed is the checkpoint's text after two lines, `cosignature/v1` and the time; the
signature in the note is the time, 64 bits, and the Ed25519 signature.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.audit import note
from gateway.audit.note import Note, NoteError, Signature, Signer, VerifierKey

COSIGNATURE: Final = 0x04
_TIME_BYTES: Final = 8
_LATEST: Final = 253_402_300_799
"""The end of the year 9999; the specification allows more, but no calendar shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessKey(VerifierKey):
    """Whose cosignature to look for. As text, a vkey of type 0x04."""

    TYPE: ClassVar[int] = COSIGNATURE
    KIND: ClassVar[str] = "a witness's Ed25519 key"

    def holds(self, text: str, signature: bytes) -> bool:
        if len(signature) != _TIME_BYTES + 64 or _time(signature) > _LATEST:
            return False
        try:
            key = Ed25519PublicKey.from_public_bytes(self.public)
            key.verify(signature[_TIME_BYTES:], _message(text, _time(signature)))
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosignature:
    """That `key` witnessed a checkpoint at `at`; `signature` is the line that proves it."""

    key: WitnessKey
    at: datetime
    signature: Signature


def cosign(text: str, *, name: str, signer: Signer, at: datetime) -> Signature:
    """The cosignature of a checkpoint's text, as a line for its note."""
    seconds = int(at.timestamp())
    key = WitnessKey(name=name, public=signer.public)
    signed = seconds.to_bytes(_TIME_BYTES, "big") + signer.sign(_message(text, seconds))
    return Signature(name=name, key_id=key.key_id, signature=signed)


def find(found: Note, keys: Sequence[WitnessKey]) -> list[Cosignature]:
    """Cosignatures by these keys, perhaps none. Raises `NoteError` if one of them is false."""
    known = {(key.name, key.key_id): key for key in keys}
    cosignatures = []
    for each in dict.fromkeys(found.signatures):  # a line that is repeated is checked once
        key = known.get((each.name, each.key_id))
        if key is None:
            continue
        if not key.holds(found.text, each.signature):
            raise NoteError(f"the cosignature of {each.name} is false")
        at = datetime.fromtimestamp(_time(each.signature), UTC)
        cosignatures.append(Cosignature(key=key, at=at, signature=each))
    return cosignatures


def add(signed: bytes, signatures: Sequence[Signature]) -> bytes:
    """The note with these lines after its own."""
    whole = note.parse(signed)
    have = {(each.name, each.key_id) for each in whole.signatures}
    more = tuple(each for each in signatures if (each.name, each.key_id) not in have)
    return bytes(Note(text=whole.text, signatures=whole.signatures + more))


def _message(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _time(signature: bytes) -> int:
    return int.from_bytes(signature[:_TIME_BYTES], "big")
