"""Stand-in for eTimbre and CMI: the card page under /fim, inquiries and refunds under /payments, stamps under /stamps.

What is known of the real ones and what is assumed is in README.md.
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Litestar, MediaType, Response, Router, get, post
from litestar.exceptions import HTTPException
from litestar.params import FromPath, FromQuery, JSONBody

from gateway.sandbox.authoring import AnyRequest, SandboxContext, SendingApp

from . import card_page, card_payments
from .callback_sender import CallbackSender
from .card_payments import CardPayments, CardRefused
from .message_signatures import BadSignature, Message, SignatureCheck
from .stamps import StampRegister

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class RefundRequest(msgspec.Struct, forbid_unknown_fields=True):
    amount: Text


class StampRequest(msgspec.Struct, forbid_unknown_fields=True):
    client_reference: Text
    oid: Text
    amount: Text
    service: Text


class UseRequest(msgspec.Struct, forbid_unknown_fields=True):
    reference: Text


def sandbox(context: SandboxContext) -> SendingApp:
    payments = CardPayments(context)
    sender = CallbackSender(context, payments)
    app = Litestar(
        route_handlers=[_card_routes(context, payments, sender), _merchant_routes(context, payments, sender)],
        exception_handlers={HTTPException: _json_refusal},
        openapi_config=None,
        logging_config=None,
    )
    return SendingApp(app, sender)


def _card_routes(context: SandboxContext, payments: CardPayments, sender: CallbackSender) -> Router:
    def page(html: str, status: int = 200) -> Response[str]:
        return Response(html, media_type=MediaType.HTML, status_code=status, headers=card_page.HEADERS)

    def card(payment: dict[str, Any], *, alert: str = "", errors: dict[str, str] | None = None) -> Response[str]:
        return page(
            card_page.card(
                lang=_language(payment["posted"]),
                base_url=context.base_url,
                session=payment["token"],
                oid=payment["oid"],
                amount=payment["amount"],
                alert=alert,
                errors=errors or {},
            ),
            422 if errors else 200,
        )

    def after(payment: dict[str, Any]) -> Response[str]:
        """The page that fits where the attempt stands."""
        if payment["status"] == "challenged":
            lang = _language(payment["posted"])
            return page(card_page.secure(lang=lang, base_url=context.base_url, session=payment["token"]))
        if payment["status"] in card_payments.ONGOING and payment["attempts"] < card_payments.MAX_ATTEMPTS:
            return card(payment, alert="declined")
        url = payment["posted"]["failUrl" if payment["status"] == "declined" else "okUrl"]
        return page(card_page.back(lang=_language(payment["posted"]), url=url, fields=payment["outcome"]))

    @post("/est3Dgate")
    async def checkout(request: AnyRequest) -> Response[str]:
        payment = payments.open(await _form(request))
        return card(payment) if payment["status"] == "open" else after(payment)

    @post("/pay")
    async def pay(request: AnyRequest) -> Response[str]:
        form = await _form(request)
        payment = payments.session(form.get("session", ""))
        if payment["status"] not in ("open", "declined"):
            return after(payment)  # "pay" pressed twice
        try:
            sent = payments.pay(
                payment, pan=form.get("pan", ""), expiry=form.get("expiry", ""), cvc=form.get("cvc", "").strip()
            )
        except CardRefused as refused:
            return card(payment, errors=refused.errors)
        await sender.send(sent)
        return after(payment)

    @post("/3ds")
    async def secure(request: AnyRequest) -> Response[str]:
        form = await _form(request)
        payment = payments.session(form.get("session", ""))
        if payment["status"] == "challenged":
            await sender.send(payments.prove(payment, form.get("code", "")))
        return after(payment)

    @post("/cancel")
    async def cancel(request: AnyRequest) -> Response[str]:
        payment = payments.session((await _form(request)).get("session", ""))
        if payment["status"] in card_payments.ONGOING:
            await sender.send(payments.give_up(payment))
        return after(payment)

    def refusal(request: AnyRequest, error: HTTPException) -> Response[str]:
        return page(card_page.problem(lang=request.state.get("lang", "fr"), code=error.detail), error.status_code)

    return Router("/fim", route_handlers=[checkout, pay, secure, cancel], exception_handlers={HTTPException: refusal})


def _merchant_routes(context: SandboxContext, payments: CardPayments, sender: CallbackSender) -> Router:
    check = SignatureCheck(context)
    stamps = StampRegister(context, payments)

    async def authenticate(request: AnyRequest) -> None:
        query = request.scope["query_string"].decode()
        url = context.base_url + request.scope["path"] + (f"?{query}" if query else "")
        try:
            check(Message(method=request.method, url=url, headers=request.headers), await request.body())
        except BadSignature as error:
            raise HTTPException(status_code=401, detail=str(error)) from error

    @get("/payments/{oid:str}", sync_to_thread=False)
    def payment(oid: FromPath[str]) -> dict[str, Any]:
        sender.look_after_money()
        return card_payments.inquiry(payments.payment(oid))

    @post("/payments/{oid:str}/refund", status_code=200, sync_to_thread=False)
    def refund(oid: FromPath[str], data: JSONBody[RefundRequest]) -> dict[str, Any]:
        return payments.refund(oid, data.amount)

    @post("/stamps", sync_to_thread=False)
    def issue(data: JSONBody[StampRequest]) -> dict[str, Any]:
        return stamps.issue(
            client_reference=data.client_reference, oid=data.oid, amount=data.amount, service=data.service
        )

    @get("/stamps", sync_to_thread=False)
    def find(client_reference: FromQuery[Text]) -> dict[str, Any]:
        return {"stamps": stamps.issued_for(client_reference)}

    @get("/stamps/{serial:str}", sync_to_thread=False)
    def stamp(serial: FromPath[str]) -> dict[str, Any]:
        return stamps.stamp(serial)

    @post("/stamps/{serial:str}/reserve", status_code=200, sync_to_thread=False)
    def reserve(serial: FromPath[str], data: JSONBody[UseRequest]) -> dict[str, Any]:
        return stamps.move(serial, "reserve", data.reference)

    @post("/stamps/{serial:str}/consume", status_code=200, sync_to_thread=False)
    def consume(serial: FromPath[str], data: JSONBody[UseRequest]) -> dict[str, Any]:
        return stamps.move(serial, "consume", data.reference)

    @post("/stamps/{serial:str}/cancel", status_code=200, sync_to_thread=False)
    def cancel(serial: FromPath[str]) -> dict[str, Any]:
        return stamps.move(serial, "cancel")

    return Router(
        "/",
        route_handlers=[payment, refund, issue, find, stamp, reserve, consume, cancel],
        before_request=authenticate,
    )


def _json_refusal(_request: AnyRequest, error: HTTPException) -> Response[dict[str, str]]:
    return Response({"error": error.detail}, status_code=error.status_code)


async def _form(request: AnyRequest) -> dict[str, str]:
    try:
        text = (await request.body()).decode()
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=200)
    except ValueError as error:
        raise HTTPException(status_code=400, detail="malformed_form") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise HTTPException(status_code=400, detail="malformed_form")
    request.state["lang"] = _language(fields)
    return fields


def _language(fields: dict[str, str]) -> str:
    return card_page.language(fields.get("lang", ""))
