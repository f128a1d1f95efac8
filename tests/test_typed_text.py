"""What is kept, dropped and refused of typed text, asked of forms and contacts: docs/reference/typed-text.md."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.cases import forms

FORM: dict[str, Any] = {
    "properties": {
        "name": {"type": "string", "maxLength": 80},
        "words": {"type": "string", "maxLength": 5000},
        "email": {"type": "string", "format": "email"},
        "phone": {"type": "string", "format": "phone"},
        "since": {"type": "string", "format": "date"},
        "country": {"type": "string", "format": "country"},
        "act": {"type": "string", "format": "digits", "pattern": "^[0-9]{1,6}$"},
        "passport": {"type": "string", "format": "code", "pattern": "^[A-Z]{1,2}[0-9]{6,7}$"},
    }
}
MARKS = [
    "\u200e", "\u200f", "\u061c", "\u200b", "\u2060", "\ufeff", "\u00ad", "\u00a0", "\u202f", "\ufe0f", "\u200c",
    "\u200d", *map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]),
]  # fmt: skip
RIGHT = {
    "name": "Amina El Fassi",
    "email": "amina@example.org",
    "phone": "+33612345678",
    "since": "2026-01-31",
    "country": "FR",
    "act": "1234",
    "passport": "XA1234567",
}


def kept(**form: Any) -> Any:
    assert forms.check(form, FORM, language="en") == []
    return forms.normalise(form, FORM)


def codes(**form: Any) -> list[str]:
    return [each.code for each in forms.check(form, FORM, language="en")]


@pytest.mark.parametrize("mark", MARKS, ids=lambda mark: f"U+{ord(mark):04X}")
def test_marks_around_a_right_value_are_dropped(mark: str) -> None:
    assert kept(**{name: f"{mark}{value}{mark}" for name, value in RIGHT.items()}) == RIGHT


@pytest.mark.parametrize("mark", [*map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)])])
def test_bidi_controls_never_stay_in_a_name(mark: str) -> None:
    assert kept(name=f"Amina{mark} El Fassi", words=f"a{mark}b") == {"name": "Amina El Fassi", "words": "ab"}
    contact = forms.contact_of(name=f"{mark}anima{mark} El", email=f"{mark}a@b.ma", phone="")
    assert (contact.name, contact.email) == ("anima El", "a@b.ma")


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("Ami\u200cna", "Amina"),
        ("ه\u200d", "ه"),
        ("\u200dمريم", "مريم"),
        ("م\u200cA", "مA"),
        ("مي\u200e\u200cم", "مي\u200cم"),
        ("Ame\u0301lie", "Amélie"),
        ("e\u034f\u0301", "é"),
        ("Fatima\u00a0Zahra", "Fatima Zahra"),
        ("Amina\r\nEl\tFassi", "Amina El Fassi"),
        ("عبد الله", "عبد الله"),
        ("۝", "۝"),
    ],
)
def test_name_is_kept_as_it_is_spelled(typed: str, written: str) -> None:
    assert kept(name=typed) == {"name": written}


def test_long_text_keeps_its_lines() -> None:
    assert kept(words="un\r\n\r\ndeux\u2028trois\tquatre") == {"words": "un\n\ndeux\ntrois\tquatre"}


@pytest.mark.parametrize(
    "character", ["\x00", "\x1b", "\x85", "\x9f", "\ud800", "\ufdd0", "\uffff", "\U0010fffe", "\ue000", "\u0378"]
)
def test_what_nobody_can_hold_is_refused(character: str) -> None:
    assert codes(name=f"Amina{character}") == ["text"]
    assert forms.contact_of(name=f"Amina{character}", email="a@b.ma", phone="").name == ""


def test_length_is_counted_after_the_marks_are_gone() -> None:
    assert codes(name="\u200b".join("a" * 80), words="e\u0301" * 5000) == []
    assert codes(name="a" * 81) == ["maxLength"]
    assert codes(name="\u202e\u200b\ufeff") == []
    assert forms.contact_of(name="\u202e", email="a@b.ma", phone="").name == ""


@pytest.mark.parametrize(
    "number", ["+44 1111", "+4930", "+1 5550143", "0612345678", "+33 6 12 34 56 78 ext 5", "+33 6 12", "+212 537"]
)
def test_number_that_reaches_nobody_from_abroad_is_refused(number: str) -> None:
    assert codes(phone=number) == ["format"]


@pytest.mark.parametrize("country", ["ﬁ", "ﬀ", "ıt", "ſe"])
def test_country_is_not_made_by_case_mapping(country: str) -> None:
    assert codes(country=country) == ["format"]


@pytest.mark.parametrize(
    ("typed", "written"),
    [({"act": "١٢٣٤"}, {"act": "1234"}), ({"passport": "xa ١٢٣٤٥٦٧"}, {"passport": "XA1234567"})],
)
def test_numbers_of_an_arabic_keyboard_are_read(typed: dict[str, str], written: dict[str, str]) -> None:
    assert kept(**typed) == written


def test_cleaning_twice_changes_nothing() -> None:
    once = kept(name="\u202eAme\u0301\u200c lie\u00a0", words="می\u200cخواهم \u200b\n")
    assert kept(**once) == once


@pytest.mark.parametrize("pile", ["\u0301\u0316", "\u0301\u200b\u0316", "\u064e\u0651"])
def test_pile_of_combining_marks_is_refused(pile: str) -> None:
    """Composing them takes time by the square of their number: a megabyte of them held the event loop for minutes."""
    assert codes(words="a" + pile * 15) == []
    assert codes(words="a" + pile * 16) == ["text"]
    hostile = "a" + pile * 250_000
    assert forms.normalise({"words": hostile}, FORM)["words"].startswith("a")
