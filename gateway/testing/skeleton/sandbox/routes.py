"""The portal's stand-in: it keeps what it takes, and moves it on as its clock goes."""

from __future__ import annotations

import hmac
from base64 import b64decode
from typing import Any, Final

from litestar import Litestar, Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.types import ASGIApp

from gateway.sandbox.authoring import Objection, SandboxContext, SendingApp, objecting, page

from .diary import diary
from .messages import messages
from .parcels import parcels
from .payments import CallbackSender, payments

# [filing tracking]
WORKING_AFTER: Final = 3600.0
DONE_AFTER: Final = 86400.0
"""Simulated seconds since filing."""
# [not person]
REFUSED_SUBJECT: Final = "Refuse this"
"""A demand about it is refused when it would be done, so that this can be tried too."""
# [/]
# [person]
FORM: Final = ("name", "year")
"""What is asked for."""
FIRST_YEAR: Final = 1960
"""Nothing older is on record: it is refused when it would be done, so that this can be tried too."""
# [question]
ON_PAPER_BEFORE: Final = 1990
"""Of what is older the portal asks for the identity card of that time."""
# [/]
# [/]
# [/]
# [tracking]
KNOWN: Final = "D-1000"
"""A demand that was not filed through the gateway."""
# [/]
# [paying]
PUBLIC: Final = "/card"
"""For the payer's browser, which has no key."""
# [/]

Call = Request[Any, Any, State]
Answer = Response[Any]


# [file question]
def readable(file: dict[str, str]) -> bool:
    """Whether it is a file with something in it."""
    try:
        return bool(b64decode(file["content"], validate=True))
    except ValueError:
        return False


# [/]
def sandbox(context: SandboxContext) -> ASGIApp:
    # [filing tracking]
    demands = context.table("demands")

    # [/]
    def denied(request: Call) -> Answer | None:
        # [paying]
        if request.url.path.startswith(PUBLIC):
            return None
        # [/]
        # [not person]
        if hmac.compare_digest(request.headers.get("x-api-key", "").encode(), context.secrets["api_key"].encode()):
            return None
        # [/]
        # [person]
        expected = f"Bearer {context.secrets['api_key']}"
        if hmac.compare_digest(request.headers.get("authorization", "").encode(), expected.encode()):
            return None
        # [/]
        return Response({"error": "bad_api_key"}, status_code=401)

    # [filing tracking]
    def shown(demand: dict[str, Any]) -> dict[str, Any]:
        age = context.clock.timestamp() - demand["filed"]
        # [not person]
        end = "refused" if demand["subject"] == REFUSED_SUBJECT else "done"
        # [/]
        # [person]
        reason = "not_on_record" if demand["year"] < FIRST_YEAR else None
        end = "refused" if reason else "done"
        # [/]
        status = end if age > DONE_AFTER else "working" if age > WORKING_AFTER else "open"
        # [question]
        asks = FIRST_YEAR <= demand["year"] < ON_PAPER_BEFORE and status != "open" and not demand["answered"]
        status = "waiting" if asks else status
        # [/]
        # [not person]
        return {"number": demand["number"], "key": demand["key"], "status": status}
        # [/]
        # [person]
        return {
            "reference": demand["reference"],
            "key": demand["key"],
            "status": status,
            "reason": reason if status == "refused" else None,
            "documents": ["certificate"] if status == "done" else [],
            # [question]
            "question": {"number": f"{demand['reference']}-1", "wants": "old_identity_card"} if asks else None,
            # [/]
        }
        # [/]

    # [/]
    # [filing]
    # [person]
    @post("/demands", sync_to_thread=False)
    def file_demand(request: Call, data: JSONBody[dict[str, Any]]) -> Answer:
        key = request.headers.get("idempotency-key", "")
        if not key or not data["name"].strip():
            return Response({"error": "form_invalid"}, status_code=422)
        if (data["requester"] or {}).get("name", "").casefold() != data["name"].casefold():
            return Response({"error": "not_the_holder"}, status_code=422)
        # [file]
        if not readable(data["scan"]):
            return Response({"error": "form_invalid"}, status_code=422)
        # [/]
        with context.store.transaction():
            reference = f"D-{len(demands) + 1}"
            form = {name: data[name] for name in FORM}
            demand = {"reference": reference, "key": key, "filed": context.clock.timestamp(), **form}
            # [question]
            demand["answered"] = False
            # [/]
            demands.put(reference, demand)
            context.effects.record("demand", reference)
        return Response(shown(demand), status_code=201)

    # [question]
    @post("/demands/{reference:str}/answers", status_code=200, sync_to_thread=False)
    def answer(reference: FromPath[str], data: JSONBody[dict[str, Any]]) -> Answer:
        demand = demands.get(reference)
        if demand is None:
            return Response({"error": "no_such_demand"}, status_code=404)
        asked = shown(demand)["question"] or demand["answered"]
        if not asked or data["question"] != f"{reference}-1":
            return Response({"error": "not_asked"}, status_code=409)
        if not data["files"] or not all(readable(each) for each in data["files"]):
            return Response({"error": "form_invalid"}, status_code=422)
        if not demand["answered"]:
            with context.store.transaction():
                demand["answered"] = True
                demands.put(reference, demand)
                context.effects.record("answer", reference)
        return Response(shown(demand))

    # [/]
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

    # [/]
    # [not person]
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

    # [/]
    @get("/demands", sync_to_thread=False)
    def search(key: FromQuery[str]) -> Answer:
        return Response([shown(demand) for demand in demands.where(key=key)])

    # [/]
    # [tracking]
    @get("/tracking/{number:str}", sync_to_thread=False)
    def track(number: FromPath[str]) -> Answer:
        filed = context.clock.timestamp() - WORKING_AFTER - 1
        # [not person]
        elsewhere = {"number": KNOWN, "key": "", "subject": "", "filed": filed}
        # [/]
        # [person]
        elsewhere = {"reference": KNOWN, "key": "", "year": FIRST_YEAR, "filed": filed}
        # [/]
        demand = elsewhere if number == KNOWN else demands.get(number)
        if demand is None:
            return Response({"error": "no_such_demand"}, status_code=404)
        told = shown(demand)
        # [not person]
        return Response({"number": told["number"], "status": told["status"]})
        # [/]
        # [person]
        return Response({"number": told["reference"], "status": told["status"]})
        # [/]

    # [/]
    # [paying]
    sender = CallbackSender(context)
    # [/]
    app = Litestar(
        [
            # [filing]
            # [person]
            file_demand,
            show_demand,
            certificate,
            # [question]
            answer,
            # [/]
            # [/]
            # [not person]
            lodge,
            read,
            # [/]
            search,
            # [/]
            # [tracking]
            track,
            # [/]
            # [paying]
            *payments(context, sender),
            # [/]
            # [shipping]
            *parcels(context),
            # [/]
            # [booking]
            *diary(context),
            # [/]
            # [messaging]
            *messages(context),
            # [/]
        ],
        before_request=denied,
        # [paying shipping booking messaging]
        exception_handlers={Objection: objecting()},
        # [/]
        openapi_config=None,
        logging_config=None,
    )
    # [paying]
    return SendingApp(app, sender)
    # [/]
    # [not paying]
    return app
    # [/]
