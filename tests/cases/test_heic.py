"""Photographs of telephones become JPEG files that hold the picture and nothing else."""

from __future__ import annotations

import io

import pillow_heif
import pytest
from PIL import Image

from gateway.cases.files import FileRefused, Inspected, inspect
from gateway.cases.inspection import Inspection
from gateway.settings import Inspection as Limits

MAX_BYTES = 10_485_760
MAX_PIXELS = 100_000_000
RED, BLUE = (200, 30, 30), (30, 30, 200)


def photograph(size: tuple[int, int] = (320, 200), *, turned: bool = False, mode: str = "RGB") -> bytes:
    """Its left half is red and the right one blue; it says where and by whom it was taken."""
    image = Image.new(mode, size, BLUE if mode == "RGB" else (*BLUE, 0))
    image.paste(RED if mode == "RGB" else (*RED, 255), (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[0x010F], exif[0x9286] = "Telephone of Amina", "33.9716N 6.8498W"
    exif[0x0112] = 6 if turned else 1
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (33.0, 58.0, 17.0), "W", (6.0, 50.0, 59.0)
    written = io.BytesIO()
    file = pillow_heif.from_pillow(image)
    file.save(written, quality=80, exif=exif.tobytes(), xmp=b"<x:xmpmeta>GPSLatitude</x:xmpmeta>")
    return written.getvalue()


PHOTOGRAPH = photograph()


def taken(content: bytes, *, max_pixels: int = MAX_PIXELS, max_bytes: int = MAX_BYTES) -> Inspected:
    return inspect(content, filename="IMG_4711.HEIC", max_bytes=max_bytes, max_pixels=max_pixels)


def opened(file: Inspected) -> Image.Image:
    assert file.content is not None
    return Image.open(io.BytesIO(file.content))


def near(one: object, other: tuple[int, int, int]) -> bool:
    assert isinstance(one, tuple)
    return all(abs(a - b) < 30 for a, b in zip(one, other, strict=True))


def test_photograph_is_kept_as_jpeg() -> None:
    file = taken(PHOTOGRAPH)
    assert (file.media_type, file.filename) == ("image/jpeg", "IMG_4711.jpg")
    image = opened(file)
    assert (image.format, image.size) == ("JPEG", (320, 200))
    assert near(image.getpixel((20, 100)), RED)
    assert near(image.getpixel((300, 100)), BLUE)


def test_place_and_owner_do_not_come_along() -> None:
    assert b"Telephone of Amina" in PHOTOGRAPH
    file = taken(PHOTOGRAPH)
    assert file.content is not None
    assert not dict(opened(file).getexif())
    for word in (b"Exif", b"GPS", b"33.97", b"Amina", b"xmpmeta", b"ICC_PROFILE"):
        assert word not in file.content, word


def test_photograph_that_was_taken_upright_stays_so() -> None:
    image = opened(taken(photograph(turned=True)))
    assert image.size == (200, 320)
    assert near(image.getpixel((100, 20)), RED)


def test_transparency_becomes_white_paper() -> None:
    image = opened(taken(photograph(mode="RGBA")))
    assert near(image.getpixel((300, 100)), (255, 255, 255))


def test_photograph_shrinks_until_it_may_be_kept() -> None:
    noise = Image.effect_noise((1300, 120), 90).convert("RGB")
    written = io.BytesIO()
    pillow_heif.from_pillow(noise).save(written, quality=5)
    content = written.getvalue()
    most = max(len(content), 20_000)
    assert len(taken(content).content or b"") > most
    file = taken(content, max_bytes=most)
    assert (len(file.content or b"") <= most, opened(file).size) == (True, (650, 60))
    with pytest.raises(FileRefused, match="attachment_too_large"):
        taken(PHOTOGRAPH, max_bytes=len(PHOTOGRAPH), max_pixels=100)


@pytest.mark.parametrize("content", [PHOTOGRAPH[:200], PHOTOGRAPH[:-100], PHOTOGRAPH[:40] + b"\0" * 500])
def test_what_is_no_whole_photograph_is_refused(content: bytes) -> None:
    with pytest.raises(FileRefused, match="attachment_type_refused"):
        taken(content)


def test_other_kinds_of_the_container_are_refused() -> None:
    for brand in (b"avif", b"isom", b"mp42"):
        with pytest.raises(FileRefused, match="attachment_type_refused"):
            taken(PHOTOGRAPH[:8] + brand + PHOTOGRAPH[12:16] + brand * 3 + PHOTOGRAPH[28:])


async def test_another_process_converts() -> None:
    inspection = Inspection(Limits(), max_bytes=MAX_BYTES)
    try:
        files = [
            await inspection.inspect(content, filename="a.heic", owner="p")
            for content in (PHOTOGRAPH, photograph((1600, 1200)), PHOTOGRAPH)
        ]
        assert [opened(each).size for each in files] == [(320, 200), (1600, 1200), (320, 200)]
        assert len(inspection.pids) == 1
    finally:
        await inspection.close()
