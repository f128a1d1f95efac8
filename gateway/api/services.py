"""`/v1/services`: what can be asked for, of whom, at what price, and whether that works now."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, Response, get
from litestar.params import Parameter

from gateway.api.access import PUBLIC, Call, backend_of, entry_of, language_of
from gateway.api.problems import Problem
from gateway.api.shapes import Page, ServiceView
from gateway.api.views import Views
from gateway.auth.errors import AuthError
from gateway.auth.principal import Principal
from gateway.cases.prefill import prefill


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
        description="With a person's token it has `prefill`: a part of the form, as it is known already.",
        opt={"scope": PUBLIC, "operation": "services.read"},
    )
    async def get_service(self, request: Call, service_id: str) -> Response[ServiceView]:
        service = backend_of(request).office.catalogue.service(service_id)
        if service is None:
            raise Problem("service_not_found")
        entry = entry_of(request)
        entry.service = service.id
        views = Views(backend_of(request), language_of(request))
        view, headers = views.service(service, form=True), _headers(views.language)
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


def _headers(language: str) -> dict[str, str]:
    # Short, because the answer says how each portal is at this moment.
    return {"Content-Language": language, "Vary": "Accept-Language", "Cache-Control": "public, max-age=10"}
