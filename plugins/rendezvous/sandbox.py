"""A stand-in for the consular appointment portal: DPoP-bound tokens, JSON, slots with optimistic locking.

Every path but `/oauth/token` needs a token and a proof (`sandbox_dpop.py`). Errors are `{"error", "message",
"fields"}`. A slot has a version; whoever holds it or confirms a hold says by `If-Match` which version they saw.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, TypeVar
from urllib.parse import parse_qs

import msgspec
from litestar import Litestar, Request, Response, Router, delete, get, post, put
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.types import ASGIApp

from gateway.sandbox.desk import Desk
from gateway.sandbox.pdf import page

from .sandbox_agenda import Agenda, People
from .sandbox_calendar import SERVICES
from .sandbox_dpop import Denied, Proofs, Tokens, credentials
from .sandbox_papers import calendar
from .sandbox_requests import LABELS, Requests
from .sandbox_shapes import Chosen, Confirmation, Hold, MoreDocuments, NewRequest, Objection

T = TypeVar("T")
Ask = Request[Any, Any, Any]


def sandbox(desk: Desk) -> ASGIApp:
    proofs, people = Proofs(desk), People()
    tokens, agenda = Tokens(desk, proofs), Agenda(desk, people)
    requests = Requests(desk, agenda, people)

    @post("/oauth/token", status_code=200)
    async def token(request: Ask) -> Response[dict[str, Any]]:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        client, secret = credentials(request.headers.get("authorization", ""), form)
        proof, uri = request.headers.get("dpop", ""), _uri(desk, request.scope)
        issued = tokens.issue(client, secret, form.get("grant_type", ""), proof=proof, uri=uri)
        return Response(issued, headers={"cache-control": "no-store"})

    @get("/posts")
    async def posts(service: FromQuery[str] = "") -> dict[str, Any]:
        return {"posts": [each.shown() for each in agenda.posts.values() if not service or service in SERVICES]}

    @get("/slots")
    async def slots(
        service: FromQuery[str], post: FromQuery[str], first: FromQuery[date], last: FromQuery[date]
    ) -> dict[str, Any]:
        return {"slots": agenda.free(service, post, first, last)}

    @get("/slots/{slot:str}")
    async def slot(slot: FromPath[str]) -> Response[dict[str, Any]]:
        shown = agenda.show(slot)
        return Response(shown, headers={"etag": f'"{shown["version"]}"'})

    @post("/slots/{slot:str}/hold")
    async def hold(request: Ask, slot: FromPath[str]) -> Response[dict[str, Any]]:
        held = agenda.hold(slot, request.headers.get("if-match"), await _body(request, Hold))
        return Response(held, status_code=201, headers={"etag": f'"{held["slot"]["version"]}"'})

    @post("/holds/{hold:str}/confirm")
    async def confirm(request: Ask, hold: FromPath[str]) -> dict[str, Any]:
        asked = await _body(request, Confirmation)
        with desk.store.transaction():
            booked = agenda.confirm(hold, request.headers.get("if-match"), asked)
            if asked.request is not None:
                requests.attach(asked.request, booked["number"])
        return booked

    @get("/appointments")
    async def booked_as(client_reference: FromQuery[str]) -> dict[str, Any]:
        return {"appointments": agenda.booked_as(client_reference)}

    @get("/appointments/{number:str}")
    async def appointment(number: FromPath[str]) -> dict[str, Any]:
        return agenda.view(agenda.get(number))

    @get("/appointments/{number:str}/calendar")
    async def agenda_entry(number: FromPath[str]) -> Response[bytes]:
        shown = agenda.view(agenda.get(number))
        if shown["state"] == "annule":
            raise Objection(404, "document_inconnu", "Ce rendez-vous est annulé.")
        return Response(_calendar(desk, agenda, shown), media_type="text/calendar")

    @delete("/appointments/{number:str}", status_code=200)
    async def cancel_appointment(number: FromPath[str]) -> dict[str, Any]:
        return agenda.cancel(number)

    @post("/requests")
    async def create(request: Ask) -> dict[str, Any]:
        return requests.create(await _body(request, NewRequest))

    @get("/requests")
    async def lodged_as(client_reference: FromQuery[str]) -> dict[str, Any]:
        return {"requests": requests.lodged_as(client_reference)}

    @get("/requests/{number:str}")
    async def show(number: FromPath[str]) -> dict[str, Any]:
        return requests.get(number)

    @post("/requests/{number:str}/documents", status_code=200)
    async def more(request: Ask, number: FromPath[str]) -> dict[str, Any]:
        return requests.add(number, (await _body(request, MoreDocuments)).documents)

    @put("/requests/{number:str}/appointment")
    async def choose(request: Ask, number: FromPath[str]) -> dict[str, Any]:
        return requests.attach(number, (await _body(request, Chosen)).appointment)

    @post("/requests/{number:str}/cancel", status_code=200)
    async def cancel(number: FromPath[str]) -> dict[str, Any]:
        return requests.cancel(number)

    @get("/requests/{number:str}/papers/{paper:str}")
    async def paper(number: FromPath[str], paper: FromPath[str]) -> Response[bytes]:
        shown = requests.get(number)
        for each in shown["papers"]:
            if each["id"] == paper:
                made = (
                    _calendar(desk, agenda, shown["appointment"])
                    if paper == "agenda"
                    else _notice(each["title"], shown)
                )
                return Response(made, media_type=each["media_type"])
        raise Objection(404, "document_inconnu", "Ce document n'existe pas pour cette demande.")

    async def proven(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        headers, scope = connection.headers, connection.scope
        authorization, proof = headers.get("authorization", ""), headers.get("dpop", "")
        tokens.check(authorization, proof=proof, method=str(scope.get("method")), uri=_uri(desk, scope))

    async def renew(response: Response[Any]) -> Response[Any]:
        response.headers["dpop-nonce"] = proofs.nonce()
        return response

    def object_to(_: Ask, objection: Objection) -> Response[dict[str, Any]]:
        headers = {}
        if isinstance(objection, Denied):
            headers["dpop-nonce"] = proofs.nonce()
        if objection.status == 401:
            headers["www-authenticate"] = f'DPoP error="{objection.error}", algs="ES256 EdDSA"'
        body = {"error": objection.error, "message": objection.message, "fields": list(objection.fields)}
        return Response({**body, **objection.more}, status_code=objection.status, headers=headers)

    behind = [posts, slots, slot, hold, confirm, booked_as, appointment, agenda_entry, cancel_appointment]
    behind += [create, lodged_as, show, more, choose, cancel, paper]
    return Litestar(
        [token, Router("/", route_handlers=behind, guards=[proven], after_request=renew)],
        exception_handlers={Objection: object_to},
        openapi_config=None,
        logging_config=None,
    )


def _uri(desk: Desk, scope: Any) -> str:
    """`htu`: the address without query and fragment (RFC 9449 section 4.2)."""
    return desk.target_uri(scope).partition("?")[0]


def _calendar(desk: Desk, agenda: Agenda, booked: dict[str, Any]) -> bytes:
    slot, post = booked["slot"], agenda.posts[booked["slot"]["post"]]
    begin, end = datetime.fromisoformat(slot["start"]), datetime.fromisoformat(slot["end"])
    summary = f"Rendez-vous consulaire ({booked['service']})"
    return calendar(
        booked["number"], begin=begin, end=end, summary=summary, location=post.name["fr"], made=desk.clock.now()
    )


def _notice(title: str, shown: dict[str, Any]) -> bytes:
    lines = [f"Rendez-vous - {title}", f"Demande {shown['number']}", f"État : {LABELS[shown['state']]}"]
    if shown["appointment"]:
        lines.append(f"Le {shown['appointment']['slot']['start'][:16]} (heure du poste)")
    return page([*lines, "Bac à sable : sans valeur."])


async def _body(request: Ask, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(await request.body(), type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Objection(400, "demande_invalide", str(error)) from error
