"""Posts and slots."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from gateway.api.http.shapes import AtPortal, PortalId, Shape


class PostView(AtPortal, kw_only=True):
    id: str
    name: str
    country: str
    city: str
    timezone: Annotated[str, Meta(description="IANA name.", examples=["Europe/Paris"])]
    address: str | None = None
    opening_hours: Annotated[list[str], Meta(description="As schema.org writes them, local time.")] = []
    services: Annotated[
        list[str],
        Meta(
            description="Ids of the catalogue's services that it gives appointments for; empty if its portal does not "
            "say.",
        ),
    ] = []
    slots_url: Annotated[str | None, Meta(description="GET its free slots; only in the list of a service's posts.")] = (
        None
    )
    illustrative: Annotated[bool, Meta(description="Not from an official list.")] = False
    object: Literal["post"] = "post"


class SlotView(Shape, kw_only=True):
    id: str
    portal: PortalId
    post: Annotated[str, Meta(description="Id of its post.")]
    starts_at: Annotated[datetime, Meta(description="In the post's own time, with its offset.")]
    ends_at: datetime
    timezone: Annotated[str, Meta(description="IANA name.", examples=["Europe/Paris"])]
    object: Literal["slot"] = "slot"
