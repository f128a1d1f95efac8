"""A stand-in for watiqa.ma: OAuth 2 client credentials and orders over JSON. The rules are in `sandbox_office.py`.

Every path but `/oauth/token` needs a bearer token. Errors are `{"error", "message", "fields"}`; at the token
endpoint `error` is a word of RFC 6749 section 5.2.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import Any, Final, TypeVar
from urllib.parse import parse_qs, unquote_plus

import msgspec
from litestar import Litestar, Request, Response, Router, get, post
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.types import ASGIApp

from gateway.sandbox.desk import Desk

from .sandbox_office import Objection, Office
from .sandbox_order import NewOrder

TOKEN_SECONDS: Final = 300.0

T = TypeVar("T")


def sandbox(desk: Desk) -> ASGIApp:
    tokens, office = Tokens(desk), Office(desk)

    @post("/oauth/token", status_code=200)
    async def token(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        client, secret = _credentials(request.headers.get("authorization", ""), form)
        return Response(tokens.issue(client, secret, form.get("grant_type", "")), headers={"cache-control": "no-store"})

    @post("/orders")
    async def create(request: Request[Any, Any, Any]) -> dict[str, Any]:
        return office.create(await _body(request, NewOrder))

    @get("/orders")
    async def lodged_as(client_reference: FromQuery[str]) -> dict[str, Any]:
        return {"orders": office.lodged_as(client_reference)}

    @get("/orders/{number:str}")
    async def show(number: FromPath[str]) -> dict[str, Any]:
        return office.get(number)

    @post("/orders/{number:str}/cancel", status_code=200)
    async def cancel(number: FromPath[str]) -> dict[str, Any]:
        return office.cancel(number)

    @post("/orders/{number:str}/reissue", status_code=200)
    async def reissue(request: Request[Any, Any, Any], number: FromPath[str]) -> dict[str, Any]:
        return office.reissue(number, (await _body(request, Reissue)).parcel)

    @get("/orders/{number:str}/documents/{paper:str}")
    async def document(number: FromPath[str], paper: FromPath[str]) -> Response[bytes]:
        return Response(office.paper(number, paper), media_type="application/pdf")

    @post("/tracking", status_code=200)
    async def tracking(request: Request[Any, Any, Any]) -> dict[str, Any]:
        asked = await _body(request, Tracking)
        return office.track(asked.order, asked.email)

    async def bearer(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        tokens.check(connection.headers.get("authorization", ""))

    orders = Router("/", route_handlers=[create, lodged_as, show, cancel, reissue, document, tracking], guards=[bearer])
    return Litestar(
        [token, orders],
        exception_handlers={Objection: _object},
        openapi_config=None,
        logging_config=None,
    )


class Tracking(msgspec.Struct, frozen=True):
    order: str
    email: str


class Reissue(msgspec.Struct, frozen=True):
    parcel: str


class Tokens:
    """Access tokens. They live `token_seconds` of the *client's* time: the client's clock is not sped up with ours.
    A jump of the sandbox's clock ends them early, which is how a test sees a token revoked."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._table = desk.table("tokens")
        self._seconds = float(desk.options.get("token_seconds", TOKEN_SECONDS))

    def issue(self, client: str, secret: str, grant_type: str) -> dict[str, Any]:
        if grant_type != "client_credentials":
            raise Objection(400, "unsupported_grant_type", "Only client_credentials is supported.")
        known = hmac.compare_digest(client.encode(), self._desk.options.get("client_id", "mre-gateway").encode())
        right = hmac.compare_digest(secret.encode(), self._desk.secrets["client_secret"].encode())
        if not (known and right):
            raise Objection(401, "invalid_client", "Unknown client or wrong secret.")
        token, now = secrets.token_urlsafe(32), self._desk.clock.timestamp()
        with self._desk.store.transaction():
            for key, old in self._table.items():
                if old["expires"] <= now:
                    self._table.delete(key)
            self._table.put(_digest(token), {"expires": now + self._seconds * self._desk.clock.speed})
        return {"access_token": token, "token_type": "Bearer", "expires_in": int(self._seconds)}

    def check(self, authorization: str) -> None:
        scheme, _, token = authorization.partition(" ")
        known = self._table.get(_digest(token)) if scheme.lower() == "bearer" else None
        if known is None or known["expires"] <= self._desk.clock.timestamp():
            raise Objection(401, "invalid_token", "The access token is missing, unknown or expired.")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _credentials(authorization: str, form: dict[str, str]) -> tuple[str, str]:
    """Client id and secret from HTTP Basic or from the form: RFC 6749 section 2.3.1 allows both."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        client, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(client), unquote_plus(secret)


async def _body(request: Request[Any, Any, Any], shape: type[T]) -> T:
    try:
        return msgspec.json.decode(await request.body(), type=shape)
    except msgspec.DecodeError as error:
        raise Objection(400, "demande_invalide", str(error)) from error


def _object(_: Request[Any, Any, Any], objection: Objection) -> Response[dict[str, Any]]:
    return Response(
        {"error": objection.error, "message": objection.message, "fields": list(objection.fields)},
        status_code=objection.status,
        headers={"www-authenticate": "Bearer"} if objection.status == 401 else None,
    )
