"""Card payments, and the stamps that they buy.

The payer's browser comes with fields that the gateway has signed. What came of it is pushed to the gateway, signed, and
again until somebody answers.
"""

from __future__ import annotations

import hashlib
import hmac
import html
import json
import time
from typing import Any, Final

from litestar import MediaType, Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED, HTTP_303_SEE_OTHER

from gateway.sandbox.authoring import NoticeSender, Objection, SandboxContext, read_form, read_json

CARD: Final = "4000000000000010"
"""The one that pays; any other is declined."""
AGAIN_SECONDS: Final = 1.0
FIELDS: Final = ("order", "amount", "return_url", "callback_url")
"""In the order in which they are signed."""

Call = Request[Any, Any, Any]
Body = dict[str, Any]


class CallbackSender(NoticeSender):
    def __init__(self, context: SandboxContext) -> None:
        super().__init__()
        self._context = context
        self._waiting = context.table("callbacks")

    def tell(self, callback_url: str, payment: Body) -> None:
        told = {name: payment[name] for name in ("order", "status", "amount", "transaction")}
        self._waiting.put(f"{payment['order']}.{payment['attempts']}", {"url": callback_url, "body": json.dumps(told)})
        self.wake()

    async def go_round(self) -> float | None:
        for name, each in self._waiting.items():
            path, body, at = each["url"].rpartition("/")[2], each["body"].encode(), str(int(time.time()))
            signature = f"{at}.{_signature(self._context, 'skeleton push v1', path, at, body=body)}"
            said = await self.post(each["url"], body, {"x-signature": signature, "content-type": "application/json"})
            if said is not None:
                self._waiting.delete(name)
        return AGAIN_SECONDS if len(self._waiting) else None


def payments(context: SandboxContext, sender: CallbackSender) -> list[HTTPRouteHandler]:
    paid, stamps, refunds = context.table("payments"), context.table("stamps"), context.table("refunds")

    def signed(fields: dict[str, str]) -> list[str]:
        values = [fields.get(name, "") for name in FIELDS]
        right = _signature(context, "skeleton card page v1", *values, body=b"")
        if not hmac.compare_digest(right, fields.get("signature", "")):
            raise Objection(403, "bad_signature")
        return values

    @post("/card", media_type=MediaType.HTML, status_code=HTTP_200_OK)
    async def card_page(request: Call) -> str:
        fields = await read_form(request)
        order, amount, _, _ = signed(fields)
        if paid.get(order) is None:
            opened = {"order": order, "amount": amount, "status": "open", "transaction": "", "attempts": 0}
            paid.put(order, opened)
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(fields[name])}">'
            for name in (*FIELDS, "signature")
        )
        asked = "".join(f'<input name="{name}" value="">' for name in ("number", "expiry", "cvc"))
        action = f"{context.base_url}/card/pay"
        return f'<!doctype html><form method="post" action="{action}">{hidden}{asked}<button>{amount}</button></form>'

    @post("/card/pay", status_code=HTTP_303_SEE_OTHER)
    async def pay(request: Call) -> Response[None]:
        fields = await read_form(request)
        order, _, return_url, callback_url = signed(fields)
        payment = paid.get(order)
        if payment is None:
            raise Objection(404, "no_such_payment")
        if payment["status"] in ("open", "declined"):
            with context.store.transaction():
                payment["attempts"] += 1
                payment["status"] = "paid" if fields.get("number") == CARD else "declined"
                payment["transaction"] = f"T-{order}-{payment['attempts']}"
                paid.put(order, payment)
                if payment["status"] == "paid":
                    context.effects.record("payment", order)
            sender.tell(callback_url, payment)
        return Response(None, status_code=HTTP_303_SEE_OTHER, headers={"location": return_url})

    def payment_of(order: str) -> Body:
        found = paid.get(order)
        if found is None:
            raise Objection(404, "no_such_payment")
        return found

    @get("/payments/{order:str}", sync_to_thread=False)
    def payment(order: FromPath[str]) -> Body:
        found = payment_of(order)
        return {name: found[name] for name in ("order", "status", "amount", "transaction")}

    @post("/payments/{order:str}/refund", status_code=HTTP_200_OK)
    async def refund(order: FromPath[str], request: Call) -> Body:
        """Once for each order, however often it is asked."""
        amount = (await read_json(request, dict[str, str])).get("amount", "")
        found, made = payment_of(order), refunds.get(order)
        if made is None:
            if found["status"] != "paid" or found["amount"] != amount:
                raise Objection(409, "not_paid")
            made = {"order": order, "reference": f"R-{len(refunds) + 1}", "amount": amount}
            with context.store.transaction():
                refunds.put(order, made)
                paid.put(order, {**found, "status": "refunded"})
                context.effects.record("refund", order)
        return made

    @post("/stamps", status_code=HTTP_201_CREATED)
    async def issue(request: Call) -> Body:
        asked = await read_json(request, dict[str, str])
        found = payment_of(asked["order"])
        if found["status"] != "paid" or found["amount"] != asked["amount"]:
            raise Objection(409, "not_paid")
        with context.store.transaction():
            serial = f"{len(stamps) + 1:016d}"
            made = {"serial": serial, "key": asked["key"], "status": "issued", "amount": asked["amount"]}
            stamps.put(serial, made)
            context.effects.record("stamp", serial)
        return made

    @get("/stamps", sync_to_thread=False)
    def search(key: FromQuery[str]) -> list[Body]:
        return [_shown(each) for each in stamps.where(key=key)]

    def stamp_of(serial: str) -> Body:
        found = stamps.get(serial)
        if found is None:
            raise Objection(404, "no_such_stamp")
        return found

    @get("/stamps/{serial:str}", sync_to_thread=False)
    def read(serial: FromPath[str]) -> Body:
        return _shown(stamp_of(serial))

    @post("/stamps/{serial:str}/use", status_code=HTTP_200_OK)
    async def use(serial: FromPath[str], request: Call) -> Body:
        demand = (await read_json(request, dict[str, str])).get("demand", "")
        found = stamp_of(serial)
        if found["status"] == "cancelled":
            raise Objection(409, "stamp_cancelled")
        if found["status"] == "used" and found["demand"] != demand:
            raise Objection(409, "stamp_used")
        return _changed(found, "used", demand)

    @post("/stamps/{serial:str}/cancel", status_code=HTTP_200_OK, sync_to_thread=False)
    def cancel(serial: FromPath[str]) -> Body:
        found = stamp_of(serial)
        if found["status"] == "used":
            raise Objection(409, "stamp_used")
        return _changed(found, "cancelled")

    def _changed(found: Body, status: str, demand: str = "") -> Body:
        if found["status"] != status:
            with context.store.transaction():
                stamps.put(found["serial"], {**found, "status": status, "demand": demand})
                context.effects.record(f"stamp_{status}", found["serial"])
        return _shown({**found, "status": status})

    return [card_page, pay, payment, refund, issue, search, read, use, cancel]


def _shown(stamp: Body) -> Body:
    return {name: stamp[name] for name in ("serial", "key", "status", "amount")}


def _signature(context: SandboxContext, *lines: str, body: bytes) -> str:
    message = b"\n".join([*(each.encode() for each in lines), body])
    return hmac.new(context.secrets["payment_key"].encode(), message, hashlib.sha256).hexdigest()
