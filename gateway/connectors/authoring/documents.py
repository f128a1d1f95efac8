"""Documents that a portal hands out: taken by what it says they are and by their first bytes. An error page under a
document's address is not a document."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import httpx

from gateway.connectors.authoring.answers import UnexpectedAnswer
from gateway.connectors.contract import Document


@dataclass(frozen=True, slots=True)
class Format:
    media_type: str
    extension: str
    fits: Callable[[bytes], bool]
    """Whether content is what its media type says."""


_PAGE: Final = re.compile(r"\s*<(?:!doctype html|html|head|body)[\s>]", re.IGNORECASE)
"""A page for a browser, whatever its media type says: to sign in, or of a portal that is closed."""


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    if _PAGE.match(text):
        return False
    return bool(content) and not any(each < " " and each not in "\t\n\r" for each in text)


PDF: Final = Format("application/pdf", "pdf", lambda content: content.startswith(b"%PDF-"))
CALENDAR: Final = Format("text/calendar", "ics", lambda content: content.startswith(b"BEGIN:VCALENDAR"))
TEXT: Final = Format("text/plain", "txt", _is_text)
"""UTF-8, with lines and tabs and no other control characters; no page for a browser."""


def document(reference: str, id: str, answer: httpx.Response, *formats: Format) -> Document:
    """The document that an accepted answer holds; raises `UnexpectedAnswer` unless it is in one of the `formats`."""
    return made_document(reference, id, answer.headers.get("content-type", ""), answer.content, *formats)


def made_document(reference: str, id: str, media_type: str, content: bytes, *formats: Format) -> Document:
    """The same where the answer wraps the document."""
    kind = media_type.partition(";")[0].strip().lower()
    found = next((each for each in formats if each.media_type == kind and each.fits(content)), None)
    if found is None:
        raise UnexpectedAnswer(f"the document is no {' or '.join(each.extension for each in formats)}")
    return Document(id=id, filename=f"{reference}-{id}.{found.extension}", media_type=kind, content=content)
