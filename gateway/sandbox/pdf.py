"""A one-page PDF, written by hand: stand-ins need a few notices, not a typesetting library."""

from __future__ import annotations

from collections.abc import Sequence


def page(lines: Sequence[str], *, drawing: str = "", top: int = 770) -> bytes:
    """An A4 page with `lines` in Helvetica from `top` points down, the first one larger, and what the PDF operators in
    `drawing` draw. The built-in font has Western letters only."""
    text = "".join(
        f"({_escape(line)}) Tj {'T* /F1 11 Tf' if not number else ''} T*\n" for number, line in enumerate(lines)
    )
    content = f"{drawing}BT /F1 16 Tf 20 TL 60 {top} Td\n{text}ET".encode("cp1252", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    body, offsets = b"%PDF-1.4\n", []
    for number, entry in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, entry)
    size = len(objects) + 1
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n%b" % (size, table) + trailer


def _escape(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
