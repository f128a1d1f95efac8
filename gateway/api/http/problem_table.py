"""Maps each exception of the rooms below to a problem: the only place that gives a broken rule its code.

An exception is looked up by its class, then by the classes that it is derived from. The status of a code stands in
`gateway.api.http.codes`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from litestar.exceptions import HTTPException
from litestar.handlers.base import BaseRouteHandler

from gateway.api.http.codes import CODES
from gateway.api.http.problems import FieldError, Problem, from_http, from_portal_error
from gateway.audit.checkpointer import NotConsistent
from gateway.audit.log import AuditUnavailable
from gateway.audit.reader import BodiesNotKept, RecordExpired, RecordNotFound, TileNotFound
from gateway.auth.errors import AuthError
from gateway.auth.mandates import TooManyTries
from gateway.auth.policy import Denied
from gateway.auth.quotas import QuotaUsed
from gateway.cards.store import TooManyCards
from gateway.cases import actions, idempotency, inspection
from gateway.cases.appointments import SlotTaken
from gateway.cases.commands.act_on_case import ActionNotSupported
from gateway.cases.commands.card_access import CardNotFound, PersonRequired
from gateway.cases.commands.case_access import CaseNotFound
from gateway.cases.commands.draft_access import DraftNotFound
from gateway.cases.commands.examine_demand import CardNotAccepted, LanguageUnknown
from gateway.cases.commands.find_appointments import WindowInvalid
from gateway.cases.commands.issue_card import NameNotVerified
from gateway.cases.commands.list_accesses import NobodysLedger
from gateway.cases.commands.not_offered import CapabilityMissing, PortalNotFound, PostNotFound, ServiceNotFound
from gateway.cases.commands.open_payment import ReturnUrlNotAllowed
from gateway.cases.commands.read_document import DocumentNotFound
from gateway.cases.commands.receive_callback import CallbackRefused
from gateway.cases.commands.revoke_mandate import MandateNotFound
from gateway.cases.commands.serve_post import VisitNotFound
from gateway.cases.commands.store_attachment import SOON_SECONDS
from gateway.cases.commands.unit_of_work import (
    IdempotencyKeyInvalid,
    IdempotencyKeyMissing,
    ShuttingDown,
    StillChanging,
    VersionMismatch,
)
from gateway.cases.files import ALLOWED, CONVERTED, FileRefused
from gateway.cases.intake import Invalid
from gateway.cases.legal_days import DaysInvalid
from gateway.cases.notes import TooManyNotes
from gateway.cases.page_cursor import BadCursor
from gateway.cases.portals import NotAvailable
from gateway.cases.slot_ids import SlotInvalid
from gateway.cases.store import Damaged
from gateway.cases.subject import NotEntitled
from gateway.cases.tracking import ProofMissing, QueriesUsed, TriesUsed
from gateway.connectors.contract import PortalError
from gateway.notifications.commands.send_address_code import AddressNotUnverified, ChannelNotOffered
from gateway.notifications.commands.verify_address import CodeNotAwaited, CodeWrong
from gateway.notifications.commands.verify_webhook import NotVerified
from gateway.notifications.commands.webhook_access import DeliveryNotFound, WebhookNotFound
from gateway.notifications.webhooks.endpoints import TooManyEndpoints, WrongState
from gateway.storage.outage import is_outage
from gateway.storage.vault import Erased

Translate = Callable[..., str]
"""Of a key and its parameters, into the caller's language."""

CHECKPOINT_SECONDS: Final = 60
"""When to come back while no checkpoint is signed."""


def _not_believed(error: AuthError) -> Problem:
    headers = {"DPoP-Nonce": error.nonce} if error.nonce else {}
    if challenge := error.challenge():
        headers["WWW-Authenticate"] = challenge
    return Problem(error.code, retry_after=error.retry_after, headers=headers)


def _denied(error: Denied) -> Problem:
    return Problem(error.code, headers={"WWW-Authenticate": error.challenge} if error.challenge else {})


def _invalid(error: Invalid) -> Problem:
    errors = [FieldError(each.pointer, each.code, each.detail, list(each.allowed)) for each in error.errors]
    return Problem("form_invalid", errors=errors)


def _not_an_option(error: actions.NotAnOption, portal: str, translate: Translate) -> Problem:
    def named(option: str) -> str:
        keys = (f"choice.{portal}.{option}", f"choice.{option}")
        return next((text for key in keys if (text := translate(key)) != key), option)

    detail = translate("form.enum", allowed=", ".join(map(named, error.options)))
    return Problem("form_invalid", errors=[FieldError(error.pointer, "enum", detail, allowed=list(error.options))])


def _quota(error: QuotaUsed) -> Problem:
    told = {"quota": error.quota, "limit": error.limit}
    return Problem(error.code, retry_after=error.retry_after, quota=error.quota, params=told)


def _taken(error: FileRefused) -> list[FieldError]:
    """The kinds of file that would have been taken."""
    if error.code != "attachment_type_refused":
        return []
    return [FieldError("/file", "contentMediaType", allowed=sorted(ALLOWED | CONVERTED))]


def _proof_missing(error: ProofMissing) -> Problem:
    example = "; ".join(f"{name}=…" for name in error.members)
    return Problem("tracking_proof_missing", params={"members": ", ".join(error.members), "example": example})


def _busy(error: inspection.Busy) -> Problem:
    return Problem("too_many_requests" if error.own else "overloaded", retry_after=SOON_SECONDS)


_TABLE: Final[dict[type[Exception], str | Callable[..., Problem]]] = {
    # who calls
    AuthError: _not_believed,
    Denied: _denied,
    QuotaUsed: _quota,
    PersonRequired: "principal_not_allowed",
    TooManyTries: lambda error: Problem("too_many_requests", retry_after=error.retry_after),
    NotEntitled: lambda error: Problem(error.code, errors=[FieldError(place, error.code) for place in error.places]),
    # what is asked for
    CaseNotFound: "case_not_found",
    Damaged: "case_damaged",
    CardNotFound: "card_not_found",
    VisitNotFound: "visit_not_found",
    TooManyNotes: "notes_quota_used",
    MandateNotFound: "mandate_not_found",
    DocumentNotFound: "document_not_found",
    WebhookNotFound: "webhook_not_found",
    DeliveryNotFound: "delivery_not_found",
    DraftNotFound: "draft_not_found",
    ServiceNotFound: "service_not_found",
    PortalNotFound: "not_found",
    PostNotFound: lambda error: Problem("post_not_found", errors=[FieldError("/?post", "enum", allowed=error.known)]),
    NobodysLedger: "not_found",
    CapabilityMissing: lambda error: Problem("capability_missing", portal=error.portal),
    NotAvailable: lambda error: Problem("connector_quarantined", portal=error.portal, params={"reason": error.reason}),
    Erased: "erased",
    # how it is asked
    Invalid: _invalid,
    LanguageUnknown: lambda error: Problem(
        "invalid_request", errors=[FieldError("/language", "language_unknown", allowed=list(error.known))]
    ),
    BadCursor: "cursor_invalid",
    WindowInvalid: lambda error: Problem("filter_invalid", errors=[FieldError("/?to", error.code)]),
    DaysInvalid: lambda _: Problem("filter_invalid", errors=[FieldError("/?to", "days_reversed")]),
    ReturnUrlNotAllowed: "return_url_not_allowed",
    ProofMissing: _proof_missing,
    QueriesUsed: lambda error: Problem("too_many_requests", retry_after=error.retry_after),
    TriesUsed: lambda error: Problem("tracking_tries_used", retry_after=error.retry_after),
    FileRefused: lambda error: Problem(error.code, errors=_taken(error)),
    CardNotAccepted: lambda _: Problem("card_not_accepted", errors=[FieldError("/card", "card_not_accepted")]),
    NameNotVerified: "name_not_verified",
    TooManyCards: lambda error: Problem("too_many_cards", params={"most": error.most}),
    # addresses for messages
    ChannelNotOffered: "channel_not_offered",
    AddressNotUnverified: "address_not_unverified",
    CodeNotAwaited: "address_code_not_awaited",
    CodeWrong: lambda error: Problem(
        "address_code_wrong",
        errors=[FieldError("/code", "address_code_wrong")],
        params={"left": str(error.tries_left)},
    ),
    # webhooks
    TooManyEndpoints: lambda error: Problem("too_many_webhooks", params={"most": error.most}),
    WrongState: "webhook_state",
    # one write for one key
    IdempotencyKeyMissing: "idempotency_key_missing",
    IdempotencyKeyInvalid: "idempotency_key_invalid",
    idempotency.KeyReused: "idempotency_key_reused",
    idempotency.StillRunning: lambda error: Problem("idempotency_in_progress", retry_after=error.retry_after),
    idempotency.LostHold: lambda _: Problem("idempotency_in_progress", retry_after=1),
    idempotency.Repeated: lambda _: Problem("idempotency_in_progress", retry_after=1),
    VersionMismatch: "precondition_failed",
    StillChanging: lambda _: Problem("overloaded", retry_after=1),
    # what the case allows
    actions.Ended: "case_finished",
    actions.NotOpen: "action_not_open",
    actions.Busy: "action_not_open",
    actions.TooLate: "withdrawal_too_late",
    ActionNotSupported: "action_not_supported",
    SlotTaken: "slot_taken",
    SlotInvalid: lambda _: Problem("slot_invalid", errors=[FieldError("/slot", "slot_invalid")]),
    CallbackRefused: lambda error: Problem(error.code if error.code in CODES else "callback_refused"),
    # how much the process can do
    inspection.Busy: _busy,
    inspection.InspectionFailed: lambda _: Problem("overloaded", retry_after=SOON_SECONDS),
    ShuttingDown: lambda error: Problem("shutting_down", retry_after=error.retry_after),
    # the log
    AuditUnavailable: lambda error: Problem("audit_unavailable", retry_after=error.retry_after),
    NotConsistent: lambda _: Problem("audit_unavailable", retry_after=CHECKPOINT_SECONDS),
    RecordNotFound: "record_not_found",
    RecordExpired: "record_expired",
    BodiesNotKept: "bodies_not_kept",
    TileNotFound: "not_found",
}


def problem_of(error: Exception, portal: str, translate: Translate, handler: BaseRouteHandler | None = None) -> Problem:
    """The problem that the client gets. `portal`: the one that the call is about. `handler`: the route's, if one was
    found."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, PortalError):
        return from_portal_error(error, portal)
    if isinstance(error, HTTPException):
        return from_http(error, handler, translate)
    if isinstance(error, NotVerified):
        return Problem("webhook_not_verified", params={"reason": translate(f"webhook.reason.{error.reason}")})
    if isinstance(error, actions.NotAnOption):
        return _not_an_option(error, portal, translate)
    for kind in type(error).__mro__:
        made: Any = _TABLE.get(kind)
        if made is not None:
            return Problem(made) if isinstance(made, str) else made(error)
    return Problem("store_unavailable" if is_outage(error) else "internal_error")
