"""Which tables the kit looks at: those that the toolbox is called with, under any name."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from gateway.testing.tables import WordTables, word_tables

HEAD = """
from functools import partial
from gateway.connectors.authoring import CaseStatus, check, check_findings, motive, progress_by

class words:
    WHY = {"lost": "archive_lost"}
    NO = {"bad": "form_not_accepted"}

statuses = {"open": (CaseStatus.RECEIVED, None)}
"""


def tables_of(code: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> WordTables:
    (folder / "mapping.py").write_text(HEAD + code)
    module = ModuleType("made.mapping")
    exec(HEAD + code, vars(module))
    monkeypatch.setitem(sys.modules, "made.mapping", module)
    plugin: Any = SimpleNamespace(package="made", folder=folder)
    return word_tables(plugin)


@pytest.mark.parametrize(
    ("code", "refusals"),
    [
        ("def f(x): return motive(words.WHY, x)", {"lost": "archive_lost"}),
        ("def f(x): return motive(motives=words.WHY, word=x)", {"lost": "archive_lost"}),
        ("def f(x): return check(x, words.NO)", {"bad": "form_not_accepted"}),
        ("def f(x): return check_findings(x, words.NO, {})", {"bad": "form_not_accepted"}),
        ("f = partial(check, refusals=words.NO)", {"bad": "form_not_accepted"}),
        (
            "def f(x): return check(x, {**words.NO, 'old': 'too_late'})",
            {"bad": "form_not_accepted", "old": "too_late"},
        ),
        ("def f(x): return check(x)", {}),
        ("def f(x): return check(x, None)", {}),
        ("def f(x, self): return self.check(x, x)", {}),
    ],
)
def test_a_table_is_known_by_the_call_that_it_is_given_to(
    code: str, refusals: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = tables_of(code, tmp_path, monkeypatch)
    assert {word: next(iter(codes)) for word, codes in found.refusals.items()} == refusals
    assert found.unfound == {}
    assert set(found.where) >= set(refusals)


def test_a_table_of_statuses_is_known_by_its_call_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = tables_of("def f(x): return progress_by(statuses, 'D-1', x, [])", tmp_path, monkeypatch)
    assert found.statuses == {"open": "received"}


@pytest.mark.parametrize("table", ["table", "words.OTHER", "{**table}", "dict(words.WHY)"])
def test_a_table_that_only_the_call_knows_is_told(table: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = tables_of(f"def f(x, table): return motive({table}, x)", tmp_path, monkeypatch)
    assert (found.refusals, list(found.unfound.values())) == ({}, ["motive"])
