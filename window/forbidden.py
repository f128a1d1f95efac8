"""What may change something: a POST from a page of ours, with the token of the session that the page was made for, and
for the person that an agent acted for when she opened it."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from litestar import Request
from litestar.datastructures import State, UploadFile
from litestar.datastructures.multi_dicts import FormMultiDict
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from window import csrf
from window.request_body import NO_BROWSER
from window.visit import NeedsSignIn, Visit

SAFE: Final = ("GET", "HEAD", "OPTIONS")
OWNER_FIELD: Final = "owner"
ACTING_FIELD: Final = "acting_for"
"""Id of the mandate under which the page was made; empty: none."""
_HIDDEN: Final = (csrf.FIELD, OWNER_FIELD, ACTING_FIELD)
_NOT_TYPED: Final = ("key", "draft", "version", "channel", "post", "on", "since", "mandate", "to")
"""What forms say themselves: of one that brings nothing else, nothing is kept."""
PAGE: Final = "page"
"""Name in `opt` of a handler of POST whose form stands on another page, or on one with a query: that page, with
`{names}` of its path and of fields of the form (`_NAMED`)."""
_NAMED: Final = ("draft", "post", "on", "since", "mandate", "to")
HERSELF: Final = "herself"
"""Name in `opt` of a handler of POST that is the agent's own, for whomever she acts: what was typed waits for her, and
for no mandate."""
WITHOUT_SESSION: Final = "without_session"
"""Name in `opt` of a handler of POST that does its work although the session is over."""


class Forged(Exception):
    """Not from a page of ours."""


async def check_posts(request: Request[Any, Any, State]) -> None:
    """Raises `Forged`; or `NeedsSignIn` when the session that the form belongs to is over, and keeps the form. For whom
    the page was opened is compared when the API is asked for (`PageVisit.require`)."""
    if request.method in SAFE or request.route_handler.opt.get(NO_BROWSER):
        return
    visit: Visit = request.scope["state"]["visit"]
    visit.back = visit.path.partition("?")[0]
    here = csrf.from_here(
        visit.settings.origin,
        sent_origin=request.headers.get("origin", ""),
        fetch_site=request.headers.get("sec-fetch-site", ""),
    )
    if not here:
        raise Forged
    try:
        form = await request.form()
    except RequestEntityTooLarge:
        if visit.session is not None:
            raise
        raise NeedsSignIn(visit.last_role or "person", expired=bool(visit.cookie)) from None
    visit.opened_for = str(form.get(ACTING_FIELD, ""))
    visit.back = _page(request, form) or visit.back
    good = bool(visit.cookie) and csrf.fits(visit.cookie, str(form.get(csrf.FIELD, "")))
    if good and visit.session is not None:
        return
    if visit.cookie and not good and visit.session is not None:
        raise Forged
    if request.route_handler.opt.get(WITHOUT_SESSION):
        return
    await keep_form(request, visit)
    raise NeedsSignIn(visit.last_role or "person", expired=True)


def _page(request: Request[Any, Any, State], form: FormMultiDict) -> str:
    named = request.route_handler.opt.get(PAGE, "")
    known = {**{name: str(form.get(name, "")) for name in _NAMED}, **request.path_params}
    page = str(named.format_map({name: quote(str(value), safe="") for name, value in known.items()}))
    path, _, query = page.partition("?")
    asked = "&".join(each for each in query.split("&") if not each.endswith("="))
    return f"{path}?{asked}" if asked else path


async def keep_form(request: Request[Any, Any, State], visit: Visit) -> None:
    """Until she has signed in again. Files are not kept: browsers let nobody fill them in for her; nor is what is
    larger than anybody may send."""
    try:
        form = await request.form()
    except RequestEntityTooLarge:
        return
    fields = [
        (name, value)
        for name, value in form.items()
        if isinstance(value, str) and name not in _HIDDEN and not isinstance(value, UploadFile)
    ]
    if all(name in _NOT_TYPED for name, _ in fields):
        return
    mandate = "" if request.route_handler.opt.get(HERSELF) else visit.opened_for or ""
    await visit.keep(fields, visit.back, str(form.get(OWNER_FIELD, "")), mandate=mandate)
