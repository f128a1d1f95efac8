"""Every write passes here: its Idempotency-Key, its answer kept with the work, its record in the same transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final
from zlib import crc32

import msgspec
from litestar import Response
from litestar.params import HeaderParameter
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.api.access import Call, backend_of, decided, entry_of, language_of, principal_of
from gateway.api.backend import Backend
from gateway.api.problems import Problem
from gateway.cases.idempotency import Answer, Hold, KeyReused, LostHold, StillRunning
from gateway.cases.model import Case
from gateway.cases.store import Conflict

Key = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        required=False,
        description="Any unique text of at most 255 characters, nothing personal. "
        "The same key with the same request gives the first answer again.",
    ),
]

KEY_HEADER: Final = "idempotency-key"
_KEY_LENGTH: Final = 255
_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Write:
    """One write under way; call `finish` inside the transaction that does it."""

    request: Call
    backend: Backend
    hold: Hold

    async def finish(
        self, tx: AsyncConnection, status: int, view: msgspec.Struct, headers: dict[str, str] | None = None
    ) -> Answer:
        """Keep the answer for repetitions, and the call's audit record, together with the work."""
        entry = entry_of(self.request)
        with decided(entry):
            await self.backend.mandates.still(principal_of(self.request), tx)
        told = {"Content-Language": language_of(self.request), **(headers or {})}
        answer = Answer(status=status, body=msgspec.json.encode(view), headers=told)
        await self.hold.complete(tx, answer)
        entry.status, entry.response = status, answer.body
        await self.backend.audit.append(tx, entry)
        return answer


async def write(
    request: Call, work: Callable[[Write], Awaitable[Answer]], *, same: bytes | None = None
) -> Response[Any]:
    """Do `work` once for the caller's Idempotency-Key, and answer.

    `same` is what makes a repetition the same request, where the body's bytes do not: a multipart body is
    delimited differently each time.
    """
    backend, entry, principal = backend_of(request), entry_of(request), principal_of(request)
    key = request.headers.get(KEY_HEADER, "")
    if not key:
        raise Problem("idempotency_key_missing")
    if len(key) > _KEY_LENGTH or not key.isprintable():
        raise Problem("idempotency_key_invalid")
    entry.idempotency_key_hash = hashlib.sha256(key.encode()).hexdigest()
    if backend.draining:
        raise Problem("shutting_down", retry_after=5)
    if same is None:
        same = await request.body()
    try:
        answer, replayed = await backend.idempotency.run(
            client=principal.client_id,
            subject=principal.pseudonym or principal.actor,
            key=key,
            request=b"\n".join([request.method.encode(), request.scope["path"].encode(), same]),
            work=lambda hold: work(Write(request, backend, hold)),
        )
    except KeyReused as error:
        raise Problem("idempotency_key_reused") from error
    except (StillRunning, LostHold) as error:
        raise Problem("idempotency_in_progress", retry_after=1) from error
    backend.nudge()
    return _response(answer, replayed=replayed)


async def again(held: Write, work: Callable[[Write], Awaitable[Answer]]) -> Answer:
    """Redo a write whose case changed between reading and saving."""
    for _ in range(_TRIES):
        try:
            return await work(held)
        except Conflict:
            if "if-match" in held.request.headers:
                raise Problem("precondition_failed") from None
    raise Problem("overloaded", retry_after=1)


def check_version(request: Call, case: Case) -> None:
    """`If-Match` (RFC 9110, section 13.1.1): refuse to act on a case that changed since the client read it."""
    wanted = request.headers.get("if-match")
    if wanted is None or wanted == "*":
        return
    versions = [each.strip().strip('"').partition("-")[0] for each in wanted.split(",") if "W/" not in each]
    if str(case.version) not in versions:
        raise Problem("precondition_failed")


def etag(case: Case, body: bytes = b"") -> str:
    """The case's version, and what else changes a body that shows it: the language, the portal's state."""
    return f'"{case.version}-{crc32(body):08x}"' if body else f'"{case.version}"'


def unchanged(request: Call, tag: str) -> bool:
    """`If-None-Match` (RFC 9110, section 13.1.2)."""
    known = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    return tag in known or known == ["*"]


def _response(answer: Answer, *, replayed: bool) -> Response[Any]:
    headers = {"Cache-Control": "no-store", **answer.headers}
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    return Response(answer.body, status_code=answer.status, media_type="application/json", headers=headers)
