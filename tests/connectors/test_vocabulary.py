"""Looking words up gives what comparing each of them would."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.connectors.text_folding import one_letter_off
from gateway.connectors.vocabulary import Known

WORD = st.text(alphabet="abcéح", min_size=1, max_size=7)


@given(st.sets(WORD, max_size=30), WORD)
def test_lookups_find_what_comparing_would(words: set[str], typed: str) -> None:
    known = Known(words)
    long = len(typed) >= 3
    assert known.beginning(typed) == {each for each in words if long and each.startswith(typed)}
    assert known.containing(typed) == {each for each in words if len(typed) >= 4 and typed in each}
    assert known.like(typed) == {each for each in words if one_letter_off(typed, each)}


def test_a_word_longer_than_any_is_not_looked_for() -> None:
    known = Known(["naissance", "x" * 60])
    assert known.beginning("x" * 50) == known.containing("x" * 50) == known.like("x" * 60) == set()
