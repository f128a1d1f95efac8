"""`/audit/log`: the log as C2SP tlog-tiles wants it served, for any auditor's program; and proofs of single calls.

Checkpoint, hashes and anchors are public: they say how many records there are and nothing about anybody. Records need
the scope `audit:export`. A proof holds one record: whoever made the call may have it, and auditors.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from litestar import Controller, Response, get
from litestar.params import FromPath
from sqlalchemy import Connection

from gateway.api.accept_encoding import accepts_gzip
from gateway.api.access import PUBLIC, Call, allow, assured, backend_of, entry_of, principal_of
from gateway.api.problems import Problem
from gateway.audit import anchored, nodes, tiles, verify_audit
from gateway.audit.checkpointer import NotConsistent
from gateway.audit.checkpointer import newest as published
from gateway.audit.receipt import prove
from gateway.audit.search import Found, by_call, leaves
from gateway.audit.tiles import Tile
from gateway.auth import policy
from gateway.auth.policy import Denied

_TEXT: Final = "text/plain"  # UTF-8, the framework adds
_BYTES: Final = "application/octet-stream"
_FOR_EVER: Final = "max-age=31536000, immutable"
_AUDITOR: Final = "audit:list"
_LEVEL: Final = 6
"""Of gzip: 9 takes twice the time for one part in a hundred."""


class AuditLogController(Controller):
    path = "/audit"
    tags = ("Audit",)

    @get("/log/checkpoint", include_in_schema=False, opt={"scope": PUBLIC, "operation": "audit.checkpoint"})
    async def checkpoint(self, request: Call) -> Response[bytes]:
        """Never older than `audit.checkpoint_seconds` when the log has grown. With the cosignatures that it has."""
        backend = backend_of(request)
        try:
            signed = await backend.checkpointer.newest()
        except NotConsistent as error:
            raise Problem("audit_unavailable", retry_after=60) from error
        newest = await backend.storage.run_read(lambda read: anchored.cosigned(read, signed))
        return Response(newest.note, media_type=_TEXT, headers={"Cache-Control": "public, max-age=1"})

    @get("/log/anchors", include_in_schema=False, opt={"scope": PUBLIC, "operation": "audit.anchors"})
    async def anchors(self, request: Call) -> Response[bytes]:
        """Names of the files below, one a line: the last of each day from each witness and authority."""

        def names(connection: Connection) -> list[str]:
            newest = published(connection)
            return anchored.names(connection, newest.checkpoint.size) if newest else []

        found = await backend_of(request).storage.run_read(names)
        listing = "".join(f"{name}\n" for name in found).encode()
        return Response(listing, media_type=_TEXT, headers={"Cache-Control": "public, max-age=1"})

    @get("/log/anchors/{name:str}", include_in_schema=False, opt={"scope": PUBLIC, "operation": "audit.anchors"})
    async def anchor(self, request: Call, name: FromPath[str]) -> Response[bytes]:
        found = await backend_of(request).storage.run_read(lambda read: anchored.content(read, name))
        if found is None:
            raise Problem("not_found")
        kind = "application/timestamp-reply" if name.endswith(".tsr") else _TEXT
        return Response(found, media_type=kind, headers={"Cache-Control": "public, max-age=60"})

    @get("/log/tile/{level:str}/{rest:path}", include_in_schema=False, opt={"scope": PUBLIC, "operation": "audit.tile"})
    async def tile(self, request: Call, level: FromPath[str], rest: FromPath[str]) -> Response[bytes]:
        tile = Tile.parse(f"tile/{level}{rest}")
        if tile is None or isinstance(tile.level, str):
            raise Problem("not_found")
        number, first = tile.level, tile.first

        def read(connection: Connection) -> bytes:
            return b"".join(nodes.read(connection, number, first, first + tile.width))

        content = await _signed(request, tile, read)
        return Response(content, media_type=_BYTES, headers={"Cache-Control": f"public, {_FOR_EVER}"})

    @get(
        "/log/tile/entries/{rest:path}",
        include_in_schema=False,
        opt={"scope": "audit:export", "operation": "audit.export", "purpose": "audit"},
    )
    async def entries(self, request: Call, rest: FromPath[str]) -> Response[bytes]:
        entry_of(request).kind = "access"
        tile = Tile.parse(f"tile/entries{rest}")
        if tile is None:
            raise Problem("not_found")

        def read(connection: Connection) -> bytes:
            if tile.first < nodes.expired(connection):
                raise Problem("record_expired")
            return tiles.bundle(leaves(connection, tile.first, tile.first + tile.width))

        content = await _signed(request, tile, read)
        headers = {"Cache-Control": f"private, {_FOR_EVER}", "Vary": "Accept-Encoding"}
        if accepts_gzip(request.headers.get("accept-encoding", "")):
            content = await asyncio.to_thread(gzip.compress, content, _LEVEL)
            headers["Content-Encoding"] = "gzip"
        return Response(content, media_type=_BYTES, headers=headers)

    @get(
        "/receipts/{call_id:str}",
        operation_id="getReceiptOfCall",
        summary="Proof that a call's record is in the signed log (C2SP tlog-proof)",
        media_type=_TEXT,
        opt={"scope": ("cases:read", _AUDITOR), "operation": "audit.receipt", "purpose": "right-of-access"},
    )
    async def receipt(self, request: Call, call_id: FromPath[str]) -> Response[bytes]:
        backend, entry = backend_of(request), entry_of(request)
        found = _mine(request, await backend.storage.run_read(lambda read: by_call(read, call_id)))
        if found is None:
            raise Problem("record_not_found")
        if _AUDITOR in principal_of(request).scopes:
            entry.kind, entry.subject, entry.purpose = "access", found.record.subject, "audit"
        elif found.record.service:
            assured(request, found.record.service)
        entry.case_id, entry.service = found.record.case, found.record.service
        try:
            made = await prove(backend.storage, backend.checkpointer, found.index)
        except NotConsistent as error:
            raise Problem("audit_unavailable", retry_after=60) from error
        headers = {
            "Content-Disposition": f'attachment; filename="{found.record.call}.tlog-proof"',
            "Cache-Control": "no-store",
        }
        return Response(bytes(made.proof), media_type=_TEXT, headers=headers)

    @get("/verifier", include_in_schema=False, opt={"scope": PUBLIC, "operation": "audit.verifier"})
    async def verifier(self) -> Response[bytes]:
        """The program that checks all this, one file. Better had from elsewhere than from whom it checks."""
        headers = {
            "Content-Disposition": 'attachment; filename="verify_audit.py"',
            "Cache-Control": "public, max-age=3600",
        }
        return Response(_verifier(), media_type="text/x-python", headers=headers)


async def _signed(request: Call, tile: Tile, read: Callable[[Connection], bytes]) -> bytes:
    """A tile's content, if a checkpoint covers all of it."""

    def covered(connection: Connection) -> bytes:
        newest = published(connection)
        size = newest.checkpoint.size if newest else 0
        if tile.first + tile.width > tiles.count(tile.level, size):
            raise Problem("not_found")
        return read(connection)

    return await backend_of(request).storage.run_read(covered)


def _mine(request: Call, found: list[Found]) -> Found | None:
    """The first of these records that the caller may have: its own, or any if it is an auditor."""
    principal, entry = principal_of(request), entry_of(request)
    if _AUDITOR in principal.scopes:
        return found[0] if found else None
    names = backend_of(request).ring.ledger.every(principal.pseudonym, entry.at) if principal.pseudonym else ()
    for each in found:
        subject = principal.pseudonym if each.record.subject in names else each.record.subject
        try:
            allow(entry, policy.owns(principal, case_client=each.record.client, case_subject=subject))
        except Denied as error:
            entry.rule, entry.reason = error.decision.rule, error.decision.reason
        else:
            entry.reason = ""
            return each
    if found:
        entry.kind, entry.decision, entry.outcome = "refusal", "deny", "denied"
    return None


@cache
def _verifier() -> bytes:
    return Path(verify_audit.__file__).read_bytes()
