from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.connectors.contract import CaseStatus
from plugins.echo import mapping

DEMAND = {
    "reference": "E00000001",
    "client_reference": "k",
    "history": [{"status": "accepted", "at": "2025-06-02T09:00:00+00:00"}],
    "documents": [],
}


@given(st.text().filter(str.strip))
def test_a_word_that_is_not_in_the_table_never_ends_a_demand(word):
    history = [*DEMAND["history"], {"status": word, "at": "2025-06-03T09:00:00+00:00"}]
    found = mapping.progress(json.dumps({**DEMAND, "history": history}).encode(), "E00000001")
    if word not in mapping.STATUSES:
        assert (found.status, found.warnings) == (CaseStatus.IN_PROGRESS, ["portal_status_unknown"])


@pytest.mark.parametrize("word", ["", " "])
def test_a_status_without_a_word_is_no_answer(word):
    history = [*DEMAND["history"], {"status": word, "at": "2025-06-03T09:00:00+00:00"}]
    with pytest.raises(msgspec.ValidationError):
        mapping.progress(json.dumps({**DEMAND, "history": history}).encode(), "E00000001")


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {**DEMAND, "history": []},
        {**DEMAND, "history": None},
        {**DEMAND, "reference": "../E1"},
        {**DEMAND, "documents": [{"id": 1}]},
        {k: v for k, v in DEMAND.items() if k != "client_reference"},
    ],
)
def test_an_answer_of_another_shape_is_an_error(answer):
    with pytest.raises(ValueError, match=r".+"):
        mapping.progress(json.dumps(answer).encode(), "E00000001")


def test_a_search_that_ignored_the_key_does_not_give_somebody_elses_demand():
    found = json.dumps({"demands": [DEMAND]}).encode()
    assert mapping.first_filed(found, "other") is None
    assert mapping.first_filed(found, "k").reference == "E00000001"
