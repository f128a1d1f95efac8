"""Patterns mean the same to Python and to a browser: Node, with Chromium's engine, compiles them with the `v` flag."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from gateway.cases import forms
from gateway.connectors.form_vocabulary import formats, patterns
from gateway.connectors.form_vocabulary.check import schemas
from gateway.connectors.services import Service, read_services
from tests.npm import node

ROOT: Final = Path(__file__).parents[2]
MATCHES: Final = """
const pairs = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(pairs.map(([pattern, text]) => {
  try { return new RegExp(pattern, "v").test(text); } catch (error) { return String(error); }
})));
"""
SAMPLES: Final = [
    "", "a", "A", "9", "0", "Fassi", "El Fassi", "El-Fassi", "O'Brien", "O\u2019Brien", "Aït Ben", "Élodie", "-x", "x-",
    "الفاسي", "أمينة", "عبد الله", "بن-علي", "محمّد", "الفاسي Fassi", "ڭدور", "٣٤", "۱۲", "١٢٣٤٥٦", "123456", "1234567",
    "1234567890", "AB123456", "ab123456", "A1", "XA1234567", "X123456", "XAB123456", "PC-2024-000123", "PC_2024_000123",
    "LYO-2016-04521", "A/12-B", "a b", "lyon", "Lyon", "l", "new-york", "case_01k8z6v3p4q5r6s7t8v9w0x1y2", "case_1",
    "🙂", "a]b", "a[b", "a\\b", "{", "}", "|", "/", "--", "&&", "..", "..a", "é", "ﷺ", "\u0640", "x" * 80,
]  # fmt: skip


def services() -> list[Service]:
    found = [read_services(path, path.parent.name) for path in sorted(ROOT.glob("plugins/*/services.toml"))]
    return [service for each in found for service in each.values()]


def all_patterns(shown: bool) -> set[str]:
    forms_ = [each.localised_form("fr") if shown else each.form for each in services()]
    return {schema["pattern"] for form in forms_ for _, schema in schemas(form) if "pattern" in schema}


async def in_a_browser(pairs: list[tuple[str, str]]) -> list[Any]:
    return json.loads(await node("-e", MATCHES, stdin=json.dumps(pairs)))


async def test_every_pattern_agrees_with_a_browser() -> None:
    """...of the catalogue as it is written, as it is served, and of the formats."""
    found = sorted(all_patterns(shown=False) | all_patterns(shown=True) | set(formats.PATTERNS.values()))
    assert len(found) > 20
    pairs = [(pattern, text) for pattern in found for text in SAMPLES]
    theirs = await in_a_browser(pairs)
    assert [pair for pair, each in zip(pairs, theirs, strict=True) if not isinstance(each, bool)] == []
    ours = [re.search(pattern, text) is not None for pattern, text in pairs]
    assert [pair for pair, one, other in zip(pairs, ours, theirs, strict=True) if one != other] == []
    assert True in theirs
    assert False in theirs


async def test_an_arabic_name_is_not_fassi() -> None:
    """What a browser took while the pattern did not compile there."""
    arabic = {
        schema["pattern"]
        for service in services()
        for at, schema in schemas(service.localised_form("fr"))
        if at.endswith("_arabic")
    }
    assert arabic
    pairs = [(pattern, text) for pattern in arabic for text in ("Fassi", "الفاسي")]
    assert await in_a_browser(pairs) == [False, True] * len(arabic)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("^[a-z-]+$", "hyphen"),
        (r"^\d{5}$", "not the same everywhere"),
        ("^[a/b]$", "in a class"),
        ("^[a&&b]$", "keep for later"),
        ("^a{,3}$", "single {"),
        ("^a++$", "repeats"),
        ("^(?P<year>[0-9]{4})$", "group"),
        ("^(?=a)*$", "repeats"),
        ("^a]$", "single ]"),
        ("(", "no regular expression"),
        (r"^\uD83D$", "half of a character"),
        ("a" * 501, "longer"),
    ],
)
def test_a_pattern_of_one_side_is_refused(pattern: str, reason: str) -> None:
    with pytest.raises(patterns.NotPortable, match=reason):
        patterns.check(pattern)


async def test_what_is_portable_compiles_in_a_browser() -> None:
    """Every pattern of up to three of these pieces that the check lets pass."""
    pieces = [
        "a", "[a-z]", "[a-]", r"[\-a]", r"\/", "/", "(?:", "(?=", "(", ")", "{2}", "{,2}", "]", "}", "[.]", "*", "+",
        "?", "|", "^", "$", ".", "-", r"\-", r"\d", "[a&&b]", "[[]", r"[\]]", r"\u0621", r"[\u0621-\u063A]",
    ]  # fmt: skip
    made = {f"{a}{b}{c}" for a in pieces for b in ["", *pieces] for c in ["", *pieces]}
    passed = sorted(each for each in made if _portable(each))
    assert len(passed) > 1000
    answers = await in_a_browser([(each, "a") for each in passed])
    assert [each for each, answer in zip(passed, answers, strict=True) if not isinstance(answer, bool)] == []


TYPED: Final = {
    # format -> what both take, what both refuse
    "cnie": (
        ["AB123456", "ab 123456", "A1", "A 1234567", "ab-123.456", "AB١٢٣٤٥٦"],
        ["123456", "AB0123", "ABC123", "AB1234567", "Ä1"],
    ),
    "phone": (
        ["+33612345678", "0033 6 12 34 56 78", "+212 (6) 61-23-45-67", "+٣٣٦١٢٣٤٥٦٧٨"],
        ["0612345678", "+33", "amina", "33612345678"],
    ),
    "email": (
        ["amina@example.org", " amina@example.org ", "a.b+c@x.co.uk"],
        ["amina", "amina@", "amina@nowhere", "a b@example.org"],
    ),
    "date": (["1988-03-14", "١٩٨٨-٠٣-١٤"], ["14/03/1988", "1988-3-14", "1988-13-01", "1988-03-32", "1988"]),
    "birth-date": (["1988", "1988-03", "1988-03-14"], ["88", "1988-3", "1988-13", "1988-03-00"]),
    "country": (["FR", "fr"], ["F", "FRA", "33"]),
    "ma-postcode": (["30000", "٣٠٠٠٠"], ["3000", "300000", "3000A"]),
    "attachment": (["att_" + "0" * 26], ["att_", "att_" + "i" * 26]),
}


async def test_a_typed_value_is_judged_alike_on_both_sides() -> None:
    pairs, wanted = [], []
    assert set(TYPED) == set(formats.PATTERNS)
    for name, (good, bad) in TYPED.items():
        schema = {"type": "object", "properties": {"value": {"type": "string", "format": name}}}
        for text in (*good, *bad):
            fits = not forms.check({"value": text}, schema, language="en")
            assert fits == (text in good), (name, text)
            pairs.append((formats.PATTERNS[name], text))
            wanted.append(fits)
    answers = await in_a_browser(pairs)
    assert [pair for pair, one, other in zip(pairs, answers, wanted, strict=True) if one != other] == []


async def test_digits_of_an_arabic_keyboard_pass_on_both_sides() -> None:
    schema = {
        "type": "object",
        "properties": {"n": {"type": "string", "format": "code", "pattern": "^[A-Z]{2}[0-9]{3}$"}},
    }
    assert forms.check({"n": "ab ١٢٣".replace(" ", "")}, schema, language="en") == []
    pattern = patterns.as_typed("^[A-Z]{2}[0-9]{3}$", "code")
    assert await in_a_browser([(pattern, "ab١٢٣"), (pattern, "ab12")]) == [True, False]


def _portable(pattern: str) -> bool:
    try:
        patterns.check(pattern)
    except patterns.NotPortable:
        return False
    return True
