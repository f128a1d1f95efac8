"""`/v1/services`: what can be asked for, of whom, at what price, and whether that works now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from litestar import Controller, Response, get
from litestar.params import Parameter

from gateway.api.access import PUBLIC, Call, backend_of, entry_of, language_of
from gateway.api.backend import Backend
from gateway.api.cursor import Cursor, number
from gateway.api.guide_views import GuideViews
from gateway.api.problems import Problem
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
        "best match comes first. With no match `data` is empty and `suggestions` names services with a similar title.",
        opt={"scope": PUBLIC, "operation": "services.list"},
    )
    async def list_services(
        self,
        request: Call,
        q: Annotated[
            str, Parameter(max_length=QUERY_CHARACTERS, description="What to search for. No personal data, please.")
        ] = "",
        portal: Annotated[
            str | None, Parameter(description="Only what this portal takes part in.", max_length=40)
        ] = None,
        category: Annotated[Category | None, Parameter(description="Only this category.")] = None,
        audience: Annotated[Audience | None, Parameter(description="Only what is for these.")] = None,
        limit: Annotated[int, Parameter(ge=1, le=LARGEST_PAGE)] = LARGEST_PAGE,
        cursor: Cursor = "",
    ) -> Response[ServiceList]:
        backend = backend_of(request)
        reading = reading_of(request)
        views = Views(backend, reading.fallback, reading.language)
        guide = GuideViews(backend, (reading.language, reading.fallback))
        found, near = look_up(backend, q, Wanted(portal=portal, category=category, audience=audience))
        start = number(cursor) or 0
        shown = [views.service(each, form=False) for each in found[start : start + limit]]
        more = start + limit < len(found)
        page = ServiceList(
            data=shown,
            has_more=more,
            next_cursor=str(start + limit) if more else None,
            categories=guide.categories(),
            suggestions=[guide.suggestion(each) for each in near],
        )
        return Response(page, headers=reading.headers())

    @get(
        "/{service_id:str}",
        operation_id="getService",
        summary="One service, with the form to fill in",
        description="With a person's token it has `prefill`: a part of the form, as it is known already.",
        opt={"scope": PUBLIC, "operation": "services.read"},
    )
    async def get_service(self, request: Call, service_id: str) -> Response[ServiceView]:
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
            earlier = await backend_of(request).office.cases.last_form(person.pseudonym, service.plugin)
            view.prefill = prefill(service.form, person.claims, earlier)
            headers |= {"Vary": "Accept-Language, Authorization", "Cache-Control": "private, no-store"}
        return Response(view, headers=headers)


async def _person(request: Call) -> Principal | None:
    """The person whose token came with the request, if one did. The catalogue is there for everybody: a token that is
    not good for anything does not close it."""
    try:
        principal = await backend_of(request).verifier.authenticate(request.headers.get("authorization"))
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


def look_up(backend: Backend, query: str, wanted: Wanted) -> tuple[list[Service], list[Service]]:
    """The services that fit, and if there are none for the query, a few that may have been meant."""
    catalogue = backend.office.catalogue
    matching = catalogue.search(query)
    found = [each for each in matching if wanted.takes(each)]
    if found or not query.strip():
        return found, []
    return [], matching[:3] or catalogue.suggest(query)
