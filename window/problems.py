"""What goes wrong, as pages that say what happened and what to do. The gateway's own words where it has some."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.types import Receive, Scope, Send

from window import catalogue
from window.api import ApiAway, ApiProblem
from window.failures import where
from window.forbidden import SAFE, Forged, keep_form
from window.forms.reading import NAME_SUFFIX
from window.identity_provider import SignInFailed
from window.own_words import MANDATE_NEEDED, MANDATE_OVER
from window.request_body import WindowRequest
from window.sign_in import word
from window.visit import NeedsMandate, NeedsSignIn, OpenedForAnother, Visit

Incoming = Request[Any, Any, State]

_LOG: Final = logging.getLogger("window")
_CHANGED: Final = ("precondition_failed", "action_not_open", "case_finished", "too_late", "slot_taken")
_ACR: Final = re.compile(r'acr_values="?([a-z]+)')
_RETRY_SECONDS: Final = 5
_TEXTS: Final = ("text", "purpose")
"""Fields of texts, beside those of a service, whose names are pointers."""


async def needs_sign_in(request: Incoming, error: NeedsSignIn) -> Any:
    """To the page that signs in, and back here afterwards."""
    visit = _visit(request)
    if request.method not in SAFE and not (visit.session and visit.session.data.kept):
        await keep_form(request, visit)
    query = {"to": visit.back or visit.path, "as": error.role}
    if error.assurance:
        query["acr"] = error.assurance
    if error.expired:
        query["expired"] = "yes"
    if _scripted(request):
        return visit.page("problems/expired.html", status=401)
    return visit.see(visit.url("/sign-in", **query))


async def api_problem(request: Incoming, error: ApiProblem) -> Any:
    """By what can be done about it."""
    visit = _visit(request)
    if error.status == 401:
        stronger = _ACR.search(error.challenge)
        role = visit.session.data.role if visit.session and visit.session.data.role else "person"
        if error.code == "insufficient_assurance":
            return await needs_sign_in(request, NeedsSignIn(role, assurance=stronger[1] if stronger else "high"))
        return await needs_sign_in(request, NeedsSignIn(role, expired=True))
    if error.code in MANDATE_OVER and error.mandate:
        return await _mandate_over(visit, error, await _words(request))
    if error.status == 404:
        return visit.page("problems/not_found.html", status=404, problem=error)
    if error.status in (409, 412) and error.code in _CHANGED:
        return visit.page("problems/changed.html", status=409, problem=error, typed=await _words(request))
    if error.status in (502, 503, 504) and error.origin in ("portal", "connector"):
        headers = {"Retry-After": str(error.retry_after or _RETRY_SECONDS)}
        kept = await _typed(request)
        portal = await _called(visit, error.portal)
        return visit.page(
            "problems/portal_down.html",
            status=503,
            headers=headers,
            problem=error,
            kept=kept,
            portal=portal,
            call_id=error.call_id,
        )
    ours = error.status >= 500
    if ours:
        _LOG.warning("gateway problem %s %s call %s", error.status, word(error.code), error.call_id)
    kept = await _typed(request) if ours else None
    typed = [] if ours else await _words(request)
    people = error.code in MANDATE_NEEDED and visit.signed_in_as("agent")
    return visit.page(
        "problems/refused.html",
        status=error.status,
        problem=error,
        again=ours,
        kept=kept,
        typed=typed,
        people=people,
    )


async def _mandate_over(visit: Visit, error: ApiProblem, typed: list[str]) -> Any:
    """She acts for this person no longer, if she did until now."""
    data = visit.session.data if visit.session else None
    name = data.mandate_name if data is not None and data.mandate == error.mandate else ""
    with contextlib.suppress(NeedsSignIn):  # the session has ended just now, which the next page says
        await visit.stop_acting(error.mandate)
    return visit.page("problems/mandate_over.html", status=error.status, problem=error, name=name, typed=typed)


async def needs_mandate(request: Incoming, _: NeedsMandate) -> Any:
    """To the people she may act for, and from there to what she asked for."""
    visit = _visit(request)
    if _scripted(request):
        return visit.page("problems/another_person.html", status=409)
    return visit.see(visit.url("/people", to=visit.back or visit.path))


async def api_away(request: Incoming, error: ApiAway) -> Any:
    _LOG.warning("gateway or identity provider away: %s", error)
    headers, kept = {"Retry-After": str(_RETRY_SECONDS)}, await _typed(request)
    return _visit(request).page("problems/offline.html", status=503, headers=headers, kept=kept)


async def _typed(request: Incoming) -> list[tuple[str, str]] | None:
    """Of a form, to be sent once more; None if nothing was posted."""
    if request.method in SAFE:
        return None
    return [(name, value) for name, value in (await request.form()).items() if isinstance(value, str)]


async def _words(request: Incoming) -> list[str]:
    """Of a form, what was typed into its fields, for her to copy: without what the form says itself."""
    typed = await _typed(request) or []
    files = {name.removesuffix(NAME_SUFFIX) for name, _ in typed if name.endswith(NAME_SUFFIX)}
    fields = [each for each in typed if each[0].startswith("/") and "#" not in each[0] and each[0] not in files]
    return [value for name, value in typed if value.strip() and (name in _TEXTS or (name, value) in fields)]


async def _called(visit: Visit, portal: str) -> str:
    """What the portal is called for people; empty if nobody can say it."""
    with contextlib.suppress(ApiProblem, ApiAway, LookupError):  # a page about an error does not fail itself
        for service in (await catalogue.find(visit.api, visit.settings))["data"]:
            for each in (service, *service["steps"]):
                if portal and each["portal"] == portal:
                    return catalogue.short_title(each["portal_title"])
    return ""


async def forged(request: Incoming, _: Forged) -> Any:
    return _visit(request).page("problems/forged.html", status=403)


async def opened_for_another(request: Incoming, _: OpenedForAnother) -> Any:
    return _visit(request).page("problems/another_person.html", status=409)


async def sign_in_failed(request: Incoming, error: SignInFailed) -> Any:
    """`access_denied` is her own choice; anything else is said as what it is."""
    _LOG.warning("sign-in failed: %s", word(error.code))
    visit = _visit(request)
    query = {"as": error.role, "to": error.return_to} if error.return_to else {}
    return visit.page(
        "problems/sign_in_failed.html", status=400, reason=error.code, again=visit.url("/sign-in", **query)
    )


async def http(request: Incoming, error: HTTPException) -> Any:
    visit = _visit(request)
    if error.status_code == 400:  # a member of the query that is none of those there are, or a form cut short
        return visit.page("problems/unreadable.html", status=400)
    if error.status_code in (404, 405):  # an address that somebody typed, or that was meant for a form
        return visit.page("problems/not_found.html", status=error.status_code, problem=None)
    if error.status_code == 413:
        server = visit.settings.server
        most = request.most_bytes if isinstance(request, WindowRequest) else server.form_bytes
        return visit.page("problems/too_large.html", status=413, most=most, files=most > server.form_bytes)
    return visit.page("problems/broken.html", status=error.status_code)


async def broken(request: Incoming, error: Exception) -> Any:
    """Ours to mend. What she typed is not in the log."""
    _LOG.error("page failed: %s", where(error))
    return _visit(request).page("problems/broken.html", status=500)


def _visit(request: Incoming) -> Visit:
    visit: Visit = request.scope["state"]["visit"]
    return visit


def _scripted(request: Incoming) -> bool:
    """Whether a script of the page asks, which cannot follow to another site."""
    return request.headers.get("sec-fetch-mode", "navigate") != "navigate"


class _Later(Response[None]):
    """A response that is made when it is sent: Litestar calls its exception handlers without waiting for them."""

    def __init__(self, request: Incoming, made: Callable[[], Awaitable[Response[Any]]]) -> None:
        super().__init__(None)
        self._request, self._made = request, made

    def to_asgi_response(self, *_: Any, **__: Any) -> Any:
        async def send_it(scope: Scope, receive: Receive, send: Send) -> None:
            response = await self._made()
            await response.to_asgi_response(app=None, request=self._request)(scope, receive, send)

        return send_it


def _waiting(handler: Callable[[Incoming, Any], Awaitable[Response[Any]]]) -> Callable[[Incoming, Any], _Later]:
    return lambda request, error: _Later(request, partial(handler, request, error))


HANDLERS: Final[dict[Any, Any]] = {
    NeedsSignIn: _waiting(needs_sign_in),
    ApiProblem: _waiting(api_problem),
    ApiAway: _waiting(api_away),
    NeedsMandate: _waiting(needs_mandate),
    Forged: _waiting(forged),
    OpenedForAnother: _waiting(opened_for_another),
    SignInFailed: _waiting(sign_in_failed),
    HTTPException: _waiting(http),
    Exception: _waiting(broken),
}
