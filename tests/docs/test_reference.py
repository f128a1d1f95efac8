from __future__ import annotations

import inspect
import runpy
from pathlib import Path
from typing import Any

import pytest

from gateway.connectors import contract
from gateway.i18n.messages import Messages
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
        "connector-codes",
        "connector-contract",
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


@pytest.mark.parametrize("name", [each for each in dir(contract) if inspect.isclass(getattr(contract, each))])
def test_contract_page_has_every_class_of_the_contract(name: str) -> None:
    page = (REFERENCE / "connector-contract.md").read_text(encoding="utf-8")
    ours = getattr(contract, name).__module__ == contract.__name__
    by_itself = name in ("Connector", "Operation", "PortalObjection", "Value")
    assert (f"\n### {name}\n" in page or f"\n| `{name}(" in page) == (ours and not by_itself)


def test_contract_page_says_how_an_operation_may_be_repeated() -> None:
    page = (REFERENCE / "connector-contract.md").read_text(encoding="utf-8")
    (file,) = [line for line in page.splitlines() if line.startswith("| `file(")]
    assert file.startswith("| `file(filing: Submission) -> Filed` | ")
    assert file.endswith(" | once; finder `find` | must be written |")


def test_codes_page_has_every_reason_of_the_gateway() -> None:
    page = (REFERENCE / "connector-codes.md").read_text(encoding="utf-8")
    messages = Messages.load()
    for code in messages.codes("reason"):
        assert f"| `{code}` | {messages.reason(code, 'en')} |" in page


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
