"""The portal's stand-in: it keeps what it takes, and moves it on as its clock goes."""

from __future__ import annotations

from typing import Any, Final

from litestar import Litestar, Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.types import ASGIApp

from gateway.sandbox.authoring import Demands, Objection, SandboxContext, needs_key, objecting, page

PLAN: Final = ((0, "open"), (1, "working"), (24, "done"))
"""Simulated hours since filing, and the status from then on."""
FIRST_YEAR: Final = 1960
"""Nothing older is on record: it is refused when it would be done, so that this can be tried too."""

Call = Request[Any, Any, State]
Answer = Response[Any]


def sandbox(context: SandboxContext) -> ASGIApp:
    demands = Demands(context, "D-{count}")
    secret = context.secrets["api_key"]
    key_checked = needs_key("authorization", secret, prefix="Bearer ")

    def shown(demand: dict[str, Any]) -> dict[str, Any]:
        status = demands.stage(demand, PLAN).word
        status = "refused" if status == "done" and demand["year"] < FIRST_YEAR else status
        return {
            "number": demand["number"],
            "key": demand["key"],
            "status": status,
            "reason": "not_on_record" if status == "refused" else None,
            "documents": ["certificate"] if status == "done" else [],
        }

    @post("/demands", sync_to_thread=False)
    def file_demand(request: Call, data: JSONBody[dict[str, Any]]) -> Answer:
        key = request.headers.get("idempotency-key", "")
        if not key or not data["person"]["family_name"].strip():
            raise Objection(422, "form_invalid", "A name is missing.", "family_name")
        if (data["requester"] or {}).get("national_id") != data["person"]["cnie"]:
            raise Objection(422, "not_the_holder")
        demand = demands.take(key, {"person": data["person"], "year": data["year"]})
        return Response(shown(demand), status_code=201)

    @get("/demands/{reference:str}", sync_to_thread=False)
    def show_demand(reference: FromPath[str]) -> Answer:
        return Response(shown(demands.known(reference)))

    @get("/demands/{reference:str}/documents/{id:str}", sync_to_thread=False)
    def certificate(reference: FromPath[str], id: FromPath[str]) -> Answer:
        demand = demands.known(reference)
        if id not in shown(demand)["documents"]:
            raise Objection(404, "no_such_document")
        lines = ["Certificate", demand["person"]["family_name"], str(demand["year"])]
        return Response(page(lines), media_type="application/pdf")

    @get("/demands", sync_to_thread=False)
    def search(key: FromQuery[str]) -> Answer:
        return Response([shown(demand) for demand in demands.with_key(key)])

    app: ASGIApp = Litestar(
        [
            file_demand,
            show_demand,
            certificate,
            search,
        ],
        before_request=key_checked,
        exception_handlers={Objection: objecting()},
        openapi_config=None,
        logging_config=None,
    )
    return app
