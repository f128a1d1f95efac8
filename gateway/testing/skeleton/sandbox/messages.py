"""Messages to telephones. What is taken arrives in the sandbox host's mailboxes."""

from __future__ import annotations

import re
from typing import Any, Final

from litestar import Request, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery

from gateway.sandbox.authoring import Objection, SandboxContext, read_json

ARRIVES_AFTER: Final = 10.0
"""Simulated seconds."""
FAILS: Final = "03"
"""Last digits of a number that nothing arrives at."""

Body = dict[str, Any]


def messages(context: SandboxContext) -> list[HTTPRouteHandler]:
    kept = context.table("messages")

    def shown(message: Body) -> Body:
        age = context.clock.timestamp() - message["at"]
        end = "failed" if message["to"].endswith(FAILS) else "arrived"
        return {"number": message["number"], "key": message["key"], "status": end if age > ARRIVES_AFTER else "taken"}

    @post("/messages")
    async def take(request: Request[Any, Any, Any]) -> Body:
        asked = await read_json(request, dict[str, str])
        if not re.fullmatch(r"\+[1-9][0-9]{6,14}", asked["to"]):
            raise Objection(422, "no_such_number")
        with context.store.transaction():
            number = f"M-{len(kept) + 1}"
            message = {"number": number, "key": asked["key"], "to": asked["to"], "at": context.clock.timestamp()}
            kept.put(number, message)
            context.effects.record("message", number)
        context.deliver_sms(key=asked["key"], sender="Skeleton", to=asked["to"], text=asked["text"])
        return shown(message)

    @get("/messages", sync_to_thread=False)
    def search(key: FromQuery[str]) -> list[Body]:
        return [shown(each) for each in kept.where(key=key)]

    @get("/messages/{number:str}", sync_to_thread=False)
    def read(number: FromPath[str]) -> Body:
        message = kept.get(number)
        if message is None:
            raise Objection(404, "no_such_message")
        return shown(message)

    return [take, search, read]
