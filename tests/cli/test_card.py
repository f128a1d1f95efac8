"""`mre-gateway card verify`: the words, the facts and the exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from openvc.keys import P256SigningKey

from gateway.cli import main
from tests.cards.conftest import NOW, Mint, bound

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def mint(tmp_path_factory: pytest.TempPathFactory) -> Mint:
    return Mint(tmp_path_factory.mktemp("mint"))


@pytest.fixture
def run(tmp_path: Path, mint: Mint) -> Run:
    def verify(card: str, *more: str, status_list: str = "") -> Result:
        files = {"card": card, "issuer.json": json.dumps(mint.trust), "list": status_list}
        for name, content in files.items():
            (tmp_path / name).write_text(content)
        listed = ["--status-list", str(tmp_path / "list")] if status_list else []
        words = ["card", "verify", str(tmp_path / "card"), "--issuer-key", str(tmp_path / "issuer.json"), *listed]
        return CliRunner().invoke(main, [*words, *more])

    return verify


def test_a_good_card_is_exit_code_0_and_says_whether_revocation_was_looked_at(run: Run, mint: Mint) -> None:
    without, with_list = run(mint.card()), run(mint.card(), status_list=mint.list())
    assert (without.exit_code, with_list.exit_code) == (0, 0)
    assert without.output.startswith("valid\nrevocation: not checked")
    assert "name: Amina El Fassi\n" in with_list.output
    assert "not checked" not in with_list.output


def test_a_card_that_does_not_count_is_exit_code_1_with_the_reason(run: Run, mint: Mint) -> None:
    later = (NOW + timedelta(days=400)).isoformat()
    for done, says in (
        (run(mint.card(), status_list=mint.list(7)), "revoked"),
        (run(mint.card(), "--at", later), "expired"),
        (run(mint.card(), status_list=mint.list(number=1)), "does not say"),
        (run("no card"), "not genuine (not_a_card)"),
        (run("\xff\x00~"), "not genuine"),
        (run(mint.card(), "--audience", "a", "--nonce", "n"), "not genuine (holder_not_proved)"),
    ):
        assert (done.exit_code, says in done.output) == (1, True), done.output
    assert "Amina" not in run(mint.card()[:-90] + "~").output


def test_the_facts_are_json(run: Run, mint: Mint) -> None:
    key = P256SigningKey.generate("k")
    shown = bound(mint.card(key=key.public_jwk()), key, audience="a", nonce="n")
    facts: dict[str, Any] = json.loads(run(shown, "--audience", "a", "--nonce", "n", "--json").output)
    claims = facts.pop("claims")
    assert facts == {"result": "valid", "reason": "", "status": "not_checked", "holder": "proved"}
    assert (claims["name"], claims["entitlements"]) == ("Amina El Fassi", ["fast_lane"])


def test_a_card_comes_from_the_standard_input_too(tmp_path: Path, mint: Mint) -> None:
    (tmp_path / "keys.json").write_text(json.dumps(mint.trust["jwks"]))
    words = ["card", "verify", "-", "--issuer-key", str(tmp_path / "keys.json")]
    assert CliRunner().invoke(main, words, mint.card() + "\n").exit_code == 0


def test_wrong_usage_is_exit_code_2(run: Run, mint: Mint, tmp_path: Path) -> None:
    (tmp_path / "none.json").write_text("{}")
    none = ["--issuer-key", str(tmp_path / "none.json")]
    for more in (["--at", "tomorrow"], ["--audience", "a"], ["--nonce", "n"], ["--status-list", "missing"], none):
        assert run(mint.card(), *more).exit_code == 2, more
    assert CliRunner().invoke(main, ["card", "verify", str(tmp_path / "none.json")]).exit_code == 2


def test_what_a_card_says_does_nothing_to_a_terminal(run: Run, mint: Mint) -> None:
    done = run(mint.signed(("name", "A\x1b[2J\x07B")))
    assert (done.exit_code, "\x1b" in done.output, "\x07" in done.output) == (0, False, False)
