"""`/audit/log`: the log as C2SP tlog-tiles wants it served, for any auditor's program; and proofs of single calls.

Checkpoint, hashes and anchors are public: they say how many records there are and nothing about anybody. Records need
the scope `audit:export`. A proof holds one record: whoever made the call may have it, and auditors.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from litestar import Controller, Response, get
from sqlalchemy import Connection

from gateway.api.access import PUBLIC, Call, allow, backend_of, entry_of, principal_of
from gateway.api.problems import Problem
from gateway.audit import anchored, nodes, tiles, verify_audit
from gateway.audit.checkpointer import NotConsistent, published
from gateway.audit.receipt import prove
from gateway.audit.search import Found, by_call, leaves
from gateway.audit.tiles import Tile
from gateway.auth import policy
from gateway.auth.policy import Denied

_TEXT: Final = "text/plain"  # UTF-8, the framework adds
_BYTES: Final = "application/octet-stream"
_FOR_EVER: Final = "max-age=31536000, immutable"
_AUDITOR: Final = "audit:list"


class AuditLogController(Controller):
    path = "/audit"
    tags = ("Audit",)

    @get("/log/checkpoint", include_in_schema=False, opt={"scope": PUBLIC, "operation": "audit.checkpoint"})
    async def checkpoint(self, request: Call) -> Response[bytes]:
        """Never older than `audit.checkpoint_seconds` when the log has grown. With the cosignatures that it has."""
        backend = backend_of(request)
        try:
            newest = await backend.checkpointer.newest()
        except NotConsistent as error:
            raise Problem("audit_unavailable", retry_after=60) from error
        async with backend.storage.read() as connection:
            newest = await connection.run_sync(anchored.cosigned, newest)
        return Response(newest.note, media_type=_TEXT, headers={"Cache-Control": "public, max-age=1"})

    @get("/log/anchors", include_in_schema=False, opt={"scope": PUBLIC, "operation": "audit.anchors"})
    async def anchors(self, request: Call) -> Response[bytes]:
        """Names of the files below, one a line: the last of each day from each witness and authority."""
        async with backend_of(request).storage.read() as connection:
            newest = await published(connection)
            found = await connection.run_sync(anchored.names, newest.checkpoint.size) if newest else []
        listing = "".join(f"{name}\n" for name in found).encode()
        return Response(listing, media_type=_TEXT, headers={"Cache-Control": "public, max-age=1"})

    @get("/log/anchors/{name:str}", include_in_schema=False, opt={"scope": PUBLIC, "operation": "audit.anchors"})
    async def anchor(self, request: Call, name: str) -> Response[bytes]:
        async with backend_of(request).storage.read() as connection:
            found = await connection.run_sync(anchored.content, name)
        if found is None:
            raise Problem("not_found")
        kind = "application/timestamp-reply" if name.endswith(".tsr") else _TEXT
        return Response(found, media_type=kind, headers={"Cache-Control": "public, max-age=60"})

    @get("/log/tile/{level:str}/{rest:path}", include_in_schema=False, opt={"scope": PUBLIC, "operation": "audit.tile"})
    async def tile(self, request: Call, level: str, rest: str) -> Response[bytes]:
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
    async def entries(self, request: Call, rest: str) -> Response[bytes]:
        entry_of(request).kind = "access"
        tile = Tile.parse(f"tile/entries{rest}")
        if tile is None:
            raise Problem("not_found")

        def read(connection: Connection) -> bytes:
            if tile.first < nodes.expired(connection):
                raise Problem("record_expired")
            return tiles.bundle(leaves(connection, tile.first, tile.first + tile.width))

        content = await _signed(request, tile, read)
        return Response(content, media_type=_BYTES, headers={"Cache-Control": f"private, {_FOR_EVER}"})

    @get(
        "/receipts/{call_id:str}",
        operation_id="getReceiptOfCall",
        summary="Proof that a call's record is in the signed log (C2SP tlog-proof)",
        media_type=_TEXT,
        opt={"scope": ("cases:read", _AUDITOR), "operation": "audit.receipt", "purpose": "right-of-access"},
    )
    async def receipt(self, request: Call, call_id: str) -> Response[bytes]:
        backend, entry = backend_of(request), entry_of(request)
        async with backend.storage.read() as connection:
            found = _mine(request, await by_call(connection, call_id))
        if found is None:
            raise Problem("record_not_found")
        if _AUDITOR in principal_of(request).scopes:
            entry.kind, entry.subject, entry.purpose = "access", found.record.subject, "audit"
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
    async with backend_of(request).storage.read() as connection:
        newest = await published(connection)
        size = newest.checkpoint.size if newest else 0
        if tile.first + tile.width > tiles.count(tile.level, size):
            raise Problem("not_found")
        return await connection.run_sync(read)


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
