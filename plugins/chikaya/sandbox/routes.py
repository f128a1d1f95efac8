"""A stand-in for chikaya.ma: signed requests, demands as multipart messages, notices by a signed webhook.

The rules are in `complaints.py`, what is taken in is in `intake.py`. Errors are `{"error", "message",
"fields"}`.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Litestar, Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import HTTPException
from litestar.params import FromPath, FromQuery

from gateway.sandbox.authoring import AnyRequest, Objection, SandboxContext, SendingApp, objecting, read_json

from .complaints import Complaints
from .intake import MOST_BYTES, MOST_FILES, NewComplaint, Sought, objected, read
from .notice_sender import StatusNotices
from .request_signatures import SignatureCheck


def sandbox(context: SandboxContext) -> SendingApp:
    complaints = Complaints(context)
    notices = StatusNotices(context, complaints)
    app = Litestar(
        [_routes(context, complaints, notices)],
        exception_handlers={Objection: objecting(challenge="HMAC-SHA256"), HTTPException: _refuse},
        request_max_body_size=(MOST_FILES + 1) * MOST_BYTES,
        openapi_config=None,
        logging_config=None,
    )
    return SendingApp(app, notices)


class Tracking(msgspec.Struct, frozen=True):
    number: str
    email: str


class Rating(msgspec.Struct, frozen=True):
    score: Annotated[int, msgspec.Meta(ge=1, le=5)]


class Appeal(msgspec.Struct, frozen=True):
    text: Annotated[str, msgspec.Meta(max_length=4000)]


def _routes(context: SandboxContext, complaints: Complaints, notices: StatusNotices) -> Router:
    check = SignatureCheck(context)

    async def authenticate(request: AnyRequest) -> None:
        check(request.method, context.target_uri(request.scope), request.headers, await request.body())

    @post("/complaints")
    async def create(request: AnyRequest) -> dict[str, Any]:
        complaint, files = await _message(request)
        with context.store.transaction():
            made = complaints.create(complaint, files)
            notices.watch(made["number"], complaint.notify_url)
        return made

    @post("/complaints/check", status_code=200)
    async def asked_first(request: AnyRequest) -> dict[str, Any]:
        return {"objections": objected(await read_json(request, Sought))}

    @get("/complaints")
    async def lodged_as(client_reference: FromQuery[str]) -> dict[str, Any]:
        return {"complaints": complaints.lodged_as(client_reference)}

    @get("/complaints/{number:str}")
    async def show(number: FromPath[str]) -> dict[str, Any]:
        return complaints.get(number)

    @post("/complaints/{number:str}/withdrawal", status_code=200)
    async def withdraw(number: FromPath[str]) -> dict[str, Any]:
        return complaints.withdraw(number)

    @post("/complaints/{number:str}/rating", status_code=200)
    async def rate(request: AnyRequest, number: FromPath[str]) -> dict[str, Any]:
        return complaints.rate(number, (await read_json(request, Rating)).score)

    @post("/complaints/{number:str}/reopening", status_code=200)
    async def reopen(request: AnyRequest, number: FromPath[str]) -> dict[str, Any]:
        return complaints.reopen(number, (await read_json(request, Appeal)).text)

    @post("/complaints/{number:str}/mediation", status_code=200)
    async def mediate(request: AnyRequest, number: FromPath[str]) -> dict[str, Any]:
        return complaints.mediate(number, (await read_json(request, Appeal)).text)

    @get("/complaints/{number:str}/documents/{paper:str}")
    async def document(number: FromPath[str], paper: FromPath[str]) -> Response[bytes]:
        return Response(complaints.paper(number, paper), media_type="text/plain; charset=utf-8")

    @post("/tracking", status_code=200)
    async def tracking(request: AnyRequest) -> dict[str, Any]:
        asked = await read_json(request, Tracking)
        return complaints.track(asked.number, asked.email)

    async def look_again(request: AnyRequest) -> None:
        if request.method == "POST" and "number" in request.path_params:
            notices.look_again(request.path_params["number"])

    return Router(
        "/",
        route_handlers=[create, asked_first, lodged_as, show, withdraw, rate, reopen, mediate, document, tracking],
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


def _refuse(_: AnyRequest, error: HTTPException) -> Response[dict[str, Any]]:
    return Response({"error": "demande_invalide", "message": error.detail, "fields": []}, status_code=error.status_code)
