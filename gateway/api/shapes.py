"""What clients send and get. Field names are the API's contract; amounts are centimes, times RFC 3339 in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta

T = TypeVar("T")


class Shape(msgspec.Struct, kw_only=True):
    """Base of what we give."""


class Request(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Base of what we take: an unknown member is an error, because a misspelt one would be silently ignored."""


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
    id: Annotated[str, Meta(examples=["watiqa"])]
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


class FeeView(Shape, kw_only=True):
    portal: str
    unit: Money
    per: Annotated[str | None, Meta(description="JSON pointer to the form member that multiplies the fee.")] = None


class DeadlineView(Shape, kw_only=True):
    days: int | None = None
    on: Annotated[str | None, Meta(description="Last day, for a case.", examples=["2027-01-21"])] = None
    basis: str = ""
    text: Annotated[str | None, Meta(description="In the catalogue, for people.")] = None


class CategoryView(Shape, kw_only=True):
    id: Annotated[str, Meta(examples=["civil-status"])]
    title: str
    services: Annotated[int | None, Meta(description="In a list: how many services there are of it in all.")] = None


class CostView(Shape, kw_only=True):
    kind: Annotated[
        Literal["none", "fixed", "per", "later"],
        Meta(
            description="`none`: nothing is paid when filing. `fixed`: `amount`. `per`: `amount` times the form member "
            "that `fee.per` names. `later`: the portal may ask for a fee on the way, and says then how much."
        ),
    ]
    text: str
    amount: Money | None = None


class ServiceStep(Shape, kw_only=True):
    step: Annotated[Literal["fee", "filing", "later_fee", "appointment", "delivery"], Meta(examples=["filing"])]
    title: str
    portal: PortalRef


class Suggestion(Shape, kw_only=True):
    id: str
    title: str
    url: str


class ServiceView(Shape, kw_only=True):
    id: Annotated[str, Meta(examples=["watiqa.birth-extract"])]
    version: int
    language: Annotated[str, Meta(description="Language of `title` and `summary`; the longer texts may be in another.")]
    title: str
    summary: str
    category: CategoryView
    audience: Annotated[list[str], Meta(description="Whom the result is for: `person`, `child`, `business`.")]
    who: Annotated[str, Meta(description="Who may ask.")]
    bring: Annotated[str, Meta(description="What to have at hand.")]
    competent_body: str
    appeal: str
    portal: PortalRef
    fee: FeeView | None
    cost: CostView
    deadline: DeadlineView
    delivery: Annotated[str | None, Meta(description="The portal that delivers, if something is delivered.")]
    delivery_text: str
    steps: Annotated[
        list[ServiceStep], Meta(description="What happens in which order, at which portal, and its state.")
    ]
    purpose: Annotated[str, Meta(description="What personal data are processed for (law 09-08).")]
    acr: Annotated[str, Meta(description="Least assurance level of the access token.")]
    result_languages: list[str]
    available: bool
    form: Annotated[dict[str, Any] | None, Meta(description="JSON Schema 2020-12 of `form` in `POST /v1/cases`.")] = (
        None
    )
    example: Annotated[dict[str, Any] | None, Meta(description="A form that is valid.")] = None
    object: Literal["service"] = "service"


class ServiceList(Page[ServiceView], kw_only=True):
    categories: Annotated[
        list[CategoryView], Meta(description="Those that have a service, whatever was asked for.")
    ] = []
    suggestions: Annotated[list[Suggestion], Meta(description="When nothing was found: what may have been meant.")] = []


class ContactShape(Request, kw_only=True, forbid_unknown_fields=True):
    """How to reach the person. What is left out is taken from the token's verified claims."""

    name: Annotated[str, Meta(max_length=200)] = ""
    email: Annotated[str, Meta(max_length=254, examples=["amina@example.org"])] = ""
    phone: Annotated[str, Meta(max_length=32, description="E.164.", examples=["+33612345678"])] = ""


class CaseRequest(Request, kw_only=True, forbid_unknown_fields=True):
    service: Annotated[str, Meta(max_length=100, examples=["watiqa.birth-extract"])]
    form: Annotated[dict[str, Any], Meta(description="As the service's `form` schema says.")]
    language: Annotated[str, Meta(max_length=8, description="The person's language; default is Accept-Language.")] = ""
    contact: ContactShape = msgspec.field(default_factory=ContactShape)


class PayRequest(Request, kw_only=True, forbid_unknown_fields=True):
    return_url: Annotated[
        str,
        Meta(
            max_length=2000, description="Where the browser goes after the card page. It must be one of the client's."
        ),
    ] = ""


class ChoiceRequest(Request, kw_only=True, forbid_unknown_fields=True):
    choice: Annotated[str, Meta(max_length=40, description="One of the action's `options`.", examples=["refund"])]


class CheckoutView(Shape, kw_only=True):
    """The card page: send `fields` to `url` by `method` from the person's browser, as an HTML form does."""

    url: str
    method: str
    fields: dict[str, str]
    order: Annotated[str, Meta(description="Order number of this attempt.")]


class ActionView(Shape, kw_only=True):
    type: Annotated[str, Meta(examples=["pay"])]
    code: Annotated[str, Meta(examples=["fee_due"])]
    title: str
    url: Annotated[str, Meta(description="POST here.")]
    options: list[str]
    amount: Money | None = None
    until: datetime | None = None


class PaymentView(Shape, kw_only=True):
    portal: str
    amount: Money
    state: Literal["due", "paid", "refunded"]
    stamp: str | None = None


class FilingView(Shape, kw_only=True):
    portal: PortalRef
    reference: str | None = None
    status: Annotated[str | None, Meta(description="The portal's own word.")] = None
    filed_at: datetime | None = None


class ShipmentView(Shape, kw_only=True):
    portal: str
    number: Annotated[str, Meta(examples=["RR123456785MA"])]
    milestone: str | None = None
    tracking_url: str = ""


class DocumentView(Shape, kw_only=True):
    id: str
    title: str
    media_type: str
    url: str


class EventView(Shape, kw_only=True):
    id: Annotated[int, Meta(description="Counts up from 1; the `id` of the event stream.")]
    at: datetime
    code: Annotated[str, Meta(examples=["filed"])]
    text: str
    status: str
    portal: str | None = None
    data: dict[str, Any] = {}


class CaseView(Shape, kw_only=True):
    id: Annotated[str, Meta(examples=["case_01k8z6v3p4q5r6s7t8v9w0x1y2"])]
    service: str
    service_title: str
    status: Literal["received", "action_required", "in_progress", "completed", "rejected", "withdrawn", "failed"]
    status_text: str
    reason: Annotated[str | None, Meta(description="Why it ended as it did.")] = None
    reason_text: str | None = None
    language: str
    created_at: datetime
    updated_at: datetime
    deadline: DeadlineView
    actions: list[ActionView]
    payment: PaymentView | None = None
    filing: FilingView
    shipment: ShipmentView | None = None
    documents: list[DocumentView] = []
    checkout: Annotated[CheckoutView | None, Meta(description="Only in the answer to the action `pay`.")] = None
    receipt_url: str
    events_url: str
    object: Literal["case"] = "case"


class ReceiptView(Shape, kw_only=True):
    case: str
    receipt: Annotated[str, Meta(description="Compact JWS; the keys are at /.well-known/jwks.json.")]
    claims: Annotated[dict[str, Any], Meta(description="What the receipt says, for display.")]
    object: Literal["receipt"] = "receipt"


class AttachmentView(Shape, kw_only=True):
    id: Annotated[str, Meta(examples=["att_01k8z6v3p4q5r6s7t8v9w0x1y2"])]
    media_type: str
    size: int
    sha256: str
    created_at: datetime
    object: Literal["attachment"] = "attachment"


class StepView(Shape, kw_only=True):
    at: datetime
    label: Annotated[str, Meta(description="The portal's own text.")]
    milestone: str | None = None
    place: str = ""


class TrackingView(Shape, kw_only=True):
    portal: str
    reference: str
    status: str
    status_text: str
    portal_status: str
    milestone: str | None = None
    steps: list[StepView] = []
    object: Literal["tracking"] = "tracking"


class PostView(Shape, kw_only=True):
    id: str
    portal: str
    name: str
    country: str
    city: str
    timezone: str
    object: Literal["post"] = "post"


class SlotView(Shape, kw_only=True):
    id: str
    portal: str
    post: str
    start: datetime
    end: datetime
    object: Literal["slot"] = "slot"


class AccessView(Shape, kw_only=True):
    """One access to the person's data."""

    at: datetime
    call_id: str
    kind: str
    client: str
    operation: str
    purpose: str
    portals: list[str]
    outcome: str
    object: Literal["access"] = "access"


class RecordView(Shape, kw_only=True):
    """One record of the audit log."""

    index: int
    leaf_hash: Annotated[str, Meta(description="RFC 6962 leaf hash, hex.")]
    record: dict[str, Any]
    object: Literal["audit_record"] = "audit_record"


class BodyView(Shape, kw_only=True):
    """A request or an answer behind a record."""

    where: Annotated[str, Meta(description="JSON pointer into the record, to the commitment.")]
    opens: Annotated[bool, Meta(description="Whether this is what the log committed to.")]
    text: Annotated[str | None, Meta(description="The content, if it is UTF-8.")] = None
    base64: Annotated[str | None, Meta(description="The content otherwise.")] = None


class BodiesView(Shape, kw_only=True):
    """What is kept beside a record of the audit log."""

    index: int
    bodies: list[BodyView]
    object: Literal["audit_bodies"] = "audit_bodies"
