"""A JPEG without what telephones write beside the picture: where it was taken, when, by which device, a thumbnail.

Nothing is decoded or compressed again: the segments that make the picture are copied (ITU-T T.81, annex B). Which way
is up is kept, because the picture depends on it.
"""

from __future__ import annotations

import io
import re
from typing import Final

from PIL import Image

_ORIENTATION: Final = 0x0112
_EXIF: Final = b"Exif\0\0"
_SOI, _EOI, _SOS, _APP0, _APP1, _COM = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xFE
_KEPT: Final = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
"""Application segments that say how the picture is to be shown, by how their content begins."""
_MARKER: Final = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])")
"""The next marker in compressed data, where FF 00 is a byte and FF D0 to FF D7 only part it."""


class NotWhole(ValueError):
    """The segments do not add up to one picture."""


def without_metadata(content: bytes) -> bytes:
    """The same picture. The same bytes, if there is nothing beside it. Raises `NotWhole`."""
    if content[:2] != b"\xff\xd8":
        raise NotWhole
    pieces, at = [b"\xff\xd8"], 2
    while True:
        found = _MARKER.match(content, at)
        if found is None:
            raise NotWhole
        marker, at = found[1][0], found.end()
        if marker == _EOI:
            pieces.append(b"\xff\xd9")
            break
        end = at + int.from_bytes(content[at : at + 2])
        if end < at + 2 or end > len(content) or marker == _SOI:
            raise NotWhole
        if marker == _SOS:
            following = _MARKER.search(content, end)
            if following is None:
                raise NotWhole
            end = following.start()
        if _belongs(marker, content[at + 2 : end]):
            pieces.append(bytes((0xFF, marker)) + content[at:end])
        at = end
    clean = b"".join(pieces)
    if len(clean) == len(content):
        return content
    return _turned(clean, _orientation(content))


def _belongs(marker: int, segment: bytes) -> bool:
    if _APP0 <= marker <= 0xEF:
        return marker in _KEPT and segment.startswith(_KEPT[marker])
    return marker != _COM


def _orientation(content: bytes) -> int:
    """1 for a picture that is stored as it is to be shown."""
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as image:
            found = image.getexif().get(_ORIENTATION, 1)
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, OverflowError):
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def _turned(content: bytes, orientation: int) -> bytes:
    if orientation == 1:
        return content
    exif = Image.Exif()
    exif[_ORIENTATION] = orientation
    told = exif.tobytes()
    told = told if told.startswith(_EXIF) else _EXIF + told
    return content[:2] + bytes((0xFF, _APP1)) + (len(told) + 2).to_bytes(2) + told + content[2:]
