"""Echo's portal: takes a demand and does with it what the form's field `behave` says. All times are simulated."""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from datetime import UTC, datetime
from math import ceil
from typing import Any, Final

import msgspec
from litestar import Litestar, Request, Response, get, post
from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.types import ASGIApp

from gateway.sandbox.authoring import Objection, SandboxContext

from .appointments import diary

BEHAVIOURS: Final = {
    # behave: hours after the demand, status from then on
    "complete": ((0, "accepted"), (1, "in_hand"), (24, "ready"), (48, "done")),
    "slow": ((0, "accepted"), (10, "in_hand"), (240, "ready"), (480, "done")),
    "reject_later": ((0, "accepted"), (1, "in_hand"), (24, "turned_down")),
    "unknown_status": ((0, "accepted"), (1, "on_the_moon")),
    "never": ((0, "accepted"), (1, "in_hand")),
    # waiting: until the person has answered; what follows begins anew then
    "ask_document": ((0, "accepted"), (1, "waiting")),
    "ask_confirm": ((0, "accepted"), (1, "waiting")),
    "ask_fee": ((0, "accepted"), (1, "waiting")),
    "ask_fee_then_reject": ((0, "accepted"), (1, "waiting")),
    "ask_slot": ((0, "accepted"), (1, "waiting")),
    "ask_and_forget": ((0, "accepted"), (1, "waiting"), (240, "in_hand"), (480, "done")),
    "no_show": ((0, "accepted"), (1, "waiting")),
    "rate": ((0, "accepted"), (1, "done")),
    "appeal": ((0, "accepted"), (1, "turned_down")),
}
"""And `refuse`, refused at once. A demand to be sent by post is never `done` here: the parcel's arrival ends it."""

REQUIRED_ACTIONS: Final[dict[str, dict[str, Any]]] = {
    # behave: what is wanted of the person while it is waiting or, if it may be left out, at the end
    "ask_document": {"type": "provide_document", "code": "proof_missing"},
    "ask_confirm": {"type": "confirm", "code": "go_on", "options": ["yes", "no"]},
    "ask_fee": {"type": "pay", "code": "fee_on_decision", "amount": 3000},
    "ask_fee_then_reject": {"type": "pay", "code": "fee_on_decision", "amount": 3000},
    "ask_slot": {"type": "choose_slot", "code": "come_in_person"},
    "ask_and_forget": {"type": "provide_document", "code": "proof_missing"},
    "no_show": {"type": "choose_slot", "code": "come_in_person"},
    "rate": {"type": "rate", "code": "how_was_it", "options": ["1", "2", "3", "4", "5"], "optional": True},
    "appeal": {"type": "appeal", "code": "not_content", "optional": True},
}
AFTER: Final = {
    # behave: hours after the answer, status from then on
    "ask_fee_then_reject": ((0, "in_hand"), (24, "turned_down")),
    "no_show": ((0, "in_hand"), (24, "waiting")),
}
GOES_ON: Final = ((0, "in_hand"), (24, "ready"), (48, "done"))

MOST_AT_ONCE: Final = 50
"""References in one question."""
SERVICES: Final = ("note", "stamped", "parcel", "visit", "meeting")


class Lodged(msgspec.Struct):
    client_reference: str
    service: str
    form: dict[str, Any]
    language: str = "fr"
    stamp: str | None = None
    booking: str | None = None
    related: dict[str, Any] | None = None
    attachments: list[dict[str, Any]] = []
    requester: dict[str, Any] | None = None
    priority: bool = False


class Listed(msgspec.Struct):
    references: list[str]


def sandbox(context: SandboxContext) -> ASGIApp:
    portal = EchoPortal(context)

    def with_key(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        given = connection.headers.get("X-API-Key", "")
        if not hmac.compare_digest(given.encode(), context.secrets["api_key"].encode()):
            raise NotAuthorizedException

    def refused(_: Request[Any, Any, Any], refusal: Objection) -> Response[dict[str, str]]:
        return Response({"error": refusal.error}, status_code=refusal.status)

    @post("/demands")
    async def lodge(data: JSONBody[Lodged]) -> dict[str, Any]:
        return portal.lodge(data)

    @get("/demands")
    async def search(client_reference: FromQuery[str]) -> dict[str, Any]:
        return {"demands": portal.search(client_reference)}

    @get("/demands/{reference:str}")
    async def show(reference: FromPath[str]) -> Response[dict[str, Any]]:
        demand = portal.demand(reference)
        return Response(portal.shown(demand), headers=portal.come_again(demand))

    @post("/demands/standing", status_code=200)
    async def standing(data: JSONBody[Listed]) -> dict[str, Any]:
        return {"demands": portal.standing(data.references)}

    @post("/demands/{reference:str}/cancel", status_code=200)
    async def cancel(reference: FromPath[str]) -> dict[str, Any]:
        return portal.cancel(reference)

    @post("/demands/{reference:str}/actions/{action:str}", status_code=200)
    async def act(reference: FromPath[str], action: FromPath[str], data: JSONBody[dict[str, Any]]) -> dict[str, Any]:
        return portal.act(reference, action, data)

    @get("/demands/{reference:str}/documents/{id:str}")
    async def document(reference: FromPath[str], id: FromPath[str]) -> dict[str, Any]:
        return portal.document(reference, id)

    return Litestar(
        [lodge, search, show, standing, cancel, act, document, *diary(context)],
        guards=[with_key],
        exception_handlers={Objection: refused},
        openapi_config=None,
    )


class EchoPortal:
    def __init__(self, context: SandboxContext) -> None:
        self.context = context
        self.demands = context.table("demands")

    def lodge(self, lodged: Lodged) -> dict[str, Any]:
        behave = lodged.form.get("behave", "complete")
        if lodged.service not in SERVICES:
            raise Objection(422, "unknown_service")
        if lodged.service in ("stamped", "visit") and not re.fullmatch(r"[0-9]{16}", lodged.stamp or ""):
            raise Objection(422, "stamp_missing")
        if behave not in BEHAVIOURS:
            raise Objection(422, "as_you_asked")
        with self.context.store.transaction():
            demand = {
                "reference": f"E{len(self.demands) + 1:08d}",
                "client_reference": lodged.client_reference,
                "service": lodged.service,
                "text": lodged.form.get("text", ""),
                "by_post": lodged.form.get("delivery", {}).get("method") == "post",
                "behave": behave,
                "answered": [],
                "about": (lodged.related or {}).get("case_id", ""),
                "booking": lodged.booking,
                "files": [each["filename"] for each in lodged.attachments],
                "plan": self._plan(BEHAVIOURS[behave]),
                "lost_parcels": [],
            }
            self.demands.put(demand["reference"], demand)
            served_first = {"priority": True} if lodged.priority else {}
            self.context.effects.record(
                "demand", demand["reference"], client_reference=lodged.client_reference, **served_first
            )
        return self.shown(demand)

    def search(self, client_reference: str) -> list[dict[str, Any]]:
        return [self.shown(demand) for demand in self.demands.where(client_reference=client_reference)]

    def demand(self, reference: str) -> dict[str, Any]:
        found = self.demands.get(reference)
        if found is None:
            raise Objection(404, "no_such_demand")
        return found

    def standing(self, references: list[str]) -> list[dict[str, Any]]:
        """Those that there are, each once, in Echo's own order."""
        if len(references) > MOST_AT_ONCE:
            raise Objection(422, "too_many")
        return [self.shown(demand) for reference, demand in self.demands.items() if reference in set(references)]

    def come_again(self, demand: dict[str, Any]) -> dict[str, str]:
        """`slow` knows when it will have news, and says so in the caller's seconds."""
        now = self.context.clock.timestamp()
        later = [at - now for at, _ in demand["plan"] if at > now]
        if demand["behave"] != "slow" or not later:
            return {}
        return {"Retry-After": str(max(1, ceil(min(later) / self.context.clock.moves_in(1.0))))}

    def cancel(self, reference: str) -> dict[str, Any]:
        demand = self.demand(reference)
        past = self._past(demand)
        if past[-1][1] in ("ready", "done", "turned_down"):
            raise Objection(409, "too_late")
        if past[-1][1] != "taken_back":
            self._change(demand, [*past, (self.context.clock.timestamp(), "taken_back")], "withdrawal", reference)
        return self.shown(demand)

    def act(self, reference: str, action: str, answer: dict[str, Any]) -> dict[str, Any]:
        """What the person answers to what is wanted; the same answer again changes nothing.

        And `reissue`, when the parcel `{"parcel": number}` was lost: prepared again, once per parcel.
        """
        demand = self.demand(reference)
        if action != "reissue":
            return self._answer(demand, action, answer)
        parcel, past = answer.get("parcel"), self._past(demand)
        if not demand["by_post"] or not parcel:
            raise Objection(409, "no_such_action")
        if parcel not in demand["lost_parcels"]:
            if past[-1][1] != "ready":
                raise Objection(409, "no_such_action")
            demand["lost_parcels"].append(parcel)
            now = self.context.clock.timestamp()
            self._change(demand, [*past, (now, "in_hand"), (now + 24 * 3600, "ready")], "reissue", parcel)
        return self.shown(demand)

    def _answer(self, demand: dict[str, Any], action: str, answer: dict[str, Any]) -> dict[str, Any]:
        if action == "choose_slot" and answer.get("booking") and demand["service"] in ("visit", "meeting"):
            demand["booking"] = answer["booking"]  # it has been moved
            self.demands.put(demand["reference"], demand)
            return self.shown(demand)
        if answer in demand["answered"]:
            return self.shown(demand)
        wanted = self.wanted(demand)
        if wanted is None or wanted["type"] != action:
            raise Objection(409, "no_such_action")
        if not self._fits(wanted, answer):
            raise Objection(422, "answer_unfit")
        demand["answered"].append(answer)
        plan = self._past(demand)
        if not wanted.get("optional"):
            after = ((0, "turned_down"),) if answer.get("choice") == "no" else AFTER.get(demand["behave"], GOES_ON)
            plan = [*plan, *self._plan(after)]
        key = f"{demand['reference']}:{action}"
        self._change(demand, plan, "answer", key, client_reference=demand["client_reference"])
        return self.shown(demand)

    def _fits(self, wanted: dict[str, Any], answer: dict[str, Any]) -> bool:
        files = answer.get("attachments") or []
        return {
            "pay": re.fullmatch(r"[0-9]{16}", str(answer.get("stamp"))) is not None,
            "choose_slot": bool(answer.get("booking")),
            "provide_document": bool(files) and all("unreadable" not in each["filename"] for each in files),
            "confirm": answer.get("choice") in wanted.get("options", ()),
            "rate": answer.get("choice") in wanted.get("options", ()),
            "appeal": bool(answer.get("text")),
        }[wanted["type"]]

    def wanted(self, demand: dict[str, Any]) -> dict[str, Any] | None:
        """What the person has to do, or may do, at this moment."""
        wanted, status = REQUIRED_ACTIONS.get(demand["behave"]), self._past(demand)[-1][1]
        if wanted is None or (status != "waiting" and not wanted.get("optional")):
            return None
        if wanted.get("optional") and (demand["answered"] or status not in ("done", "turned_down")):
            return None
        missed = demand["behave"] == "no_show" and demand["answered"]
        return {**wanted, "code": "did_not_come"} if missed else wanted

    def document(self, reference: str, id: str) -> dict[str, Any]:
        demand = self.demand(reference)
        if id not in [each["id"] for each in self.shown(demand)["documents"]]:
            raise Objection(404, "no_such_document")
        return {
            "id": id,
            "filename": f"{reference}.txt",
            "media_type": "text/plain",
            "content": b64encode(demand["text"].encode()).decode(),
        }

    def shown(self, demand: dict[str, Any]) -> dict[str, Any]:
        past = self._past(demand)
        status = past[-1][1]
        has_document = demand["service"] != "parcel" and status in ("ready", "done")
        return {
            "reference": demand["reference"],
            "client_reference": demand["client_reference"],
            "history": [{"status": word, "at": datetime.fromtimestamp(at, UTC).isoformat()} for at, word in past],
            "documents": [{"id": "result", "title": "Écho", "media_type": "text/plain"}] if has_document else [],
            "wanted": self.wanted(demand),
            "reason": "as_you_asked" if status == "turned_down" else "",
        }

    def _plan(self, steps: tuple[tuple[int, str], ...]) -> list[tuple[float, str]]:
        now = self.context.clock.timestamp()
        return [(now + hours * 3600, status) for hours, status in steps]

    def _past(self, demand: dict[str, Any]) -> list[tuple[float, str]]:
        """What has happened, oldest first: when, status. Never empty."""
        plan = [step for step in demand["plan"] if not (step[1] == "done" and demand["by_post"])]
        now = self.context.clock.timestamp()
        return [plan[0], *(step for step in plan[1:] if step[0] <= now)]

    def _change(
        self, demand: dict[str, Any], plan: list[tuple[float, str]], effect: str, key: str, **detail: str
    ) -> None:
        demand["plan"] = plan
        with self.context.store.transaction():
            self.demands.put(demand["reference"], demand)
            self.context.effects.record(effect, key, **detail)
