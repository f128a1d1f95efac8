"""Photographs of telephones (HEIC, ISO/IEC 23008-12) as JPEG, which portals take.

Only the pixels of the first picture come along: not the place where it was taken (GPS), the device, the thumbnail, or
anything else that the file holds. Called in the inspecting process alone, which can be killed and has little memory.
"""

from __future__ import annotations

import io
from typing import Final

import pillow_heif
from PIL import Image

MEDIA_TYPE: Final = "image/heic"
_QUALITIES: Final = (88, 75, 60)
_SMALLEST: Final = 640
"""Pixels of the longer side below which no document can be read."""

pillow_heif.options.DECODE_THREADS = 1


class NotAPicture(Exception):
    """The file says that it is HEIC and cannot be decoded."""


class TooLarge(Exception):
    """More pixels than allowed, or more bytes however it is compressed."""


def as_jpeg(content: bytes, *, max_pixels: int, max_bytes: int) -> bytes:
    """Raises `NotAPicture` or `TooLarge`. Turned upright, as the telephone shows it."""
    try:
        file = pillow_heif.open_heif(io.BytesIO(content), convert_hdr_to_8bit=True)
        width, height = file.size
        if width * height > max_pixels:
            raise TooLarge
        image = _on_white(file.to_pillow())
        del file  # its pixels are as large as the picture's
    except (ValueError, OSError, EOFError, RuntimeError, SyntaxError, KeyError, IndexError) as error:
        raise NotAPicture from error
    while True:
        for quality in _QUALITIES:
            written = io.BytesIO()
            image.save(written, "JPEG", quality=quality, optimize=False, exif=b"", icc_profile=None, comment=b"")
            if written.tell() <= max_bytes:
                return written.getvalue()
        if max(image.size) < 2 * _SMALLEST:
            raise TooLarge
        image = image.resize((image.width // 2, image.height // 2))


def _on_white(image: Image.Image) -> Image.Image:
    """JPEG has no transparency."""
    if "A" not in image.getbands():
        return image if image.mode == "RGB" else image.convert("RGB")
    paper = Image.new("RGB", image.size, "white")
    paper.paste(image, mask=image.getchannel("A"))
    return paper
