"""`/audit/log`: the log as C2SP tlog-tiles wants it served, for any auditor's program; and proofs of single calls.

Checkpoint, hashes and anchors are public: they say how many records there are and nothing about anybody. Records need
the scope `audit:export`. A proof holds one record: whoever made the call may have it, and auditors.
"""

from __future__ import annotations

import asyncio
import gzip
from datetime import UTC
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Final

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from gateway.api.http.accept_encoding import accepts_gzip
from gateway.api.http.access import Call, caller_of, entry_of
from gateway.api.http.problems import Problem
from gateway.api.http.response_headers import CONTENT_DISPOSITION
from gateway.api.http.route_rules import PUBLIC, RouteRule
from gateway.audit import verify_audit
from gateway.audit.reader import AuditReader
from gateway.audit.tiles import Tile
from gateway.cases.commands.prove_call import AUDITOR, ProveCall

_TEXT: Final = "text/plain"  # UTF-8, the framework adds
_BYTES: Final = "application/octet-stream"
_FOR_EVER: Final = "max-age=31536000, immutable"
_LEVEL: Final = 6
"""Of gzip: 9 takes twice the time for one part in a hundred."""


class AuditLogController(Controller):
    path = "/audit"
    tags = ("Audit",)

    @get(
        "/log/checkpoint",
        include_in_schema=False,
        rule=RouteRule(scope=PUBLIC, operation="audit.checkpoint", rate="free"),
    )
    async def checkpoint(self, audit_reader: NamedDependency[AuditReader]) -> Response[bytes]:
        """Never older than `audit.checkpoint_seconds` when the log has grown. With the cosignatures that it has.
        `Last-Modified`: when it was made; a cosignature that came later does not change it."""
        note, made = await audit_reader.checkpoint()
        modified = format_datetime(made.astimezone(UTC), usegmt=True)
        headers = {"Cache-Control": "public, max-age=1", "Last-Modified": modified}
        return Response(note, media_type=_TEXT, headers=headers)

    @get("/log/anchors", include_in_schema=False, rule=RouteRule(scope=PUBLIC, operation="audit.anchors", rate="free"))
    async def anchors(self, audit_reader: NamedDependency[AuditReader]) -> Response[bytes]:
        """Names of the files below, one a line: the last of each day from each witness and authority."""
        listing = "".join(f"{name}\n" for name in await audit_reader.anchor_names()).encode()
        return Response(listing, media_type=_TEXT, headers={"Cache-Control": "public, max-age=1"})

    @get(
        "/log/anchors/{name:str}",
        include_in_schema=False,
        rule=RouteRule(scope=PUBLIC, operation="audit.anchors", rate="free"),
    )
    async def anchor(self, name: FromPath[str], audit_reader: NamedDependency[AuditReader]) -> Response[bytes]:
        found = await audit_reader.anchor(name)
        if found is None:
            raise Problem("not_found")
        kind = "application/timestamp-reply" if name.endswith(".tsr") else _TEXT
        return Response(found, media_type=kind, headers={"Cache-Control": "public, max-age=60"})

    @get(
        "/log/tile/{level:str}/{rest:path}",
        include_in_schema=False,
        rule=RouteRule(scope=PUBLIC, operation="audit.tile", rate="free"),
    )
    async def tile(
        self, level: FromPath[str], rest: FromPath[str], audit_reader: NamedDependency[AuditReader]
    ) -> Response[bytes]:
        tile = Tile.parse(f"tile/{level}{rest}")
        if tile is None or isinstance(tile.level, str):
            raise Problem("not_found")
        content = await audit_reader.hashes(tile.level, tile)
        return Response(content, media_type=_BYTES, headers={"Cache-Control": f"public, {_FOR_EVER}"})

    @get(
        "/log/tile/entries/{rest:path}",
        include_in_schema=False,
        rule=RouteRule(scope="audit:export", operation="audit.export", rate="expensive", purpose="audit"),
    )
    async def entries(
        self, request: Call, rest: FromPath[str], audit_reader: NamedDependency[AuditReader]
    ) -> Response[bytes]:
        entry_of(request).kind = "access"
        tile = Tile.parse(f"tile/entries{rest}")
        if tile is None:
            raise Problem("not_found")
        content = await audit_reader.entries(tile)
        headers = {"Cache-Control": f"private, {_FOR_EVER}", "Vary": "Accept-Encoding"}
        if accepts_gzip(request.headers.get("accept-encoding", "")):
            content = await asyncio.to_thread(gzip.compress, content, _LEVEL)
            headers["Content-Encoding"] = "gzip"
        return Response(content, media_type=_BYTES, headers=headers)

    @get(
        "/receipts/{call_id:str}",
        operation_id="getReceiptOfCall",
        summary="Proof that a call's record is in the signed log (C2SP tlog-proof)",
        description="For whoever made the call, and for auditors. The proof can be checked without asking the gateway.",
        problems=("record_not_found", "record_expired", "principal_not_allowed"),
        response_headers=(CONTENT_DISPOSITION,),
        media_type=_TEXT,
        rule=RouteRule(scope=("cases:read", AUDITOR), operation="audit.receipt", purpose="right-of-access"),
    )
    async def receipt(
        self, request: Call, call_id: FromPath[str], prove_call: NamedDependency[ProveCall]
    ) -> Response[bytes]:
        made = await prove_call.run(caller_of(request), call_id)
        headers = {
            "Content-Disposition": f'attachment; filename="{made.call_id}.tlog-proof"',
            "Cache-Control": "no-store",
        }
        return Response(made.proof, media_type=_TEXT, headers=headers)

    @get("/verifier", include_in_schema=False, rule=RouteRule(scope=PUBLIC, operation="audit.verifier", rate="free"))
    async def verifier(self) -> Response[bytes]:
        """The program that checks all this, one file. Better had from elsewhere than from whom it checks."""
        headers = {
            "Content-Disposition": 'attachment; filename="verify_audit.py"',
            "Cache-Control": "public, max-age=3600",
        }
        return Response(_verifier(), media_type="text/x-python", headers=headers)


@cache
def _verifier() -> bytes:
    return Path(verify_audit.__file__).read_bytes()
