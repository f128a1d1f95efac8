"""What stands in a recording, as the gateway would pass it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from gateway.connectors.contract import Connector, Filing, Progress, Slot
from gateway.testing.exchanges import typed


class Lenient(Connector, Filing):
    async def act(self, reference: str, action: str, answer: dict[str, Any] | None = None) -> Progress: ...  # type: ignore[override]


NO_ANSWER: dict[str, Any] = {"reference": "W-1", "action": "confirm"}


@pytest.mark.parametrize("more", [{}, {"answer": None}])
def test_a_recording_without_an_answer_is_as_the_connector_has_it(more: dict[str, Any]) -> None:
    assert typed(Lenient.act, {"self": None, **NO_ANSWER, **more}) == {"self": None, **NO_ANSWER, **more}


def test_a_recorded_answer_has_the_types_of_the_contract() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    slot = Slot(id="1", post="p", service="s", start=at, end=at)
    made = typed(Lenient.act, {"self": None, **NO_ANSWER, "answer": {"slot": msgspec.to_builtins(slot), "text": "x"}})
    assert made["answer"] == {"slot": slot, "text": "x"}
