"""Where an identity provider says that a session of its own has ended."""

from __future__ import annotations

import logging
from typing import Any

from litestar import MediaType, Request, Response, post
from litestar.datastructures import State
from litestar.enums import RequestEncodingType
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from sqlalchemy.exc import SQLAlchemyError

from window.failures import where
from window.provider_logout import PATH, LogoutRefused
from window.request_body import NO_BROWSER
from window.visit import Visit

_LOG = logging.getLogger("window")


@post(PATH, status_code=200, opt={NO_BROWSER: True})
async def provider_logout(request: Request[Any, Any, State], visit: Visit) -> Any:
    """OpenID Connect Back-Channel Logout 1.0, section 2.5: 200, or 400 for whatever kept the session from ending."""
    try:
        await visit.services.provider_logout.end(await _token(request))
    except LogoutRefused as error:
        _LOG.warning("logout by an identity provider refused: %s", error)
        return Response({"error": error.code, "error_description": str(error)}, status_code=400)
    except SQLAlchemyError as error:
        _LOG.error("logout by an identity provider failed: %s", where(error))
        return Response({"error": "server_error"}, status_code=400)
    return Response("", media_type=MediaType.TEXT, status_code=200)


async def _token(request: Request[Any, Any, State]) -> str:
    if request.content_type[0] != RequestEncodingType.URL_ENCODED:
        raise LogoutRefused("a form, application/x-www-form-urlencoded, is expected")
    try:
        given = (await request.form()).getall("logout_token", [])
    except RequestEntityTooLarge:
        raise LogoutRefused("the request is too large") from None
    if len(given) != 1 or not given[0]:
        raise LogoutRefused("logout_token is needed, once")
    return str(given[0])


ROUTES = [provider_logout]
