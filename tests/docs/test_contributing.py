"""What `CONTRIBUTING.md` and the pre-commit configuration promise a contributor."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_pre_commit_runs_what_make_check_runs() -> None:
    recipe = MAKEFILE.split("\ncheck:")[1].split("\n\n")[0].replace("$(PY)", ".venv/bin/python")
    checked = {re.sub(r" --check\b| \.$", "", line.split(";")[1].strip()) for line in recipe.splitlines()[1:]}
    hooks = [
        hook
        for repo in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
        for hook in repo["hooks"]
    ]
    assert {hook["entry"].removesuffix(" --force-exclude") for hook in hooks} == checked
    assert {hook["language"] for hook in hooks} == {"system"}  # nothing is fetched


def test_targets_that_are_named_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    for page in (ROOT / "CONTRIBUTING.md", ROOT / "README.md"):
        named = set(re.findall(r"`make ([a-z]+)", page.read_text(encoding="utf-8")))
        assert named <= targets
