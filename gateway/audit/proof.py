"""Proofs in a file (C2SP tlog-proof): one record, its path to the root, and the checkpoint that names the root.

Our proofs carry the record itself in the `extra` line, so that a person has to keep this file only.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.audit import checkpoint, merkle
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.note import NoteError, VerifierKey, decode64

HEADER: Final = "c2sp.org/tlog-proof@v1"
_INDEX: Final = re.compile(r"index (0|[1-9][0-9]{0,18})")
_MOST_STEPS: Final = 63


class ProofError(ValueError):
    """Not a proof, or not of the expected record. The message says what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    index: int
    path: tuple[bytes, ...]
    """Nearest sibling first."""
    checkpoint: bytes
    """The signed note, as it is."""
    extra: bytes = b""

    def __bytes__(self) -> bytes:
        lines = [HEADER]
        if self.extra:
            lines.append(f"extra {b64encode(self.extra).decode()}")
        lines += [f"index {self.index}", *(b64encode(step).decode() for step in self.path), "", ""]
        return "\n".join(lines).encode() + self.checkpoint

    def verify(self, leaf: bytes, keys: Sequence[VerifierKey], *, origin: str) -> Checkpoint:
        """The checkpoint that shows `leaf` to be record `index`. Raises `ProofError`."""
        try:
            head = checkpoint.read(self.checkpoint, keys, origin=origin)
        except NoteError as error:
            raise ProofError(str(error)) from error
        if not merkle.included(merkle.leaf_hash(leaf), self.index, head.size, head.root, self.path):
            raise ProofError(f"the record is not number {self.index} of the log that was signed")
        return head


def parse(data: bytes) -> Proof:
    """Raises `ProofError`. The checkpoint is not looked at."""
    before, separator, note = data.partition(b"\n\n")
    try:
        header, *lines = before.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise ProofError("not a tlog-proof") from error
    if header != HEADER or not separator:
        raise ProofError("not a tlog-proof, version 1")
    extra: bytes | None = b""
    if lines and lines[0].startswith("extra "):
        extra = decode64(lines.pop(0).removeprefix("extra "))
    index = _INDEX.fullmatch(lines[0]) if lines else None
    path = [decode64(line) for line in lines[1:]]
    if extra is None or index is None or len(path) > _MOST_STEPS:
        raise ProofError("the proof is not well-formed")
    steps = tuple(step for step in path if step is not None and len(step) == merkle.HASH_BYTES)
    if len(steps) != len(path):
        raise ProofError("a step of the proof is not a SHA-256 hash")
    return Proof(index=int(index[1]), path=steps, checkpoint=note, extra=extra)
