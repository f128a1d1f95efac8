"""What a connector is: the capabilities it can have, the values that pass, and the three ways to fail.

A connector author needs this file and no other. It imports nothing of the gateway but the `Secret` type and the
reading of foreign numbers and times.

A connector states what it can do by the capability classes it inherits. Its methods do I/O only through `self.http`,
an `httpx.AsyncClient` already bound to the portal's base URL: deadlines, retries, authentication, signatures, the
circuit breaker and the audit record are added underneath it, and a connector can neither see nor change them.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from types import MethodType
from typing import Any, ClassVar, Concatenate, Final, Generic, Literal, ParamSpec, TypeVar, get_type_hints, overload

import httpx
import msgspec

from gateway.foreign_text import retry_after
from gateway.secret import Secret

API_VERSION: Final = 1
"""The contract's version. A plugin's manifest names the one it was written for."""


# --- Failing: three errors, named by what the caller has to do about them -----------------------------------------


class PortalError(Exception):
    """Base of the three. `code` is a stable word; `portal_message`, the portal's own words, is never logged."""

    def __init__(self, code: str, portal_message: str = "", *, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.portal_message = portal_message
        self.fields = dict(fields or {})
        """Form fields the portal objects to: JSON pointer into the form -> code."""
        self.perhaps_done = False
        """Set by the gateway: a request by an unsafe method was sent, and its outcome is not known."""


class Refused(PortalError):
    """Final: the portal understood and said no. Repeating the same request cannot help."""


class Unavailable(PortalError):
    """Nothing happened at the portal, or only something that may be repeated: try later."""

    def __init__(
        self, code: str = "portal_unavailable", portal_message: str = "", *, retry_after: float | None = None
    ) -> None:
        super().__init__(code, portal_message)
        self.retry_after = retry_after
        """Seconds the portal asked us to wait."""


class ServerFailed(Unavailable):
    """The portal answered 5xx. After an operation that must not be repeated, the core treats it as `Unknown`."""


class NotYet(Unavailable):
    """The portal said in its own words that it did nothing, for now. Also after a creation, the request may be sent
    again; any other `Unavailable` after a creation is `Unknown` to the core once the portal may have acted."""


class Unknown(PortalError):
    """Sent, outcome not known. The core asks the operation's finder before anything else; never a blind resend."""

    def __init__(self, code: str = "outcome_unknown", portal_message: str = "") -> None:
        super().__init__(code, portal_message)


class PortalObjection(msgspec.Struct, frozen=True, kw_only=True):
    """What a portal says when it refuses, as a function of its connector has read it: see `check`."""

    word: str
    """The portal's own code."""
    message: str = ""
    """Its own words, for the person. Never logged."""
    fields: list[str] = []
    """Its names of what it objects to."""


def check(
    response: httpx.Response,
    refusals: Mapping[str, str] | None = None,
    *,
    fields: Mapping[str, str] | None = None,
    fields_member: str = "fields",
    read: Callable[[bytes], PortalObjection] | None = None,
) -> httpx.Response:
    """Return a 2xx response, raise the right error for any other.

    Only the portal's own word in its own shape is `Refused`. `refusals` are its words -> gateway codes, looked for in
    the member `error` (or `code`) of a JSON object. A portal whose objections also name what they object to says so by
    `fields`: its names -> JSON pointers into the form, listed in `fields_member`. From such a portal a word that is new
    to us is `portal_refused` if the whole shape is there and nothing else: `error`, `message` and that list. Where an
    answer names nothing, its word itself is looked for in `fields`: it may be about one member alone. With 403,
    which is first of all about us, it is `NotYet("portal_denied_gateway")`.

    A portal that has its word elsewhere (`{"erreur": {"code": ...}}`) is read by `read`: it gets the body of a 4xx, of
    nothing else, and raises `ValueError`, as `decoded` does, for what is not the portal's objection. Then a word that
    `refusals` lacks decides nothing.

    Any other 4xx is somebody on the way, or a portal that has changed: `Unavailable`, never `Refused` or "not found".
    The core then takes a creation for `Unknown`, and its finder decides.
    """
    if response.is_success:
        return response
    status = response.status_code
    said = _objection(response)
    message = said.get("message") or said.get("detail") or said.get("error_description") or ""
    message = message if isinstance(message, str) else ""
    wait = retry_after(response.headers.get("retry-after"), now=datetime.now(UTC))
    if status in (408, 429) or (status == 503 and "retry-after" in response.headers):
        raise Unavailable("portal_busy", message, retry_after=wait)
    if status >= 500:
        raise ServerFailed("portal_failed", message, retry_after=wait)
    if 400 <= status < 500 and status not in (401, 407) and read is not None:
        _refuse_as_read(response, read, refusals or {}, fields or {})
    elif 400 <= status < 500 and status not in (401, 407):
        _refuse(said, message, refusals or {}, fields, fields_member, denied=status == 403)
    if status in (401, 403, 407):
        raise Unavailable("portal_denied_gateway")
    if 300 <= status < 400:
        raise Unavailable("portal_redirected")
    raise Unavailable("portal_answer_unexpected")


def check_after(response: httpx.Response) -> float | None:
    """`Retry-After` of an answer, in seconds (RFC 9110 section 10.2.3): for `Progress.check_after`."""
    return retry_after(response.headers.get("retry-after"), now=datetime.now(UTC))


def _refuse(
    said: Mapping[str, Any],
    message: str,
    refusals: Mapping[str, str],
    fields: Mapping[str, str] | None,
    member: str,
    *,
    denied: bool,
) -> None:
    words = [word for name in ("error", "code") if isinstance(word := said.get(name), str) and word]
    named = said.get(member)
    named = [each for each in named if isinstance(each, str)] if isinstance(named, list) else None
    code = next((refusals[word] for word in words if word in refusals), None)
    own = said.keys() == {"error", "message", member} and isinstance(said["message"], str) and bool(words)
    if code is None and fields is not None and named is not None and own:
        if denied:
            raise NotYet("portal_denied_gateway", message)
        code = "portal_refused"
    if code is not None:
        known = fields or {}
        raise Refused(code, message, fields={known[name]: code for name in named or words if name in known})


def _refuse_as_read(
    response: httpx.Response,
    read: Callable[[bytes], PortalObjection],
    refusals: Mapping[str, str],
    fields: Mapping[str, str],
) -> None:
    try:
        said = read(response.content)
    except (ValueError, httpx.ResponseNotRead):
        return
    if said.word in refusals:
        code = refusals[said.word]
        named = said.fields or [said.word]
        raise Refused(code, said.message, fields={fields[each]: code for each in named if each in fields})


def _objection(response: httpx.Response) -> dict[str, Any]:
    """The JSON object that the answer is. A page is none, whatever it says of itself."""
    try:
        body = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, httpx.ResponseNotRead):
        return {}
    return body if isinstance(body, dict) else {}


# --- Operations ---------------------------------------------------------------------------------------------------

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Operation(Generic[P, R_co]):
    """A capability's method, and how it may be treated: what `Filing.file` is. The core calls a portal by it, so that
    parameters and result are checked: `call(portal, Tracking.track, reference)`. Of a connector it is the method.

    Only what is safe or idempotent may be sent again."""

    def __init__(
        self,
        name: str,
        method: Callable[Concatenate[Any, P], Awaitable[R_co]] | None = None,
        *,
        safe: bool = False,
        idempotent: bool = False,
        finder: Operation[[str], Any] | None = None,
    ) -> None:
        self.name: Final = name
        """The method's, which is also what the audit log and the metrics call it."""
        self.method: Final = method
        """The contract's own; None for requests that belong to no capability."""
        self.safe: Final = safe
        """It changes nothing."""
        self.idempotent: Final = idempotent
        """Done twice, it is done once."""
        self.finder: Final = finder
        """What tells the outcome where it is unknown, by the key that the portal was given."""

    @property
    def repeatable(self) -> bool:
        return self.safe or self.idempotent

    @overload
    def __get__(self, connector: None, owner: type) -> Operation[P, R_co]: ...
    @overload
    def __get__(self, connector: object, owner: type) -> Callable[P, Awaitable[R_co]]: ...
    def __get__(self, connector: object, owner: type) -> Any:
        return self if connector is None or self.method is None else MethodType(self.method, connector)


def operation(
    *, safe: bool = False, idempotent: bool = False, finder: Operation[[str], Any] | None = None
) -> Callable[[Callable[Concatenate[Any, P], Awaitable[R]]], Operation[P, R]]:
    """Declare a capability's method. A connector overrides it by a plain method, and the declaration holds."""

    def declare(method: Callable[Concatenate[Any, P], Awaitable[R]]) -> Operation[P, R]:
        return Operation(method.__name__, method, safe=safe, idempotent=idempotent, finder=finder)

    return declare


# --- Values -------------------------------------------------------------------------------------------------------


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of every value: immutable, keyword-only, JSON by msgspec."""


class CaseStatus(StrEnum):
    """How a demand stands for the person. The last four end it."""

    RECEIVED = "received"
    """The portal has the demand, and nobody has looked at it yet."""
    ACTION_REQUIRED = "action_required"
    """The portal waits for the person: `Progress.ask` says for what."""
    IN_PROGRESS = "in_progress"
    """The portal works on it."""
    COMPLETED = "completed"
    """The portal has done what was asked for."""
    REJECTED = "rejected"
    """The portal decided against it: `Progress.reason` says why."""
    WITHDRAWN = "withdrawn"
    """It was taken back, here or at the portal."""
    FAILED = "failed"
    """It ended without a decision: it expired, or the parcel came back."""


class Milestone(StrEnum):
    """Where a demand or a parcel stands, in words shared by all portals."""

    CREATED = "created"
    """The portal has the demand."""
    PAID = "paid"
    PROCESSING = "processing"
    """Somebody works on it."""
    READY = "ready"
    """The result is there: to be fetched, collected or sent. With a `delivery` the parcel is then handed over."""
    POSTED = "posted"
    """From here on of a parcel: the post has it."""
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERY_FAILED = "delivery_failed"
    """An attempt to deliver it failed; there may be another one."""
    DELIVERED = "delivered"
    RETURNED = "returned"
    """It came back to the sender."""
    LOST = "lost"
    REFUSED = "refused"
    """The portal rejected the demand."""


class Money(Value, frozen=True, kw_only=True, omit_defaults=True):
    """An amount in the currency's minor unit: centimes for MAD."""

    amount: int
    currency: str = "MAD"


class Address(Value, frozen=True, kw_only=True, omit_defaults=True):
    """A postal address anywhere; `country` is ISO 3166-1 alpha-2, a postcode in Morocco has five digits."""

    name: str
    lines: list[str]
    city: str
    postcode: str = ""
    country: str = "MA"
    phone: str = ""
    """E.164."""


class Attachment(Value, frozen=True, kw_only=True, omit_defaults=True):
    """A file that the person sent, as the portal gets it."""

    id: str
    """By which the form names it: `att_01k...`."""
    filename: str
    media_type: str
    content: bytes


class Slot(Value, frozen=True, kw_only=True, omit_defaults=True):
    """A time at which one more person can come."""

    id: str
    post: str
    service: str
    start: datetime
    end: datetime
    version: str = ""
    """The portal's version of the slot, for optimistic locking."""


class Appointment(Value, frozen=True, kw_only=True, omit_defaults=True):
    """A booked slot."""

    reference: str
    slot: Slot


class Related(Value, frozen=True, kw_only=True, omit_defaults=True):
    """Another case of the same person, which a demand is about: a complaint about an extract that got lost."""

    case_id: str
    service: str
    portal: str
    reference: str = ""
    """The portal's, empty if it was never filed."""
    shipment: str = ""
    """Number of its parcel."""
    status: CaseStatus


class Requester(Value, frozen=True, kw_only=True, omit_defaults=True):
    """Who makes the demand, as the identity provider has verified it: never what was typed, and empty where nothing was
    verified. An agent with a mandate is not the requester; the person who gave it is."""

    national_id: str
    relation: Literal["self", "child", "spouse", "parent", "company", "anyone"] = "self"
    """Whom the demand is about, from the requester's side, by `subject` of the service."""
    name: str = ""
    family_name: str = ""
    given_name: str = ""
    family_name_ar: str = ""
    given_name_ar: str = ""
    birth_date: str = ""
    """YYYY-MM-DD, or less of it where less is known."""


class Submission(Value, frozen=True, kw_only=True, omit_defaults=True):
    """What a `Filing` portal gets. `key` stays the same for every attempt at the same filing."""

    case_id: str
    key: str
    """As every key that a portal gets: at most 48 characters of `a-z`, `0-9`, `_` and `:` (`case_01k...:file`)."""
    service: str
    """With its portal: `notary.certificate`."""
    form: dict[str, Any]
    """As `services.toml` describes it: it has passed the schema, and its texts are cleaned."""
    language: str = "fr"
    """The person's own: `ar`, `fr`, or another that the gateway writes in."""
    stamp: str | None = None
    """Serial of the fee stamp, where the service has a fee."""
    attachments: list[Attachment] = []
    """Those that the form names by id, in the order of the form; after them documents of earlier cases."""
    appointment: Appointment | None = None
    """Where the service books one before the filing."""
    related: Related | None = None
    requester: Requester | None = None
    """Send it to the portal with every demand: whether this person may ask is the portal's to decide too. Where its
    protocol has no member for it, a demand about oneself needs none, as the form then holds the verified person; for a
    demand about another one an agreement has to say how the portal learns who asks. None where nobody signed in, which
    only a service about nobody takes."""
    priority: bool = False
    """The person has shown a card with the fast lane. Pass it on where the portal knows such a thing."""


class CheckFinding(Value, frozen=True, kw_only=True, omit_defaults=True):
    """One thing for which the portal would refuse a demand: `Filing.check`."""

    code: str
    """As a refusal's: `identity_mismatch`."""
    fields: list[str] = []
    """JSON pointers into the form: what the portal objects to."""
    message: str = ""
    """The portal's own words, for the person. Never logged."""


class Step(Value, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of a portal's history. By `label` and `at` the core tells it from the others."""

    at: datetime
    """When it happened, as the portal says: the same in each answer. Never the time of the query."""
    label: str
    """The portal's own text for people (`libelle`), or its word if it has none. It is shown as the portal's, beside our
    text of the milestone; without a milestone it stands alone."""
    milestone: Milestone | None = None
    """What we understood."""
    place: str = ""


class DocumentRef(Value, frozen=True, kw_only=True, omit_defaults=True):
    """A document the portal holds for this demand; fetch it with `Filing.document`."""

    id: str
    """By which `document` is asked for it."""
    title: str
    """The portal's own word. What people read stands in the manifest, under `[documents."<title>"]`."""
    media_type: str = "application/pdf"


class RequiredAction(Value, frozen=True, kw_only=True, omit_defaults=True):
    """What the portal wants of the person before it goes on.

    The answer comes back through `Filing.act`, where `action` is the type: `pay` with `{"stamp": serial}`,
    `provide_document` with `{"attachments": [Attachment, ...]}`, `confirm` and `appeal` with
    `{"choice": option, "text": words}`, `rate` with `{"choice": option}`, `choose_slot` with `{"booking": reference}`
    and, as long as it is the case's appointment, `"slot": Slot`. A `choose_slot` that the portal did not ask for tells
    that the appointment has been moved. An action with an `id` brings it back as `"id"`, beside these.
    """

    type: Literal["pay", "choose_slot", "provide_document", "confirm", "rate", "appeal"]
    code: str
    """Why: `fee_on_decision`, `proof_of_address_missing`. Texts for people are found by it."""
    until: datetime | None = None
    """By when the portal wants the answer."""
    options: list[str] = []
    """What can be chosen, in the portal's words; of `provide_document` the documents. Texts stand in the manifest,
    under `[choices.<option>]`."""
    amount: Money | None = None
    """For `pay`."""
    optional: bool = False
    """The portal goes on without an answer: a rating, an appeal."""
    id: str = ""
    """The portal's own number of what it asks, where it has one: two with different numbers are two questions, and
    `act` learns which one is answered. Without it an answer that is repeated may reach the question after it."""
    message: str = ""
    """The portal's own words, for the person: they stand beside the text of `code`. Never logged."""


class Progress(Value, frozen=True, kw_only=True, omit_defaults=True):
    """A portal's present answer about one demand or parcel. A portal status that the mapping does not know is
    `in_progress` with a line in `warnings`, never success."""

    reference: str
    status: CaseStatus
    portal_status: str
    """The portal's own word, as it says it."""
    milestone: Milestone | None = None
    steps: list[Step] = []
    """The portal's history as it shows it, oldest first: all of it, its last entries, or how things stand now as one
    entry. What is new in it goes into the case's timeline. Empty if the portal has none: then each `portal_status` that
    is another than before is an entry, dated by the query that brought it."""
    documents: list[DocumentRef] = []
    """Those that can be fetched now: one that is still to be made is not among them."""
    reason: str = ""
    """On rejection: a stable code of the portal's reason. Texts for people are found by it."""
    message: str = ""
    """On rejection: the portal's own words of why, for the person. Never logged."""
    ask: RequiredAction | None = None
    """What the person must do next; with it goes the status `action_required`, unless it is optional."""
    check_after: float | None = None
    """Seconds after which it is worth querying again, where the portal says so: `Retry-After` of its answer, or a
    member of its own. It is kept to between `journeys.poll_seconds` and `journeys.poll_max_seconds`."""
    warnings: list[str] = []
    """Codes for operators, of what was strange in the answer."""


class DemandRef(Value, frozen=True, kw_only=True, omit_defaults=True):
    """One demand of several that the portal is queried about at once."""

    reference: str
    key: str
    """With which it was filed. Where the portal's answer names it, compare it: an answer about another key is another
    person's."""
    access: dict[str, str] = {}
    """`Filed.access`."""


class Filed(Value, frozen=True, kw_only=True, omit_defaults=True):
    """The portal accepted the demand under `reference`. `access` keeps what later questions need (an e-mail, a PIN)."""

    reference: str
    progress: Progress
    access: dict[str, str] = {}


class Document(Value, frozen=True, kw_only=True, omit_defaults=True):
    """What `Filing.document` fetched."""

    id: str
    filename: str
    media_type: str
    content: bytes


class Fee(Value, frozen=True, kw_only=True, omit_defaults=True):
    """One attempt to pay: `oid` is new for each attempt."""

    case_id: str
    oid: str
    amount: Money
    payer_name: str
    payer_email: str
    payer_phone: str = ""
    language: str = "fr"
    return_url: str = ""
    """Where the payer's browser goes afterwards. What arrives there proves nothing."""


class Checkout(Value, frozen=True, kw_only=True, omit_defaults=True):
    """A card page: the payer's browser sends `fields` to `url` by `method`."""

    oid: str
    url: str
    fields: dict[str, str]
    method: str = "POST"


class Callback(Value, frozen=True, kw_only=True, omit_defaults=True):
    """A request that a portal sent to `/callbacks/{portal}/{path}`."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class PaymentState(StrEnum):
    PENDING = "pending"
    AUTHORISED = "authorised"
    """Held for us and not taken yet: our answer to the callback takes it (`Verdict.CAPTURE`)."""
    PAID = "paid"
    DECLINED = "declined"
    REFUNDED = "refunded"


class Settlement(Value, frozen=True, kw_only=True, omit_defaults=True):
    """What a payment portal says of one attempt: a hint where a callback brought it, its word where it was asked."""

    oid: str
    state: PaymentState
    amount: Money
    transaction: str = ""
    """The portal's number of the attempt; a declined attempt and the next one have two."""
    code: str = ""
    """Why, as one of the words that the connector knows; never text that somebody sent."""


class Verdict(StrEnum):
    """What the core decided about a settlement, to be said back to the portal."""

    CAPTURE = "capture"
    """Ours, and paid for the right amount by the portal's own word: take the money."""
    NOTED = "noted"
    """Authentic, but nothing to take: a declined attempt, or a case that is paid already."""
    REJECTED = "rejected"
    """Not authentic, not ours, not the amount asked, or not what the portal itself says."""


class Reply(Value, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to a callback."""

    body: bytes
    media_type: str = "text/plain"
    status: int = 200


class Notice(Value, frozen=True, kw_only=True, omit_defaults=True):
    """A portal says that a demand has changed. What it says is not believed: the core asks with `progress`."""

    reference: str
    reply: Reply


class Payment(Value, frozen=True, kw_only=True, omit_defaults=True):
    """A settled payment, as the core remembers it."""

    case_id: str
    oid: str
    amount: Money
    transaction: str


class Refund(Value, frozen=True, kw_only=True, omit_defaults=True):
    """What was given back."""

    oid: str
    """Of the payment."""
    reference: str
    """The portal's number of the refund."""
    amount: Money


class StampState(StrEnum):
    ISSUED = "issued"
    RESERVED = "reserved"
    CONSUMED = "consumed"
    """Used up for a demand."""
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class StampOrder(Value, frozen=True, kw_only=True, omit_defaults=True):
    """Ask for the fee stamp that a payment bought. `key` stays the same for every attempt at the same stamp."""

    key: str
    payment: Payment
    service: str


class Stamp(Value, frozen=True, kw_only=True, omit_defaults=True):
    """What was paid for: a portal that wants a fee takes its number."""

    serial: str
    """16 digits."""
    state: StampState
    amount: Money


class Parcel(Value, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be carried. `key` stays the same for every attempt at the same parcel."""

    case_id: str
    key: str
    recipient: Address
    content: str
    """What is in it, as the service's `delivery` says."""
    sender: str
    """The office that hands the parcel over."""


class Shipment(Value, frozen=True, kw_only=True, omit_defaults=True):
    """A parcel that the carrier has taken on."""

    number: str
    """S10 number: two letters, eight digits, check digit, country."""
    label: Document | None = None


class Post(Value, frozen=True, kw_only=True, omit_defaults=True):
    """A consulate or office that gives appointments."""

    id: str
    name: dict[str, str]
    country: str
    city: str
    timezone: str
    """IANA name."""
    services: list[str] = []
    address: str = ""
    opening_hours: list[str] = []
    """As schema.org writes them: `Mo-Fr 08:30-15:00`, local time."""
    illustrative: bool = False
    """Not from an official list."""


class Window(Value, frozen=True, kw_only=True, omit_defaults=True):
    """Days between which a slot is looked for, both included."""

    first: date
    last: date


class Person(Value, frozen=True, kw_only=True, omit_defaults=True):
    """Who comes to an appointment. `key` stays the same for every attempt at the same booking."""

    key: str
    name: str
    national_id: str
    email: str = ""
    reference: str = ""
    """The demand that the appointment is for, where the portal wants it filed first."""


# --- Capabilities -------------------------------------------------------------------------------------------------


Channel = Literal["email", "sms"]
"""A way to reach a person, to which she agrees or not."""


class Message(Value, frozen=True, kw_only=True, omit_defaults=True):
    """What a person is told, written in her language."""

    key: str
    """The same however often it is sent: `msg_01k...`."""
    to: str
    """E-mail address, or phone number in E.164."""
    language: str
    text: str
    """Plain text; for `sms` all there is."""
    subject: str = ""
    """For `email`, as is `html`."""
    html: str = ""


class MessageState(StrEnum):
    ACCEPTED = "accepted"
    """Taken over; whether it arrives is not known yet, or never told."""
    DELIVERED = "delivered"
    UNDELIVERABLE = "undeliverable"


class MessageReceipt(Value, frozen=True, kw_only=True, omit_defaults=True):
    """What whoever carries a message says about it."""

    reference: str
    """Its number there."""
    state: MessageState
    reason: str = ""
    """A code of why it is undeliverable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Portal:
    """What the gateway hands to a connector: its client, its secrets, its settings. Nothing else reaches it."""

    id: str
    http: httpx.AsyncClient
    secrets: Mapping[str, Secret]
    options: Mapping[str, str] = field(default_factory=dict)
    """Plain settings from `[portals.<id>.options]`, for example a merchant number."""
    callback_url: str = ""
    """Public address of `/callbacks/<id>`, without a final slash."""
    public_base_url: str = ""
    """Where a person's browser reaches the portal; differs from the client's base URL only behind a private network."""


class ConnectorSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of a connector's own settings, which an operator gives in `[portals.<id>.options]`.

        class ShopSettings(ConnectorSettings, frozen=True, kw_only=True):
            merchant: Annotated[str, msgspec.Meta(pattern="^[0-9]{9}$", description="Our number there.")] = "600000001"
            page_seconds: Annotated[int, msgspec.Meta(ge=30, le=2700, description="...")] = 600

        class Shop(Connector, Paying):
            settings: ShopSettings

    Each is a text, a number, true or false, or one of several words (`Literal`), and has a description and a default.
    A setting that is not among them, or not of its type, keeps the plugin from being loaded. Secrets are no settings:
    the manifest names them.
    """


def settings_class(connector: type[Connector]) -> type[ConnectorSettings] | None:
    """What the connector annotates `settings` with; None if it declares none. Raises `NameError` for an annotation that
    names nothing."""
    for each in connector.__mro__:
        annotation = inspect.get_annotations(each).get("settings")
        if annotation is None:
            continue
        holder = type("holder", (), {"__annotations__": {"settings": annotation}})
        found = get_type_hints(holder, globalns=vars(sys.modules[each.__module__]))["settings"]
        return found if isinstance(found, type) and issubclass(found, ConnectorSettings) else None
    return None


class Connector:
    """Base class. A subclass adds capabilities and nothing it does not need.

    One that has settings of its own annotates `settings` with its subclass of `ConnectorSettings`.
    """

    capabilities: ClassVar[tuple[type, ...]] = ()
    declared: ClassVar[Mapping[str, Operation[..., Any]]] = {}

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.http = portal.http
        declared = settings_class(type(self))
        if declared is not None:
            own = {name: portal.options[name] for name in declared.__struct_fields__ if name in portal.options}
            self.settings = msgspec.convert(own, declared, strict=False)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.capabilities = tuple(c for c in CAPABILITIES if issubclass(cls, c))
        cls.declared = {name: each for c in cls.capabilities for name, each in _declared(c).items()}


class Filing:
    """The portal takes demands and brings them to an end."""

    progress_many_most: ClassVar[int] = 1
    """How many demands one request of `progress_many` may name."""

    @operation(safe=True)
    async def find(self, idempotency_key: str) -> Filed | None:
        """The demand that was lodged with this key, or None if the portal has none."""
        raise NotImplementedError

    @operation(finder=find)
    async def file(self, filing: Submission) -> Filed:
        """Lodge the demand. `filing.key` must reach the portal, so that `find` can look for it."""
        raise NotImplementedError

    @operation(safe=True)
    async def check(self, filing: Submission) -> list[CheckFinding]:
        """What the portal would refuse this demand for if it were filed now; an empty list if nothing. Write it where
        the portal can be asked: a CNIE or an act that its register does not know is then found before a fee is paid.

        It changes nothing at the portal. There is no demand yet: `case_id` and `key` are empty, `stamp` is None,
        `attachments` is empty though the form may name files, and `appointment` is None; find no fault with that.
        Return an empty list, without a request, for a service about which the portal cannot be asked. `Refused` counts
        as one finding. With `Unavailable` the demand is taken unchecked, and the portal decides when it is filed."""
        raise Unavailable("capability_missing")

    @operation(safe=True)
    async def progress(self, /, reference: str, **access: str) -> Progress:
        """Where the demand stands. `access` is `Filed.access`."""
        raise NotImplementedError

    @operation(safe=True)
    async def progress_many(self, demands: list[DemandRef]) -> list[Progress]:
        """Where each of these demands stands, by one request: what `progress` would say, in any order. Write it where
        the portal can be queried about several at once, and say in `progress_many_most` about how many.

        Leave out what the portal does not say, in its own shape, of exactly this demand: it is then queried alone.
        Raise `Unavailable` only where nothing of the answer is of use, and never `Refused`."""
        raise Unavailable("capability_missing")

    @operation(idempotent=True)
    async def act(self, reference: str, action: str, answer: dict[str, Any]) -> Progress:
        """Hand over what the person answered to an action the portal asked for."""
        raise Refused("action_not_supported")

    @operation(idempotent=True)
    async def withdraw(self, reference: str) -> Progress:
        """Take the demand back; `Refused("too_late")` where the portal no longer allows it."""
        raise Refused("withdrawal_not_supported")

    @operation(safe=True)
    async def document(self, reference: str, id: str) -> Document:
        """Fetch a document that `Progress.documents` named. `Refused("document_not_found")` where the demand has no
        such document, or not yet; for a portal with one document at a fixed address the connector raises it itself, of
        every other `id`."""
        raise Refused("document_not_found")

    @operation(safe=True)
    async def notice(self, callback: Callback) -> Notice:
        """Check that a callback is authentic and fresh, and say which demand it is about: `Refused("bad_signature")`,
        `Refused("replayed")`, `Refused("too_old")`. `Refused("callback_not_supported")` from a portal that is asked."""
        raise Refused("callback_not_supported")


class Tracking:
    """The portal tells where something stands that was not filed through us."""

    tracking_proof: ClassVar[tuple[str, ...]] = ()
    """Names of what a person must know besides the reference, for example ("email",)."""

    @operation(safe=True)
    async def track(self, /, reference: str, **proof: str) -> Progress:
        """Where the demand with this number stands, for whoever knows the `tracking_proof`."""
        raise NotImplementedError


class Paying:
    """The portal takes fees and gives stamps for them."""

    @operation(safe=True)
    async def checkout(self, fee: Fee) -> Checkout:
        """The card page for one attempt. Money moves only when the payer completes it."""
        raise NotImplementedError

    @operation(safe=True)
    async def settle(self, callback: Callback) -> Settlement:
        """Check that a callback is authentic and read it; `Refused("bad_signature")` if not.

        What it says is not believed: the core asks with `payment` before anything is settled."""
        raise NotImplementedError

    def answer(self, verdict: Verdict) -> Reply:
        """The portal's words for our verdict on a callback."""
        raise NotImplementedError

    @operation(safe=True)
    async def payment(self, oid: str) -> Settlement | None:
        """What the portal itself says of the attempt `oid`, asked server to server: this settles, and nothing else.
        None only if the portal says, in its own words, that it has never seen it."""
        raise NotImplementedError

    @operation(idempotent=True, finder=payment)
    async def refund(self, payment: Payment) -> Refund:
        """Give the money back, once per `payment.oid` however often it is asked."""
        raise NotImplementedError

    @operation(safe=True)
    async def find_stamp(self, idempotency_key: str) -> Stamp | None:
        """The stamp that was issued with this key, or None if the portal has none."""
        raise NotImplementedError

    @operation(finder=find_stamp)
    async def issue(self, order: StampOrder) -> Stamp:
        """Turn a payment into a stamp."""
        raise NotImplementedError

    @operation(safe=True)
    async def stamp(self, serial: str) -> Stamp:
        """The stamp as it is now."""
        raise NotImplementedError

    @operation(idempotent=True)
    async def consume(self, serial: str, reference: str) -> Stamp:
        """Mark the stamp as used for the demand `reference`; the same reference again changes nothing."""
        raise NotImplementedError

    @operation(idempotent=True)
    async def void(self, serial: str) -> Stamp:
        """Cancel a stamp that was not consumed."""
        raise NotImplementedError


class Shipping:
    """The portal carries parcels."""

    not_served: ClassVar[frozenset[str]] = frozenset()
    """Countries (ISO 3166-1 alpha-2) to which it carries nothing. A form with such an address is refused before the fee
    is paid; the portal itself would refuse the parcel, when the document has been made."""

    @operation(safe=True)
    async def find_shipment(self, idempotency_key: str) -> Shipment | None:
        """The parcel that was handed over with this key, or None if the portal has none."""
        raise NotImplementedError

    @operation(finder=find_shipment)
    async def ship(self, parcel: Parcel) -> Shipment:
        """Hand the parcel over."""
        raise NotImplementedError

    @operation(safe=True)
    async def trace(self, number: str) -> Progress:
        """Where the parcel is."""
        raise NotImplementedError


class Booking:
    """The portal gives appointments."""

    @operation(safe=True)
    async def posts(self, service: str) -> list[Post]:
        """Where appointments for this service can be had, by the portal's own name for it."""
        raise NotImplementedError

    @operation(safe=True)
    async def slots(self, service: str, post: str, window: Window) -> list[Slot]:
        """What is free at this post in these days."""
        raise NotImplementedError

    @operation(safe=True)
    async def find_booking(self, idempotency_key: str) -> Appointment | None:
        """The appointment that was booked with this key, or None if the portal has none."""
        raise NotImplementedError

    @operation(finder=find_booking)
    async def book(self, slot: Slot, person: Person) -> Appointment:
        """Book the slot; `Refused("slot_taken")` where somebody else was faster."""
        raise NotImplementedError

    @operation(idempotent=True)
    async def cancel(self, booking: str) -> None:
        """Give the appointment back."""
        raise NotImplementedError


class Messaging:
    """The portal carries messages to people: an SMS gateway, say. Register the class by `registering_notifier`, and say
    in the manifest to which of a person's addresses it carries (`carries`)."""

    @operation(safe=True)
    async def find_message(self, idempotency_key: str) -> MessageReceipt | None:
        """The message that was handed over with this key, or None if the portal has none."""
        raise NotImplementedError

    @operation(finder=find_message)
    async def send(self, message: Message) -> MessageReceipt:
        """Hand the message over. `message.key` must reach the portal, so that `find_message` can look for it. An
        address to which nothing can be sent is `Refused`."""
        raise NotImplementedError

    @operation(safe=True)
    async def delivery(self, reference: str) -> MessageReceipt:
        """What has become of a message that was `accepted`."""
        raise Unavailable("capability_missing")


CAPABILITIES: Final = (Filing, Tracking, Paying, Shipping, Booking, Messaging)


def operations(connector: type[Connector]) -> Mapping[str, Operation[..., Any]]:
    """Every operation the connector has through its capabilities, by method name."""
    return connector.declared


def _declared(capability: type) -> Mapping[str, Operation[..., Any]]:
    return {name: each for name, each in vars(capability).items() if isinstance(each, Operation)}


CREATIONS: Final[Mapping[str, Operation[..., Any]]] = {
    name: each for capability in CAPABILITIES for name, each in _declared(capability).items() if not each.repeatable
}
"""The operations that create something, by name: each has a finder."""
