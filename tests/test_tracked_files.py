"""`make check` refuses large binaries and files that `.gitignore` names, in a repository made for the test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CHECK = Path(__file__).parents[1] / ".ci" / "tracked_files.py"
BINARY = b"\x89PNG\0" + b"x" * 200_000


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text("*.sqlite\n")
    return tmp_path


def git(root: Path, *command: str) -> None:
    subprocess.run(["git", *command], cwd=root, check=True)


def checked(root: Path, name: str, content: bytes) -> tuple[int, str]:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    git(root, "add", "-f", name)
    done = subprocess.run([sys.executable, CHECK], cwd=root, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def test_a_large_binary_is_refused_by_its_name(repository: Path) -> None:
    code, said = checked(repository, "tools/profiler.bin", BINARY)
    assert code == 1
    assert said == "tools/profiler.bin: a binary of 200005 bytes; at most 200000 outside docs/images/\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [("docs/images/demo.png", BINARY), ("small.bin", BINARY[:200_000]), ("large.txt", b"x" * 300_000)],
)
def test_a_picture_a_small_binary_or_text_is_taken(repository: Path, name: str, content: bytes) -> None:
    assert checked(repository, name, content) == (0, "")


def test_a_tracked_file_that_is_ignored_is_refused(repository: Path) -> None:
    assert checked(repository, "gateway.sqlite", b"") == (1, "gateway.sqlite: .gitignore names it, and it is tracked\n")
