"""What connectors are promised of the keys that they give to portals: `Submission.key` in the contract."""

from __future__ import annotations

import re
from typing import Literal

import pytest

from gateway.cases.creation_keys import creation_key
from gateway.cases.stages.fee import stamp_key
from gateway.ids import new_id

PROMISED = re.compile("[a-z0-9_:]{1,48}")


@pytest.mark.parametrize("creation", ["file", "stamp", "ship", "book"])
@pytest.mark.parametrize("number", [None, 1, 999_999_999])
def test_a_key_is_as_long_as_portals_were_told(
    creation: Literal["file", "stamp", "ship", "book"], number: int | None
) -> None:
    assert PROMISED.fullmatch(creation_key(new_id("case"), creation, number))


def test_keys_are_those_of_earlier_versions() -> None:
    """A case whose answer was lost before an update is looked for with the key that its portal has."""
    assert creation_key("case_1", "file") == "case_1:file"
    assert [stamp_key("case_1", which) for which in (0, 1, 2)] == ["case_1:stamp", "case_1:stamp:1", "case_1:stamp:2"]
    assert creation_key("case_1", "ship", 1) == "case_1:ship:1"
    assert creation_key("case_1", "book", 0) == "case_1:book:0"


def test_a_key_of_a_message_is_as_long_as_portals_were_told() -> None:
    assert PROMISED.fullmatch(new_id("msg"))


def test_no_two_creations_of_a_case_have_one_key() -> None:
    made = {creation_key("case_1", each, n) for each in ("file", "stamp", "ship", "book") for n in (None, 1, 2, 12)}
    assert len(made) == 16
