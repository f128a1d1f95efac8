"""Which files may be attached to a case.

The content alone decides the type of a file, not its name or the declared type. The inspection finds careless and
common attacks; it is a heuristic and not a virus scanner. A hostile file can make that last long: `inspect` is called
in a process that can be killed, by `gateway.cases.inspection`.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from gateway import typed_text

EXTENSIONS: Final[Mapping[str, str]] = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}
ALLOWED: Final = frozenset(EXTENSIONS)
"""What is kept, and what portals get."""
CONVERTED: Final = frozenset({"image/heic"})
"""What is taken too, and kept as JPEG."""

_JOINERS: Final = "\u200c\u200d"
"""The rule leaves them only where they spell a word."""
_NAME_CHARACTERS: Final = 100
_NAME_READ: Final = 1000
"""Only the end of a longer name is used: normalising endless combining marks takes quadratic time."""


class FileRefused(Exception):
    """`code` is one of `attachment_empty`, `attachment_too_large`, `attachment_type_refused`, `attachment_locked`,
    `attachment_too_complex`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """A file that may be kept."""

    media_type: str
    filename: str
    """Safe to show and to save; its extension is that of the content."""
    content: bytes | None = None
    """To be kept in place of what was handed in: of a kind that portals do not take, or with the place where it was
    taken."""


def measure(content: bytes, max_bytes: int) -> None:
    """Check size and name only. Raises `FileRefused`."""
    if not content:
        raise FileRefused("attachment_empty")
    if len(content) > max_bytes:
        raise FileRefused("attachment_too_large")


def inspect(
    content: bytes, *, filename: str, max_bytes: int, max_pixels: int, allowed: Collection[str] = ALLOWED
) -> Inspected:
    """Raises `FileRefused`. `max_pixels`: of an image, width times height."""
    import filetype  # here, because only the inspecting process needs it

    measure(content, max_bytes)
    media_type = filetype.guess_mime(content[:8192])
    if media_type in CONVERTED and "image/jpeg" in allowed:
        kept = _photograph(content, max_pixels=max_pixels, max_bytes=max_bytes)
        return Inspected(media_type="image/jpeg", filename=safe_name(filename, "jpg"), content=kept)
    if media_type not in allowed or media_type not in EXTENSIONS or _ZIP_TAIL in content[-_ZIP_TAIL_BYTES:]:
        raise FileRefused("attachment_type_refused")
    if media_type == "application/pdf":
        _pdf(content)
    else:
        _image(media_type, content, max_pixels)
    kept = _without_metadata(content) if media_type == "image/jpeg" else content
    return Inspected(
        media_type=media_type,
        filename=safe_name(filename, EXTENSIONS[media_type]),
        content=None if kept is content else kept,
    )


def safe_name(filename: str, extension: str) -> str:
    """The last part of the name, without what controls a terminal, a file system or the direction of reading."""
    part = re.split(r"[/\\]", filename[-_NAME_READ:])[-1]
    # By the one rule of typed text, but without refusals: a device gave the name, and the person cannot correct it.
    name = typed_text.line("".join(each for each in part if typed_text.acceptable(each) and each not in "\t\r\n"))
    name = "".join(each for each in name if unicodedata.category(each)[0] != "C" or each in _JOINERS)
    stem = re.sub(r'[<>:"|?*%\s]+', " ", name.rpartition(".")[0] or name).strip(" .")
    return f"{stem[:_NAME_CHARACTERS].rstrip(' .') or 'document'}.{extension}"


# --- One kind of file and nothing else ----------------------------------------------------------------------------

_ZIP_TAIL: Final = b"PK\x05\x06"
_ZIP_TAIL_BYTES: Final = 65_557
"""A ZIP archive is read from its end; so is one that hides behind another file (APPNOTE 4.3.16)."""


def _photograph(content: bytes, *, max_pixels: int, max_bytes: int) -> bytes:
    from gateway.cases import heic

    try:
        return heic.as_jpeg(content, max_pixels=max_pixels, max_bytes=max_bytes)
    except heic.NotAPicture:
        raise FileRefused("attachment_type_refused") from None
    except heic.TooLarge:
        raise FileRefused("attachment_too_large") from None


def _without_metadata(content: bytes) -> bytes:
    from gateway.cases import jpeg

    try:
        return jpeg.without_metadata(content)
    except jpeg.NotWhole:
        raise FileRefused("attachment_type_refused") from None


def _pdf(content: bytes) -> None:
    from gateway.cases import pdf

    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-1024:]:
        raise FileRefused("attachment_type_refused")
    try:
        pdf.check(content)
    except pdf.Locked:
        raise FileRefused("attachment_locked") from None
    except pdf.NotPlain:
        raise FileRefused("attachment_type_refused") from None


def _image(media_type: str, content: bytes, max_pixels: int) -> None:
    """Check that the file is an image and that its pixels stay within the limit. The image is not decoded."""
    from PIL import Image

    if b"%PDF-" in content or (media_type == "image/png" and _png_end(content) != len(content)):
        raise FileRefused("attachment_type_refused")
    if media_type == "image/jpeg" and b"\xff\xd9" not in content:
        raise FileRefused("attachment_type_refused")
    Image.MAX_IMAGE_PIXELS = None  # the limit is ours
    try:
        with Image.open(io.BytesIO(content), formats=(media_type.removeprefix("image/").upper(),)) as image:
            width, height = image.size
    except (OSError, SyntaxError, ValueError, OverflowError, IndexError):
        raise FileRefused("attachment_type_refused") from None
    if width * height > max_pixels:
        raise FileRefused("attachment_too_large")


def _png_end(content: bytes) -> int:
    """Where the last chunk ends; 0 if the chunks do not add up (PNG, section 5)."""
    at = 8
    while at + 12 <= len(content):
        length, kind = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8]
        at += 12 + length
        if kind == b"IEND":
            return at
    return 0
