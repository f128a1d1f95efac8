"""What clients send and get about drafts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta

from gateway.api.http.shapes import Request, Shape


class DraftUpdateRequest(Request, kw_only=True, forbid_unknown_fields=True):
    """As far as the person has come. It is kept as it is: nothing is checked, and nothing need be complete."""

    form: Annotated[dict[str, Any] | None, Meta(description="Of the service's `form` schema, as much as there is.")] = (
        None
    )
    language: Annotated[
        Annotated[str, Meta(min_length=1, max_length=8)] | None, Meta(description="The person's language.")
    ] = None
    related_case: Annotated[
        Annotated[str, Meta(min_length=1, max_length=40)] | None,
        Meta(description="Another case of the same person that this one is about."),
    ] = None


class DraftRequest(DraftUpdateRequest, kw_only=True, forbid_unknown_fields=True):
    service: Annotated[str, Meta(max_length=100, description="Id of a service. It does not change any more.")]


class DraftSummary(Shape, kw_only=True):
    """A draft without what is in it."""

    id: Annotated[str, Meta(examples=["draft_01k8z6v3p4q5r6s7t8v9w0x1y2"])]
    service: str
    service_title: str
    client: Annotated[str, Meta(description="The client it was begun with: a frontend's, or an agent's.")]
    created_at: datetime
    updated_at: datetime
    expires_at: Annotated[datetime, Meta(description="It is deleted then, unless it is changed before.")]
    object: Literal["draft"] = "draft"


class DraftView(DraftSummary, kw_only=True):
    form: dict[str, Any]
    language: str | None = None
    related_case: str | None = None
