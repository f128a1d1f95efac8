"""The rule of the identity card number, wherever a number comes in: a claim, a form, a question of an auditor."""

from __future__ import annotations

import pytest

from gateway.auth.errors import AuthError
from gateway.auth.principal import derive
from gateway.cases.formats import FORMATS

CLAIMS = {"iss": "https://i", "sub": "s", "exp": 2_000_000_000, "scope": "cases:read"}

REAL = ["A1", "AB1", "Z12", "AB123456", "A1234567", "JB10"]
NO_NUMBER = ["AB000001", "AB0", "A0123", "AB1234567", "A12345678", "ABC123", "123456", "A", "", "AB12E4"]
ANOTHER_PERSONS = ["ıb12345", "ſ123456", "ﬁ12345", "ÀB12345", "ᴀ123456", "Ａ123456", "АВ12345", "\u212a123456"]
"""Unicode's capitals of these begin with other letters, or they only look like Latin ones."""
COPIED = ["\u200eAB123456\u200f", "\ufeffAB123456", "\u00a0AB123456\u00a0", "\u202aAB123456\u202c", "AB\u200b123456"]


def in_a_form(text: str) -> str | None:
    return FORMATS["cnie"].clean(text) if FORMATS["cnie"].fits(FORMATS["cnie"].clean(text)) else None


@pytest.mark.parametrize("number", REAL)
def test_real_number_is_taken_everywhere(number, ring, clients):
    assert in_a_form(number) == number
    assert in_a_form(number.lower()) == number
    assert derive(CLAIMS | {"cnie": number.lower()}, clients.get("demo-frontend"), ring).claims.cnie == number


@pytest.mark.parametrize("text", NO_NUMBER + ANOTHER_PERSONS)
def test_wrong_number_is_refused_everywhere(text, ring, clients):
    assert in_a_form(text) is None
    with pytest.raises(AuthError):
        derive(CLAIMS | {"cnie": text}, clients.get("demo-frontend"), ring)
    with pytest.raises(ValueError, match="not a CNIE"):
        ring.pseudonym(text)


@pytest.mark.parametrize("text", [*COPIED, "AB١٢٣٤٥٦", "AB۱۲۳۴۵۶", "ab 123-456"])
def test_typed_number_is_read_as_it_was_meant(text):
    assert in_a_form(text) == "AB123456"


@pytest.mark.parametrize("text", [*COPIED, "AB١٢٣٤٥٦", "AB۱۲۳۴۵۶"])
def test_claim_with_marks_or_other_digits_is_refused(text, ring, clients):
    with pytest.raises(AuthError) as caught:
        derive(CLAIMS | {"cnie": text}, clients.get("demo-frontend"), ring)
    assert caught.value.code == "token_malformed"
