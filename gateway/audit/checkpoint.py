"""Checkpoints (C2SP tlog-checkpoint): the log's size and root under its origin, as the text of a signed note."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.audit import note
from gateway.audit.note import Note, NoteError, Signer, VerifierKey

_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The first `size` records have the Merkle root `root`. Ours never carry extension lines; others' may."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        return "\n".join((self.origin, str(self.size), b64encode(self.root).decode(), *self.extensions, ""))

    def sign(self, signer: Signer) -> Note:
        """The key's name is the origin, as the specification recommends."""
        return note.sign(self.text(), name=self.origin, signer=signer)


def parse(text: str) -> Checkpoint:
    """A note's text as a checkpoint. Raises `NoteError`."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
        raise NoteError("a checkpoint has an origin, a size and a root, one a line")
    origin, size, encoded, *extensions = lines[:-1]
    root = note.decode64(encoded)
    if not _SIZE.fullmatch(size) or root is None or len(root) != 32:
        raise NoteError("the checkpoint's size or root is not well-formed")
    return Checkpoint(origin=origin, size=int(size), root=root, extensions=tuple(extensions))


def read(data: bytes, keys: Sequence[VerifierKey], *, origin: str) -> Checkpoint:
    """The checkpoint in a note signed by one of `keys`, for that log. Raises `NoteError`."""
    signed = note.parse(data)
    note.verify(signed, keys)
    found = parse(signed.text)
    if found.origin != origin:
        raise NoteError(f"this is a checkpoint of {found.origin}, not of {origin}")
    return found
