"""A stand-in for passeport.ma: `private_key_jwt` and pre-applications over JSON. What is taken is in
`intake.py`, how a file lives in `applications.py`.

Every path but `/oauth/token` needs a bearer token. Errors are `{"error", "message", "champs"}`; at the token endpoint
`error` is a word of RFC 6749 section 5.2.
"""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Litestar, Response, Router, get, post, put
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.types import ASGIApp

from gateway.sandbox.authoring import AnyRequest, Objection, SandboxContext, objecting, read_form, read_json

from .applications import Applications
from .shapes import Appointment, NewFile, Sought
from .tokens import Tokens

INVALID = "pre_demande_invalide"


def sandbox(context: SandboxContext) -> ASGIApp:
    tokens, applications = Tokens(context), Applications(context)

    @post("/oauth/token", status_code=200)
    async def token(request: AnyRequest) -> Response[dict[str, Any]]:
        return Response(tokens.issue(await read_form(request)), headers={"cache-control": "no-store"})

    @post("/pre-demandes")
    async def create(request: AnyRequest) -> dict[str, Any]:
        return applications.create(await read_json(request, NewFile, INVALID))

    @get("/pre-demandes")
    async def lodged_as(reference_client: FromQuery[str]) -> dict[str, Any]:
        return {"pre_demandes": applications.lodged_as(reference_client)}

    @post("/pre-demandes/verification", status_code=200)
    async def check(request: AnyRequest) -> dict[str, Any]:
        return {"objections": applications.check(await read_json(request, Sought, INVALID))}

    @get("/pre-demandes/{number:str}")
    async def show(number: FromPath[str]) -> dict[str, Any]:
        return applications.get(number)

    @post("/pre-demandes/{number:str}/annulation", status_code=200)
    async def cancel(number: FromPath[str]) -> dict[str, Any]:
        return applications.cancel(number)

    @put("/pre-demandes/{number:str}/rendez-vous")
    async def move(request: AnyRequest, number: FromPath[str]) -> dict[str, Any]:
        return applications.move(number, await read_json(request, Appointment, INVALID))

    @post("/pre-demandes/{number:str}/refabrication", status_code=200)
    async def make_again(request: AnyRequest, number: FromPath[str]) -> dict[str, Any]:
        return applications.make_again(number, (await read_json(request, Again, INVALID)).colis)

    @get("/pre-demandes/{number:str}/documents/{paper:str}")
    async def document(number: FromPath[str], paper: FromPath[str]) -> Response[bytes]:
        return Response(applications.paper(number, paper), media_type="application/pdf")

    @post("/suivi", status_code=200)
    async def tracking(request: AnyRequest) -> dict[str, Any]:
        asked = await read_json(request, Asked, INVALID)
        return applications.track(asked.numero, asked.nom, asked.prenom, asked.date_naissance)

    async def bearer(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        tokens.check(connection.headers.get("authorization", ""))

    handlers = [create, check, lodged_as, show, cancel, move, make_again, document, tracking]
    return Litestar(
        [token, Router("/", route_handlers=handlers, guards=[bearer])],
        exception_handlers={Objection: objecting("champs", challenge="Bearer")},
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
