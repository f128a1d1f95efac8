"""Dates of birth that are known to the year or the month only, from the claim to the form."""

from __future__ import annotations

import pytest

from gateway.auth.principal import derive
from gateway.cases.forms import check, normalise

CLAIMS = {"iss": "https://i", "sub": "s", "exp": 2_000_000_000, "scope": "cases:read", "cnie": "AB123456"}
FORM = {"properties": {"born": {"type": "string", "format": "birth-date"}}}


@pytest.mark.parametrize("told", ["1950", "1950-07", "1950-07-14", "0000-07-14"])
def test_partial_birthdate_of_a_claim_is_kept(told, ring, clients):
    assert derive(CLAIMS | {"birthdate": told}, clients.get("demo-frontend"), ring).claims.birthdate == told


@pytest.mark.parametrize("told", ["", "0000", "195", "1950-13", "1950-02-30", "0000-02-30", "1950-7-1", "14/07/1950"])
def test_wrong_birthdate_of_a_claim_is_left_out(told, ring, clients):
    assert derive(CLAIMS | {"birthdate": told}, clients.get("demo-frontend"), ring).claims.birthdate == ""


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("1950", "1950"), ("١٩٥٠-٠٧", "1950-07"), ("\u200e1950-07-14\u200e", "1950-07-14"), (" 1950 ", "1950")],
)
def test_partial_birth_date_of_a_form_is_taken(typed, kept):
    assert check({"born": typed}, FORM, language="en") == []
    assert normalise({"born": typed}, FORM) == {"born": kept}


@pytest.mark.parametrize("typed", ["0000", "0000-07-14", "50", "1950-00", "1950-02-29", "19500714", "1950-"])
def test_wrong_birth_date_of_a_form_is_refused(typed):
    assert [each.code for each in check({"born": typed}, FORM, language="en")] == ["format"]
