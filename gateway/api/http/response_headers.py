"""Headers that the answers of some routes have, for the description of the API: `response_headers=(LOCATION,)`."""

from __future__ import annotations

from typing import Final

from litestar.datastructures import ResponseHeader


def _named(name: str) -> ResponseHeader:
    return ResponseHeader(name=name, documentation_only=True)


ETAG: Final = _named("ETag")
LOCATION: Final = _named("Location")
CONTENT_DISPOSITION: Final = _named("Content-Disposition")
LINK: Final = _named("Link")
AUDIT_SIZE: Final = _named("Audit-Size")
