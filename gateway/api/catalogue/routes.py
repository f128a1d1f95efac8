"""`/v1/services`: what can be asked for, of whom, at what price, and whether that works now."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from gateway import typed_text
from gateway.api.catalogue.pages import QUERY_CHARACTERS, CataloguePages, CatalogueQuery, unless_known
from gateway.api.catalogue.shapes import ServiceList, ServiceView
from gateway.api.http.access import AnyConnection, Call, entry_of, known_caller
from gateway.api.http.cursor import Cursor, number
from gateway.api.http.described import SECURED
from gateway.api.http.encoded import Encoded
from gateway.api.http.problems import FieldError, Problem
from gateway.api.http.response_headers import ETAG
from gateway.api.http.route_rules import PUBLIC, RouteRule
from gateway.cases.commands.prefill_form import PrefillForm
from gateway.connectors.services import Audience, Category

LARGEST_PAGE: Final = 100
_OPERATORS: Final = {"Cache-Control": "private, no-store", "Vary": "Accept-Language, Authorization"}


def operates(request: AnyConnection) -> bool:
    """Whether an operator reads, who is told more."""
    caller = known_caller(request)
    return caller is not None and "operate" in caller.principal.scopes


class ServicesController(Controller):
    path = "/v1/services"
    tags = ("Services",)

    @get(
        "",
        operation_id="listServices",
        summary="List the services, or search them",
        problems=(*SECURED, "cursor_invalid"),
        response_headers=(ETAG,),
        description="`q` is looked for in every language of the catalogue, whatever the language of the answer; the "
        "best match comes first. Its first twelve words are looked for, those of more than forty letters not. "
        "With no match `data` is empty and `suggestions` names services with a similar title. "
        "`If-None-Match` is answered with 304.",
        rule=RouteRule(scope=PUBLIC, operation="services.list", compress=True),
    )
    async def list_services(
        self,
        request: Call,
        catalogue_pages: NamedDependency[CataloguePages],
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
        if not typed_text.acceptable(q):
            raise Problem("invalid_request", errors=[FieldError("/q", "text")])
        if portal is not None and portal not in catalogue_pages.portals:
            raise Problem("invalid_request", errors=[FieldError("/?portal", "enum", allowed=catalogue_pages.portals)])
        q = typed_text.line(q)
        reading = catalogue_pages.reading(request)
        wanted = CatalogueQuery(portal=portal, category=category, audience=audience)
        start = number(cursor) or 0
        if operates(request):
            looked_up = await catalogue_pages.look_up(request, q, wanted)
            page = catalogue_pages.page(reading, looked_up, start, limit, levels=True)
            return unless_known(request, page, reading.headers() | _OPERATORS)
        if not q and not start and limit == LARGEST_PAGE and wanted == CatalogueQuery():
            page = catalogue_pages.everything(reading, limit)
        else:
            looked_up = await catalogue_pages.look_up(request, q, wanted)
            page = catalogue_pages.page(reading, looked_up, start, limit)
        return unless_known(request, page, reading.headers())

    @get(
        "/{service_id:str}",
        operation_id="getService",
        summary="One service, with the form to fill in",
        problems=(*SECURED, "service_not_found"),
        description="With a person's token it has `prefill`: a part of the form, as it is known already. "
        "`concerns` says whose demand it may be; what is `readOnly` in the form is the person's verified "
        "identity. Without a token `If-None-Match` is answered with 304.",
        rule=RouteRule(scope=PUBLIC, operation="services.read", compress=True),
    )
    async def get_service(
        self,
        request: Call,
        service_id: FromPath[str],
        catalogue_pages: NamedDependency[CataloguePages],
        prefill_form: NamedDependency[PrefillForm],
    ) -> Response[ServiceView]:
        service = catalogue_pages.catalogue.service(service_id)
        if service is None:
            raise Problem("service_not_found")
        entry_of(request).service = service.id
        reading = catalogue_pages.reading(request)
        headers = reading.headers() | {"Vary": "Accept-Language, Authorization"}
        if operates(request):
            view = catalogue_pages.views(reading).service(service, form=True)
            view.portal_level = catalogue_pages.catalogue.level(service.plugin)
            return Response(view, headers=headers | _OPERATORS)
        person = known_caller(request)
        if person is None or not prefill_form.serves(person.principal):
            return unless_known(request, catalogue_pages.service(reading, service), headers)
        body = catalogue_pages.prefilled(reading, service, await prefill_form.run(person, service))
        told = headers | {"Cache-Control": "private, no-store"}
        return Encoded(body, told)
