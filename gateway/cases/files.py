"""What may be attached to a case. A file is what its content says, never what its name or the sender claims.

Looking into the content finds the careless and the common attack; it is a heuristic and not a virus scanner. A PDF's
actions are looked for in the clear and in its compressed object streams, but not inside encrypted ones.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import filetype

EXTENSIONS: Final[Mapping[str, str]] = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}
ALLOWED: Final = frozenset(EXTENSIONS)

_NAME_CHARACTERS: Final = 100
_INFLATED_BYTES: Final = 20_000_000
"""How much of a PDF's object streams is unpacked at most; a file that holds more is refused."""


class FileRefused(Exception):
    """`code` is one of `attachment_empty`, `attachment_too_large`, `attachment_type_refused`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """A file that may be kept."""

    media_type: str
    filename: str
    """Safe to show and to save; its extension is that of the content."""


def inspect(content: bytes, *, filename: str, max_bytes: int, allowed: Collection[str] = ALLOWED) -> Inspected:
    """Raises `FileRefused`."""
    if not content:
        raise FileRefused("attachment_empty")
    if len(content) > max_bytes:
        raise FileRefused("attachment_too_large")
    media_type = filetype.guess_mime(content[:8192])
    if media_type not in allowed or media_type not in EXTENSIONS or not _is_only(media_type, content):
        raise FileRefused("attachment_type_refused")
    return Inspected(media_type=media_type, filename=safe_name(filename, EXTENSIONS[media_type]))


def safe_name(filename: str, extension: str) -> str:
    """The last part of the name, without what controls a terminal, a file system or the direction of reading."""
    name = re.split(r"[/\\]", filename)[-1]
    name = "".join(each for each in unicodedata.normalize("NFC", name) if unicodedata.category(each)[0] != "C")
    stem = re.sub(r'[<>:"|?*%\s]+', " ", name.rpartition(".")[0] or name).strip(" .")
    return f"{stem[:_NAME_CHARACTERS].rstrip(' .') or 'document'}.{extension}"


# --- One kind of file and nothing else ----------------------------------------------------------------------------

_ZIP_TAIL: Final = b"PK\x05\x06"
_ZIP_TAIL_BYTES: Final = 65_557
"""A ZIP archive is read from its end; so is one that hides behind another file (APPNOTE 4.3.16)."""


def _is_only(media_type: str, content: bytes) -> bool:
    if _ZIP_TAIL in content[-_ZIP_TAIL_BYTES:]:
        return False
    if media_type == "application/pdf":
        return content.startswith(b"%PDF-") and b"%%EOF" in content[-1024:] and not _acts(content)
    if b"%PDF-" in content:
        return False
    if media_type == "image/png":
        return _png_end(content) == len(content)
    return b"\xff\xd9" in content


def _png_end(content: bytes) -> int:
    """Where the last chunk ends; 0 if the chunks do not add up (PNG, section 5)."""
    at = 8
    while at + 12 <= len(content):
        length, kind = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8]
        at += 12 + length
        if kind == b"IEND":
            return at
    return 0


_ACTIONS: Final = (b"/JavaScript", b"/Launch")
_ESCAPED: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_OBJECT_STREAM: Final = re.compile(rb"/ObjStm\b.{0,500}?>>\s*stream\r?\n", re.DOTALL)


def _acts(content: bytes) -> bool:
    """Whether the PDF runs a script or starts a program, as far as can be seen."""
    return any(_names_action(part) for part in (content, *_object_streams(content)))


def _names_action(part: bytes) -> bool:
    plain = _ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), part) if b"#" in part else part
    return any(action in plain for action in _ACTIONS)


def _object_streams(content: bytes) -> Iterator[bytes]:
    left = _INFLATED_BYTES
    for match in _OBJECT_STREAM.finditer(content):
        end = content.find(b"endstream", match.end())
        packed = content[match.end() : end if end >= 0 else len(content)]
        try:
            part = zlib.decompressobj().decompress(packed, left)
        except zlib.error:
            continue  # another filter, or encrypted
        left -= len(part)
        if left <= 0:
            raise FileRefused("attachment_type_refused")
        yield part
