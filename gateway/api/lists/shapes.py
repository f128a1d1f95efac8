"""Entries of the lists that forms choose from."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from gateway.api.http.shapes import Shape


class CountryView(Shape, kw_only=True):
    code: Annotated[str, Meta(description="ISO 3166-1 alpha-2.", examples=["FR"])]
    name: Annotated[str, Meta(examples=["France"])]
    object: Literal["country"] = "country"


class ProvinceView(Shape, kw_only=True):
    code: Annotated[str, Meta(description="Of the Haut-Commissariat au Plan.", examples=["03.231"])]
    value: Annotated[str, Meta(description="What goes into a form: the official name in French.", examples=["Fès"])]
    name: Annotated[str, Meta(description="What people read.", examples=["Fès"])]
    region: Annotated[str, Meta(description="As forms number the regions.", examples=["03"])]
    object: Literal["province"] = "province"


class CommuneView(Shape, kw_only=True):
    code: Annotated[str, Meta(description="Of the Haut-Commissariat au Plan.", examples=["03.231.01.01"])]
    value: Annotated[str, Meta(description="What goes into a form: the official name in French.", examples=["Agdal"])]
    name: Annotated[str, Meta(description="What people read.", examples=["Agdal"])]
    region: Annotated[str, Meta(examples=["03"])]
    province: Annotated[str, Meta(description="`value` of its province.", examples=["Fès"])]
    object: Literal["commune"] = "commune"
