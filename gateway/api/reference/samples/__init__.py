"""Calls of the API in curl and with our clients (docs/reference/clients.md), `<operation id>.<language>`;
`tests/docs/test_samples.py` runs each.

In them the gateway's address, a token and the id of a case are given: `$GATEWAY`, `$TOKEN`, `$CASE` and a new `$KEY`
for curl, `gateway`, `token`, `caseId` and `case_id` elsewhere.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

FOLDER: Final = Path(__file__).parent
_LANGUAGES: Final = {".sh": ("Shell", "curl"), ".ts": ("TypeScript", "TypeScript"), ".python": ("Python", "Python")}


class Sample(NamedTuple):
    lang: str
    label: str
    source: str


def samples_of(operation_id: str) -> list[Sample]:
    """In the order of the languages; empty for an operation without any."""
    return _samples().get(operation_id, [])


@cache
def _samples() -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for suffix, (lang, label) in _LANGUAGES.items():
        for path in sorted(FOLDER.glob(f"*{suffix}")):
            found.setdefault(path.stem, []).append(Sample(lang, label, path.read_text(encoding="utf-8")))
    return found
