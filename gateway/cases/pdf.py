"""Whether a PDF is a document and nothing more: no script, no program start, no form that sends, no file inside it.

qpdf (by pikepdf) reads it, so what is hidden behind filters, in object streams, by escaped names or under an owner's
password is seen as a reader would see it. That takes a hostile file's time and memory: call this only where it can be
killed (`gateway.cases.inspection`).
"""

from __future__ import annotations

import io
import re
from typing import Final

import pikepdf

_LONG_NAMES: Final = rb"JavaScript|Launch|SubmitForm|ImportData|EmbeddedFiles?|FileAttachment|RichMedia\w*"
_CLEAR: Final = re.compile(rb"/(?:" + _LONG_NAMES + rb")\b")
"""In the bytes themselves, whatever the file's tables say: readers differ in how they mend a broken file. Only names
that are too long to occur by chance in compressed data."""
_ESCAPED: Final = re.compile(rb"#([0-9A-Fa-f]{2})")

_END: Final = rb"(?=[\s/<>\[\]()]|$)"
_KEYS: Final = rb"JS|JavaScript|EmbeddedFiles?|EF|XFA|AA|RichMedia\w*"
_ACTIONS: Final = rb"JavaScript|Launch|SubmitForm|ImportData|GoToR|GoToE|Rendition|Movie|Sound|RichMediaExecute"
_ANNOTATIONS: Final = rb"FileAttachment|RichMedia|Movie|Sound|Screen|3D"
_FORBIDDEN: Final = re.compile(
    rb"/(?:" + _KEYS + rb")" + _END + rb"|/S /(?:" + _ACTIONS + rb")" + _END
    + rb"|/(?:Subtype|Type) /(?:" + _ANNOTATIONS + rb")" + _END
)  # fmt: skip
"""In an object as qpdf writes it: names without escapes, one space between key and value."""

_STARTS: Final = ("/URI", "/GoToR", "/GoToE", "/Launch", "/JavaScript")
_EXTERNAL: Final = ("/F", "/FFilter", "/FDecodeParms")
"""Of a stream: its data are in another file (ISO 32000-1, table 5)."""


class Locked(Exception):
    """It does not open without a password: neither the gateway nor the portal's officer can read it."""


class NotPlain(Exception):
    """It cannot be read, has no page, or holds something that a plain document does not."""


def check(content: bytes) -> None:
    """Raises `Locked` or `NotPlain`.

    A file that opens without a password, and is only locked against changes, is read like any other.
    """
    if _CLEAR.search(content) or (b"#" in content and _CLEAR.search(_unescaped(content))):
        raise NotPlain
    try:
        with pikepdf.open(io.BytesIO(content), suppress_warnings=True) as pdf:
            _check(pdf)
    except pikepdf.PasswordError:
        raise Locked from None
    except (pikepdf.PdfError, pikepdf.DataDecodingError, ValueError, TypeError, RuntimeError):
        raise NotPlain from None


def _check(pdf: pikepdf.Pdf) -> None:
    if not len(pdf.pages):
        raise NotPlain
    start = pdf.Root.get("/OpenAction")
    if isinstance(start, pikepdf.Dictionary) and str(start.get("/S")) in _STARTS:
        raise NotPlain
    for each in pdf.objects:
        if isinstance(each, pikepdf.Stream):
            if any(key in each.stream_dict for key in _EXTERNAL):
                raise NotPlain
            written = each.stream_dict.unparse(resolved=True)
        else:
            written = each.unparse(resolved=True)
        if _FORBIDDEN.search(written):
            raise NotPlain


def _unescaped(content: bytes) -> bytes:
    return _ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), content)
