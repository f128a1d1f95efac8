"""A one-page PDF, written by hand, with the file's number as a bar code that a counter's reader can read (Code 39)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

CODE_39: Final = {
    # five bars and four spaces in turn, narrow or wide
    "0": "nnnwwnwnn", "1": "wnnwnnnnw", "2": "nnwwnnnnw", "3": "wnwwnnnnn", "4": "nnnwwnnnw",
    "5": "wnnwwnnnn", "6": "nnwwwnnnn", "7": "nnnwnnwnw", "8": "wnnwnnwnn", "9": "nnwwnnwnn",
    "P": "nnwnwnnwn", "-": "nwnnnnwnw", "*": "nwnnwnwnn",
}  # fmt: skip
"""ISO/IEC 16388, the characters of a file number; `*` begins and ends each code."""
NARROW: Final = 1.1
WIDE: Final = 2.75
"""In points. The standard asks for 2 to 3 times the narrow one."""


def page(lines: Sequence[str], *, code: str) -> bytes:
    """An A4 page with `lines` in Helvetica, the first one larger, below the bars. The font has Western letters only."""
    text = "".join(
        f"({_escape(line)}) Tj {'T* /F1 11 Tf' if not number else ''} T*\n" for number, line in enumerate(lines)
    )
    bars = "".join(f"{x:.2f} 740 {width:.2f} 42 re f\n" for x, width in _bars(code, left=60.0))
    content = f"{bars}BT /F1 16 Tf 20 TL 60 700 Td\n{text}ET".encode("cp1252", "replace")
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


def _bars(code: str, *, left: float) -> Iterator[tuple[float, float]]:
    """Where each bar begins, and how wide it is."""
    for character in f"*{code}*":
        for place, element in enumerate(CODE_39[character]):
            width = WIDE if element == "w" else NARROW
            if place % 2 == 0:
                yield left, width
            left += width
        left += NARROW


def _escape(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
