"""The whole vocabulary of the gateway's own errors.

- `origin` says whose matter it is: the `client`'s, the `gateway`'s, the `connector`'s, or the `portal`'s.
- `retry_safe` is true when the very same request may be sent again, with the same Idempotency-Key, now or after
  `Retry-After`: it cannot act twice and it may succeed. False: change something first, or look up what happened.

Each code has a title, a detail and a remedy in every language: `problem.<code>.*` in the catalogues of `gateway.i18n`.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Origin = Literal["client", "gateway", "connector", "portal"]


class Kind(NamedTuple):
    status: int
    origin: Origin
    retry_safe: bool = False


CODES: Final[dict[str, Kind]] = {
    # who calls
    "token_missing": Kind(401, "client"),
    "token_malformed": Kind(401, "client"),
    "token_expired": Kind(401, "client"),
    "token_not_yet_valid": Kind(401, "client"),
    "token_lives_too_long": Kind(401, "client"),
    "token_untrusted_issuer": Kind(401, "client"),
    "token_wrong_audience": Kind(401, "client"),
    "token_bad_signature": Kind(401, "client"),
    "token_algorithm_not_allowed": Kind(401, "client"),
    "token_unknown_key": Kind(401, "client"),
    "token_not_bound": Kind(401, "client"),
    "token_binding_failed": Kind(401, "client"),
    "dpop_proof_invalid": Kind(401, "client"),
    "dpop_nonce_required": Kind(401, "client"),
    "client_unknown": Kind(401, "client"),
    "issuer_not_entitled": Kind(401, "client"),
    "issuer_keys_pending": Kind(503, "gateway", retry_safe=True),
    "issuer_unavailable": Kind(503, "gateway", retry_safe=True),
    "ticket_invalid": Kind(401, "client"),
    "insufficient_scope": Kind(403, "client"),
    "insufficient_assurance": Kind(401, "client"),  # RFC 9470: a challenge to sign in again, stronger
    "principal_not_allowed": Kind(403, "client"),
    # who acts for whom
    "personal_only": Kind(403, "client"),
    "mandate_required": Kind(403, "client"),
    "mandate_unknown": Kind(403, "client"),
    "mandate_ended": Kind(403, "client"),
    "mandate_too_narrow": Kind(403, "client"),
    "mandate_code_wrong": Kind(422, "client"),
    # about whom
    "another_person": Kind(403, "client"),
    "identity_not_verified": Kind(403, "client"),
    "identity_not_in_mandate": Kind(403, "client"),
    "identity_required": Kind(403, "client"),
    "proof_of_relation_missing": Kind(422, "client"),
    # what is asked for
    "not_found": Kind(404, "client"),
    "case_not_found": Kind(404, "client"),
    "service_not_found": Kind(404, "client"),
    "document_not_found": Kind(404, "client"),
    "payment_not_found": Kind(404, "client"),
    "draft_not_found": Kind(404, "client"),
    "mandate_not_found": Kind(404, "client"),
    "post_not_found": Kind(404, "client"),
    "card_not_found": Kind(404, "client"),
    "visit_not_found": Kind(404, "client"),
    "record_not_found": Kind(404, "client"),
    "record_expired": Kind(410, "client"),
    "bodies_not_kept": Kind(404, "client"),
    "erased": Kind(410, "client"),
    "capability_missing": Kind(404, "connector"),
    # how it is asked
    "method_not_allowed": Kind(405, "client"),
    "not_acceptable": Kind(406, "client"),
    "unsupported_media_type": Kind(415, "client"),
    "body_too_large": Kind(413, "client"),
    "request_timeout": Kind(408, "client", retry_safe=True),
    "headers_too_large": Kind(431, "client"),
    "malformed_request": Kind(400, "client"),
    "malformed_json": Kind(400, "client"),
    "invalid_request": Kind(400, "client"),
    "header_repeated": Kind(400, "client"),
    "form_invalid": Kind(422, "client"),
    "cursor_invalid": Kind(400, "client"),
    "filter_invalid": Kind(400, "client"),
    "return_url_not_allowed": Kind(422, "client"),
    "idempotency_key_missing": Kind(400, "client"),
    "idempotency_key_invalid": Kind(400, "client"),
    "idempotency_key_reused": Kind(422, "client"),
    "idempotency_in_progress": Kind(409, "client", retry_safe=True),
    # what the case allows
    "action_not_open": Kind(409, "client"),
    "action_not_supported": Kind(409, "connector"),
    "withdrawal_too_late": Kind(409, "client"),
    "withdrawal_not_supported": Kind(409, "connector"),
    "too_late": Kind(409, "portal"),
    "slot_taken": Kind(409, "portal"),
    "slot_invalid": Kind(422, "client"),
    "case_finished": Kind(409, "client"),
    "precondition_failed": Kind(412, "client"),
    # addresses for messages
    "address_code_wrong": Kind(422, "client"),
    "address_code_not_awaited": Kind(409, "client"),
    "address_not_unverified": Kind(409, "client"),
    "channel_not_offered": Kind(409, "gateway"),
    # cards
    "name_not_verified": Kind(422, "client"),
    "too_many_cards": Kind(409, "client"),
    "card_not_accepted": Kind(422, "client"),
    # webhooks
    "webhook_not_found": Kind(404, "client"),
    "delivery_not_found": Kind(404, "client"),
    "too_many_webhooks": Kind(409, "client"),
    "webhook_state": Kind(409, "client"),
    "webhook_not_verified": Kind(422, "client"),
    # files
    "attachment_type_refused": Kind(415, "client"),
    "attachment_too_large": Kind(413, "client"),
    "attachment_empty": Kind(422, "client"),
    "attachment_locked": Kind(422, "client"),
    "attachment_too_complex": Kind(422, "client"),
    # the gateway itself
    "too_many_requests": Kind(429, "client", retry_safe=True),
    "rate_limit_reached": Kind(429, "client", retry_safe=True),  # settings of `[rates]`
    # how much one may use: settings of `[quotas]`
    "address_quota_used": Kind(429, "client", retry_safe=True),
    "client_quota_used": Kind(429, "client", retry_safe=True),
    "streams_quota_used": Kind(429, "client", retry_safe=True),
    "files_quota_used": Kind(429, "client", retry_safe=True),
    "cases_quota_used": Kind(429, "client", retry_safe=True),
    "drafts_quota_used": Kind(429, "client"),
    "notes_quota_used": Kind(429, "client"),
    "validations_quota_used": Kind(429, "client", retry_safe=True),
    "open_cases_quota_used": Kind(429, "client"),
    "mandates_quota_used": Kind(429, "client"),
    "cards_quota_used": Kind(429, "client", retry_safe=True),
    "address_codes_used": Kind(429, "client", retry_safe=True),
    "webhook_tries_used": Kind(429, "client", retry_safe=True),
    "overloaded": Kind(503, "gateway", retry_safe=True),
    "shutting_down": Kind(503, "gateway", retry_safe=True),
    "audit_unavailable": Kind(503, "gateway", retry_safe=True),
    "store_unavailable": Kind(503, "gateway", retry_safe=True),
    "internal_error": Kind(500, "gateway"),
    "case_damaged": Kind(503, "gateway", retry_safe=True),
    # the way to a portal
    "connector_quarantined": Kind(503, "connector", retry_safe=True),
    "connector_failed": Kind(502, "connector", retry_safe=True),
    "portal_unavailable": Kind(503, "portal", retry_safe=True),
    "portal_busy": Kind(503, "portal", retry_safe=True),
    "breaker_open": Kind(503, "portal", retry_safe=True),
    "bulkhead_full": Kind(503, "portal", retry_safe=True),
    "connector_overloaded": Kind(503, "connector", retry_safe=True),
    "portal_timeout": Kind(504, "portal", retry_safe=True),
    "portal_failed": Kind(502, "portal", retry_safe=True),
    "portal_answer_unexpected": Kind(502, "portal", retry_safe=True),
    "portal_answer_not_authentic": Kind(502, "portal", retry_safe=True),
    "portal_redirected": Kind(502, "portal", retry_safe=True),
    "portal_denied_gateway": Kind(502, "gateway", retry_safe=True),
    "portal_host_refused": Kind(502, "gateway", retry_safe=True),
    "outcome_unknown": Kind(502, "portal"),
    # what a portal says
    "portal_refused": Kind(422, "portal"),
    "service_not_offered": Kind(422, "portal"),
    "not_found_at_portal": Kind(404, "portal"),
    "tracking_proof_missing": Kind(400, "client"),
    "tracking_tries_used": Kind(429, "client", retry_safe=True),
    "tracking_number_invalid": Kind(400, "client"),
    "tracking_number_unknown": Kind(404, "portal"),
    "tracking_number_not_arrived": Kind(404, "portal"),
    # portals calling back
    "bad_signature": Kind(403, "client"),
    "malformed_callback": Kind(400, "client"),
    "replayed": Kind(409, "client"),
    "too_old": Kind(403, "client"),
    "callback_refused": Kind(403, "client"),
    "callback_not_supported": Kind(404, "connector"),
}
