"""Where a receipt's signed text is in the files that people keep of it."""

from __future__ import annotations

import io
import re
from typing import Final

from gateway.cases.receipt_check import MOST_CHARACTERS

ATTACHED: Final = "receipt.jws"
"""Name of the file that a receipt's PDF has attached."""
META: Final = "receipt"
"""Name of the `meta` element in a receipt's page."""
MOST_BYTES: Final = 10_485_760
_IN_PAGE: Final = re.compile(rb'<meta name="receipt" content="([A-Za-z0-9_.-]{1,%d})">' % MOST_CHARACTERS)


def signed_text(content: bytes) -> str:
    """The signed text in a PDF or page of ours; of another file all of its text. Empty for a PDF that has none."""
    if content.startswith(b"%PDF-"):
        return _in_pdf(content)
    if found := _IN_PAGE.search(content):
        return found[1].decode()
    return content[: 4 * MOST_CHARACTERS + 4].decode("utf-8", "replace")


def _in_pdf(content: bytes) -> str:
    import pikepdf

    try:
        with pikepdf.open(io.BytesIO(content)) as document:
            found = document.attachments.get(ATTACHED)
            text = b"" if found is None else found.get_file().read_bytes()
    except (pikepdf.PdfError, ValueError, RuntimeError):
        return ""
    return text[: MOST_CHARACTERS + 1].decode("latin-1")
