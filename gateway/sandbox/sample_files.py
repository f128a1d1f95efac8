"""Files to attach where nobody has one at hand: a page, and pictures of one point. The gateway takes each of them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.sandbox.pdf import page

PDF: Final = "application/pdf"


@dataclass(frozen=True, slots=True)
class SampleFile:
    filename: str
    media_type: str
    content: bytes


def _png() -> bytes:
    """One white point (PNG, section 5)."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0\xff")),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


_JPEG: Final = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000"
    f"ffdb004300{'ff' * 64}"
    "ffc0000b080001000101011100"
    "ffc40014000100000000000000000000000000000003"
    "ffc40014100100000000000000000000000000000000"
    "ffda0008010100003f0047ffd9"
)
"""One white point (ITU-T T.81, annex B)."""

SAMPLES: Final[Mapping[str, SampleFile]] = {
    each.media_type: each
    for each in (
        SampleFile("sample.pdf", PDF, page(["Made by the sandbox"])),
        SampleFile("sample.png", "image/png", _png()),
        SampleFile("sample.jpg", "image/jpeg", _JPEG),
    )
}


def sample_file(media_types: Sequence[str] | None = None, max_bytes: int | None = None) -> SampleFile:
    """One that a member of a form takes, a page if it may be. Where none is small enough, the smallest; `LookupError`
    for media types that the gateway takes of nobody."""
    allowed = [each for name, each in SAMPLES.items() if media_types is None or name in media_types]
    if not allowed:
        raise LookupError(f"no sample of {', '.join(media_types or ())}")
    small = [each for each in allowed if max_bytes is None or len(each.content) <= max_bytes]
    return small[0] if small else min(allowed, key=lambda each: len(each.content))
