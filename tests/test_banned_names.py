"""`.ci/banned_names.py` refuses definitions under names that were given up, and nothing else."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / ".ci" / "banned_names.py"
spec = importlib.util.spec_from_file_location("banned_names", SCRIPT)
assert spec is not None
assert spec.loader is not None
banned_names = importlib.util.module_from_spec(spec)
spec.loader.exec_module(banned_names)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", "class Trip: ..."),
        ("a.py", "class _Answer: ..."),
        ("a.py", "class CardDesk: ..."),
        ("a.py", "def once(): ..."),
        ("a.py", "async def open_desk(): ..."),
        ("a.py", "def f(pace): ..."),
        ("a.py", "def f(*, gate): ..."),
        ("a.py", "class A:\n    trouble: int"),
        ("a.py", "self._desk = 1"),
        ("gateway/words.py", ""),
        ("tests/test_bench.py", ""),
        ("plugins/post/sandbox/courier.py", ""),
    ],
)
def test_a_name_that_was_given_up_is_refused(path: str, text: str) -> None:
    (found,) = banned_names.wrong(path, text)
    assert found.startswith(f"{path}:")
    assert "now: " in found


@pytest.mark.parametrize(
    "text",
    [
        "from collections import Counter\nseen = Counter()",
        "import re\nfound: re.Match[str]",
        "async def find(self, idempotency_key): ...",
        "class Progress:\n    ask: RequiredAction",
        "def test_the_courier_comes_twice(): ...",
        "words = text.split()",
        "class AnswerTooLarge(Exception): ...",
    ],
)
def test_other_names_are_taken(text: str) -> None:
    assert banned_names.wrong("gateway/a.py", text) == []


def test_nothing_examined_is_a_failure(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    ran = subprocess.run([sys.executable, SCRIPT], cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 1
    assert "nothing was examined" in ran.stderr
