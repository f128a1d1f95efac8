"""Stand-in for an SMS provider. What it takes arrives in the sandbox host's mailboxes (see README.md)."""

from __future__ import annotations

import hmac
import re
from typing import Annotated, Any, Final

import msgspec
from litestar import Litestar, Request, get, post
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp

from gateway.sandbox.authoring import Objection, SandboxContext, objecting, read_json

REFUSED: Final = {"01": "invalid_recipient", "02": "recipient_opted_out"}
"""Last two digits of a number, and how the message is refused."""
UNDELIVERED: Final = "03"
BUSY_ONCE: Final = "04"
_ARRIVES_AFTER: Final = 10.0
"""Simulated seconds until a phone has the message."""


class MessageRequest(msgspec.Struct):
    client_ref: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    to: str
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]
    encoding: str
    sender: Annotated[str, msgspec.Meta(min_length=1, max_length=11)] = msgspec.field(name="from")


class Phones:
    def __init__(self, context: SandboxContext) -> None:
        self._context = context
        self._messages = context.table("messages")
        self._busy = context.table("busy")

    def take(self, asked: MessageRequest) -> dict[str, Any]:
        """A message that is sent twice arrives twice: nothing is told by its `client_ref`."""
        ending = asked.to[-2:]
        if not re.fullmatch(r"\+[1-9][0-9]{6,14}", asked.to):
            raise Objection(422, "invalid_recipient")
        if ending in REFUSED:
            raise Objection(422, REFUSED[ending])
        if ending == BUSY_ONCE and self._busy.get(asked.client_ref) is None:
            self._busy.put(asked.client_ref, {})
            raise Objection(429, "too_many_requests")
        with self._context.store.transaction():
            id = f"sms-{len(self._messages) + 1:08d}"
            message = {
                "id": id,
                "client_ref": asked.client_ref,
                "to": asked.to,
                "at": self._context.clock.timestamp(),
            }
            self._messages.put(id, message)
            self._context.effects.record("sms", id)
        if ending != UNDELIVERED:
            self._context.deliver_sms(key=asked.client_ref, sender=asked.sender, to=asked.to, text=asked.text)
        return self._shown(message)

    def search(self, client_ref: str) -> list[dict[str, Any]]:
        return [self._shown(each) for each in self._messages.where(client_ref=client_ref)]

    def get(self, id: str) -> dict[str, Any]:
        message = self._messages.get(id)
        if message is None:
            raise Objection(404, "unknown_message")
        return self._shown(message)

    def _shown(self, message: dict[str, Any]) -> dict[str, Any]:
        arrived = self._context.clock.timestamp() - message["at"] >= _ARRIVES_AFTER
        ended = "undelivered" if message["to"].endswith(UNDELIVERED) else "delivered"
        return {"id": message["id"], "client_ref": message["client_ref"], "status": ended if arrived else "queued"}


def sandbox(context: SandboxContext) -> ASGIApp:
    phones = Phones(context)
    key = context.secrets["api_key"]

    def keyed(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        if not hmac.compare_digest(connection.headers.get("x-api-key", "").encode(), key.encode()):
            raise Objection(401, "bad_api_key")

    @post("/v1/messages", status_code=202)
    async def send(request: Request[Any, Any, Any]) -> dict[str, Any]:
        return phones.take(await read_json(request, MessageRequest, "malformed"))

    @get("/v1/messages")
    async def search(request: Request[Any, Any, Any]) -> dict[str, Any]:
        return {"messages": phones.search(request.query_params.get("client_ref", ""))}

    @get("/v1/messages/{id:str}")
    async def read(request: Request[Any, Any, Any]) -> dict[str, Any]:
        return phones.get(request.path_params["id"])

    return Litestar(
        [send, search, read],
        guards=[keyed],
        exception_handlers={Objection: objecting()},
        openapi_config=None,
        logging_config=None,
    )
