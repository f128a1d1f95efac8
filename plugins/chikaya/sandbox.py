"""A stand-in for chikaya.ma: signed requests, demands as multipart messages, notices by a signed webhook.

The rules are in `sandbox_office.py`, what is taken in is in `sandbox_intake.py`. Errors are `{"error", "message",
"fields"}`.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Litestar, Request, Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import HTTPException
from litestar.params import FromPath, FromQuery
from litestar.types import Receive, Scope, Send

from gateway.sandbox.desk import Desk

from .sandbox_courier import Courier
from .sandbox_intake import MOST_BYTES, MOST_FILES, NewComplaint, Objection, read
from .sandbox_office import Office
from .sandbox_signature import SignatureCheck

AnyRequest = Request[Any, Any, Any]
T = TypeVar("T")


def sandbox(desk: Desk) -> Sandbox:
    return Sandbox(desk)


class Sandbox:
    """The ASGI application. `startup` and `shutdown` are for the host; without them the first request starts it."""

    def __init__(self, desk: Desk) -> None:
        office = Office(desk)
        self._courier = Courier(desk, office)
        self._app = Litestar(
            [_routes(desk, office, self._courier)],
            exception_handlers={Objection: _object, HTTPException: _refuse},
            request_max_body_size=(MOST_FILES + 1) * MOST_BYTES,
            openapi_config=None,
            logging_config=None,
        )

    async def startup(self) -> None:
        self._courier.start()

    async def shutdown(self) -> None:
        await self._courier.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._courier.start()
        await self._app(scope, receive, send)


class Tracking(msgspec.Struct, frozen=True):
    number: str
    email: str


class Rating(msgspec.Struct, frozen=True):
    score: Annotated[int, msgspec.Meta(ge=1, le=5)]


class Appeal(msgspec.Struct, frozen=True):
    text: Annotated[str, msgspec.Meta(max_length=4000)]


def _routes(desk: Desk, office: Office, courier: Courier) -> Router:
    check = SignatureCheck(desk)

    async def authenticate(request: AnyRequest) -> None:
        check(request.method, desk.target_uri(request.scope), request.headers, await request.body())

    @post("/complaints")
    async def create(request: AnyRequest) -> dict[str, Any]:
        complaint, files = await _message(request)
        with desk.store.transaction():
            made = office.create(complaint, files)
            courier.watch(made["number"], complaint.notify_url)
        return made

    @get("/complaints")
    async def lodged_as(client_reference: FromQuery[str]) -> dict[str, Any]:
        return {"complaints": office.lodged_as(client_reference)}

    @get("/complaints/{number:str}")
    async def show(number: FromPath[str]) -> dict[str, Any]:
        return office.get(number)

    @post("/complaints/{number:str}/withdrawal", status_code=200)
    async def withdraw(number: FromPath[str]) -> dict[str, Any]:
        return office.withdraw(number)

    @post("/complaints/{number:str}/rating", status_code=200)
    async def rate(request: AnyRequest, number: FromPath[str]) -> dict[str, Any]:
        return office.rate(number, (await _body(request, Rating)).score)

    @post("/complaints/{number:str}/reopening", status_code=200)
    async def reopen(request: AnyRequest, number: FromPath[str]) -> dict[str, Any]:
        return office.reopen(number, (await _body(request, Appeal)).text)

    @post("/complaints/{number:str}/mediation", status_code=200)
    async def mediate(request: AnyRequest, number: FromPath[str]) -> dict[str, Any]:
        return office.mediate(number, (await _body(request, Appeal)).text)

    @get("/complaints/{number:str}/documents/{paper:str}")
    async def document(number: FromPath[str], paper: FromPath[str]) -> Response[bytes]:
        return Response(office.paper(number, paper), media_type="text/plain; charset=utf-8")

    @post("/tracking", status_code=200)
    async def tracking(request: AnyRequest) -> dict[str, Any]:
        asked = await _body(request, Tracking)
        return office.track(asked.number, asked.email)

    async def look_again(request: AnyRequest) -> None:
        if request.method == "POST" and "number" in request.path_params:
            courier.look_again(request.path_params["number"])

    return Router(
        "/",
        route_handlers=[create, lodged_as, show, withdraw, rate, reopen, mediate, document, tracking],
        before_request=authenticate,
        after_response=look_again,
    )


async def _message(request: AnyRequest) -> tuple[NewComplaint, list[tuple[str, bytes]]]:
    """The parts of a new demand: what is told, and media type and content of each file."""
    told: NewComplaint | None = None
    files = []
    for name, part in (await request.form()).multi_items():
        if name == "complaint" and isinstance(part, str) and told is None:
            told = read(part.encode())
        elif name == "attachment" and isinstance(part, UploadFile):
            files.append((part.content_type, await part.read()))
        else:
            raise Objection(400, "demande_invalide", "Une partie `complaint`, puis des parties `attachment`.")
    if told is None:
        raise Objection(400, "demande_invalide", "La partie `complaint` manque.")
    return told, files


async def _body(request: AnyRequest, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(await request.body(), type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Objection(400, "demande_invalide", str(error)) from error


def _object(_: AnyRequest, objection: Objection) -> Response[dict[str, Any]]:
    return Response(
        {"error": objection.error, "message": objection.message, "fields": list(objection.fields)},
        status_code=objection.status,
        headers={"www-authenticate": "HMAC-SHA256"} if objection.status == 401 else None,
    )


def _refuse(_: AnyRequest, error: HTTPException) -> Response[dict[str, Any]]:
    return Response({"error": "demande_invalide", "message": error.detail, "fields": []}, status_code=error.status_code)
