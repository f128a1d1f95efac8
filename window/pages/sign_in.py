"""Signing in and out, and the choice of the language."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, get, post
from litestar.datastructures import State
from litestar.params import FromQuery, QueryParameter

from window.addresses import UnsafeAddress
from window.api import ApiAway, ApiProblem
from window.forbidden import PAGE, WITHOUT_SESSION
from window.identity_provider import SignInFailed
from window.session.store import EndedAtProvider
from window.settings import LANGUAGES
from window.sign_in import CALLBACK, local_path
from window.visit import Visit

_ASSURANCES = ("low", "substantial", "high")

As = Annotated[str, QueryParameter(name="as")]


@get("/sign-in")
async def sign_in(
    visit: Visit,
    role: As = "person",
    to: FromQuery[str] = "/",
    acr: FromQuery[str] = "",
    expired: FromQuery[str] = "",
) -> Any:
    """Says what follows, and who else may sign in where."""
    sign_ins = visit.services.sign_in.roles
    role = role if role in sign_ins else "person"
    return visit.page(
        "sign_in/sign_in.html",
        role=role,
        roles=sign_ins,
        to=local_path(to),
        assurance=acr if acr in _ASSURANCES else "",
        expired=expired == "yes",
        kept=visit.session is not None and visit.session.data.kept is not None,
    )


@get("/sign-in/start")
async def start(visit: Visit, role: As = "person", to: FromQuery[str] = "/", acr: FromQuery[str] = "") -> Any:
    """To the identity provider."""
    service = visit.services.sign_in
    wanted = acr if acr in _ASSURANCES else ""
    address, state, pending = await service.begin(
        role=role if role in service.roles else "person",
        return_to=local_path(to),
        assurance=wanted,
        language=visit.language,
    )
    visit.sign_ins.add((await visit.services.store.seals()).sign_in, state, pending)
    return visit.see(address)


@get(CALLBACK)
async def signed_in(request: Request[Any, Any, State], visit: Visit) -> Any:
    """Back from the identity provider. A session under a new key begins: an old one is worth nothing."""
    answer = dict(request.query_params.items())
    state = answer.get("state", "")
    pending = visit.sign_ins.find((await visit.services.store.seals()).sign_in, state)
    try:
        data = await visit.services.sign_in.finish(pending, answer)
    except SignInFailed as error:
        if pending is not None:
            error.role, error.return_to = pending.role, pending.return_to
        raise
    before = visit.session.data if visit.session is not None else None
    if before is not None and before.kept is not None and before.kept.owner == data.owner:
        data.kept = before.kept  # what somebody else typed is nothing to her
    data.language = before.language if before is not None else ""
    visit.sign_ins.end(state)
    try:
        await visit.begin(data)
    except EndedAtProvider:
        raise SignInFailed("session_ended") from None
    if data.role == "person":
        await _her_language(visit)
    waiting = data.role == "agent" and data.kept is not None and data.kept.mandate
    return visit.see("/people" if waiting or pending is None else pending.return_to)


async def _her_language(visit: Visit) -> None:
    """That of her profile, unless she chose one here. Signing in does not wait for a gateway that is away."""
    try:
        known = (await (await visit.require("person")).get("/v1/me"))["language"]
    except (ApiAway, ApiProblem):
        return
    if known in LANGUAGES:
        await visit.change(language=known)


@post("/sign-out", status_code=200, opt={PAGE: "/", WITHOUT_SESSION: True})
async def sign_out(visit: Visit, request: Request[Any, Any, State]) -> Any:
    """Ends the session in the store, and so in every window; with `everywhere` on all her devices. Then the page sends
    her on to the identity provider, to end the session there. An ended session is no reason to refuse any of it."""
    form, session, role = await request.form(), visit.session, visit.last_role
    if session is not None and form.get("everywhere"):
        await visit.services.store.end_all(session.data.owner)
    await visit.end()
    data = session.data if session is not None else None
    provider = await visit.services.sign_in.sign_out(data.role if data else role, data.tokens if data else None)
    if provider is not None:
        try:
            visit.may_send_to(provider.address)
        except UnsafeAddress:
            provider = None
    return visit.page("sign_in/signed_out.html", provider=provider)


@get("/signed-out")
async def signed_out(visit: Visit) -> Any:
    return visit.page("sign_in/signed_out.html", provider=None)


@get("/language")
async def language(visit: Visit, to: FromQuery[str] = "/", code: FromQuery[str] = "") -> Any:
    """A link, so that it works without a session. It changes nothing but how pages are written."""
    if code in LANGUAGES:
        visit.set_language = code
    return visit.see(local_path(to))


ROUTES = [sign_in, start, signed_in, sign_out, signed_out, language]
