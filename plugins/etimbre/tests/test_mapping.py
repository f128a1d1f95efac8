"""Amounts, the way CMI writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.connectors.contract import Money, StampState, Verdict
from plugins.etimbre import mapping


@pytest.mark.parametrize(("text", "amount"), [("20.00", 2000), ("0.05", 5), ("1080.00", 108000), ("70.50", 7050)])
def test_an_amount_has_a_dot_and_two_decimals(text, amount):
    assert mapping.centimes(text) == amount
    assert mapping.decimal(Money(amount=amount)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20",
        "20,00",
        "20.0",
        "20.000",
        " 20.00",
        "20.00\n",
        "-20.00",
        "+20.00",
        "2e1",
        "020.00",
        ".50",
        "٢٠.٠٠",
        "99999999999.00",
    ],
)
def test_anything_else_is_not_an_amount(text):
    with pytest.raises(ValueError, match="amount"):
        mapping.centimes(text)


@given(st.integers(1, 10**11))
def test_every_amount_survives_the_way_there_and_back(amount):
    assert mapping.centimes(mapping.decimal(Money(amount=amount))) == amount


def test_every_word_of_the_contract_has_a_word_of_the_portal():
    assert set(mapping.ANSWERS) == set(Verdict)
    assert set(mapping.STAMP_STATES.values()) == set(StampState)
