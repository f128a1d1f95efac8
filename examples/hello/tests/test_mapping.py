"""What the kit cannot know: that each word means what the portal means by it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.connectors.authoring import UnexpectedAnswer
from mre_connector_hello import mapping
from mre_connector_hello.connector import Hello


def test_the_connector_has_its_capabilities():
    assert [each.__name__ for each in Hello.capabilities]


def test_a_demand_of_somebody_else_is_not_found():
    recorded = json.loads((Path(mapping.__file__).parent / "exchanges" / "find-found.json").read_text())
    answer = json.dumps(recorded["wire"][-1]["response"]["json"]).encode()
    assert mapping.found(answer, "key_of_somebody_else") is None
    assert mapping.found(answer, recorded["arguments"]["idempotency_key"]).reference == recorded["result"]["reference"]


@pytest.mark.parametrize("answer", [b"{}", b"[]", b"<html>"])
def test_an_answer_of_another_shape_is_an_error(answer):
    with pytest.raises(UnexpectedAnswer):
        mapping.progress(answer, "D-1")


def test_an_answer_about_another_demand_is_an_error():
    files = sorted((Path(mapping.__file__).parent / "exchanges").glob("progress-*.json"))
    recorded = next(each for each in (json.loads(path.read_text()) for path in files) if "result" in each)
    answer = json.dumps(recorded["wire"][-1]["response"]["json"]).encode()
    with pytest.raises(UnexpectedAnswer, match="another demand"):
        mapping.progress(answer, "D-999")
