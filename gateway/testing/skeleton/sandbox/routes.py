"""The portal's stand-in: it keeps what it takes, and moves it on as its clock goes."""

from __future__ import annotations

from base64 import b64decode
from typing import Any, Final

from litestar import Litestar, Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.types import ASGIApp

from gateway.sandbox.authoring import Demands, Objection, SandboxContext, SendingApp, needs_key, objecting, page

from .diary import diary
from .messages import messages
from .parcels import parcels
from .payments import CallbackSender, payments

# [filing tracking]
PLAN: Final = ((0, "open"), (1, "working"), (24, "done"))
"""Simulated hours since filing, and the status from then on."""
# [not person]
REFUSED_SUBJECT: Final = "Refuse this"
"""A demand about it is refused when it would be done, so that this can be tried too."""
# [/]
# [person]
FIRST_YEAR: Final = 1960
"""Nothing older is on record: it is refused when it would be done, so that this can be tried too."""
# [question]
ON_PAPER_BEFORE: Final = 1990
"""Of what is older the portal asks for the identity card of that time."""
QUESTION: Final = {"wants": "old_identity_card", "text": "Merci de joindre la carte de l'époque."}
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
    demands = Demands(context, "D-{count}")
    # [/]
    secret = context.secrets["api_key"]
    # [paying]
    # [not person]
    key_checked = needs_key("x-api-key", secret, public=PUBLIC)
    # [/]
    # [person]
    key_checked = needs_key("authorization", secret, prefix="Bearer ", public=PUBLIC)
    # [/]
    # [/]
    # [not paying]
    # [not person]
    key_checked = needs_key("x-api-key", secret)
    # [/]
    # [person]
    key_checked = needs_key("authorization", secret, prefix="Bearer ")
    # [/]
    # [/]

    # [filing tracking]
    def shown(demand: dict[str, Any]) -> dict[str, Any]:
        status = demands.stage(demand, PLAN).word
        # [not person]
        status = "refused" if status == "done" and demand["subject"] == REFUSED_SUBJECT else status
        return {"number": demand["number"], "key": demand["key"], "status": status}
        # [/]
        # [person]
        # [question]
        asks = FIRST_YEAR <= demand["year"] < ON_PAPER_BEFORE and status != "open" and not demand["answered"]
        status = "waiting" if asks else status
        # [/]
        status = "refused" if status == "done" and demand["year"] < FIRST_YEAR else status
        return {
            "number": demand["number"],
            "key": demand["key"],
            "status": status,
            "reason": "not_on_record" if status == "refused" else None,
            "documents": ["certificate"] if status == "done" else [],
            # [question]
            "question": {"number": f"{demand['number']}-1", **QUESTION} if asks else None,
            # [/]
        }
        # [/]

    # [/]
    # [filing]
    # [person]
    @post("/demands", sync_to_thread=False)
    def file_demand(request: Call, data: JSONBody[dict[str, Any]]) -> Answer:
        key = request.headers.get("idempotency-key", "")
        if not key or not data["person"]["family_name"].strip():
            raise Objection(422, "form_invalid", "A name is missing.", "family_name")
        if (data["requester"] or {}).get("national_id") != data["person"]["cnie"]:
            raise Objection(422, "not_the_holder")
        # [file]
        if not readable(data["scan"]):
            raise Objection(422, "form_invalid")
        # [/]
        # [not question]
        demand = demands.take(key, {"person": data["person"], "year": data["year"]})
        # [/]
        # [question]
        demand = demands.take(key, {"person": data["person"], "year": data["year"], "answered": False})
        # [/]
        return Response(shown(demand), status_code=201)

    # [question]
    @post("/demands/{reference:str}/answers", status_code=200, sync_to_thread=False)
    def answer(reference: FromPath[str], data: JSONBody[dict[str, Any]]) -> Answer:
        demand = demands.known(reference)
        asked = shown(demand)["question"] or demand["answered"]
        if not asked or data["question"] != f"{reference}-1":
            raise Objection(409, "not_asked")
        if not data["files"] or not all(readable(each) for each in data["files"]):
            raise Objection(422, "form_invalid")
        if not demand["answered"]:
            demand = demands.change(demand, "answer", answered=True)
        return Response(shown(demand))

    # [/]
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

    # [/]
    # [not person]
    @post("/demands", sync_to_thread=False)
    def lodge(data: JSONBody[dict[str, Any]]) -> Answer:
        if not data["subject"].strip():
            raise Objection(422, "subject_empty", "There is no subject.", "subject")
        return Response(shown(demands.take(data["key"], {"subject": data["subject"]})), status_code=201)

    @get("/demands/{number:str}", sync_to_thread=False)
    def read(number: FromPath[str]) -> Answer:
        return Response(shown(demands.known(number)))

    # [/]
    @get("/demands", sync_to_thread=False)
    def search(key: FromQuery[str]) -> Answer:
        return Response([shown(demand) for demand in demands.with_key(key)])

    # [/]
    # [tracking]
    @get("/tracking/{number:str}", sync_to_thread=False)
    def track(number: FromPath[str]) -> Answer:
        if number == KNOWN:
            return Response({"number": KNOWN, "status": "working"})
        demand = demands.known(number)
        return Response({"number": demand["number"], "status": shown(demand)["status"]})

    # [/]
    # [paying]
    sender = CallbackSender(context)
    # [/]
    app: ASGIApp = Litestar(
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
        before_request=key_checked,
        exception_handlers={Objection: objecting()},
        openapi_config=None,
        logging_config=None,
    )
    # [paying]
    return SendingApp(app, sender)
    # [/]
    # [not paying]
    return app
    # [/]
