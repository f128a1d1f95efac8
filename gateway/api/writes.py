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
from sqlalchemy import Connection

from gateway.api.access import Call, backend_of, entry_of, language_of, permitted_in, principal_of
from gateway.api.backend import Backend
from gateway.api.problems import Problem
from gateway.cases.idempotency import Answer, Hold, KeyReused, LostHold, Repeated, StillRunning
from gateway.cases.model import Case
from gateway.cases.store import Conflict, attempts

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


@dataclass(frozen=True, slots=True)
class Write:
    """One write under way; call `finish` inside the unit of work that does it."""

    request: Call
    backend: Backend
    hold: Hold

    async def commit(self, work: Callable[[Connection], Answer]) -> Answer:
        """One unit of work, with the key's answer and the call's record in it."""

        def unit(tx: Connection) -> Answer:
            self.hold.take(tx)
            return work(tx)

        return await self.backend.storage.run_write(unit)

    def finish(
        self,
        tx: Connection,
        status: int,
        view: msgspec.Struct,
        headers: dict[str, str] | None = None,
        *,
        at_portal: bool = False,
    ) -> Answer:
        """Keep the answer for repetitions, and the call's audit record, together with the work.

        The caller's right is looked at once more, unless the work was done `at_portal`, where it was looked at before
        it began: that is answered as it is.
        """
        entry = entry_of(self.request)
        if not at_portal:
            permitted_in(tx, self.request)
        told = {"Content-Language": language_of(self.request), **(headers or {})}
        answer = Answer(status=status, body=msgspec.json.encode(view), headers=told)
        self.hold.complete(tx, answer)
        entry.status, entry.response = status, answer.body
        self.backend.audit.append(tx, entry)
        return answer


async def write(
    request: Call,
    work: Callable[[Write], Awaitable[Answer]],
    *,
    same: bytes | None = None,
    at_once: bool = False,
) -> Response[Any]:
    """Do `work` once for the caller's Idempotency-Key, and answer.

    `same` is what makes a repetition the same request, where the body's bytes do not: a multipart body is
    delimited differently each time. `at_once`: all that is done is one `Write.commit`; otherwise the key is held
    before, because a portal is asked.
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
            at_once=at_once,
        )
    except KeyReused as error:
        raise Problem("idempotency_key_reused") from error
    except StillRunning as error:
        raise Problem("idempotency_in_progress", retry_after=error.retry_after) from error
    except (LostHold, Repeated) as error:
        raise Problem("idempotency_in_progress", retry_after=1) from error
    backend.nudge()
    return _response(answer, replayed=replayed)


async def again(held: Write, work: Callable[[Write], Awaitable[Answer]]) -> Answer:
    """Redo a write whose case changed between reading and saving."""
    async for _ in attempts():
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
