"""What the window says itself where the API's own words are for who writes programs: of headers, tokens, paths.

A problem keeps its code and its status; its title, what happened and what to do are replaced when it arrives, so that
every page speaks to people, wherever it shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from window.translations import Texts


@dataclass(frozen=True, slots=True)
class OwnWords:
    """English texts, to be translated. An empty one leaves the API's."""

    title: str = ""
    detail: str = ""
    remedy: str = ""


def _(message: str) -> str:
    """Marks a text for translation."""
    return message


NOT_OPEN: Final = ("insufficient_scope", "principal_not_allowed")
MANDATE_OVER: Final = ("mandate_ended", "mandate_unknown")
"""After these nothing more can be done under the mandate."""
MANDATE_NEEDED: Final = ("mandate_required", *MANDATE_OVER, "mandate_too_narrow", "mandate_not_found")
"""What to do about these is done where the agent's mandates are."""

_AGAIN: Final = _("Wait a moment, then try again. Nothing is done twice by that.")
_BUSY: Final = OwnWords(detail=_("Too much came at once."), remedy=_("Wait a moment, then try again."))
_OUR_SIDE: Final = OwnWords(
    title=_("Something went wrong here"),
    detail=_("This is on our side and has been recorded. What you have already sent is safe."),
    remedy=_AGAIN,
)
_NOT_NOW: Final = OwnWords(
    title=_("This is not possible at the moment"), detail=_("Nothing was done. This is on our side."), remedy=_AGAIN
)
_NOT_OPEN: Final = OwnWords(
    title=_("This is not open to you"),
    detail=_("Your sign-in does not let you see or do this."),
    remedy=_("If you need it for your work, ask whoever gave you your account."),
)
_MANDATE_OVER: Final = OwnWords(
    title=_("You do not hold this mandate any more"),
    detail=_("It has ended, or a colleague has taken it over. Nothing was done."),
    remedy=_("Ask the person for another mandate, or your colleague to go on."),
)
_UNREADABLE: Final = OwnWords(
    title=_("This could not be read"),
    detail=_("Something in the address or in the form is not as it has to be."),
    remedy=_("Correct what is marked, or open the page anew and try again."),
)
_SENT_BEFORE: Final = OwnWords(
    title=_("This page was sent before"),
    detail=_("It was sent already, with something else in it or a moment ago. It was not done again."),
    remedy=_("Open the page anew and look at what has been done."),
)
_PORTAL_AWAY: Final = OwnWords(
    detail=_("The portal cannot be reached for the moment. Nothing was done."),
    remedy=_("Wait a moment, then try again."),
)
_PORTAL_FAILED: Final = OwnWords(
    detail=_("The portal gave no answer that can be used."), remedy=_("Wait a moment, then try again.")
)
_OF_PROGRAMS: Final = OwnWords(
    title=_("This cannot be done"),
    detail=_("Two parts of this site did not understand each other. Nothing was done."),
    remedy=_("Open the page anew and try again. If it goes on, ask for help."),
)
_SIGN_IN: Final = OwnWords(
    title=_("You are not signed in"), detail=_("Your sign-in does not count any more."), remedy=_("Sign in again.")
)

WORDS: Final[Mapping[str, OwnWords]] = {
    **dict.fromkeys(NOT_OPEN, _NOT_OPEN),
    **dict.fromkeys(MANDATE_OVER, _MANDATE_OVER),
    "mandate_required": OwnWords(
        title=_("Choose first for whom you act"),
        detail=_("An agent does this for a person who gave her a mandate. You act for nobody now."),
        remedy=_("Choose the person among those you act for, or take up a mandate by its code."),
    ),
    "insufficient_assurance": OwnWords(detail=_("This service needs a stronger sign-in.")),
    "identity_required": OwnWords(
        detail=_("This service is about a person, and no person is signed in."),
        remedy=_("Sign in as the person concerned, or act for her with a mandate."),
    ),
    "not_found": OwnWords(remedy=_("The address may be mistyped, or what it named is no longer there.")),
    "precondition_failed": OwnWords(
        title=_("This has changed meanwhile"),
        detail=_("It was changed after you opened it, by you in another window or by somebody else."),
        remedy=_("Look at the present state, then decide."),
    ),
    "address_codes_used": OwnWords(remedy=_("Try again tomorrow, or use another address.")),
    "tracking_proof_missing": OwnWords(
        detail=_("Besides the number, the portal asks for something that only the person concerned knows."),
        remedy=_("Follow it from the page of the request that it belongs to."),
    ),
    **dict.fromkeys(("portal_unavailable", "breaker_open", "bulkhead_full", "portal_redirected"), _PORTAL_AWAY),
    **dict.fromkeys(
        ("portal_failed", "portal_busy", "portal_denied_gateway", "portal_answer_unexpected",
         "portal_answer_not_authentic"),
        _PORTAL_FAILED,
    ),
    **dict.fromkeys(("rate_limit_reached", "address_quota_used", "client_quota_used", "streams_quota_used"), _BUSY),
    **dict.fromkeys(("internal_error", "audit_unavailable", "store_unavailable"), _OUR_SIDE),
    **dict.fromkeys(("issuer_keys_pending", "issuer_unavailable", "shutting_down"), _NOT_NOW),
    **dict.fromkeys(
        ("idempotency_key_missing", "idempotency_key_invalid", "idempotency_key_reused", "idempotency_in_progress"),
        _SENT_BEFORE,
    ),
    **dict.fromkeys(
        (
            "malformed_request", "malformed_json", "invalid_request", "filter_invalid", "cursor_invalid",
            "header_repeated", "headers_too_large", "body_too_large", "method_not_allowed", "not_acceptable",
            "unsupported_media_type", "request_timeout",
        ),
        _UNREADABLE,
    ),
    **dict.fromkeys(
        (
            "token_missing", "token_malformed", "token_expired", "token_not_yet_valid", "token_lives_too_long",
            "token_untrusted_issuer", "token_wrong_audience", "token_bad_signature", "token_algorithm_not_allowed",
            "token_unknown_key", "token_not_bound", "token_binding_failed", "issuer_not_entitled",
        ),
        _SIGN_IN,
    ),
    **dict.fromkeys(
        (
            "dpop_proof_invalid", "dpop_nonce_required", "client_unknown", "ticket_invalid", "return_url_not_allowed",
            "webhook_not_found", "delivery_not_found", "too_many_webhooks", "webhook_state", "webhook_not_verified",
            "webhook_tries_used", "bad_signature", "malformed_callback", "replayed", "too_old", "callback_refused",
            "callback_not_supported",
        ),
        _OF_PROGRAMS,
    ),
}  # fmt: skip
"""By code of the problem."""


def said(problem: Mapping[str, Any], texts: Texts) -> dict[str, Any]:
    """The problem with the window's own words, where it has some."""
    words = WORDS.get(str(problem.get("code", "")))
    if words is None:
        return dict(problem)
    own = {"title": words.title, "detail": words.detail, "remedy": words.remedy}
    return {**problem, **{name: texts._(text) for name, text in own.items() if text}}
