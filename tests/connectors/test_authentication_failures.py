"""Where each way of not being believed is tested, plugin by plugin. It fails when a test or a plugin is missing.

The outcomes asked for there: `portal_denied_gateway` or a problem for who calls back, and no effect at the portal.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
HERE: Final = "tests/acceptance"

TESTED: Final[dict[str, dict[str, str]]] = {
    "alhalalmadania": {
        "wrong certificate": "test_security.py::test_a_certificate_that_the_portal_no_longer_accepts",
        "clock five minutes off": "test_security.py::test_clocks_five_minutes_apart",
        "replayed request": "test_security.py::test_a_message_that_somebody_sends_again_has_no_second_effect",
        "replayed answer": "test_security.py::test_a_recorded_answer_played_again",
        "wrong signature": "test_security.py::test_what_is_not_signed_by_the_gateway_stays_outside",
        "answer signed by another": "test_security.py::test_an_answer_signed_by_somebody_else_of_the_same_authority",
    },
    "barid": {"wrong key": "test_sandbox.py::test_without_the_right_key_every_door_is_shut"},
    "chikaya": {
        "clock five minutes off": "test_through_the_gateway.py::"
        "test_a_portal_that_does_not_believe_us_is_unavailable_and_nothing_happened",
        "wrong signature": "test_signature.py::test_a_signature_that_is_not_right_is_refused_with_its_word",
        "replayed request": "test_signature.py::test_a_request_serves_once_even_over_a_restart",
        "forged webhook": "test_webhook.py::test_what_the_portal_did_not_sign_stays_out",
        "replayed webhook": "test_notices.py::test_a_replay_of_what_the_portal_sent_is_refused",
        "late webhook": "test_notices.py::test_a_notice_from_a_clock_five_minutes_ahead_is_not_believed",
        "all webhooks, over the API": f"{HERE}/test_notices.py::"
        "test_a_notice_of_chikaya_is_checked_for_its_signature_its_time_and_its_nonce",
    },
    "echo": {
        "wrong key": "test_sandbox.py::test_without_the_right_key_every_door_is_shut",
        "forged or late webhook": f"{HERE}/test_notices.py::"
        "test_a_push_that_is_not_authentic_is_refused_and_changes_nothing",
        "replayed webhook": f"{HERE}/test_notices.py::test_a_push_sent_again_is_a_replay",
    },
    "etimbre": {
        "wrong signature": "test_stamps.py::test_another_key_does_not",
        "clock five minutes off": "test_stamps.py::test_a_signature_is_good_for_five_minutes",
        "replayed request": "test_stamps.py::test_a_nonce_serves_once_even_over_a_restart",
        "forged webhook": f"{HERE}/test_payments.py::test_a_bad_hash_is_not_believed",
        "replayed webhook": f"{HERE}/test_payments.py::"
        "test_a_callback_replayed_for_another_case_pays_neither_again",
        "webhook told twice": f"{HERE}/test_payments.py::"
        "test_a_success_told_twice_is_settled_once_and_acknowledged_each_time",
    },
    "passeport": {
        "expired token": "test_authentication.py::test_one_token_serves_many_requests_and_an_expired_one_is_replaced",
        "clock five minutes off": "test_authentication.py::"
        "test_a_proof_that_does_not_hold_is_a_denial_and_nothing_happens",
        "replayed assertion": "test_authentication.py::test_an_assertion_is_taken_once",
        "wrong signature": "test_authentication.py::test_an_assertion_must_be_signed_by_the_key_it_names",
    },
    "rendezvous": {
        "expired token": "test_dpop.py::test_a_token_that_expires_is_replaced_within_the_call",
        "stolen token": "test_dpop.py::test_a_stolen_token_is_of_no_use_with_another_key",
        "clock five minutes off": "test_dpop.py::test_a_clock_five_minutes_off_is_our_trouble_and_nothing_happens",
        "replayed request": "test_dpop.py::test_a_replayed_request_has_no_second_effect",
        "wrong signature": "test_dpop.py::test_a_proof_with_the_wrong_signature_is_denied",
    },
    "rokhas": {
        "wrong certificate": "test_outages.py::test_the_certificate_of_another_portal_is_not_ours",
        "no certificate": "test_outages.py::test_without_a_certificate_nothing_is_filed_and_nothing_is_in_doubt",
        "another authority": "test_outages.py::test_a_portal_of_another_authority_is_not_told_anything",
    },
    "sms_provider": {
        "wrong key": "test_sandbox.py::test_wrong_key_is_refused_everywhere",
    },
    "watiqa": {
        "expired token": "test_sandbox.py::"
        "test_one_token_serves_many_requests_and_a_new_one_is_needed_after_it_expires",
        "wrong secret": "tests/outbound/test_authenticate.py::"
        "test_a_portal_that_goes_on_denying_gets_two_tries_not_more",
    },
}  # fmt: skip
"""Plugin -> what goes wrong -> the test, in the plugin's `tests/` unless it says where."""

OF_ITS_SCHEME: Final = {
    "oauth2_client_credentials": {"expired token"},
    "private_key_jwt": {"expired token", "clock five minutes off", "wrong signature"},
    "dpop": {"expired token", "clock five minutes off", "wrong signature", "replayed request"},
    "hmac_request": {"clock five minutes off", "wrong signature", "replayed request"},
    "ws_security": {"clock five minutes off", "wrong signature", "replayed request", "wrong certificate"},
    "api_key": {"wrong key"},
    "none": set(),
}
"""What can go wrong with each way to prove who we are."""


def test_every_plugin_has_what_its_scheme_can_meet() -> None:
    manifests = sorted((ROOT / "plugins").glob("*/plugin.toml"))
    assert [path.parent.name for path in manifests] == sorted(TESTED)
    for path in manifests:
        about = tomllib.loads(path.read_text(encoding="utf-8"))
        wanted = set(OF_ITS_SCHEME[about.get("auth", {}).get("scheme", "none")])
        if about.get("certificate") == "mutual_tls":
            wanted |= {"wrong certificate", "no certificate"}
        assert wanted <= set(TESTED[about["id"]]), about["id"]


@pytest.mark.parametrize("plugin", TESTED)
def test_each_of_these_tests_is_there(plugin: str) -> None:
    for failure, test in TESTED[plugin].items():
        file, _, name = test.partition("::")
        path = ROOT / file if "/" in file else ROOT / "plugins" / plugin / "tests" / file
        assert re.search(rf"def {name}\(", path.read_text(encoding="utf-8")), (failure, test)
