"""The kit by chance after chance: each seed gives each check the result in the plugin's `check_results.json`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from gateway.connectors import loader
from gateway.testing.check import run_checks

PLUGINS = sorted(path.parent for path in Path("plugins").glob("*/plugin.toml"))
SEEDS = int(os.environ.get("KIT_SEEDS", "200"))


@pytest.mark.soak
@pytest.mark.parametrize("folder", PLUGINS, ids=lambda folder: folder.name)
def test_each_seed_gives_the_written_results(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = {
        each["id"]: each["status"] for each in json.loads((folder / "check_results.json").read_text())["results"]
    }
    # What a process of its own shows at import is the same each time.
    monkeypatch.setattr(loader, "import_failures", lambda *_: {})

    for seed in range(1, SEEDS + 1):
        report = run_checks(folder, seed=seed)

        found = {each.id: each.status for each in report.results}
        assert found == written, f"seed {seed}: {[str(each) for each in report.findings]}"
