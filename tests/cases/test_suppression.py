"""What is published never lets anybody subtract their way to a small number."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.cases.suppression import Group, hidden, rolled_up

N = 5
cells = st.dictionaries(
    st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.sampled_from("1234")),
    st.one_of(st.integers(0, 7), st.integers(0, 40)),
    max_size=16,
)


def published(found: dict[Group, int], minimum: int = N) -> dict[Group, int]:
    held = hidden(found, minimum)
    return {group: n for group, n in found.items() if group not in held}


def differences(shown: dict[Group, int], found: dict[Group, int]) -> dict[Group, int]:
    """Of each published number, what is left when the published numbers nearest below it are subtracted."""

    def below(group: Group) -> int:
        children = [each for each in found if len(each) == len(group) + 1 and each[: len(group)] == group]
        return sum(shown[each] if each in shown else below(each) for each in children)

    return {group: n - below(group) for group, n in shown.items() if len(group) < 3}


@settings(max_examples=200, deadline=None)
@given(cells)
def test_no_difference_of_published_numbers_is_a_small_one(given_cells: dict[Group, int]) -> None:
    found = rolled_up(given_cells)
    shown = published(found)
    assert all(n == 0 or n >= N for n in shown.values())
    assert all(n == 0 or n >= N for n in differences(shown, found).values())


@settings(max_examples=60, deadline=None)
@given(cells)
def test_no_hidden_number_follows_from_all_that_is_published_together(given_cells: dict[Group, int]) -> None:
    found = rolled_up(given_cells)
    shown = published(found)
    unknown = sorted(group for group in found if group not in shown)
    equations = []
    for group in found:
        if len(group) == 3:
            continue
        row = [Fraction(0)] * len(unknown)
        for each in (group, *(e for e in found if len(e) == len(group) + 1 and e[: len(group)] == group)):
            if each in unknown:
                row[unknown.index(each)] = Fraction(-1 if each == group else 1)
        equations.append(row)
    for solved in reduced(equations):
        assert sum(value != 0 for value in solved) != 1, f"{unknown} {shown}"


def reduced(rows: list[list[Fraction]]) -> list[list[Fraction]]:
    """The reduced row echelon form: an unknown is determined exactly if it stands alone in a row."""
    done = 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((n for n in range(done, len(rows)) if rows[n][column]), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        rows[done] = [value / rows[done][column] for value in rows[done]]
        for n in range(len(rows)):
            if n != done and rows[n][column]:
                factor = rows[n][column]
                rows[n] = [value - factor * other for value, other in zip(rows[n], rows[done], strict=True)]
        done += 1
    return rows


def test_a_small_number_takes_the_next_smallest_with_it_so_that_the_sum_does_not_betray_it() -> None:
    found = rolled_up({("a", "x", "1"): 2, ("a", "x", "2"): 7, ("a", "x", "3"): 30})
    assert published(found) == {(): 39, ("a",): 39, ("a", "x"): 39, ("a", "x", "3"): 30}


def test_a_number_with_no_neighbour_big_enough_hides_the_sum_itself() -> None:
    found = rolled_up({("a", "x", "1"): 2, ("a", "x", "2"): 1, ("a", "y", "1"): 9, ("a", "y", "2"): 20})
    assert published(found) == {(): 32, ("a",): 32, ("a", "y", "2"): 20}


@pytest.mark.parametrize("n", [0, 5, 900])
def test_what_is_nothing_or_enough_is_published(n: int) -> None:
    assert published(rolled_up({("a", "x", ""): n})) == {(): n, ("a",): n, ("a", "x"): n, ("a", "x", ""): n}


def test_a_minimum_of_one_hides_nothing() -> None:
    found = rolled_up({("a", "x", "1"): 1, ("a", "x", "2"): 7, ("b", "x", "1"): 2})
    assert published(found, 1) == found
