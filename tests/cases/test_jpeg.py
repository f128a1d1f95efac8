"""JPEG files lose what telephones write beside the picture, and nothing of the picture."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps

from gateway.cases.files import FileRefused, inspect
from gateway.cases.jpeg import NotWhole, without_metadata

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def photograph(orientation: int = 1, **more: Any) -> bytes:
    image = Image.linear_gradient("L").convert("RGB").resize((120, 80))
    image.paste((200, 30, 30), (0, 0, 40, 80))
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Telephone of Amina", orientation
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (33.0, 58.0, 17.0)
    written = io.BytesIO()
    given: dict[str, Any] = {"exif": exif, "comment": b"taken at home", "xmp": b"<x:xmpmeta>GPSLatitude</x:xmpmeta>"}
    image.save(written, "JPEG", quality=85, icc_profile=PROFILE, **{**given, **more})
    return written.getvalue()


def shown(content: bytes) -> bytes:
    """As a viewer shows it, turned."""
    return ImageOps.exif_transpose(Image.open(io.BytesIO(content))).tobytes()


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_picture_stays_and_the_rest_goes(orientation: int, progressive: bool) -> None:
    content = photograph(orientation, progressive=progressive, restart_marker_blocks=4)
    clean = without_metadata(content)
    assert shown(clean) == shown(content)
    for word in (b"Amina", b"taken at home", b"xmpmeta"):
        assert word in content
        assert word not in clean
    exif = Image.open(io.BytesIO(clean)).getexif()
    assert dict(exif) == ({} if orientation == 1 else {0x0112: orientation})
    assert Image.open(io.BytesIO(clean)).info["icc_profile"] == PROFILE
    assert without_metadata(clean) in (clean, without_metadata(without_metadata(clean)))


def test_file_without_metadata_stays_byte_for_byte() -> None:
    written = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(written, "JPEG")
    content = written.getvalue()
    assert without_metadata(content) is content
    assert inspect(content, filename="a", max_bytes=10**7, max_pixels=10**8).content is None


def test_second_picture_behind_the_first_goes() -> None:
    """As telephones append a smaller or a moving one, with its own metadata."""
    content = photograph()
    clean = without_metadata(content + content + b"MotionPhoto")
    assert clean == without_metadata(content)


def test_kept_file_has_no_metadata() -> None:
    file = inspect(photograph(6), filename="IMG.JPG", max_bytes=10**7, max_pixels=10**8)
    assert file.content is not None
    assert b"Amina" not in file.content


@pytest.mark.parametrize("content", [b"", b"\xff\xd8", b"\xff\xd8\xff\xe1\x00", b"\xff\xd8\xff\xe1\xff\xff", b"x" * 99])
def test_what_is_no_whole_picture_is_refused(content: bytes) -> None:
    with pytest.raises(NotWhole):
        without_metadata(content)


def test_picture_that_breaks_off_is_refused() -> None:
    content = photograph()
    for length in range(2, len(content) - 1, 97):
        with pytest.raises(NotWhole):
            without_metadata(content[:length])
    with pytest.raises(FileRefused, match="attachment_type_refused"):
        inspect(content[:-2], filename="a", max_bytes=10**7, max_pixels=10**8)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_picture_or_refused(content: bytes) -> None:
    with contextlib.suppress(NotWhole):
        assert without_metadata(b"\xff\xd8" + content).startswith(b"\xff\xd8")
