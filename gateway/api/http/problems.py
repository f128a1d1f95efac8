"""Errors as problem details (RFC 9457), in the caller's language.

A portal's refusal may bring a code that is not in `codes.CODES`; it is answered 422 with the portal's reason.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec
from litestar import Response
from litestar.exceptions import HTTPException, SerializationException, ValidationException
from litestar.handlers.base import BaseRouteHandler
from litestar.types import HTTPResponseBodyEvent, HTTPResponseStartEvent

from gateway.api.http.codes import CODES, Origin
from gateway.api.http.field_error import FieldError
from gateway.api.http.invalid_values import field_errors
from gateway.cases.portal_words import readable
from gateway.connectors.contract import PortalError, Refused, Unavailable
from gateway.i18n.messages import Messages

__all__ = ["FieldError", "Problem", "ProblemDetails", "from_http", "from_portal_error", "render", "respond"]

MEDIA_TYPE: Final = "application/problem+json"
PAGES: Final = "/problems/"
"""Below the gateway's address: the page of each code."""

SERVICE_UNAVAILABLE: Final = 503
SOON_SECONDS: Final = 5
"""Default of `Retry-After`."""

_REFUSED: Final = CODES["portal_refused"]


class ProblemDetails(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every error. What does not apply is null."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    origin: Origin
    retry_safe: bool
    remedy: str
    call_id: str
    portal: str | None
    portal_message: str | None
    """The portal's own words, for the person only."""
    retry_after: int | None
    """Seconds, as in the header."""
    quota: str | None
    """The setting of `[quotas]` that is used up, or the limit of `[rates]` that was reached."""
    errors: list[FieldError]


class Problem(Exception):
    """An answer that is an error. Its text is only the code: `portal_message` and `params` stay out of logs.

    A `code` that is not in `CODES` is a portal's refusal.
    """

    def __init__(
        self,
        code: str,
        *,
        retry_safe: bool | None = None,
        portal: str = "",
        portal_message: str = "",
        retry_after: float | None = None,
        quota: str = "",
        errors: Iterable[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(code)
        kind = CODES.get(code, _REFUSED)
        self.code = code
        self.status = kind.status
        self.origin: Origin = kind.origin
        self.retry_safe = kind.retry_safe if retry_safe is None else retry_safe
        self.portal = portal
        self.portal_message = portal_message
        if retry_after is None and self.status == SERVICE_UNAVAILABLE:
            retry_after = SOON_SECONDS
        self.retry_after = None if retry_after is None else max(1, math.ceil(retry_after))
        self.quota = quota
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.params = dict(params or {})

    def details(self, language: str, call_id: str, messages: Messages, base: str = "") -> ProblemDetails:
        """`base`: the gateway's public address, below which each code has its page. A portal's word that has no text
        is no code of ours: it is `portal_refused`."""
        named = self.code if self.code in CODES or messages.has(f"reason.{self.code}") else "portal_refused"
        known = self.code if self.code in CODES else "portal_refused"

        def text(part: str) -> str:
            return messages.translate(f"problem.{known}.{part}", language, **self.params)

        detail = text("detail") if known == self.code else messages.reason(self.code, language, self.portal)
        return ProblemDetails(
            type=base + PAGES + named,
            title=text("title"),
            status=self.status,
            detail=detail,
            code=named,
            origin=self.origin,
            retry_safe=self.retry_safe,
            remedy=text("remedy"),
            call_id=call_id,
            portal=self.portal or None,
            portal_message=self.portal_message or None,
            retry_after=self.retry_after,
            quota=self.quota or None,
            errors=[_with_detail(error, language, messages) for error in self.errors],
        )


def _with_detail(error: FieldError, language: str, messages: Messages) -> FieldError:
    if error.detail:
        return error
    key = next((key for key in (f"form.{error.code}", f"reason.{error.code}") if messages.has(key)), "form.invalid")
    params = {"allowed": ", ".join(error.allowed), "limit": error.limit}
    return msgspec.structs.replace(error, detail=messages.translate(key, language, **params))


def respond(problem: Problem, language: str, call_id: str, messages: Messages, base: str = "") -> Response[bytes]:
    """The answer of a route."""
    body = msgspec.json.encode(problem.details(language, call_id, messages, base))
    return Response(body, status_code=problem.status, media_type=MEDIA_TYPE, headers=_headers(problem, language))


def render(
    problem: Problem, language: str, call_id: str, messages: Messages, base: str = ""
) -> tuple[HTTPResponseStartEvent, HTTPResponseBodyEvent]:
    """The same as ASGI messages, for calls that are refused before they reach a route."""
    body = msgspec.json.encode(problem.details(language, call_id, messages, base))
    headers = {"Content-Type": MEDIA_TYPE, "Content-Length": str(len(body)), **_headers(problem, language)}
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers.items()]
    return (
        {"type": "http.response.start", "status": problem.status, "headers": raw},
        {"type": "http.response.body", "body": body, "more_body": False},
    )


def _headers(problem: Problem, language: str) -> dict[str, str]:
    headers = {
        "Content-Language": language,
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        **problem.headers,
    }
    if problem.retry_after is not None:
        headers["Retry-After"] = str(problem.retry_after)
    return headers


def from_portal_error(error: PortalError, portal: str) -> Problem:
    """The problem for a connector's error."""
    if isinstance(error, Refused):
        return Problem(
            error.code,
            portal=portal,
            portal_message=readable(error.portal_message),
            errors=[FieldError(f"/form{pointer}", code) for pointer, code in error.fields.items()],
        )
    if isinstance(error, Unavailable):
        code = error.code if error.code in CODES else "portal_unavailable"
        return Problem(code, portal=portal, retry_after=error.retry_after, retry_safe=True)
    return Problem("outcome_unknown", portal=portal)


_BY_STATUS: Final = {
    400: "invalid_request",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "body_too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
}


def from_http(
    error: HTTPException, handler: BaseRouteHandler | None = None, translate: Callable[..., str] | None = None
) -> Problem:
    """The problem for a refusal by the framework, before or instead of a route. `handler`: the route's, if one was
    found."""
    allow = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
    if isinstance(error, ValidationException):
        return Problem("invalid_request", errors=field_errors(error.extra, handler, translate))
    if isinstance(error.__cause__, SerializationException):
        return Problem("malformed_json")
    if error.detail == "Request Entity Too Large":  # from the multipart parser, which says 400
        return Problem("body_too_large")
    return Problem(_BY_STATUS.get(error.status_code, "internal_error"), headers=allow)
