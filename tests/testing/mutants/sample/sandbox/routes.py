"""The portal's stand-in: first it wants a fee, then a confirmation, then it works, and then it is done."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from typing import Any

from litestar import Litestar, Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery, JSONBody

from gateway.sandbox.authoring import Objection, SandboxContext, page

Call = Request[Any, Any, State]
Answer = Response[Any]
WANTED: dict[str, dict[str, Any]] = {
    "fee": {"type": "pay", "code": "fee_on_decision", "amount": 3000},
    "consent": {"type": "confirm", "code": "go_on", "options": ["go_on"]},
}


def sandbox(context: SandboxContext) -> Litestar:
    demands = context.table("demands")

    def denied(request: Call) -> Answer | None:
        if hmac.compare_digest(request.headers.get("x-api-key", ""), context.secrets["api_key"]):
            return None
        return Response({"error": "bad_api_key"}, status_code=401)

    def objected(_: Call, objection: Objection) -> Answer:
        return Response({"error": objection.error, "message": ""}, status_code=objection.status)

    def demand(number: str) -> dict[str, Any]:
        found = demands.get(number)
        if found is None:
            raise Objection(404, "no_such_demand")
        return found

    def change(found: dict[str, Any], status: str, effect: str) -> Answer:
        now = datetime.fromtimestamp(context.clock.timestamp(), UTC).isoformat()
        found["history"].append({"status": status, "at": now})
        with context.store.transaction():
            demands.put(found["number"], found)
            context.effects.record(effect, found["number"])
        return Response(shown(found))

    def shown(found: dict[str, Any]) -> dict[str, Any]:
        last = found["history"][-1]
        aged = context.clock.timestamp() - datetime.fromisoformat(last["at"]).timestamp()
        history = list(found["history"])
        if last["status"] == "open" and aged > 3600:
            history.append({"status": "waiting", "at": last["at"]})
        if last["status"] == "working" and aged > 86400:
            history.append({"status": "done", "at": last["at"]})
        status = history[-1]["status"]
        waits = [each for each in WANTED if each not in found["answered"]]
        documents = [{"id": "result", "title": "Réponse", "media_type": "application/pdf"}] if status == "done" else []
        return {
            "number": found["number"],
            "key": found["key"],
            "status": status,
            "history": history,
            "documents": documents,
            "wanted": WANTED[waits[0]] if status == "waiting" and waits else None,
        }

    @post("/demands")
    async def lodge(data: JSONBody[dict[str, Any]]) -> Answer:
        if not data["form"]["subject"].strip():
            raise Objection(422, "subject_unclear")
        now = datetime.fromtimestamp(context.clock.timestamp(), UTC).isoformat()
        with context.store.transaction():
            number = f"D-{len(demands) + 1}"
            lodged = {"number": number, "key": data["key"], "email": data["form"]["email"], "answered": []}
            lodged |= {"history": [{"status": "open", "at": now}]}
            demands.put(number, lodged)
            context.effects.record("demand", number)
        return Response(shown(lodged), status_code=201)

    @post("/checks", status_code=200)
    async def checked(data: JSONBody[dict[str, Any]]) -> dict[str, Any]:
        clear = bool(data["form"]["subject"].strip())
        return {"objections": [] if clear else [{"error": "subject_unclear", "message": "", "fields": ["subject"]}]}

    @get("/demands")
    async def search(key: FromQuery[str]) -> dict[str, Any]:
        return {"demands": [shown(each) for each in demands.where(key=key)]}

    @post("/standing", status_code=200)
    async def standing(data: JSONBody[dict[str, Any]]) -> dict[str, Any]:
        return {"demands": [shown(each) for number, each in demands.items() if number in data["numbers"]]}

    @post("/tracking", status_code=200)
    async def track(data: JSONBody[dict[str, Any]]) -> dict[str, Any]:
        found = demand(data["number"])
        if found["email"] != data["email"]:
            raise Objection(404, "no_such_demand")
        return shown(found)

    @get("/demands/{number:str}")
    async def read(number: FromPath[str]) -> dict[str, Any]:
        return shown(demand(number))

    @post("/demands/{number:str}/actions", status_code=200)
    async def act(number: FromPath[str], data: JSONBody[dict[str, Any]]) -> Answer:
        found = demand(number)
        if ("fee" if data["type"] == "pay" else "consent") in found["answered"]:
            return Response(shown(found))
        found["answered"].append("fee" if data["type"] == "pay" else "consent")
        return change(found, "working" if len(found["answered"]) == len(WANTED) else "waiting", "answer")

    @post("/demands/{number:str}/cancel", status_code=200)
    async def cancel(number: FromPath[str]) -> Answer:
        if demand(number)["history"][-1]["status"] == "cancelled":
            return Response(shown(demand(number)))
        return change(demand(number), "cancelled", "withdrawal")

    @get("/demands/{number:str}/documents/{id:str}")
    async def document(number: FromPath[str], id: FromPath[str]) -> Answer:
        demand(number)
        return Response(page([f"{number} {id}"]), media_type="application/pdf")

    return Litestar(
        [lodge, checked, search, standing, track, read, act, cancel, document],
        before_request=denied,
        exception_handlers={Objection: objected},
        openapi_config=None,
        logging_config=None,
    )
