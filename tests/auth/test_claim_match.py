from __future__ import annotations

import pytest

from gateway.auth.claim_match import agrees


@pytest.mark.parametrize(
    ("claim", "typed", "verified"),
    [
        ("cnie", "\u200eab 123456", "AB123456"),
        ("cnie", "AB١٢٣٤٥٦", "AB123456"),
        ("birthdate", "1950", "1950-07-14"),
        ("birthdate", "1950-07-14", "1950-07"),
        ("birthdate", "1950-07-14", "0000-07-14"),
        ("name", "EL FASSI Amina", "Amina El-Fassi"),
        ("name", "Amélie M'hamed", "amelie M’hamed"),
        ("email", " Amina@Example.org\u200f", "amina@example.org"),
        ("phone", "0033 6 12 34 56 78", "+33612345678"),
    ],
)
def test_same_person_in_another_writing_agrees(claim, typed, verified):
    assert agrees(claim, typed, verified)


@pytest.mark.parametrize(
    ("claim", "typed", "verified"),
    [
        ("cnie", "ıb12345", "IB12345"),
        ("cnie", "ﬁ12345", "FI12345"),
        ("cnie", "AB12345", "AB123456"),
        ("cnie", "", ""),
        ("cnie", "AB123456", ""),
        ("birthdate", "1950-08", "1950-07-14"),
        ("birthdate", "1951", "1950-07-14"),
        ("birthdate", "14/07/1950", "1950-07-14"),
        ("name", "Amina", "Amina El Fassi"),
        ("name", "-", "-"),
        ("email", "amina@example.com", "amina@example.org"),
        ("email", "\u212aarim@example.org", "karim@example.org"),
        ("phone", "+33612345679", "+33612345678"),
    ],
)
def test_another_person_does_not_agree(claim, typed, verified):
    assert not agrees(claim, typed, verified)
