"""The portal's stand-in: it keeps what it takes, and moves it on as its clock goes."""

from __future__ import annotations

import hmac
from typing import Any, Final

from litestar import Litestar, Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.types import ASGIApp

from gateway.sandbox.authoring import SandboxContext, page

WORKING_AFTER: Final = 3600.0
DONE_AFTER: Final = 86400.0
"""Simulated seconds since filing."""
FORM: Final = ("name", "year")
"""What is asked for."""
FIRST_YEAR: Final = 1960
"""Nothing older is on record: it is refused when it would be done, so that this can be tried too."""

Call = Request[Any, Any, State]
Answer = Response[Any]


def sandbox(context: SandboxContext) -> ASGIApp:
    demands = context.table("demands")

    def denied(request: Call) -> Answer | None:
        expected = f"Bearer {context.secrets['api_key']}"
        if hmac.compare_digest(request.headers.get("authorization", "").encode(), expected.encode()):
            return None
        return Response({"error": "bad_api_key"}, status_code=401)

    def shown(demand: dict[str, Any]) -> dict[str, Any]:
        age = context.clock.timestamp() - demand["filed"]
        reason = "not_on_record" if demand["year"] < FIRST_YEAR else None
        end = "refused" if reason else "done"
        status = end if age > DONE_AFTER else "working" if age > WORKING_AFTER else "open"
        return {
            "reference": demand["reference"],
            "key": demand["key"],
            "status": status,
            "reason": reason if status == "refused" else None,
            "documents": ["certificate"] if status == "done" else [],
        }

    @post("/demands", sync_to_thread=False)
    def file_demand(request: Call, data: JSONBody[dict[str, Any]]) -> Answer:
        key = request.headers.get("idempotency-key", "")
        if not key or not data["name"].strip():
            return Response({"error": "form_invalid"}, status_code=422)
        if (data["requester"] or {}).get("name", "").casefold() != data["name"].casefold():
            return Response({"error": "not_the_holder"}, status_code=422)
        with context.store.transaction():
            reference = f"D-{len(demands) + 1}"
            form = {name: data[name] for name in FORM}
            demand = {"reference": reference, "key": key, "filed": context.clock.timestamp(), **form}
            demands.put(reference, demand)
            context.effects.record("demand", reference)
        return Response(shown(demand), status_code=201)

    @get("/demands/{reference:str}", sync_to_thread=False)
    def show_demand(reference: FromPath[str]) -> Answer:
        demand = demands.get(reference)
        if demand is None:
            return Response({"error": "no_such_demand"}, status_code=404)
        return Response(shown(demand))

    @get("/demands/{reference:str}/documents/{id:str}", sync_to_thread=False)
    def certificate(reference: FromPath[str], id: FromPath[str]) -> Answer:
        demand = demands.get(reference)
        if demand is None or id not in shown(demand)["documents"]:
            return Response({"error": "no_such_document"}, status_code=404)
        lines = ["Certificat", *(str(demand[name]) for name in FORM)]
        return Response(page(lines), media_type="application/pdf")

    @get("/demands", sync_to_thread=False)
    def search(key: FromQuery[str]) -> Answer:
        return Response([shown(demand) for demand in demands.where(key=key)])

    app = Litestar(
        [
            file_demand,
            show_demand,
            certificate,
            search,
        ],
        before_request=denied,
        openapi_config=None,
        logging_config=None,
    )
    return app
