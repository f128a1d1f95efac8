"""Common to all resources. How their members are named and written: docs/reference/api-conventions.md."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta

T = TypeVar("T")


PortalId = Annotated[str, Meta(description="Id of the portal.")]


class Shape(msgspec.Struct, kw_only=True):
    """Base of responses. Every member is sent: null where there is no value, never an empty text."""


class Request(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Base of requests: an unknown member is an error, because a misspelt one would be silently ignored."""


class Money(Shape, kw_only=True):
    amount: Annotated[int, Meta(description="In the currency's minor unit: centimes.", examples=[4000])]
    currency: Annotated[str, Meta(description="ISO 4217.", examples=["MAD"])]
    text: Annotated[str, Meta(description="For people, in the answer's language.", examples=["MAD 40.00"])]


class Page(Shape, Generic[T], kw_only=True):
    data: list[T]
    has_more: bool = False
    next_cursor: Annotated[str | None, Meta(description="Pass it as `cursor` to get the next page.")] = None
    object: Literal["list"] = "list"


class AtPortal(Shape, kw_only=True):
    """Base of what a portal has or does."""

    portal: PortalId
    portal_title: Annotated[str, Meta(description="Its name for people, in the answer's language.")]


class Availability(Shape, kw_only=True):
    """Whether a portal can be reached."""

    state: Annotated[
        Literal["up", "degraded", "down", "quarantined"],
        Meta(description="How the portal answers at this moment. `quarantined`: its connector could not be loaded."),
    ]
    reason: Annotated[str | None, Meta(description="Why, when it is quarantined.")] = None
    advice: Annotated[str | None, Meta(description="In the catalogue, for people: what to expect if it is not up.")] = (
        None
    )
    retry_at: Annotated[
        datetime | None, Meta(description="In the catalogue: a portal that is down is tried again then.")
    ] = None
