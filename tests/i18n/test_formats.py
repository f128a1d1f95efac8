from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from gateway.i18n import formats


@pytest.mark.parametrize(
    ("language", "parts"), [("fr", ("1", "040,50", "MAD")), ("en", ("MAD", "1,040.50")), ("ar", ("1.040,50", "د.م"))]
)
def test_centimes_are_written_as_people_read_them(language: str, parts: tuple[str, ...]) -> None:
    written = formats.money(104050, "MAD", language)
    assert all(part in written for part in parts), written


def test_a_currency_without_cents_is_not_divided() -> None:
    assert "500" in formats.money(500, "JPY", "fr")


def test_an_unknown_currency_is_shown_as_it_is() -> None:
    assert formats.money(5, "ZZZZ", "fr") == "5 ZZZZ"


def test_times_are_those_of_morocco() -> None:
    at = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    assert formats.moment(at, "fr") == "2 juillet 2026 00:30"


def test_clocks_go_back_during_ramadan() -> None:
    at = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert formats.moment(at, "en") == "1 March 2026 23:30"


def test_clocks_stay_since_september_2026() -> None:
    assert formats.moment(datetime(2026, 11, 29, 10, tzinfo=UTC), "en") == "29 November 2026 10:00"


def test_months_have_their_moroccan_names() -> None:
    assert formats.day(date(2026, 7, 1), "ar") == "1 يوليوز 2026"
