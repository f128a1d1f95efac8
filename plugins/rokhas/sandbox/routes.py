"""A stand-in for rokhas.ma: JSON over mutual TLS. The rules are in `permits.py`.

Who may ask is decided by the certificate that the connection showed: the gateway's own and nobody else's, be it of the
same authority. Errors are `{"error", "message", "CHAMPS"}`.
"""

from __future__ import annotations

from typing import Any, Final

from cryptography import x509
from litestar import Litestar, Response, get, post
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.types import ASGIApp

from gateway.sandbox.authoring import AnyRequest, Objection, SandboxContext, objecting, read_json

from .permits import Permits
from .shapes import Complement, Fees, NewDemand, Question, Sought

MAX_BODY: Final = 200_000_000
"""Ten plans of the gateway's largest size, in Base64, and some."""


def sandbox(context: SandboxContext) -> ASGIApp:
    if context.certificates is None:
        raise ValueError("rokhas is reached over mutual TLS and needs the demo's certificates")
    gateway = x509.load_pem_x509_certificate(context.certificates.gateway.read_bytes()).subject
    permits = Permits(context)

    @post("/api/dossiers")
    async def create(request: AnyRequest) -> dict[str, Any]:
        return permits.create(await read_json(request, NewDemand))

    @post("/api/dossiers/verification", status_code=200)
    async def check(request: AnyRequest) -> dict[str, Any]:
        return {"objections": permits.check(await read_json(request, Sought))}

    @get("/api/dossiers")
    async def lodged_as(client_reference: FromQuery[str]) -> dict[str, Any]:
        return {"DOSSIERS": permits.lodged_as(client_reference)}

    @get("/api/dossiers/{number:str}")
    async def show(number: FromPath[str]) -> dict[str, Any]:
        return permits.get(number)

    @post("/api/dossiers/{number:str}/complements", status_code=200)
    async def complete(request: AnyRequest, number: FromPath[str]) -> dict[str, Any]:
        return permits.complete(number, await read_json(request, Complement))

    @post("/api/dossiers/{number:str}/taxes", status_code=200)
    async def pay(request: AnyRequest, number: FromPath[str]) -> dict[str, Any]:
        return permits.pay(number, (await read_json(request, Fees)).timbre)

    @post("/api/dossiers/{number:str}/desistement", status_code=200)
    async def withdraw(number: FromPath[str]) -> dict[str, Any]:
        return permits.withdraw(number)

    @get("/api/dossiers/{number:str}/documents/{paper:str}")
    async def document(number: FromPath[str], paper: FromPath[str]) -> Response[bytes]:
        return Response(permits.paper(number, paper), media_type="application/pdf")

    @post("/api/suivi", status_code=200)
    async def public(request: AnyRequest) -> dict[str, Any]:
        asked = await read_json(request, Question)
        return permits.public(asked.reference, asked.proprietaire)

    async def known(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        shown = context.client_certificate(connection.scope)
        if shown is None or shown.subject != gateway:
            raise Objection(403, "certificat_refuse", "Ce certificat n'est pas celui d'un partenaire.")

    return Litestar(
        [create, check, lodged_as, show, complete, pay, withdraw, document, public],
        guards=[known],
        exception_handlers={Objection: objecting("CHAMPS")},
        request_max_body_size=MAX_BODY,
        openapi_config=None,
        logging_config=None,
    )
