from __future__ import annotations

from typing import Any

import pytest

from gateway.storage.pipelines import Pipeline


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many statements went to PostgreSQL together, trip by trip."""
    made: list[int] = []
    ask = Pipeline.ask

    def counted(self: Pipeline, questions: Any, **more: bytes) -> None:
        made.append(len(questions))
        ask(self, questions, **more)

    monkeypatch.setattr(Pipeline, "ask", counted)
    return made
