"""No law is named to people without a line about its source, and no service lets silence accept."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from gateway.testing import service_tables

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "explanation" / "legal-sources.md").read_text(encoding="utf-8").lower()
CATALOGUES = sorted(ROOT.glob("plugins/*/services.toml"))
TOLD = [*CATALOGUES, *sorted(ROOT.glob("plugins/*/plugin.toml")), *sorted(ROOT.glob("gateway/i18n/locale/en/*/*.po"))]
LAW = re.compile(r"\b(law|decree|circular|regulation|dahir) (?:n[o°.]* )?([0-9][0-9.-]*[0-9])", re.IGNORECASE)


def services() -> list[dict[str, Any]]:
    return [service for path in CATALOGUES for service in service_tables(path.parent).values()]


def test_each_law_that_people_are_told_has_a_source() -> None:
    named = {f"{kind} {number}".lower() for path in TOLD for kind, number in LAW.findall(path.read_text("utf-8"))}
    assert {"law 55-19", "decree 2-17-265"} <= named
    assert {each for each in named if each not in PAGE} == set()


def test_each_term_has_a_source() -> None:
    bases = {service.get("deadline_basis", "Law 55-19") for service in services() if service.get("deadline_days", 60)}
    assert {each for each in bases if f"`{each.lower()}`" not in PAGE} == set()


def test_no_service_lets_silence_accept() -> None:
    assert len(services()) > 30
    assert [each["title"]["en"] for each in services() if "silence_is_acceptance" in each] == []
