"""What may change something: a POST from a page of ours, with the token of the session that the page was made for."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request
from litestar.datastructures import State, UploadFile

from window import csrf
from window.visit import NeedsSignIn, Visit

SAFE: Final = ("GET", "HEAD", "OPTIONS")
OWNER_FIELD: Final = "owner"
_HIDDEN: Final = (csrf.FIELD, OWNER_FIELD)


class Forged(Exception):
    """Not from a page of ours."""


async def check_posts(request: Request[Any, Any, State]) -> None:
    """Raises `Forged`; or `NeedsSignIn` when the session that the form belongs to is over, and keeps the form."""
    if request.method in SAFE:
        return
    visit: Visit = request.scope["state"]["visit"]
    here = csrf.from_here(
        visit.settings.origin,
        sent_origin=request.headers.get("origin", ""),
        fetch_site=request.headers.get("sec-fetch-site", ""),
    )
    if not here:
        raise Forged
    form = await request.form()
    good = bool(visit.cookie) and csrf.fits(visit.cookie, str(form.get(csrf.FIELD, "")))
    if good and visit.session is not None:
        return
    if visit.cookie and not good and visit.session is not None:
        raise Forged
    await keep_form(request, visit)
    raise NeedsSignIn(expired=True)


async def keep_form(request: Request[Any, Any, State], visit: Visit) -> None:
    """Until she has signed in again. Files are not kept: browsers let nobody fill them in for her."""
    form = await request.form()
    fields = [
        (name, value)
        for name, value in form.multi_items()
        if isinstance(value, str) and name not in _HIDDEN and not isinstance(value, UploadFile)
    ]
    await visit.keep(fields, visit.path, str(form.get(OWNER_FIELD, "")))
