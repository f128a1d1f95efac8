"""A stand-in for passeport.ma: `private_key_jwt` and pre-applications over JSON. What is taken is in
`sandbox_intake.py`, how a file lives in `sandbox_office.py`.

Every path but `/oauth/token` needs a bearer token. Errors are `{"error", "message", "champs"}`; at the token endpoint
`error` is a word of RFC 6749 section 5.2.
"""

from __future__ import annotations

from typing import Any, TypeVar
from urllib.parse import parse_qs

import msgspec
from litestar import Litestar, Request, Response, Router, get, post
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.types import ASGIApp

from gateway.sandbox.desk import Desk

from .sandbox_file import NewFile
from .sandbox_intake import Objection
from .sandbox_office import Office
from .sandbox_tokens import Tokens

T = TypeVar("T")


def sandbox(desk: Desk) -> ASGIApp:
    tokens, office = Tokens(desk), Office(desk)

    @post("/oauth/token", status_code=200)
    async def token(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        return Response(tokens.issue(form), headers={"cache-control": "no-store"})

    @post("/pre-demandes")
    async def create(request: Request[Any, Any, Any]) -> dict[str, Any]:
        return office.create(await _body(request, NewFile))

    @get("/pre-demandes")
    async def lodged_as(reference_client: FromQuery[str]) -> dict[str, Any]:
        return {"pre_demandes": office.lodged_as(reference_client)}

    @get("/pre-demandes/{number:str}")
    async def show(number: FromPath[str]) -> dict[str, Any]:
        return office.get(number)

    @post("/pre-demandes/{number:str}/annulation", status_code=200)
    async def cancel(number: FromPath[str]) -> dict[str, Any]:
        return office.cancel(number)

    @post("/pre-demandes/{number:str}/refabrication", status_code=200)
    async def make_again(request: Request[Any, Any, Any], number: FromPath[str]) -> dict[str, Any]:
        return office.make_again(number, (await _body(request, Again)).colis)

    @get("/pre-demandes/{number:str}/documents/{paper:str}")
    async def document(number: FromPath[str], paper: FromPath[str]) -> Response[bytes]:
        return Response(office.paper(number, paper), media_type="application/pdf")

    @post("/suivi", status_code=200)
    async def tracking(request: Request[Any, Any, Any]) -> dict[str, Any]:
        asked = await _body(request, Asked)
        return office.track(asked.numero, asked.nom, asked.prenom, asked.date_naissance)

    async def bearer(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        tokens.check(connection.headers.get("authorization", ""))

    handlers = [create, lodged_as, show, cancel, make_again, document, tracking]
    return Litestar(
        [token, Router("/", route_handlers=handlers, guards=[bearer])],
        exception_handlers={Objection: _object},
        openapi_config=None,
        logging_config=None,
    )


class Asked(msgspec.Struct, frozen=True):
    numero: str
    nom: str
    prenom: str
    date_naissance: str


class Again(msgspec.Struct, frozen=True):
    colis: str


async def _body(request: Request[Any, Any, Any], shape: type[T]) -> T:
    try:
        return msgspec.json.decode(await request.body(), type=shape)
    except msgspec.DecodeError as error:
        raise Objection(400, "pre_demande_invalide", str(error)) from error


def _object(_: Request[Any, Any, Any], objection: Objection) -> Response[dict[str, Any]]:
    return Response(
        {"error": objection.error, "message": objection.message, "champs": list(objection.fields)},
        status_code=objection.status,
        headers={"www-authenticate": "Bearer"} if objection.status == 401 else None,
    )
