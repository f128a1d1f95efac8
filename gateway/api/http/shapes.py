"""Common to all resources. Field names are the API's contract; amounts are centimes, times RFC 3339 in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta

T = TypeVar("T")


class Shape(msgspec.Struct, kw_only=True):
    """Base of responses."""


class Request(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Base of requests: an unknown member is an error, because a misspelt one would be silently ignored."""


class Money(Shape, kw_only=True):
    amount: Annotated[int, Meta(description="In the currency's minor unit: centimes.", examples=[4000])]
    currency: Annotated[str, Meta(examples=["MAD"])] = "MAD"
    text: Annotated[str, Meta(description="For people, in the answer's language.", examples=["40,00 MAD"])] = ""


class Page(Shape, Generic[T], kw_only=True):
    data: list[T]
    has_more: bool = False
    next_cursor: Annotated[str | None, Meta(description="Pass it as `cursor` to get the next page.")] = None
    object: Literal["list"] = "list"


class PortalRef(Shape, kw_only=True):
    id: Annotated[str, Meta(description="Id of its connector.")]
    title: str
    state: Annotated[
        Literal["up", "degraded", "down", "quarantined"],
        Meta(description="How the portal answers at this moment. `quarantined`: its connector could not be loaded."),
    ]
    reason: Annotated[str, Meta(description="Why, when it is quarantined.")] = ""
    advice: Annotated[str | None, Meta(description="In the catalogue, for people: what to expect if it is not up.")] = (
        None
    )
    retry_at: Annotated[
        datetime | None, Meta(description="In the catalogue: a portal that is down is tried again then.")
    ] = None
