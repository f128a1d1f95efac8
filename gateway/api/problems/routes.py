"""`/problems/{code}`: where the `type` of a problem leads. Nothing here is about anybody, so no call is recorded."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import Controller, MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from gateway.api.http.access import Call, language_of
from gateway.api.http.route_rules import PUBLIC, RouteRule
from gateway.api.problems import pages
from gateway.i18n.messages import Messages
from gateway.settings import Settings

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "public, max-age=3600",
    "Vary": "Accept-Language",
}

Lang = Annotated[str, QueryParameter(max_length=8, description="Language of the page; default is Accept-Language.")]


class ProblemPagesController(Controller):
    path = pages.ADDRESS
    include_in_schema = False

    @get("", rule=RouteRule(scope=PUBLIC, operation="problems.list", compress=True))
    async def every(
        self,
        request: Call,
        settings: NamedDependency[Settings],
        messages: NamedDependency[Messages],
        lang: Lang = "",
    ) -> Response[str]:
        language = _language(request, settings, lang)
        return _answer(pages.every(language, settings.languages, messages), language)

    @get("/{code:str}", rule=RouteRule(scope=PUBLIC, operation="problems.read", compress=True))
    async def one(
        self,
        request: Call,
        code: FromPath[str],
        settings: NamedDependency[Settings],
        messages: NamedDependency[Messages],
        lang: Lang = "",
    ) -> Response[str]:
        language = _language(request, settings, lang)
        if not pages.known(code, messages):
            return _answer(pages.missing(language, settings.languages, messages), language, 404)
        return _answer(pages.one(code, language, settings.languages, messages), language)


def _language(request: Call, settings: Settings, wanted: str) -> str:
    return wanted if wanted in settings.languages else language_of(request)


def _answer(page: str, language: str, status: int = 200) -> Response[str]:
    headers = {**_HEADERS, "Content-Language": language}
    return Response(page, status_code=status, media_type=MediaType.HTML, headers=headers)
