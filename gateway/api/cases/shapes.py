"""What clients send and get about cases."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from gateway.api.catalogue.shapes import DeadlineView
from gateway.api.http.shapes import Money, PortalRef, Request, Shape


class ContactShape(Request, kw_only=True, forbid_unknown_fields=True):
    """How to reach the person. What is left out is taken from the token's verified claims."""

    name: Annotated[str, Meta(max_length=200)] = ""
    email: Annotated[str, Meta(max_length=254, examples=["amina@example.org"])] = ""
    phone: Annotated[str, Meta(max_length=32, description="E.164.", examples=["+33612345678"])] = ""


class CaseRequest(Request, kw_only=True, forbid_unknown_fields=True):
    service: Annotated[str, Meta(max_length=100, description="Id of a service.")]
    form: Annotated[dict[str, Any], Meta(description="As the service's `form` schema says.")]
    language: Annotated[str, Meta(max_length=8, description="The person's language; default is Accept-Language.")] = ""
    contact: ContactShape = msgspec.field(default_factory=ContactShape)
    related_case: Annotated[
        str, Meta(max_length=40, description="Another case of the same person that this one is about.")
    ] = ""
    card: Annotated[
        str,
        Meta(
            max_length=16_384,
            description="An MRE Services card of the person's, with whatever it discloses: fast lane.",
        ),
    ] = ""


class ReuseRequest(Request, kw_only=True, forbid_unknown_fields=True):
    """Once only: a document that the gateway already received need not be handed in again."""

    from_case: Annotated[str, Meta(max_length=40, description="A case of the same person.")]
    document: Annotated[str, Meta(max_length=200, description="Id of one of its documents.")]
    consent: Annotated[
        Literal[True], Meta(description="The person agrees that this document is used for another demand.")
    ]


class PayRequest(Request, kw_only=True, forbid_unknown_fields=True):
    return_url: Annotated[
        str,
        Meta(
            max_length=2000, description="Where the browser goes after the card page. It must be one of the client's."
        ),
    ] = ""


class AnswerRequest(Request, kw_only=True, forbid_unknown_fields=True):
    """What is sent depends on the action: `choice` for confirm and rate, `choice` or `text` for appeal, `attachments`
    for provide_document, `slot` for choose_slot."""

    choice: Annotated[str, Meta(max_length=100, description="One of the action's `options`.", examples=["refund"])] = ""
    text: Annotated[str, Meta(max_length=5000, description="The person's own words: confirm, appeal.")] = ""
    attachments: Annotated[
        list[Annotated[str, Meta(max_length=40)]],
        Meta(max_length=10, description="Files handed in before, for provide_document."),
    ] = []
    slot: Annotated[str, Meta(max_length=100, description="A slot's `id`, for choose_slot.")] = ""
    post: Annotated[str, Meta(max_length=100, description="The slot's `post`, unless the form names it.")] = ""
    start: Annotated[datetime | None, Meta(description="The slot's `start`: it is then found faster.")] = None


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
    optional: Annotated[bool, Meta(description="The case goes on without it.")] = False
    help: Annotated[str, Meta(description="For an appeal: to whom and how.")] = ""
    posts_url: Annotated[
        str | None, Meta(description="To choose a slot: GET the posts where one can be had for this case.")
    ] = None
    slots_url: Annotated[
        str | None,
        Meta(description="GET the free slots, where the form names the post. Else each post has a link to its own."),
    ] = None
    attachments_url: Annotated[str | None, Meta(description="To hand in documents: POST each file here first.")] = None


class PaymentView(Shape, kw_only=True):
    code: Annotated[str, Meta(description="`fee_due` for the service's fee, else the word of who asked.")]
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


class AppointmentView(Shape, kw_only=True):
    """Times are those of the post, with their offset from UTC."""

    portal: str
    reference: str
    state: Literal["booked", "cancelled", "missed", "kept"]
    start: datetime
    end: datetime
    timezone: Annotated[str, Meta(description="IANA name.", examples=["Europe/Paris"])]
    post: str
    post_name: str
    address: str = ""
    calendar_url: Annotated[str | None, Meta(description="iCalendar file (RFC 5545).")] = None


class TermView(Shape, kw_only=True):
    code: Annotated[str, Meta(examples=["answer"])]
    title: str
    on: Annotated[str, Meta(description="Last day, as it is dated in Morocco.", examples=["2027-01-21"])]
    passed: bool = False


class DocumentView(Shape, kw_only=True):
    id: str
    title: str
    media_type: str
    url: str


class CaseView(Shape, kw_only=True):
    id: Annotated[str, Meta(examples=["case_01k8z6v3p4q5r6s7t8v9w0x1y2"])]
    service: str
    service_title: str
    status: Literal["received", "action_required", "in_progress", "completed", "rejected", "withdrawn", "failed"]
    status_text: str
    reason: Annotated[str | None, Meta(description="Why it ended as it did.")] = None
    reason_text: str | None = None
    language: str
    filed_by: Annotated[str, Meta(description="The client it was filed through: a frontend's, or an agent's.")]
    created_at: datetime
    updated_at: datetime
    as_of: Annotated[
        datetime | None, Meta(description="When the portal that the case waits for last said where it stands.")
    ] = None
    fast_lane: Annotated[bool, Meta(description="A card with this entitlement was shown.")] = False
    deadline: DeadlineView
    actions: list[ActionView]
    payment: Annotated[PaymentView | None, Meta(description="The service's own fee.")] = None
    payments: Annotated[list[PaymentView], Meta(description="All fees, also those asked for on the way.")] = []
    appointment: AppointmentView | None = None
    terms: Annotated[list[TermView], Meta(description="Legal terms, once it is filed.")] = []
    related_case: str | None = None
    filing: FilingView
    shipment: ShipmentView | None = None
    documents: list[DocumentView] = []
    checkout: Annotated[CheckoutView | None, Meta(description="Only in the answer to the action `pay`.")] = None
    receipt_url: str
    events_url: str
    object: Literal["case"] = "case"


class FindingView(Shape, kw_only=True):
    """One thing about a demand that is wrong, or could not be checked."""

    kind: Annotated[
        Literal["form", "identity", "rights", "documents", "quota", "availability", "portal", "unchecked"],
        Meta(
            description="What it is about. `portal`: the portal would refuse it. `availability`: a portal that takes "
            "part does not answer. `unchecked`: nobody could say now."
        ),
    ]
    blocks: Annotated[bool, Meta(description="Whether filing is refused for it.")]
    pointer: Annotated[str, Meta(description="RFC 6901, into the request body; empty: the whole of it.")]
    code: Annotated[str, Meta(examples=["post_unknown"])]
    detail: Annotated[str, Meta(description="For the person, in the answer's language.")]
    remedy: Annotated[str | None, Meta(description="What can be done about it.")] = None
    portal: Annotated[str | None, Meta(description="Which portal it comes from.")] = None
    portal_message: Annotated[str | None, Meta(description="The portal's own words, for the person.")] = None


class ValidationView(Shape, kw_only=True):
    service: str
    valid: Annotated[bool, Meta(description="Nothing was found that filing is refused for.")]
    fee: Annotated[Money | None, Meta(description="What this demand would cost, where it costs something.")]
    findings: list[FindingView]
    object: Literal["validation"] = "validation"


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
