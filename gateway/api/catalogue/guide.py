"""`/guide`: the catalogue as pages that anybody can read and print, without JavaScript and without a token."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final, get_args

from litestar import Controller, MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from gateway import typed_text
from gateway.api.catalogue import guide_pages
from gateway.api.catalogue.pages import (
    QUERY_CHARACTERS,
    CataloguePages,
    CatalogueQuery,
    Reading,
    page_of,
    unless_known,
)
from gateway.api.http.access import Call, entry_of
from gateway.api.http.route_rules import PUBLIC, RouteRule
from gateway.connectors.services import Category
from gateway.i18n.formats import moment

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_UNPRINTABLE: Final = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""What no page can hold (XML 1.0, 2.2): whoever types it looks for nothing."""

Lang = Annotated[str, QueryParameter(max_length=8, description="Language of the page; default is Accept-Language.")]


class GuideController(Controller):
    path = "/guide"
    include_in_schema = False

    @get("", rule=RouteRule(scope=PUBLIC, operation="guide.list", compress=True))
    async def search(
        self,
        request: Call,
        catalogue_pages: NamedDependency[CataloguePages],
        q: Annotated[str, QueryParameter(max_length=QUERY_CHARACTERS)] = "",
        category: Annotated[str, QueryParameter(max_length=40)] = "",
        lang: Lang = "",
    ) -> Response[str]:
        q = typed_text.line("".join(each if typed_text.acceptable(each) else " " for each in _UNPRINTABLE.sub(" ", q)))
        reading = catalogue_pages.reading(request, lang)
        views = catalogue_pages.views(reading)
        guide = catalogue_pages.presentation.guide((reading.language, reading.fallback))
        chosen = next((each for each in get_args(Category) if each == category), None)
        found, near = await catalogue_pages.look_up(request, q, CatalogueQuery(category=chosen))
        frame = _frame(catalogue_pages, reading)
        page = guide_pages.listing(
            frame,
            [catalogue_pages.entry(views, each) for each in found],
            guide.categories(),
            [guide.suggestion(each) for each in near],
            guide_pages.Asked(query=q.strip(), category=chosen or ""),
            lambda view: catalogue_pages.cache.get(
                ("item", reading.language, reading.fallback, view.id), lambda: guide_pages.item(frame, view)
            ),
        )
        return _answer(request, page, reading)

    @get("/{service_id:str}", rule=RouteRule(scope=PUBLIC, operation="guide.read", compress=True))
    async def read(
        self,
        request: Call,
        service_id: FromPath[str],
        catalogue_pages: NamedDependency[CataloguePages],
        lang: Lang = "",
    ) -> Response[str]:
        reading = catalogue_pages.reading(request, lang)
        service = catalogue_pages.catalogue.service(service_id)
        frame = _frame(catalogue_pages, reading)
        if service is None:
            headers = {**reading.headers(), **_HEADERS}
            return Response(guide_pages.missing(frame), status_code=404, media_type=MediaType.HTML, headers=headers)
        entry_of(request).service = service.id
        view = catalogue_pages.views(reading).service(service, form=False)
        page = guide_pages.one(frame, view, moment(datetime.now(UTC), reading.language))
        return _answer(request, page, reading)


def _frame(pages: CataloguePages, reading: Reading) -> guide_pages.Frame:
    return guide_pages.Frame(
        language=reading.language,
        fallback=reading.fallback,
        languages=pages.readable,
    )


def _answer(request: Call, page: str, reading: Reading) -> Response[Any]:
    return unless_known(request, page_of(page), {**reading.headers(), **_HEADERS}, MediaType.HTML)
