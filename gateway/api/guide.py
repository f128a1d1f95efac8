"""`/guide`: the catalogue as pages that anybody can read and print, without JavaScript and without a token."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final, get_args

from litestar import Controller, MediaType, Response, get
from litestar.params import Parameter

from gateway.api import guide_pages
from gateway.api.access import PUBLIC, Call, backend_of, entry_of
from gateway.api.guide_views import GuideViews
from gateway.api.services import QUERY_CHARACTERS, Reading, Wanted, look_up, reading_of
from gateway.api.views import Views
from gateway.connectors.services import Category
from gateway.i18n.formats import moment

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

Lang = Annotated[str, Parameter(max_length=8, description="Language of the page; default is Accept-Language.")]


class GuideController(Controller):
    path = "/guide"
    include_in_schema = False

    @get("", opt={"scope": PUBLIC, "operation": "guide.list"})
    async def search(
        self,
        request: Call,
        q: Annotated[str, Parameter(max_length=QUERY_CHARACTERS)] = "",
        category: Annotated[str, Parameter(max_length=40)] = "",
        lang: Lang = "",
    ) -> Response[str]:
        backend, reading = backend_of(request), reading_of(request, lang)
        views = Views(backend, reading.fallback, reading.language)
        guide = GuideViews(backend, (reading.language, reading.fallback))
        chosen = next((each for each in get_args(Category) if each == category), None)
        found, near = look_up(backend, q, Wanted(category=chosen))
        page = guide_pages.listing(
            _frame(request, reading),
            [views.service(each, form=False) for each in found],
            guide.categories(),
            [guide.suggestion(each) for each in near],
            guide_pages.Asked(query=q.strip(), category=chosen or ""),
        )
        return _answer(page, reading)

    @get("/{service_id:str}", opt={"scope": PUBLIC, "operation": "guide.read"})
    async def read(self, request: Call, service_id: str, lang: Lang = "") -> Response[str]:
        backend, reading = backend_of(request), reading_of(request, lang)
        service = backend.office.catalogue.service(service_id)
        frame = _frame(request, reading)
        if service is None:
            return _answer(guide_pages.missing(frame), reading, 404)
        entry_of(request).service = service.id
        view = Views(backend, reading.fallback, reading.language).service(service, form=False)
        return _answer(guide_pages.one(frame, view, moment(datetime.now(UTC), reading.language)), reading)


def _frame(request: Call, reading: Reading) -> guide_pages.Frame:
    settings = backend_of(request).settings
    return guide_pages.Frame(
        language=reading.language,
        fallback=reading.fallback,
        languages=tuple(dict.fromkeys((*settings.languages, *settings.catalogue_languages))),
    )


def _answer(page: str, reading: Reading, status: int = 200) -> Response[str]:
    headers = {**reading.headers(), **_HEADERS}
    return Response(page, status_code=status, media_type=MediaType.HTML, headers=headers)
