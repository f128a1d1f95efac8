"""A stand-in for the consular appointment portal: DPoP-bound tokens, JSON, slots with optimistic locking.

Every path but `/oauth/token` needs a token and a proof (`dpop.py`). Errors are `{"error", "message",
"fields"}`. A slot has a version; whoever holds it or confirms a hold says by `If-Match` which version they saw.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from litestar import Litestar, Response, Router, delete, get, post, put
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.types import ASGIApp

from gateway.sandbox.authoring import AnyRequest, Objection, SandboxContext, objecting, page, read_form, read_json

from .appointments import Agenda, People
from .calendar_file import calendar
from .dpop import Denied, Proofs, Tokens
from .opening_hours import SERVICES
from .requests import LABELS, Requests
from .shapes import Chosen, Confirmation, Hold, MoreDocuments, NewRequest, Sought


def sandbox(context: SandboxContext) -> ASGIApp:
    proofs, people = Proofs(context), People()
    tokens, agenda = Tokens(context, proofs), Agenda(context, people)
    requests = Requests(context, agenda, people)

    @post("/oauth/token", status_code=200)
    async def token(request: AnyRequest) -> Response[dict[str, Any]]:
        form = await read_form(request)
        proof, uri = request.headers.get("dpop", ""), _uri(context, request.scope)
        issued = tokens.issue(request.headers.get("authorization", ""), form, proof=proof, uri=uri)
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
    async def hold(request: AnyRequest, slot: FromPath[str]) -> Response[dict[str, Any]]:
        held = agenda.hold(slot, request.headers.get("if-match"), await read_json(request, Hold))
        return Response(held, status_code=201, headers={"etag": f'"{held["slot"]["version"]}"'})

    @post("/holds/{hold:str}/confirm")
    async def confirm(request: AnyRequest, hold: FromPath[str]) -> dict[str, Any]:
        asked = await read_json(request, Confirmation)
        with context.store.transaction():
            booked = agenda.confirm(hold, request.headers.get("if-match"), asked)
            if asked.request is not None:
                requests.attach(asked.request, booked["number"])
        return booked

    @delete("/holds/{hold:str}", status_code=204)
    async def release(hold: FromPath[str]) -> None:
        agenda.release(hold)

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
        return Response(_calendar(context, agenda, shown), media_type="text/calendar")

    @delete("/appointments/{number:str}", status_code=200)
    async def cancel_appointment(number: FromPath[str]) -> dict[str, Any]:
        return agenda.cancel(number)

    @post("/requests")
    async def create(request: AnyRequest) -> dict[str, Any]:
        return requests.create(await read_json(request, NewRequest))

    @post("/requests/check", status_code=200)
    async def check(request: AnyRequest) -> dict[str, Any]:
        return {"objections": requests.check(await read_json(request, Sought))}

    @get("/requests")
    async def lodged_as(client_reference: FromQuery[str]) -> dict[str, Any]:
        return {"requests": requests.lodged_as(client_reference)}

    @get("/requests/{number:str}")
    async def show(number: FromPath[str]) -> dict[str, Any]:
        return requests.get(number)

    @post("/requests/{number:str}/documents", status_code=200)
    async def more(request: AnyRequest, number: FromPath[str]) -> dict[str, Any]:
        return requests.add(number, (await read_json(request, MoreDocuments)).documents)

    @put("/requests/{number:str}/appointment")
    async def choose(request: AnyRequest, number: FromPath[str]) -> dict[str, Any]:
        return requests.attach(number, (await read_json(request, Chosen)).appointment)

    @post("/requests/{number:str}/cancel", status_code=200)
    async def cancel(number: FromPath[str]) -> dict[str, Any]:
        return requests.cancel(number)

    @get("/requests/{number:str}/papers/{paper:str}")
    async def paper(number: FromPath[str], paper: FromPath[str]) -> Response[bytes]:
        shown = requests.get(number)
        for each in shown["papers"]:
            if each["id"] == paper:
                made = (
                    _calendar(context, agenda, shown["appointment"])
                    if paper == "agenda"
                    else _notice(each["title"], shown)
                )
                return Response(made, media_type=each["media_type"])
        raise Objection(404, "document_inconnu", "Ce document n'existe pas pour cette demande.")

    async def proven(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        headers, scope = connection.headers, connection.scope
        authorization, proof = headers.get("authorization", ""), headers.get("dpop", "")
        tokens.check(authorization, proof=proof, method=str(scope.get("method")), uri=_uri(context, scope))

    async def renew(response: Response[Any]) -> Response[Any]:
        response.headers["dpop-nonce"] = proofs.nonce()
        return response

    answer = objecting()

    def object_to(request: AnyRequest, objection: Objection) -> Response[dict[str, Any]]:
        said = answer(request, objection)
        if isinstance(objection, Denied):
            said.headers["dpop-nonce"] = proofs.nonce()
        if objection.status == 401:
            said.headers["www-authenticate"] = f'DPoP error="{objection.error}", algs="ES256 EdDSA"'
        return said

    behind = [posts, slots, slot, hold, confirm, release, booked_as, appointment, agenda_entry, cancel_appointment]
    behind += [create, check, lodged_as, show, more, choose, cancel, paper]
    return Litestar(
        [token, Router("/", route_handlers=behind, guards=[proven], after_request=renew)],
        exception_handlers={Objection: object_to},
        openapi_config=None,
        logging_config=None,
    )


def _uri(context: SandboxContext, scope: Any) -> str:
    """`htu`: the address without query and fragment (RFC 9449 section 4.2)."""
    return context.target_uri(scope).partition("?")[0]


def _calendar(context: SandboxContext, agenda: Agenda, booked: dict[str, Any]) -> bytes:
    slot, post = booked["slot"], agenda.posts[booked["slot"]["post"]]
    begin, end = datetime.fromisoformat(slot["start"]), datetime.fromisoformat(slot["end"])
    summary = f"Rendez-vous consulaire ({booked['service']})"
    return calendar(
        booked["number"], begin=begin, end=end, summary=summary, location=post.name["fr"], made=context.clock.now()
    )


def _notice(title: str, shown: dict[str, Any]) -> bytes:
    lines = [f"Rendez-vous - {title}", f"Demande {shown['number']}", f"État : {LABELS[shown['state']]}"]
    if shown["appointment"]:
        lines.append(f"Le {shown['appointment']['slot']['start'][:16]} (heure du poste)")
    return page([*lines, "Bac à sable : sans valeur."])
