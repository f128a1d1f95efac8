"""`/v1/countries`, `/v1/provinces`, `/v1/communes`: what forms choose from (`x-source`); `/v1/form-vocabulary`: what
their words mean."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Final

import msgspec
from litestar import Controller, Response, get
from litestar.params import QueryParameter

from gateway.api.http.access import Call, language_of
from gateway.api.http.cursor import Cursor, part
from gateway.api.http.described import SECURED
from gateway.api.http.route_rules import PUBLIC, RouteRule
from gateway.api.http.shapes import Page
from gateway.api.lists import places
from gateway.api.lists.shapes import CommuneView, CountryView, ProvinceView
from gateway.connectors.form_vocabulary.check import SERVED

_DAY_SECONDS: Final = 86_400
_Region = Annotated[
    str | None,
    QueryParameter(pattern="^(0[1-9]|1[0-2])$", description="Only those of this region: `01` to `12`."),
]
_MOST: Final = 2000
"""More than there are of any: a form wants them whole, unless it says otherwise."""
_Limit = Annotated[int, QueryParameter(ge=1, le=_MOST)]


class ListsController(Controller):
    path = "/v1"
    tags = ("Lists",)

    @get(
        "/countries",
        operation_id="listCountries",
        summary="Countries, by name",
        description="ISO 3166-1, in the language of the answer.",
        problems=(*SECURED, "cursor_invalid"),
        rule=RouteRule(scope=PUBLIC, operation="lists.countries"),
    )
    async def countries(self, request: Call, cursor: Cursor = "", limit: _Limit = _MOST) -> Response[Page[CountryView]]:
        found = places.countries(language_of(request))
        return Response(part(found, cursor, limit), headers=_headers(request))

    @get(
        "/provinces",
        operation_id="listProvinces",
        summary="Morocco's prefectures and provinces",
        description="As the general census of 2024 has them (Haut-Commissariat au Plan, CC BY 4.0). A form takes "
        "`value`, and another name too: registers are older than the census.",
        problems=(*SECURED, "cursor_invalid"),
        rule=RouteRule(scope=PUBLIC, operation="lists.provinces"),
    )
    async def provinces(
        self, request: Call, region: _Region = None, cursor: Cursor = "", limit: _Limit = _MOST
    ) -> Response[Page[ProvinceView]]:
        found = [each for each in places.provinces(language_of(request)) if region in (None, each.region)]
        return Response(part(found, cursor, limit), headers=_headers(request))

    @get(
        "/communes",
        operation_id="listCommunes",
        summary="Morocco's communes",
        description="As the general census of 2024 has them (Haut-Commissariat au Plan, CC BY 4.0). A form takes "
        "`value`, and another name too: registers are older than the census.",
        problems=(*SECURED, "cursor_invalid"),
        rule=RouteRule(scope=PUBLIC, operation="lists.communes"),
    )
    async def communes(
        self,
        request: Call,
        region: _Region = None,
        province: Annotated[
            str | None, QueryParameter(max_length=80, description="Only those of this province: its `value`.")
        ] = None,
        cursor: Cursor = "",
        limit: _Limit = _MOST,
    ) -> Response[Page[CommuneView]]:
        found = [
            each
            for each in places.communes(language_of(request))
            if region in (None, each.region) and province in (None, each.province)
        ]
        return Response(part(found, cursor, limit), headers=_headers(request))

    @get(
        "/form-vocabulary",
        operation_id="getFormVocabulary",
        summary="What the words of a form mean",
        description="A JSON Schema 2020-12 of the `form` of a service: what stands beside JSON Schema in it.",
        rule=RouteRule(scope=PUBLIC, operation="lists.vocabulary"),
    )
    async def vocabulary(self) -> Response[dict[str, Any]]:
        return Response(_vocabulary(), headers={"Cache-Control": f"public, max-age={_DAY_SECONDS}"})


@cache
def _vocabulary() -> dict[str, Any]:
    schema: dict[str, Any] = msgspec.json.decode(SERVED.read_bytes())
    return schema


def _headers(request: Call) -> dict[str, str]:
    return {
        "Content-Language": language_of(request),
        "Vary": "Accept-Language",
        "Cache-Control": f"public, max-age={_DAY_SECONDS}",
    }
