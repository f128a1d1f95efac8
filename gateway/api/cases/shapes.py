"""What clients send and get about cases."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta

from gateway.api.cases.receipt_claims import ReceiptClaims
from gateway.api.catalogue.shapes import DeadlineView
from gateway.api.http.field_error import FieldError
from gateway.api.http.shapes import AtPortal, Availability, Money, Request, Shape
from gateway.cases.slot_ids import LONGEST
from gateway.cases.state import ActionType
from gateway.connectors.contract import CaseStatus, Milestone


class CaseRequest(Request, kw_only=True, forbid_unknown_fields=True):
    service: Annotated[str, Meta(max_length=100, description="Id of a service.")]
    form: Annotated[dict[str, Any], Meta(description="As the service's `form` schema says.")]
    language: Annotated[
        Annotated[str, Meta(min_length=1, max_length=8)] | None,
        Meta(description="The person's language; default is Accept-Language."),
    ] = None
    related_case: Annotated[
        Annotated[str, Meta(min_length=1, max_length=40)] | None,
        Meta(description="Another case of the same person that this one is about."),
    ] = None
    card: Annotated[
        Annotated[str, Meta(min_length=1, max_length=16_384)] | None,
        Meta(description="An MRE Services card of the person's, with whatever it discloses: fast lane."),
    ] = None
    draft: Annotated[
        Annotated[str, Meta(min_length=1, max_length=40)] | None,
        Meta(description="The draft that this demand was made of: it is deleted when the case is filed."),
    ] = None


class ReuseRequest(Request, kw_only=True, forbid_unknown_fields=True):
    """Once only: a document that the gateway already received need not be handed in again."""

    from_case: Annotated[str, Meta(max_length=40, description="A case of the same person.")]
    document: Annotated[str, Meta(max_length=200, description="Id of one of its documents.")]
    consent: Annotated[
        Literal[True], Meta(description="The person agrees that this document is used for another demand.")
    ]


class PayRequest(Request, kw_only=True, forbid_unknown_fields=True):
    return_url: Annotated[
        Annotated[str, Meta(min_length=1, max_length=2000)] | None,
        Meta(
            description="Where the browser goes after the card page, by GET and with `case` and `payment` added to the "
            "query. It must be one of the client's."
        ),
    ] = None


class AnswerRequest(Request, kw_only=True, forbid_unknown_fields=True):
    """What is sent depends on the action: `choice` for confirm and rate, `choice` or `text` for appeal, `attachments`
    for provide_document, `slot` for choose_slot."""

    choice: Annotated[
        Annotated[str, Meta(min_length=1, max_length=100)] | None,
        Meta(description="One of the action's `options`.", examples=["refund"]),
    ] = None
    text: Annotated[
        Annotated[str, Meta(min_length=1, max_length=5000)] | None,
        Meta(description="The person's own words: confirm, appeal."),
    ] = None
    attachments: Annotated[
        list[Annotated[str, Meta(max_length=40)]],
        Meta(max_length=10, description="Files handed in before, for provide_document."),
    ] = []
    slot: Annotated[
        Annotated[str, Meta(min_length=1, max_length=LONGEST)] | None,
        Meta(description="A slot's `id`, for choose_slot."),
    ] = None


class CheckoutView(Shape, kw_only=True):
    """The card page: send `fields` to `url` by `method` from the person's browser, as an HTML form does."""

    payment: Annotated[str, Meta(description="Id of the payment.")]
    url: str
    method: str
    fields: Annotated[dict[str, str], Meta(description="In the portal's own words, to be sent as they are.")]


class ChoiceView(Shape, kw_only=True):
    """One option of an action, as a form's `x-choices` has them."""

    value: Annotated[str, Meta(description="Send it as `choice`.", examples=["refund"])]
    title: Annotated[str, Meta(description="What people read.", examples=["Get the money back"])]


class ActionView(Shape, kw_only=True):
    type: ActionType
    code: Annotated[str, Meta(examples=["fee_due"])]
    title: str
    url: Annotated[str, Meta(description="POST here.")]
    options: Annotated[list[str], Meta(description="The values of `choices` alone.")]
    choices: Annotated[list[ChoiceView], Meta(description="What can be chosen, in order, in the answer's language.")]
    amount: Money | None = None
    expires_at: Annotated[datetime | None, Meta(description="Until then it can be done.")] = None
    optional: Annotated[bool, Meta(description="The case goes on without it.")] = False
    portal_message: Annotated[
        str | None, Meta(description="The portal's own words, for the person. Only where one case is read.")
    ] = None
    help: Annotated[str | None, Meta(description="For an appeal: to whom and how.")] = None
    posts_url: Annotated[
        str | None, Meta(description="To choose a slot: GET the posts where one can be had for this case.")
    ] = None
    slots_url: Annotated[
        str | None,
        Meta(description="GET the free slots, where the form names the post. Else each post has a link to its own."),
    ] = None
    attachments_url: Annotated[str | None, Meta(description="To hand in documents: POST each file here first.")] = None


class PaymentView(AtPortal, kw_only=True):
    """Something to pay for a case, and what became of it."""

    id: Annotated[str, Meta(examples=["pay_01k8z6v3p4q5r6s7t8v9w0x1y2_1"])]
    case: Annotated[str, Meta(description="Id of its case.")]
    code: Annotated[
        str,
        Meta(description="`fee_due` for the service's fee, else the word of who asked.", examples=["fee_due"]),
    ]
    amount: Money
    state: Annotated[
        Literal["due", "paid", "refunded", "cancelled"],
        Meta(
            description="`cancelled`: nothing was paid, and the portal no longer asks for it, or the case has ended "
            "or is ending. `paid` without `paid_at`: it was paid too late (`payment_too_late`), and is to be given "
            "back."
        ),
    ]
    reference: Annotated[
        str | None, Meta(description="Order number under which it was paid, as the paying portal knows it.")
    ] = None
    stamp: Annotated[str | None, Meta(description="Number of the electronic stamp (e-Timbre).")] = None
    paid_at: datetime | None = None
    refunded_at: datetime | None = None
    url: str
    object: Literal["payment"] = "payment"


class FilingView(AtPortal, kw_only=True):
    availability: Availability
    reference: Annotated[str | None, Meta(description="The portal's number of the demand.")] = None
    portal_status: Annotated[str | None, Meta(description="The portal's own word.")] = None
    filed_at: datetime | None = None


class ShipmentView(AtPortal, kw_only=True):
    reference: Annotated[str, Meta(description="Tracking number of the parcel.", examples=["RR123456785MA"])]
    milestone: Milestone | None = None
    tracking_url: str


class AppointmentView(AtPortal, kw_only=True):
    """Times are those of the post, with their offset from UTC."""

    reference: Annotated[str, Meta(description="The portal's number of the appointment.")]
    state: Literal["booked", "cancelled", "missed", "kept"]
    starts_at: datetime
    ends_at: datetime
    timezone: Annotated[str, Meta(description="IANA name.", examples=["Europe/Paris"])]
    post: Annotated[str, Meta(description="Id of the post.")]
    post_name: str
    address: str | None = None
    calendar_url: Annotated[str | None, Meta(description="iCalendar file (RFC 5545).")] = None


class DocumentView(Shape, kw_only=True):
    id: str
    title: Annotated[str, Meta(description="In the answer's language; the portal's own, where nobody has said it so.")]
    label: Annotated[str, Meta(description="The portal's own title.")]
    media_type: str
    url: str


class RefusalView(AtPortal, kw_only=True):
    """What a portal refused last: the demand, or an answer to what it had asked."""

    code: Annotated[str, Meta(examples=["act_not_found"])]
    text: Annotated[str, Meta(description="For people, in the answer's language.")]
    errors: Annotated[
        list[FieldError], Meta(description="The members of the form that it objects to: `/form/...`, as in a problem.")
    ]
    portal_message: Annotated[
        str | None, Meta(description="The portal's own words, for the person. Only where one case is read.")
    ] = None


class CaseView(Shape, kw_only=True):
    id: Annotated[str, Meta(examples=["case_01k8z6v3p4q5r6s7t8v9w0x1y2"])]
    service: str
    service_title: str
    status: CaseStatus
    status_text: str
    reason: Annotated[str | None, Meta(description="Why it ended as it did.")] = None
    reason_text: str | None = None
    refusal: RefusalView | None = None
    language: str
    client: Annotated[str, Meta(description="The client it was filed through: a frontend's, or an agent's.")]
    created_at: datetime
    updated_at: datetime
    checked_at: Annotated[
        datetime | None, Meta(description="When the portal that the case waits for last said where it stands.")
    ] = None
    fast_lane: Annotated[bool, Meta(description="A card with this entitlement was shown.")] = False
    deadlines: Annotated[list[DeadlineView], Meta(description="What the law allows the portal.")]
    actions: Annotated[list[ActionView], Meta(description="What the person has to do, and what she can do.")]
    payments: Annotated[
        list[PaymentView], Meta(description="The service's fee, then those asked for on the way; empty if it is free.")
    ] = []
    appointment: AppointmentView | None = None
    related_case: Annotated[str | None, Meta(description="Id of the case that this one is about.")] = None
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
    pointer: Annotated[str | None, Meta(description="RFC 6901, into the request body; null: the whole of it.")]
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
    claims: Annotated[ReceiptClaims, Meta(description="What the receipt says, for display.")]
    object: Literal["receipt"] = "receipt"


class AttachmentView(Shape, kw_only=True):
    id: Annotated[str, Meta(examples=["att_01k8z6v3p4q5r6s7t8v9w0x1y2"])]
    media_type: str
    size: int
    sha256: str
    created_at: datetime
    object: Literal["attachment"] = "attachment"
