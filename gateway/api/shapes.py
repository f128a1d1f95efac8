"""What clients send and get. Field names are the API's contract; amounts are centimes, times RFC 3339 in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta

from gateway.cards.model import CardState

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


class ConcernView(Shape, kw_only=True):
    """One way in which a service may concern somebody. Of several, the form's member `when` says which it is."""

    whom: Annotated[
        Literal["self", "child", "spouse", "parent", "company", "anyone"],
        Meta(description="From the side of who asks; `anyone` with proof `none` is about nobody."),
    ]
    proof: Annotated[
        Literal["claims", "document", "portal", "none"],
        Meta(
            description="`claims`: it is about the person who signed in. `document`: the form brings one of "
            "`documents`. `portal`: the portal decides."
        ),
    ]
    basis: Annotated[str, Meta(description="The law, or `assumed: ...`.", examples=["law 36-21 on civil status"])]
    when: Annotated[str | None, Meta(description="JSON pointer into the form.", examples=["/capacity"])] = None
    values: Annotated[list[str], Meta(description="What the form says there.")] = []
    person: Annotated[
        list[str], Meta(description="Where the form says who it is about; of several, one.", examples=[["/person"]])
    ] = []
    requester: Annotated[str | None, Meta(description="Where it says who asks, if that is somebody else.")] = None
    documents: Annotated[list[str], Meta(description="Where it takes a document that proves the relation.")] = []
    kinds: Annotated[list[str], Meta(description="Which kinds of document do; empty for any.")] = []


class ServiceView(Shape, kw_only=True):
    id: Annotated[str, Meta(description="`<portal>.<name>`.")]
    version: int
    language: Annotated[str, Meta(description="Language of `title` and `summary`; the longer texts may be in another.")]
    title: str
    summary: str
    category: CategoryView
    audience: Annotated[list[str], Meta(description="Whom the result is for: `person`, `child`, `business`.")]
    concerns: Annotated[list[ConcernView], Meta(description="Whose demand it may be, and how that is proved.")]
    who: Annotated[str, Meta(description="Who may ask.")]
    bring: Annotated[str, Meta(description="What to have at hand.")]
    competent_body: str
    appeal: str
    portal: PortalRef
    fee: FeeView | None
    later_fee: Annotated[str | None, Meta(description="The portal that takes a fee asked for on the way.")] = None
    appointment: Annotated[str | None, Meta(description="The portal that gives the appointment it needs.")] = None
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
    prefill: Annotated[
        dict[str, Any] | None,
        Meta(description="With a person's token: what is known already, from verified claims and earlier cases."),
    ] = None
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


MandateScope = Literal["cases:read", "cases:write", "tracking:read"]


class MandateRequest(Request, kw_only=True, forbid_unknown_fields=True):
    """What an agent may do for the person, and until when."""

    agent: Annotated[str, Meta(min_length=1, max_length=100, description="Client id of the consulate or call centre.")]
    scope: Annotated[list[MandateScope], Meta(min_length=1, max_length=3, description="What it may do.")]
    purpose: Annotated[
        str, Meta(min_length=1, max_length=500, description="What for, in the person's words; the agent reads it.")
    ]
    expires_at: Annotated[datetime, Meta(description="The last moment, at most `mandates.max_days` from now.")]
    services: Annotated[
        list[Annotated[str, Meta(max_length=100)]],
        Meta(max_length=50, description="Ids of services, or of portals for all of theirs; left out, for every one."),
    ] = []
    earlier_cases: Annotated[
        bool, Meta(description="Whether it covers what the person filed before she gave it; not unless she says so.")
    ] = False


class TakeRequest(Request, kw_only=True, forbid_unknown_fields=True):
    code: Annotated[
        str, Meta(min_length=1, max_length=40, description="As the person tells it; only its digits count.")
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


Coordinate = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{43}$", description="32 bytes as base64url.")]


class HolderKey(Request, kw_only=True, forbid_unknown_fields=True):
    """A public key as a JSON Web Key. One with a private half is refused."""

    kty: Literal["EC", "OKP"]
    crv: Literal["P-256", "Ed25519"]
    x: Coordinate
    y: Coordinate | None = None
    kid: Annotated[str, Meta(max_length=255)] = ""
    use: Literal["sig"] = "sig"
    alg: Literal["ES256", "EdDSA", "Ed25519", ""] = ""


class CardRequest(Request, kw_only=True, forbid_unknown_fields=True):
    holder_key: Annotated[
        HolderKey | None,
        Meta(description="Binds the card to this key: whoever shows the card can then be asked to prove it is theirs."),
    ] = None


class CardView(Shape, kw_only=True):
    """The MRE Services card. `card` and `claims` only where one card is asked for by its holder."""

    id: Annotated[str, Meta(examples=["card_01k8z6v3p4q5r6s7t8v9w0x1y2"])]
    state: CardState
    state_text: str
    entitlements: Annotated[list[str], Meta(examples=[["fast_lane"]])]
    entitlement_texts: list[str]
    bound: Annotated[bool, Meta(description="To a key of the holder's.")]
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    card: Annotated[str | None, Meta(description="SD-JWT VC, media type `application/dc+sd-jwt`.")] = None
    claims: Annotated[dict[str, Any] | None, Meta(description="What `card` discloses of its holder.")] = None
    url: Annotated[str, Meta(description="As JSON, or as a QR code with `Accept: image/svg+xml` or `image/png`.")]
    status_url: Annotated[str, Meta(description="The public list in which a revocation shows.")]
    verify_url: Annotated[str, Meta(description="The page that verifies cards, also without a network.")]
    object: Literal["card"] = "card"


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
    timezone: Annotated[str, Meta(description="IANA name.", examples=["Europe/Paris"])]
    address: str = ""
    opening_hours: Annotated[list[str], Meta(description="As schema.org writes them, local time.")] = []
    services: list[str] = []
    illustrative: Annotated[bool, Meta(description="Not from an official list.")] = False
    object: Literal["post"] = "post"


class SlotView(Shape, kw_only=True):
    id: str
    portal: str
    post: str
    start: Annotated[datetime, Meta(description="In the post's own time, with its offset.")]
    end: datetime
    timezone: str
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
    service: Annotated[str | None, Meta(description="The service that was asked for.")] = None
    search: Annotated[
        str | None, Meta(description="What an auditor searched for.", examples=["operation=cases.list"])
    ] = None
    agent: Annotated[str | None, Meta(description="The agent who acted for the person, or tried to; no name.")] = None
    mandate: Annotated[str | None, Meta(description="The mandate it was done under, or that it was about.")] = None
    mandate_purpose: Annotated[str | None, Meta(description="What the person gave that mandate for.")] = None
    reason: Annotated[
        str | None,
        Meta(
            description="Why it was denied; `named_by_another_person` if another person's form names this one, "
            "whether or not it was taken; `tried_by_another_person` if somebody else tried to reach what is this "
            "person's.",
            examples=["revoked"],
        ),
    ] = None
    object: Literal["access"] = "access"


LookPurpose = Literal["court-order", "subject-request", "incident", "supervision"]
"""Why an auditor wants to know more of a person than the log tells."""


class SubjectRequest(Request, kw_only=True, forbid_unknown_fields=True):
    national_id: Annotated[
        str,
        Meta(
            max_length=20,
            pattern="^([A-Za-z]{1,2}[ .-]?[1-9][0-9]{0,5}|[A-Za-z][ .-]?[1-9][0-9]{6})$",
            description="Of the identity card (CNIE).",
            examples=["AB123456"],
        ),
    ]
    purpose: Annotated[
        LookPurpose, Meta(description="Why it is asked. It stands in the record, which the person sees.")
    ]


class SubjectView(Shape, kw_only=True):
    """What the log calls a person."""

    subjects: Annotated[list[str], Meta(description="Each can be given to the filter `subject`.")]
    purpose: str
    object: Literal["audit_subject"] = "audit_subject"


class MandateView(Shape, kw_only=True):
    """A mandate, for the person who gave it and the agent who holds it."""

    id: Annotated[str, Meta(examples=["mnd_01k8z6v3p4q5r6s7t8v9w0x1y2"])]
    state: Annotated[
        Literal["given", "lapsed", "held", "expired", "revoked", "returned"],
        Meta(
            description="`given`: its code waits for the agent; `lapsed`: the code was not used in time; `held`: in "
            "force; the others are ends: by its date, by the person, by the agent."
        ),
    ]
    agent: Annotated[str, Meta(description="Client id of the consulate or call centre.")]
    agent_name: str
    holder: Annotated[str | None, Meta(description="The agent who took it up, as in the person's ledger.")] = None
    scope: list[str]
    services: list[str]
    earlier_cases: Annotated[bool, Meta(description="Whether it covers what the person filed before she gave it.")]
    purpose: Annotated[str | None, Meta(description="Not in the answer to taking it up.")] = None
    created_at: datetime
    expires_at: datetime
    taken_at: datetime | None = None
    ended_at: datetime | None = None
    code: Annotated[str | None, Meta(description="Only when it is given: tell it to the agent.")] = None
    code_expires_at: datetime | None = None
    object: Literal["mandate"] = "mandate"


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


class IndicatorView(Shape, kw_only=True):
    """One quarter of one group. What is null has nothing to tell, or is held back: see `suppressed`."""

    quarter: Annotated[str, Meta(description="As it is dated in Morocco.", examples=["2026-Q3"])]
    provisional: Annotated[bool, Meta(description="The quarter is not over, or not published yet.")]
    portal: str | None
    service: str | None
    post: Annotated[str | None, Meta(description="Empty where the demand names none.")]
    filed: Annotated[int | None, Meta(description="Demands that the portal took in the quarter.")]
    completed: int | None
    rejected: int | None
    withdrawn: int | None
    failed: int | None
    not_filed: Annotated[int | None, Meta(description="Cases that ended before the portal took the demand.")]
    open: Annotated[int, Meta(description="Filed and not ended when the quarter ended, rounded to `minimum`.")]
    days_median: Annotated[int | None, Meta(description="Days from the filing to the answer.")]
    days_p90: int | None
    overrun_median: Annotated[int | None, Meta(description="Days from the last legal day to the answer; 0: in time.")]
    overrun_p90: int | None
    within_deadline: Annotated[float | None, Meta(description="Share of answers in time, to the nearest 0.05.")]
    waited_median: Annotated[int | None, Meta(description="Whole days of those that waited for the person.")]
    waited_p90: int | None
    rated: int | None
    satisfaction: Annotated[float | None, Meta(description="Mean of the ratings, 1 to 5.")]
    suppressed: Annotated[list[str], Meta(description="What is held back, because it is about too few.")]


class IndicatorsView(Shape, kw_only=True):
    data: list[IndicatorView]
    minimum: Annotated[int, Meta(description="Numbers of fewer cases than this are held back.")]
    timezone: Literal["Africa/Casablanca"] = "Africa/Casablanca"
    object: Literal["indicators"] = "indicators"
