"""`/v1/services`: what can be asked for, of whom, at what price, and whether that works now."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, Response, get
from litestar.params import Parameter

from gateway.api.access import PUBLIC, Call, backend_of, entry_of, language_of
from gateway.api.problems import Problem
from gateway.api.shapes import Page, ServiceView
from gateway.api.views import Views


class ServicesController(Controller):
    path = "/v1/services"
    tags = ("Services",)

    @get(
        "",
        operation_id="listServices",
        summary="List the services",
        opt={"scope": PUBLIC, "operation": "services.list"},
    )
    async def list_services(
        self,
        request: Call,
        portal: Annotated[str | None, Parameter(description="Only this portal's.", max_length=40)] = None,
    ) -> Response[Page[ServiceView]]:
        views = Views(backend_of(request), language_of(request))
        services = backend_of(request).office.catalogue.services()
        found = [views.service(each, form=False) for each in services if portal in (None, each.plugin)]
        return Response(Page(data=found), headers=_headers(views.language))

    @get(
        "/{service_id:str}",
        operation_id="getService",
        summary="One service, with the form to fill in",
        opt={"scope": PUBLIC, "operation": "services.read"},
    )
    async def get_service(self, request: Call, service_id: str) -> Response[ServiceView]:
        service = backend_of(request).office.catalogue.service(service_id)
        if service is None:
            raise Problem("service_not_found")
        entry_of(request).service = service.id
        views = Views(backend_of(request), language_of(request))
        return Response(views.service(service, form=True), headers=_headers(views.language))


def _headers(language: str) -> dict[str, str]:
    # Short, because the answer says how each portal is at this moment.
    return {"Content-Language": language, "Vary": "Accept-Language", "Cache-Control": "public, max-age=10"}
