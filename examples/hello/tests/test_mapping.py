"""What the kit cannot know: that each word means what the portal means by it."""

from __future__ import annotations

import pytest

from mre_connector_hello import mapping
from mre_connector_hello.connector import Hello


def test_the_connector_has_its_capabilities():
    assert [each.__name__ for each in Hello.capabilities]


def test_a_demand_of_somebody_else_is_not_found():
    answer = b'[{"number": "D-1", "key": "other", "status": "open"}]'
    assert mapping.found(answer, "key_1") is None
    assert mapping.found(answer, "other").reference == "D-1"


@pytest.mark.parametrize("answer", [b"{}", b'{"number": "../x", "key": "k", "status": "open"}', b"<html>"])
def test_an_answer_of_another_shape_is_an_error(answer):
    with pytest.raises(ValueError, match=r".+"):
        mapping.progress(answer)
