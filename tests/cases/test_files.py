from __future__ import annotations

import contextlib
import io
import zlib
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import Dictionary, Name

from gateway.cases.files import FileRefused, Inspected, inspect, safe_name
from gateway.sandbox.pdf import page

PDF = page(["Scan"])
JPEG = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffc0000b080001000101011100ffc4001400010000000000000000000000000000"
    "0000ffda0008010100003f00d2cf20ffd9"
)
"""One pixel."""


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", b"\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00")
    + chunk(b"IDAT", zlib.compress(b"\x00\x00"))
    + chunk(b"IEND")
)


def pdf_with(part: bytes) -> bytes:
    return PDF.replace(b"xref\n0", part + b"\nxref\n0")


def written(change: Callable[[pikepdf.Pdf], object], **how: Any) -> bytes:
    """The document changed by qpdf, everything that can be packed into compressed object streams."""
    packed = io.BytesIO()
    with pikepdf.open(io.BytesIO(PDF)) as pdf:
        change(pdf)
        pdf.save(packed, object_stream_mode=pikepdf.ObjectStreamMode.generate, **how)
    return packed.getvalue()


def with_action(**action: Any) -> bytes:
    def change(pdf: pikepdf.Pdf) -> None:
        link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=Dictionary(**action))
        pdf.pages[0].Annots = pdf.make_indirect([pdf.make_indirect(link)])

    return written(change)


def with_root(**members: Any) -> bytes:
    def change(pdf: pikepdf.Pdf) -> None:
        for name, value in members.items():
            pdf.Root[f"/{name}"] = pdf.make_indirect(value)

    return written(change)


def with_file(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["evil.exe"] = pikepdf.AttachedFileSpec(pdf, b"MZ", filename="evil.exe")


def with_external_data(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].Contents = pdf.make_stream(b"", F=pikepdf.String("/etc/passwd"))


def locked(**passwords: str) -> bytes:
    return written(lambda pdf: None, encryption=pikepdf.Encryption(**passwords))


JS = {"S": Name.JavaScript, "JS": pikepdf.String("app.alert(1)")}


def inspected(content: bytes, filename: str = "scan.bin", max_bytes: int = 10_000_000) -> Inspected:
    return inspect(content, filename=filename, max_bytes=max_bytes, max_pixels=1_000_000)


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
    found = inspected(content, "scan.exe")
    assert (found.media_type, found.filename) == (media_type, name)


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
        pytest.param(with_action(**JS), id="pdf with a compressed script"),
        pytest.param(with_action(S=Name.Launch, F=pikepdf.String("cmd.exe")), id="pdf with a compressed program start"),
        pytest.param(with_action(S=Name.SubmitForm, F=pikepdf.String("http://x")), id="pdf with a form that sends"),
        pytest.param(with_action(S=Name.ImportData, F=pikepdf.String("x.fdf")), id="pdf with a form that fetches"),
        pytest.param(with_action(S=Name.GoToR, F=pikepdf.String("b.pdf")), id="pdf that opens another file"),
        pytest.param(with_action(S=Name.GoToE, T=Dictionary(R=Name.C)), id="pdf that opens a file inside"),
        pytest.param(with_action(S=Name.Rendition, OP=0), id="pdf that plays"),
        pytest.param(with_root(OpenAction=Dictionary(**JS)), id="pdf with a script on opening"),
        pytest.param(with_root(OpenAction=Dictionary(S=Name.URI, URI=b"http://x")), id="pdf that opens an address"),
        pytest.param(with_root(AA=Dictionary(WC=Dictionary(**JS))), id="pdf with a script on closing"),
        pytest.param(with_root(AcroForm=Dictionary(XFA=pikepdf.String("<x/>"))), id="pdf with a form of XML"),
        pytest.param(with_root(Names=Dictionary(JavaScript=Dictionary(Names=[]))), id="pdf with named scripts"),
        pytest.param(written(with_file), id="pdf with a file inside"),
        pytest.param(written(with_external_data), id="pdf whose content is in another file"),
        pytest.param(locked(owner="x", user="") + b"/Launch%%EOF", id="locked pdf with something in the clear"),
        pytest.param(b"%PDF-1.7\ntrailer << >>\n%%EOF\n", id="pdf without a page"),
    ],
)
def test_what_is_not_a_plain_document_is_refused(content: bytes) -> None:
    with pytest.raises(FileRefused) as refused:
        inspected(content, "scan.pdf")
    assert refused.value.code == "attachment_type_refused"


def test_a_script_in_a_locked_pdf_is_found() -> None:
    content = written(
        lambda pdf: pdf.Root.__setitem__("/OpenAction", pdf.make_indirect(Dictionary(**JS))),
        encryption=pikepdf.Encryption(owner="secret", user=""),
    )
    assert b"JavaScript" not in content
    with pytest.raises(FileRefused, match="attachment_type_refused"):
        inspected(content)


def test_a_pdf_that_needs_a_password_is_refused() -> None:
    with pytest.raises(FileRefused, match="attachment_locked"):
        inspected(locked(owner="a", user="b"))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(written(lambda pdf: None), id="compressed objects"),
        pytest.param(locked(owner="secret", user=""), id="only locked against changes"),
        pytest.param(with_action(S=Name.URI, URI=pikepdf.String("https://www.consulat.ma")), id="a link"),
        pytest.param(with_root(OpenAction=Dictionary(S=Name.GoTo, D=[0, Name.Fit])), id="opens at a page"),
        pytest.param(with_root(StructTreeRoot=Dictionary(K=Dictionary(S=Name.Movie2))), id="a name like a bad one"),
        pytest.param(PDF.replace(b"startxref", b"startxref\n999999 %"), id="a wrong table, which readers mend"),
    ],
)
def test_a_plain_pdf_is_taken(content: bytes) -> None:
    assert inspected(content).media_type == "application/pdf"


def test_an_image_that_unfolds_to_too_much_is_refused() -> None:
    size = b"\x00\x00\xff\xff" * 2
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size + b"\x08\x00\x00\x00\x00") + PNG[33:]
    with pytest.raises(FileRefused, match="attachment_too_large"):
        inspected(bomb)


def test_a_type_that_is_not_wanted_is_refused() -> None:
    with pytest.raises(FileRefused, match="attachment_type_refused"):
        inspect(PNG, filename="a.png", max_bytes=1000, max_pixels=1, allowed={"application/pdf"})


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(FileRefused, match="attachment_empty"):
        inspected(b"")


def test_a_file_may_be_as_large_as_the_limit_and_no_larger() -> None:
    assert inspected(PDF, max_bytes=len(PDF)).media_type == "application/pdf"
    with pytest.raises(FileRefused, match="attachment_too_large"):
        inspected(PDF, max_bytes=len(PDF) - 1)


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
            inspected(content)
