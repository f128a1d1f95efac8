"""The witness over HTTP: `POST /add-checkpoint` for logs, `GET /<SHA-256 of the origin>/checkpoint` for auditors."""

from __future__ import annotations

import asyncio
import sqlite3

import structlog
from litestar import Litestar, Request, Response, get, post
from litestar.datastructures import State
from litestar.exceptions import ClientException
from litestar.params import FromPath

from gateway.audit.witness import MOST_BYTES, Witness, WitnessResponse

_log = structlog.get_logger(__name__)


def application(witness: Witness) -> Litestar:
    @post("/add-checkpoint", status_code=200)
    async def add_checkpoint(request: Request[object, object, State]) -> Response[bytes]:
        try:
            body = await request.body()
        except ClientException as error:
            return _response(WitnessResponse(error.status_code, b"the request is too long or was cut off\n"))
        try:
            answer = await asyncio.to_thread(witness.add_checkpoint, body)
        except sqlite3.Error as error:
            _log.error("witness_store_failed", error=type(error).__name__)
            return _response(WitnessResponse(503, b"the witness cannot write down what it would sign\n"))
        _log.info("witness_asked", status=answer.status)
        return _response(answer)

    @get("/{origin_hash:str}/checkpoint")
    async def newest(origin_hash: FromPath[str]) -> Response[bytes]:
        """With the log's signature and the cosignature: what a monitor retrieves (C2SP tlog-witness)."""
        found = await asyncio.to_thread(witness.newest, origin_hash)
        return _response(
            WitnessResponse(404, b"nothing is known of this log\n") if found is None else WitnessResponse(200, found)
        )

    return Litestar(
        route_handlers=[add_checkpoint, newest],
        request_max_body_size=MOST_BYTES,
        openapi_config=None,
        logging_config=None,
    )


def _response(answer: WitnessResponse) -> Response[bytes]:
    headers = {  # the type exactly: no charset is added
        "Content-Type": answer.content_type,
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(answer.body, status_code=answer.status, headers=headers)
