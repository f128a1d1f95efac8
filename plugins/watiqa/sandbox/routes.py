"""A stand-in for watiqa.ma: OAuth 2 client credentials and orders over JSON. The rules are in `orders.py`.

Every path but `/oauth/token` needs a bearer token. Errors are `{"error", "message", "fields"}`; at the token
endpoint `error` is a word of RFC 6749 section 5.2.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Litestar, Response, Router, get, post
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.types import ASGIApp

from gateway.sandbox.authoring import (
    AccessTokens,
    AnyRequest,
    Objection,
    SandboxContext,
    must_be_client_credentials,
    must_know_secret,
    objecting,
    read_form,
    read_json,
)

from .orders import Orders
from .shapes import NewOrder, Sought


def sandbox(context: SandboxContext) -> ASGIApp:
    tokens, orders = AccessTokens(context), Orders(context)

    @post("/oauth/token", status_code=200)
    async def token(request: AnyRequest) -> Response[dict[str, Any]]:
        form = await read_form(request)
        must_be_client_credentials(form.get("grant_type", ""))
        must_know_secret(context, request.headers.get("authorization", ""), form)
        return Response(tokens.issue(), headers={"cache-control": "no-store"})

    @post("/orders")
    async def create(request: AnyRequest) -> dict[str, Any]:
        return orders.create(await read_json(request, NewOrder))

    @get("/orders")
    async def lodged_as(client_reference: FromQuery[str]) -> dict[str, Any]:
        return {"orders": orders.lodged_as(client_reference)}

    @post("/orders/check", status_code=200)
    async def check(request: AnyRequest) -> dict[str, Any]:
        return {"objections": orders.check(await read_json(request, Sought))}

    @get("/orders/{number:str}")
    async def show(number: FromPath[str]) -> dict[str, Any]:
        return orders.get(number)

    @post("/orders/states", status_code=200)
    async def states(request: AnyRequest) -> dict[str, Any]:
        return {"orders": orders.states((await read_json(request, Numbers)).numbers)}

    @post("/orders/{number:str}/cancel", status_code=200)
    async def cancel(number: FromPath[str]) -> dict[str, Any]:
        return orders.cancel(number)

    @post("/orders/{number:str}/reissue", status_code=200)
    async def reissue(request: AnyRequest, number: FromPath[str]) -> dict[str, Any]:
        return orders.reissue(number, (await read_json(request, Reissue)).parcel)

    @get("/orders/{number:str}/documents/{paper:str}")
    async def document(number: FromPath[str], paper: FromPath[str]) -> Response[bytes]:
        return Response(orders.paper(number, paper), media_type="application/pdf")

    @post("/tracking", status_code=200)
    async def tracking(request: AnyRequest) -> dict[str, Any]:
        asked = await read_json(request, Tracking)
        return orders.track(asked.order, asked.email)

    async def bearer(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        tokens.check(connection.headers.get("authorization", ""))

    handlers = [create, lodged_as, check, show, states, cancel, reissue, document, tracking]
    return Litestar(
        [token, Router("/", route_handlers=handlers, guards=[bearer])],
        exception_handlers={Objection: objecting(challenge="Bearer")},
        openapi_config=None,
        logging_config=None,
    )


class Tracking(msgspec.Struct, frozen=True):
    order: str
    email: str


class Numbers(msgspec.Struct, frozen=True):
    numbers: Annotated[list[str], msgspec.Meta(max_length=100)]


class Reissue(msgspec.Struct, frozen=True):
    parcel: str
