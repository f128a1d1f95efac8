"""The portal's stand-in: it keeps what it takes, and moves it on as its clock goes."""

from __future__ import annotations

import hmac
from typing import Any, Final

from litestar import Litestar, Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.types import ASGIApp

from gateway.sandbox.authoring import SandboxContext

WORKING_AFTER: Final = 3600.0
DONE_AFTER: Final = 86400.0
"""Simulated seconds since filing."""
REFUSED_SUBJECT: Final = "Refuse this"
"""A demand about it is refused when it would be done, so that this can be tried too."""

Call = Request[Any, Any, State]
Answer = Response[Any]


def sandbox(context: SandboxContext) -> ASGIApp:
    demands = context.table("demands")

    def denied(request: Call) -> Answer | None:
        if hmac.compare_digest(request.headers.get("x-api-key", "").encode(), context.secrets["api_key"].encode()):
            return None
        return Response({"error": "bad_api_key"}, status_code=401)

    def shown(demand: dict[str, Any]) -> dict[str, Any]:
        age = context.clock.timestamp() - demand["filed"]
        end = "refused" if demand["subject"] == REFUSED_SUBJECT else "done"
        status = end if age > DONE_AFTER else "working" if age > WORKING_AFTER else "open"
        return {"number": demand["number"], "key": demand["key"], "status": status}

    @post("/demands", sync_to_thread=False)
    def lodge(data: JSONBody[dict[str, Any]]) -> Answer:
        if not data["subject"].strip():
            return Response({"error": "subject_empty"}, status_code=422)
        with context.store.transaction():
            number = f"D-{len(demands) + 1}"
            filed = context.clock.timestamp()
            demand = {"number": number, "key": data["key"], "subject": data["subject"], "filed": filed}
            demands.put(number, demand)
            context.effects.record("demand", number)
        return Response(shown(demand), status_code=201)

    @get("/demands/{number:str}", sync_to_thread=False)
    def read(number: FromPath[str]) -> Answer:
        demand = demands.get(number)
        if demand is None:
            return Response({"error": "no_such_demand"}, status_code=404)
        return Response(shown(demand))

    @get("/demands", sync_to_thread=False)
    def search(key: FromQuery[str]) -> Answer:
        return Response([shown(demand) for demand in demands.where(key=key)])

    app = Litestar(
        [
            lodge,
            read,
            search,
        ],
        before_request=denied,
        openapi_config=None,
        logging_config=None,
    )
    return app
