from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from gateway.settings import load

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def script(name: str) -> dict[str, Any]:
    return runpy.run_path(str(REFERENCE / f"{name}.py"))


@pytest.mark.parametrize(
    "name",
    [
        "cli",
        "configuration",
        "connector-checks",
        "connector-toolbox",
        "form-vocabulary",
        "plugin-files",
        "polling",
        "prefill",
        "sandboxes",
    ],
)
def test_a_generated_page_is_what_the_code_says(name: str) -> None:
    assert (REFERENCE / f"{name}.md").read_text(encoding="utf-8") == script(name)["page"](), "run `make docs`"


@pytest.mark.parametrize(
    "name",
    [
        "Objection(", "SandboxContext`", "SandboxContext.table(", "SandboxContext.clock:", "Table.put(", "Table.get(",
        "Table.where(", "Effects.record(", "Clock.now(", "Instant =", "Reference =", "Statuses =", "Freshness.admit(",
        "PortalObjection.word:", "UnexpectedAnswer(", "AccessTokens.issue(",
    ],
)  # fmt: skip
def test_toolbox_page_has_every_class_and_type(name: str) -> None:
    page = (REFERENCE / "connector-toolbox.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith(f"| `{name}")]
    assert row.split("|")[-2].strip()


def test_every_setting_says_what_it_is_for() -> None:
    assert script("configuration")["undescribed"]() == []


def test_settings_are_laid_over_each_other_in_the_order_that_the_page_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text("server.port = 2\n")
    assert load().server.port == 8400
    assert load(config).server.port == 2
    monkeypatch.setenv("MRE_GATEWAY__SERVER__PORT", "3")
    assert load(config).server.port == 3
    assert load(config, server={"port": 4}).server.port == 4
