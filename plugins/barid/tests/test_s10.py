from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.barid import s10

serials = st.integers(0, 99_999_999)
indicators = st.sampled_from(["QD", "LD", "RR", "EE", "CP"])
letters = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2)


def test_the_known_example_is_valid():
    assert s10.valid("RR123456785MA")
    assert s10.make("RR", 12345678) == "RR123456785MA"


@given(letters, serials)
def test_every_number_we_make_is_valid(indicator, serial):
    assert s10.valid(s10.make(indicator, serial))


@given(indicators, serials, st.integers(1, 9))
def test_every_change_of_the_check_digit_is_noticed(indicator, serial, change):
    number = s10.make(indicator, serial)
    wrong = (int(number[10]) + change) % 10
    assert not s10.valid(f"{number[:10]}{wrong}MA")


@given(indicators, serials, st.integers(2, 9), st.integers(1, 9))
def test_a_changed_serial_digit_is_noticed_unless_the_check_digit_is_the_shared_five(indicator, serial, place, change):
    number = s10.make(indicator, serial)
    changed = f"{number[:place]}{(int(number[place]) + change) % 10}{number[place + 1 :]}"
    if s10.valid(changed):
        remainders = {
            sum(w * int(d) for w, d in zip(s10.WEIGHTS, n[2:10], strict=True)) % 11 for n in (number, changed)
        }
        assert number[10] == "5"
        assert remainders == {0, 6}


def test_the_blind_spot_of_the_check_digit_exists():
    assert s10.valid("QD000000005MA")
    assert s10.valid("QD000000045MA")


@pytest.mark.parametrize(
    "typed",
    [
        "rr123456785ma",
        " RR 123 456 785 MA ",
        "RR-123-456-785-MA",
        "RR١٢٣٤٥٦٧٨٥MA",
        "RR۱۲۳۴۵۶۷۸۵MA",
        "\u200eRR123456785MA\u200f",
        "ＲＲ１２３４５６７８５ＭＡ",
        "RR\u00a0123456785\u202fMA",
    ],
)
def test_a_number_is_understood_however_it_was_typed(typed):
    assert s10.normalise(typed) == "RR123456785MA"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "RR123456784MA",
        "R\u0280123456785MA",
        "RR123456785M\u0251",
        "RR123456784FR",
        "R1123456785MA",
        "RR12345678MA",
        "RR1234567855MA",
        "R" * 10_000,
        "RR²23456785MA x",
    ],
)
def test_what_is_no_item_number_is_none(typed):
    assert s10.normalise(typed) is None


def test_numbers_of_other_posts_are_understood_and_told_apart():
    for typed in ("CP123456785FR", "cp 123 456 785 fr", "RR123456785ES"):
        number = s10.normalise(typed)
        assert number is not None
        assert not s10.is_own(number)
    assert s10.is_own("RR123456785MA")


@given(st.text())
def test_whatever_is_typed_gives_a_valid_number_or_none(typed):
    number = s10.normalise(typed)
    assert number is None or s10.valid(number)


@pytest.mark.parametrize(("indicator", "serial"), [("Q", 1), ("q1", 1), ("QD", 100_000_000), ("QD", -1)])
def test_no_number_is_made_from_an_impossible_serial_or_indicator(indicator, serial):
    with pytest.raises(ValueError, match="no S10 number"):
        s10.make(indicator, serial)
