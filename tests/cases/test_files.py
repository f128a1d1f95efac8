from __future__ import annotations

import contextlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cases.files import FileRefused, Inspected, inspect, safe_name

PDF = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + b"\x00" * 50 + b"\xff\xd9"


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", b"\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00")
    + chunk(b"IDAT", zlib.compress(b"\x00\x00"))
    + chunk(b"IEND")
)


def pdf_with(part: bytes) -> bytes:
    return PDF.replace(b"trailer", part + b"\ntrailer")


def object_stream(objects: bytes, dictionary: bytes = b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode>>") -> bytes:
    return b"5 0 obj\n" + dictionary + b"stream\r\n" + zlib.compress(objects) + b"\r\nendstream\nendobj"


def look(content: bytes, filename: str = "scan.bin", max_bytes: int = 10_000_000) -> Inspected:
    return inspect(content, filename=filename, max_bytes=max_bytes)


@pytest.mark.parametrize(
    ("content", "media_type", "name"),
    [
        (PDF, "application/pdf", "scan.pdf"),
        (JPEG, "image/jpeg", "scan.jpg"),
        (PNG, "image/png", "scan.png"),
        (JPEG + b"maker's trailer", "image/jpeg", "scan.jpg"),
    ],
)
def test_a_file_is_what_its_content_says(content: bytes, media_type: str, name: str) -> None:
    assert look(content, "scan.exe") == Inspected(media_type=media_type, filename=name)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"plain text", id="text"),
        pytest.param(b"<html><script>1</script>", id="html"),
        pytest.param(b"PK\x03\x04" + b"\x00" * 100, id="zip"),
        pytest.param(b"MZ" + b"\x00" * 100, id="program"),
        pytest.param(b"GIF89a" + b"\x00" * 100, id="gif"),
        pytest.param(b"\n" + PDF, id="pdf not at the beginning"),
        pytest.param(b"\xef\xbb\xbf" + PDF, id="pdf behind a byte order mark"),
        pytest.param(PDF.replace(b"%%EOF", b""), id="pdf without an end"),
        pytest.param(PNG[:-4], id="png cut off"),
        pytest.param(JPEG[:-2], id="jpeg cut off"),
        pytest.param(PNG + b"more", id="png with something behind it"),
        pytest.param(JPEG + PDF, id="jpeg with a pdf behind it"),
        pytest.param(JPEG + b"PK\x05\x06" + b"\x00" * 18, id="jpeg with a zip behind it"),
        pytest.param(PDF + b"PK\x05\x06" + b"\x00" * 18 + b"%%EOF", id="pdf with a zip behind it"),
        pytest.param(pdf_with(b"3 0 obj<</S/JavaScript/JS(app.alert(1))>>endobj"), id="pdf with a script"),
        pytest.param(pdf_with(b"3 0 obj<</S /Java#53cript>>endobj"), id="pdf with a script, escaped"),
        pytest.param(pdf_with(b"3 0 obj<</S/Launch/F(cmd.exe)>>endobj"), id="pdf that starts a program"),
        pytest.param(pdf_with(object_stream(b"1 0 <</S/JavaScript>>")), id="pdf with a compressed script"),
        pytest.param(
            pdf_with(object_stream(b"1 0 <</S/Launch>>", b"<</Type/ObjStm/DecodeParms<</Columns 5>>/N 1>>\n")),
            id="pdf with a compressed program start",
        ),
        pytest.param(pdf_with(object_stream(b"\x00" * 30_000_000)), id="pdf that unpacks to too much"),
    ],
)
def test_what_is_not_a_plain_document_is_refused(content: bytes) -> None:
    with pytest.raises(FileRefused) as refused:
        look(content, "scan.pdf")
    assert refused.value.code == "attachment_type_refused"


def test_a_pdf_with_compressed_objects_is_fine() -> None:
    content = pdf_with(object_stream(b"1 0 <</Type/Page>>") + object_stream(b"1 0 <</Type/Font>>"))
    assert look(content).media_type == "application/pdf"


def test_a_type_that_is_not_wanted_is_refused() -> None:
    with pytest.raises(FileRefused, match="attachment_type_refused"):
        inspect(PNG, filename="a.png", max_bytes=1000, allowed={"application/pdf"})


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(FileRefused, match="attachment_empty"):
        look(b"")


def test_a_file_may_be_as_large_as_the_limit_and_no_larger() -> None:
    assert look(PDF, max_bytes=len(PDF)).media_type == "application/pdf"
    with pytest.raises(FileRefused, match="attachment_too_large"):
        look(PDF, max_bytes=len(PDF) - 1)


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("extrait de naissance.PDF", "extrait de naissance.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\amina\\scan.jpg", "scan.pdf"),
        ("invoice\u202egnp.exe", "invoicegnp.pdf"),
        ("a\x00b\r\nSet-Cookie: x.pdf", "abSet-Cookie x.pdf"),
        ("رسم الولادة.pdf", "رسم الولادة.pdf"),
        ("Ame\u0301lie.png", "Amélie.pdf"),
        (".htaccess", "htaccess.pdf"),
        ("", "document.pdf"),
        ("...", "document.pdf"),
        ("\ud800.pdf", "pdf.pdf"),
        ("x" * 500 + ".pdf", "x" * 100 + ".pdf"),
        ("archive.tar.gz", "archive.tar.pdf"),
    ],
)
def test_a_name_is_made_safe_and_takes_the_true_extension(given_name: str, kept: str) -> None:
    assert safe_name(given_name, "pdf") == kept


@given(st.text(max_size=300))
def test_no_name_is_dangerous_once_it_is_safe(name: str) -> None:
    safe = safe_name(name, "pdf")
    assert safe.isprintable()
    assert not set(safe) & set('/\\<>:"|?*')
    assert not safe.startswith(".")
    assert len(safe) <= 104
    safe.encode()


@given(st.binary(max_size=200), st.sampled_from([PDF, PNG, JPEG]))
def test_no_content_breaks_the_inspection(tail: bytes, head: bytes) -> None:
    for content in (tail, head[:20] + tail, head + tail):
        with contextlib.suppress(FileRefused):
            look(content)
