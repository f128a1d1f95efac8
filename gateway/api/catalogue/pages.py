"""What the catalogue's list and pages are put together from: searches, entries, and the language of the reader."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

import msgspec
from litestar import MediaType, Response

from gateway.api.catalogue.cache import CatalogueCache
from gateway.api.catalogue.lookups import Lookups
from gateway.api.catalogue.shapes import ServiceList, ServiceView
from gateway.api.http.access import AnyConnection, Call, language_of
from gateway.api.http.addresses import site
from gateway.api.http.encoded import Encoded
from gateway.api.http.header_fields import first
from gateway.api.views import Presentation, Views
from gateway.connectors.catalogue import Catalogue
from gateway.connectors.services import Audience, Category, Service
from gateway.i18n.messages import negotiate
from gateway.settings import Settings

QUERY_CHARACTERS: Final = 200
_HERE: Final = "what is known of the form"
"""Stands in a prepared answer where that goes."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The languages of one answer of the catalogue."""

    language: str
    """Of titles and summaries, where they exist in it."""
    fallback: str
    """Of everything else: one of the API's languages."""

    def headers(self) -> dict[str, str]:
        used = dict.fromkeys((self.language, self.fallback))
        # Short, because the answer says how each portal is at this moment.
        return {
            "Content-Language": ", ".join(used),
            "Vary": "Accept-Language",
            "Cache-Control": "public, max-age=10",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueQuery:
    """What narrows a list."""

    portal: str | None = None
    category: Category | None = None
    audience: Audience | None = None

    def takes(self, service: Service) -> bool:
        return (
            (self.portal is None or self.portal in service.portals)
            and self.category in (None, service.category)
            and (self.audience is None or self.audience in service.audience)
        )


@dataclass(frozen=True, slots=True)
class Page:
    """An answer as it is sent."""

    body: bytes
    tag: str
    """Its `ETag`."""

    def known_by(self, if_none_match: str) -> bool:
        """Whether a caller who sends this header has it already (RFC 9110, 13.1.2)."""
        known = {each.strip().removeprefix("W/") for each in if_none_match[:1000].split(",")}
        return self.tag in known or "*" in known


@dataclass(frozen=True, slots=True, kw_only=True)
class CataloguePages:
    settings: Settings
    catalogue: Catalogue
    presentation: Presentation
    lookups: Lookups
    cache: CatalogueCache

    readable: tuple[str, ...] = field(init=False)
    """The languages in which the catalogue has titles and summaries."""

    def __post_init__(self) -> None:
        readable = tuple(dict.fromkeys((*self.settings.languages, *self.settings.catalogue_languages)))
        object.__setattr__(self, "readable", readable)

    @property
    def portals(self) -> list[str]:
        """Those that take part in a service."""
        return sorted({portal for service in self.catalogue.services() for portal in service.portals})

    def reading(self, request: AnyConnection, wanted: str = "") -> Reading:
        """What the caller reads: `wanted` if the catalogue has it, else by Accept-Language."""
        readable = self.readable
        language = (
            wanted
            if wanted in readable
            else negotiate(first(request, b"accept-language"), readable, self.settings.default_language)
        )
        return Reading(language, language if language in self.settings.languages else language_of(request))

    def views(self, reading: Reading) -> Views:
        return self.presentation.views(reading.fallback, reading.language)

    async def look_up(self, request: Call, query: str, wanted: CatalogueQuery) -> tuple[list[Service], list[Service]]:
        """The services that fit, and if there are none for the query, a few that may have been meant. Raises
        `Problem`: too many searches wait (`gateway.api.catalogue.lookups`)."""
        if not query.strip():
            return self._search(query, wanted)
        owner = site(request.client.host) if request.client else ""
        return await self.lookups.run(owner, lambda: self._search(query, wanted))

    def entry(self, views: Views, service: Service) -> ServiceView:
        """The service without its form, as it is for everybody at the moment. Shared between responses: do not change
        it."""
        return self.cache.get(
            ("view", views.catalogue_language, views.language, service.id), lambda: views.service(service, form=False)
        )

    def everything(self, reading: Reading, limit: int) -> Page:
        """The first page of all services, which every frontend asks for first: the same for all who read the same
        languages. Other lists are not kept: how many there are is up to the callers."""
        return self.cache.get(
            ("page", reading.language, reading.fallback),
            lambda: self.page(reading, self._search("", CatalogueQuery()), 0, limit),
        )

    def service(self, reading: Reading, service: Service) -> Page:
        """The service with its form, as it is for who has no token."""

        def make() -> Page:
            body = msgspec.json.encode(self.views(reading).service(service, form=True))
            return Page(body, _tag(body))

        return self.cache.get(("form", reading.language, reading.fallback, service.id), make)

    def prefilled(self, reading: Reading, service: Service, known: Mapping[str, Any]) -> bytes:
        """The same for a person, with what is `known` of her form. Only that is made anew."""

        def make() -> tuple[bytes, bytes]:
            view = self.views(reading).service(service, form=True)
            view.prefill = {_HERE: None}
            before, after = msgspec.json.encode(view).split(msgspec.json.encode(view.prefill))
            return before, after

        before, after = self.cache.get(("prefilled", reading.language, reading.fallback, service.id), make)
        return before + msgspec.json.encode(known) + after

    def page(
        self,
        reading: Reading,
        looked_up: tuple[list[Service], list[Service]],
        start: int,
        limit: int,
        *,
        levels: bool = False,
    ) -> Page:
        """`levels`: with what the connectors have earned, for the operator."""
        found, near = looked_up
        views = self.views(reading)
        guide = self.presentation.guide((reading.language, reading.fallback))
        more = start + limit < len(found)
        shown = found[start : start + limit]
        entries: list[Any] = [self._levelled(views, each) if levels else self._encoded(views, each) for each in shown]
        made = ServiceList(
            data=cast("list[ServiceView]", entries),
            has_more=more,
            next_cursor=str(start + limit) if more else None,
            categories=guide.categories(),
            suggestions=[guide.suggestion(each) for each in near],
        )
        body = msgspec.json.encode(made)
        return Page(body, _tag(body))

    def _levelled(self, views: Views, service: Service) -> ServiceView:
        level = self.catalogue.level(service.plugin)
        return msgspec.structs.replace(self.entry(views, service), portal_level=level)

    def _encoded(self, views: Views, service: Service) -> msgspec.Raw:
        """The entry as JSON."""
        return self.cache.get(
            ("json", views.catalogue_language, views.language, service.id),
            lambda: msgspec.Raw(msgspec.json.encode(self.entry(views, service))),
        )

    def _search(self, query: str, wanted: CatalogueQuery) -> tuple[list[Service], list[Service]]:
        matching = self.catalogue.search(query)
        found = [each for each in matching if wanted.takes(each)]
        if found or not query.strip():
            return found, []
        return [], matching[:3] or self.catalogue.suggest(query)


def unless_known(
    request: Call, page: Page, headers: Mapping[str, str], media_type: MediaType = MediaType.JSON
) -> Response[Any]:
    """The answer with its `ETag`, or 304 if the caller has it already (RFC 9110, 13.1.2)."""
    if page.known_by(first(request, b"if-none-match")):
        return unchanged(page, headers)
    return whole(page, headers, media_type)


def whole(page: Page, headers: Mapping[str, str], media_type: MediaType = MediaType.JSON) -> Response[Any]:
    return Encoded(page.body, {**headers, "ETag": page.tag}, media_type=media_type)


def unchanged(page: Page, headers: Mapping[str, str]) -> Response[Any]:
    return Response(b"", status_code=304, headers={**headers, "ETag": page.tag})


def page_of(text: str) -> Page:
    body = text.encode()
    return Page(body, _tag(body))


def _tag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'
