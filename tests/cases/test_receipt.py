"""The legal receipt: its deadline in Moroccan days, and what it says."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import NamedTuple

import jwt
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.auth.keys import KeyRing
from gateway.cases.model import Case, Contact, Personal
from gateway.cases.receipt import TYPE, Receipts
from gateway.cases.state import Charge, Part
from gateway.connectors.catalogue import Catalogue
from gateway.connectors.contract import CaseStatus, Money
from gateway.connectors.services import Service, SilenceRule
from gateway.time_zones import MOROCCO

from .states import state_of


@pytest.fixture
def service(catalogue: Catalogue) -> Service:
    found = catalogue.service("echo.note")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("filed_at", "days", "on"),
    [
        ("2026-01-15T12:00:00Z", 60, "2026-03-16"),
        ("2026-01-31T12:00:00Z", 30, "2026-03-02"),
        ("2028-01-31T12:00:00Z", 30, "2028-03-01"),  # a leap year
        ("2025-12-31T12:00:00Z", 60, "2026-03-01"),
        ("2026-01-31T22:59:59Z", 1, "2026-02-01"),
        ("2026-01-31T23:00:00Z", 1, "2026-02-02"),  # past midnight in Morocco: the next day, and the next month
        ("2025-12-31T23:30:00Z", 30, "2026-01-31"),  # and the next year
        ("2026-03-01T23:30:00Z", 10, "2026-03-11"),  # in Ramadan Morocco keeps UTC
        ("2026-09-30T23:30:00Z", 10, "2026-10-10"),  # UTC for good since 20 September 2026
        ("2027-07-31T23:30:00Z", 1, "2027-08-01"),
        ("2026-02-15T01:30:00Z", 1, "2026-02-16"),  # the night the clock goes back
    ],
)
def test_the_deadline_is_counted_in_moroccan_days(service: Service, filed_at: str, days: int, on: str) -> None:
    given = replace(service, deadline_days=days)
    assert Receipts.deadline(given, datetime.fromisoformat(filed_at)) == on


def test_a_service_without_a_legal_term_has_no_deadline(service: Service) -> None:
    assert Receipts.deadline(replace(service, deadline_days=None), datetime.now(UTC)) is None


class Term(NamedTuple):
    """As much of a service as counts here."""

    deadline_days: int


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))


@given(filed_at=MOMENTS, days=st.integers(1, 365), shift=st.integers(-12, 14))
def test_wherever_the_clock_stands_the_term_has_its_full_days(filed_at: datetime, days: int, shift: int) -> None:
    deadline = Receipts.deadline(Term(days), filed_at.astimezone(timezone(timedelta(hours=shift))))
    assert deadline == Receipts.deadline(Term(days), filed_at)
    assert date.fromisoformat(deadline) - filed_at.astimezone(MOROCCO).date() == timedelta(days=days)
    assert abs(date.fromisoformat(deadline) - filed_at.date() - timedelta(days=days)) <= timedelta(days=1)


FORM = {"text": "Bonjour de Lyon", "b": 1, "a": [2, 1]}


def receipt(ring: KeyRing, service: Service, **state: object) -> tuple[str, dict]:
    at = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
    case = Case(
        id="case_1", client="app", subject="p_1", service=service.id, status=CaseStatus.RECEIVED, version=1,
        language="ar", created_at=at, updated_at=at, deadline_on=Receipts.deadline(service, at), due_at=at,
        state=state_of(**state),
    )  # fmt: skip
    personal = Personal(
        form=FORM, contact=Contact(name="Amina El Fassi", email="amina@example.org"), attachments=["att_1"]
    )
    jws = Receipts(ring, "https://gateway.example").sign(case, service, personal)
    keys = {key["kid"]: jwt.PyJWK(key) for key in ring.jwks()["keys"]}
    header = jwt.get_unverified_header(jws)
    assert header["typ"] == TYPE
    return jws, jwt.decode(jws, keys[header["kid"]], algorithms=["EdDSA"], options={"verify_iat": False})


def test_it_says_what_was_filed_when_who_decides_until_when_and_how_to_appeal(ring: KeyRing, service: Service) -> None:
    _, claims = receipt(ring, service)
    assert (claims["iss"], claims["sub"], claims["language"]) == ("https://gateway.example", "case_1", "ar")
    assert claims["service"]["title"] == service.text("title", "ar")
    assert (claims["competent_body"], claims["appeal"]) == (
        service.text("competent_body", "ar"),
        service.text("appeal", "ar"),
    )
    assert claims["filed_at"] == "2026-01-31T23:30:00+00:00"
    assert claims["deadline"] == {"on": "2026-04-02", "basis": service.deadline_basis}
    assert "silence_is_acceptance" not in claims
    assert claims["attachments"] == ["att_1"]
    assert "portal" not in claims
    assert "fee" not in claims


def test_silence_is_acceptance_only_by_a_named_source(ring: KeyRing, service: Service) -> None:
    """Law 55-19 lets silence accept only for the acts that decree 2-22-387 lists."""
    source = "Decree 2-22-387, annex, line 7"
    _, claims = receipt(ring, replace(service, silence_is_acceptance=SilenceRule(source=source)))
    assert (claims["silence_is_acceptance"], claims["silence_source"]) == (True, source)


def test_once_filed_it_names_the_portals_reference_and_the_fee(ring: KeyRing, service: Service) -> None:
    filed_at = datetime(2026, 2, 3, 8, 0, tzinfo=UTC)
    fee = Charge(code="fee_due", portal="etimbre", amount=Money(amount=1000))
    _, claims = receipt(ring, service, reference="E00000001", filed_at=filed_at, parts=[Part.FEE], charges=[fee])
    assert claims["portal"] == {"id": "echo", "reference": "E00000001"}
    assert claims["fee"] == {"amount": 1000, "currency": "MAD"}
    assert claims["iat"] == int(filed_at.timestamp())


def test_it_commits_to_the_form_without_showing_it(ring: KeyRing, service: Service) -> None:
    jws, claims = receipt(ring, service)
    salted = bytes.fromhex(claims["form"]["salt"]) + msgspec.json.encode(FORM, order="sorted")
    assert hashlib.sha256(salted).hexdigest() == claims["form"]["sha256"]
    assert receipt(ring, service)[1]["form"] != claims["form"]
    for personal in ("Bonjour", "Amina", "example.org"):
        assert personal not in str(claims)
        assert personal not in jws
