"""Common to every write on the wire: its Idempotency-Key, `If-Match`, and the stored response."""

from __future__ import annotations

from typing import Annotated, Any, Final
from zlib import crc32

import msgspec
from litestar import Response
from litestar.params import HeaderParameter

from gateway.api.http.access import Call, caller_of
from gateway.api.http.encoded import Encoded
from gateway.api.http.header_fields import first, has
from gateway.cases.commands.unit_of_work import Versioned, WriteRequest, Written
from gateway.cases.idempotency import StoredResponse

Key = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        required=False,
        description="Any unique text of at most 255 characters, nothing personal. "
        "The same key with the same request gives the first answer again.",
    ),
]

KEY_HEADER: Final = b"idempotency-key"
_IF_MATCH: Final = b"if-match"


async def write_request(request: Call, *, content: bytes | None = None) -> WriteRequest:
    """`content` identifies a repetition if the body's bytes do not: a multipart body is delimited differently each
    time."""
    same = await request.body() if content is None else content
    return WriteRequest(
        caller=caller_of(request),
        key=first(request, KEY_HEADER),
        content=b"\n".join([request.method.encode(), request.scope["path"].encode(), same]),
        expected_versions=_expected(first(request, _IF_MATCH) if has(request, _IF_MATCH) else None),
        retry_on_change=not has(request, _IF_MATCH),
    )


def stored(status: int, view: msgspec.Struct, language: str, headers: dict[str, str] | None = None) -> StoredResponse:
    return StoredResponse(
        status=status, body=msgspec.json.encode(view), headers={"Content-Language": language, **(headers or {})}
    )


def answered(written: Written) -> Response[Any]:
    response = written.response
    headers = {"Cache-Control": "no-store", **response.headers}
    if written.replayed:
        headers["Idempotent-Replayed"] = "true"
    return Encoded(response.body, headers, status=response.status)


def etag(resource: Versioned, body: bytes = b"") -> str:
    """Its version, with everything else that changes its representation: the language, the portal's state."""
    return f'"{resource.version}-{crc32(body):08x}"' if body else f'"{resource.version}"'


def unchanged(request: Call, tag: str) -> bool:
    """`If-None-Match` (RFC 9110, section 13.1.2)."""
    known = [each.strip().removeprefix("W/") for each in first(request, b"if-none-match").split(",")]
    return tag in known or known == ["*"]


def _expected(wanted: str | None) -> frozenset[str] | None:
    """Versions in `If-Match` (RFC 9110, section 13.1.1): the client read one of these."""
    if wanted is None or wanted == "*":
        return None
    return frozenset(each.strip().strip('"').partition("-")[0] for each in wanted.split(",") if "W/" not in each)
