"""A stand-in for rokhas.ma: JSON over mutual TLS. The rules are in `sandbox_office.py`.

Who may ask is decided by the certificate that the connection showed: the gateway's own and nobody else's, be it of the
same authority. Errors are `{"error", "message", "CHAMPS"}`.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec
from cryptography import x509
from litestar import Litestar, Request, Response, get, post
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.types import ASGIApp

from gateway.sandbox.desk import Desk

from .sandbox_demand import Complement, Fees, NewDemand, Question
from .sandbox_office import Objection, Office

MAX_BODY: Final = 200_000_000
"""Ten plans of the gateway's largest size, in Base64, and some."""

T = TypeVar("T")


def sandbox(desk: Desk) -> ASGIApp:
    if desk.papers is None:
        raise ValueError("rokhas is reached over mutual TLS and needs the demo's certificates")
    gateway = x509.load_pem_x509_certificate(desk.papers.gateway.read_bytes()).subject
    office = Office(desk)

    @post("/api/dossiers")
    async def create(request: Request[Any, Any, Any]) -> dict[str, Any]:
        return office.create(await _body(request, NewDemand))

    @get("/api/dossiers")
    async def lodged_as(client_reference: FromQuery[str]) -> dict[str, Any]:
        return {"DOSSIERS": office.lodged_as(client_reference)}

    @get("/api/dossiers/{number:str}")
    async def show(number: FromPath[str]) -> dict[str, Any]:
        return office.get(number)

    @post("/api/dossiers/{number:str}/complements", status_code=200)
    async def complete(request: Request[Any, Any, Any], number: FromPath[str]) -> dict[str, Any]:
        return office.complete(number, await _body(request, Complement))

    @post("/api/dossiers/{number:str}/taxes", status_code=200)
    async def pay(request: Request[Any, Any, Any], number: FromPath[str]) -> dict[str, Any]:
        return office.pay(number, (await _body(request, Fees)).timbre)

    @post("/api/dossiers/{number:str}/desistement", status_code=200)
    async def withdraw(number: FromPath[str]) -> dict[str, Any]:
        return office.withdraw(number)

    @get("/api/dossiers/{number:str}/documents/{paper:str}")
    async def document(number: FromPath[str], paper: FromPath[str]) -> Response[bytes]:
        return Response(office.paper(number, paper), media_type="application/pdf")

    @post("/api/suivi", status_code=200)
    async def public(request: Request[Any, Any, Any]) -> dict[str, Any]:
        asked = await _body(request, Question)
        return office.public(asked.reference, asked.proprietaire)

    async def known(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        shown = desk.client_certificate(connection.scope)
        if shown is None or shown.subject != gateway:
            raise Objection(403, "certificat_refuse", "Ce certificat n'est pas celui d'un partenaire.")

    return Litestar(
        [create, lodged_as, show, complete, pay, withdraw, document, public],
        guards=[known],
        exception_handlers={Objection: _object},
        request_max_body_size=MAX_BODY,
        openapi_config=None,
        logging_config=None,
    )


async def _body(request: Request[Any, Any, Any], shape: type[T]) -> T:
    try:
        return msgspec.json.decode(await request.body(), type=shape)
    except msgspec.DecodeError as error:
        raise Objection(400, "demande_invalide", str(error)) from error


def _object(_: Request[Any, Any, Any], objection: Objection) -> Response[dict[str, Any]]:
    return Response(
        {"error": objection.error, "message": objection.message, "CHAMPS": list(objection.fields)},
        status_code=objection.status,
    )
