"""A portal's document on its way to a person. Its name and type are the portal's words: they are not trusted."""

from __future__ import annotations

import mimetypes
import re
from typing import Final
from urllib.parse import quote

from litestar import Response

from gateway.cases.files import safe_name
from gateway.connectors.contract import Document

_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}")
_UNKNOWN: Final = "application/octet-stream"


def download(document: Document, headers: dict[str, str]) -> Response[bytes]:
    """To be saved, never shown by the browser as a page of ours (RFC 6266; the name in letters of any script)."""
    media_type = document.media_type.lower() if _TYPE.fullmatch(document.media_type.lower()) else _UNKNOWN
    extension = (mimetypes.guess_extension(media_type) or ".bin").removeprefix(".")
    name = safe_name(document.filename or document.id, extension)
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    return Response(
        document.content,
        media_type=media_type,
        headers={
            **headers,
            "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )
