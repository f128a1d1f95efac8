"""`/v1/services`: what can be asked for, of whom, at what price, and whether that works now."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Final, cast

import msgspec
from litestar import Controller, MediaType, Response, get
from litestar.params import FromPath, QueryParameter

from gateway import typed_text
from gateway.api.access import PUBLIC, Call, authenticated, backend_of, entry_of, language_of, reach_of
from gateway.api.backend import Backend
from gateway.api.cursor import Cursor, number
from gateway.api.guide_views import GuideViews
from gateway.api.http.addresses import site
from gateway.api.problems import FieldError, Problem
from gateway.api.shapes import ServiceList, ServiceView
from gateway.api.views import Views
from gateway.auth.errors import AuthError
from gateway.auth.principal import Principal
from gateway.cases.prefill import prefill
from gateway.connectors.services import Audience, Category, Service
from gateway.i18n.messages import negotiate

LARGEST_PAGE: Final = 100
QUERY_CHARACTERS: Final = 200


class ServicesController(Controller):
    path = "/v1/services"
    tags = ("Services",)

    @get(
        "",
        operation_id="listServices",
        summary="List the services, or search them",
        description="`q` is looked for in every language of the catalogue, whatever the language of the answer; the "
        "best match comes first. Its first twelve words are looked for, those of more than forty letters not. "
        "With no match `data` is empty and `suggestions` names services with a similar title. "
        "`If-None-Match` is answered with 304.",
        opt={"scope": PUBLIC, "operation": "services.list"},
    )
    async def list_services(
        self,
        request: Call,
        q: Annotated[
            str,
            QueryParameter(max_length=QUERY_CHARACTERS, description="What to search for. No personal data, please."),
        ] = "",
        portal: Annotated[
            str | None, QueryParameter(description="Only what this portal takes part in.", max_length=40)
        ] = None,
        category: Annotated[Category | None, QueryParameter(description="Only this category.")] = None,
        audience: Annotated[Audience | None, QueryParameter(description="Only what is for these.")] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)] = LARGEST_PAGE,
        cursor: Cursor = "",
    ) -> Response[ServiceList]:
        backend = backend_of(request)
        if not typed_text.acceptable(q):
            raise Problem("invalid_request", errors=[FieldError("/q", "text")])
        q = typed_text.line(q)
        reading = reading_of(request)
        wanted = Wanted(portal=portal, category=category, audience=audience)
        start = number(cursor) or 0
        if not q and not start and limit == LARGEST_PAGE and wanted == Wanted():
            # What every frontend asks first, and the same for all who read the same languages. Other lists are not
            # kept: how many there are is up to the callers.
            page = backend.catalogue_cache.get(
                ("page", reading.language, reading.fallback),
                lambda: _page(backend, reading, _look_up(backend, q, wanted), start, limit),
            )
        else:
            page = _page(backend, reading, await look_up(request, q, wanted), start, limit)
        return _unless_known(request, page, reading.headers())

    @get(
        "/{service_id:str}",
        operation_id="getService",
        summary="One service, with the form to fill in",
        description="With a person's token it has `prefill`: a part of the form, as it is known already. "
        "`concerns` says whose demand it may be; what is `readOnly` in the form is the person's verified "
        "identity.",
        opt={"scope": PUBLIC, "operation": "services.read"},
    )
    async def get_service(self, request: Call, service_id: FromPath[str]) -> Response[ServiceView]:
        service = backend_of(request).office.catalogue.service(service_id)
        if service is None:
            raise Problem("service_not_found")
        entry = entry_of(request)
        entry.service = service.id
        reading = reading_of(request)
        views = Views(backend_of(request), reading.fallback, reading.language)
        view, headers = views.service(service, form=True), reading.headers()
        if (person := await _person(request)) is not None:
            entry.client, entry.subject, entry.principal = person.client_id, person.pseudonym, person.kind
            earlier = await backend_of(request).office.cases.last_form(
                person.pseudonym, service.plugin, reach_of(request, person)
            )
            view.prefill = prefill(service, person.claims, earlier)
            headers |= {"Vary": "Accept-Language, Authorization", "Cache-Control": "private, no-store"}
        return Response(view, headers=headers)


async def _person(request: Call) -> Principal | None:
    """The person whose token came with the request, if one did. The catalogue is there for everybody: a token that is
    not good for anything does not close it."""
    try:
        principal = await authenticated(request)
    except AuthError:
        return None
    return principal if principal.pseudonym and "cases:read" in principal.scopes else None


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


def reading_of(request: Call, wanted: str = "") -> Reading:
    """What the caller reads: `wanted` if the catalogue has it, else by Accept-Language."""
    settings = backend_of(request).settings
    readable = dict.fromkeys((*settings.languages, *settings.catalogue_languages))
    language = (
        wanted
        if wanted in readable
        else negotiate(request.headers.get("accept-language", ""), readable, settings.default_language)
    )
    return Reading(language, language if language in settings.languages else language_of(request))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
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


async def look_up(request: Call, query: str, wanted: Wanted) -> tuple[list[Service], list[Service]]:
    """The services that fit, and if there are none for the query, a few that may have been meant. Raises `Problem`:
    too many searches wait (`gateway.api.lookups`)."""
    backend = backend_of(request)
    if not query.strip():
        return _look_up(backend, query, wanted)
    owner = site(request.client.host) if request.client else ""
    return await backend.lookups.run(owner, partial(_look_up, backend, query, wanted))


def entry_view(backend: Backend, views: Views, service: Service) -> ServiceView:
    """The service without its form, as it is for everybody at the moment. Not to be changed: others get it too."""
    return backend.catalogue_cache.get(
        ("view", views.catalogue_language, views.language, service.id), lambda: views.service(service, form=False)
    )


def encoded(backend: Backend, views: Views, service: Service) -> msgspec.Raw:
    """The same as JSON."""
    return backend.catalogue_cache.get(
        ("json", views.catalogue_language, views.language, service.id),
        lambda: msgspec.Raw(msgspec.json.encode(entry_view(backend, views, service))),
    )


@dataclass(frozen=True, slots=True)
class Page:
    """A list as it is sent."""

    body: bytes
    tag: str
    """Its `ETag`."""


def _page(
    backend: Backend, reading: Reading, looked_up: tuple[list[Service], list[Service]], start: int, limit: int
) -> Page:
    found, near = looked_up
    views = Views(backend, reading.fallback, reading.language)
    guide = GuideViews(backend, (reading.language, reading.fallback))
    more = start + limit < len(found)
    made = ServiceList(
        data=cast("list[ServiceView]", [encoded(backend, views, each) for each in found[start : start + limit]]),
        has_more=more,
        next_cursor=str(start + limit) if more else None,
        categories=guide.categories(),
        suggestions=[guide.suggestion(each) for each in near],
    )
    body = msgspec.json.encode(made)
    return Page(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def _unless_known(request: Call, page: Page, headers: dict[str, str]) -> Response[ServiceList]:
    """The page with its `ETag`, or 304 if the caller has it already (RFC 9110, 13.1.2)."""
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "")[:1000].split(",")}
    headers = {**headers, "ETag": page.tag}
    if page.tag in known or "*" in known:
        return Response(cast("ServiceList", b""), status_code=304, headers=headers)
    return Response(cast("ServiceList", page.body), media_type=MediaType.JSON, headers=headers)


def _look_up(backend: Backend, query: str, wanted: Wanted) -> tuple[list[Service], list[Service]]:
    catalogue = backend.office.catalogue
    matching = catalogue.search(query)
    found = [each for each in matching if wanted.takes(each)]
    if found or not query.strip():
        return found, []
    return [], matching[:3] or catalogue.suggest(query)
