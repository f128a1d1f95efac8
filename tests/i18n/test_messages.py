from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.http.codes import CODES
from gateway.cases.formats import FORMATS
from gateway.connectors.contract import CaseStatus, Milestone
from gateway.i18n.messages import Messages, direction, negotiate, placeholders, read, translate
from tests.source import nodes, parsed

LANGUAGES = ("ar", "fr", "en")
SUPPORTED = ("ar", "fr", "en")
GATEWAY = Path(__file__).parents[2] / "gateway"


@pytest.fixture
def messages() -> Messages:
    return Messages.load(LANGUAGES, "fr")


def test_every_text_exists_in_all_three_languages() -> None:
    keys = {language: set(read(language)) for language in LANGUAGES}
    assert len(keys["en"]) > 300
    assert keys["ar"] == keys["fr"] == keys["en"]


def test_a_translation_has_the_placeholders_of_the_english_text() -> None:
    english = read("en")
    for language in LANGUAGES:
        for key, text in read(language).items():
            assert placeholders(text) == placeholders(english[key]), (language, key)


def test_arabic_texts_are_in_arabic_letters() -> None:
    for key, text in read("ar").items():
        letters = [each for each in text if unicodedata.category(each) == "Lo"]
        assert letters, key
        assert all("ARABIC" in unicodedata.name(each) for each in letters), key


def test_french_is_not_english_left_behind() -> None:
    same = {key for key, text in read("fr").items() if text == read("en")[key]}
    assert same == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_code_has_a_title_a_detail_and_a_remedy(language: str) -> None:
    for code in CODES:
        for part in ("title", "detail", "remedy"):
            assert read(language)[f"problem.{code}.{part}"].strip(), code


def test_no_text_is_left_for_an_error_that_no_longer_exists() -> None:
    told = {key.split(".")[1] for key in read("en") if key.startswith("problem.")}
    assert told == set(CODES)


def test_every_status_milestone_and_format_has_a_text() -> None:
    wanted = {f"status.{each}" for each in CaseStatus} | {f"milestone.{each}" for each in Milestone}
    wanted |= {f"form.format.{name}" for name in FORMATS}
    assert wanted <= set(read("en"))


def _written(name: str, keyword: str | None, folder: str) -> set[str]:
    """Texts given literally to calls of `name` in the source, as first argument or as `keyword`."""
    found = set()
    for node in _calls(folder):
        if getattr(node.func, "id", getattr(node.func, "attr", "")) != name:
            continue
        arguments = [each.value for each in node.keywords if each.arg == keyword] if keyword else node.args[:1]
        found |= {each.value for each in arguments if isinstance(each, ast.Constant) and isinstance(each.value, str)}
    return found


@cache
def _calls(folder: str) -> list[ast.Call]:
    paths = sorted((GATEWAY / folder).resolve().rglob("*.py"))
    return [node for path in paths for node in nodes(path) if isinstance(node, ast.Call)]


RAISED_WITH_A_CODE = ("Problem", "Unavailable", "AuthError", "QuotaUsed", "FileRefused")


def test_every_problem_that_the_code_raises_is_in_the_table() -> None:
    for error in RAISED_WITH_A_CODE:
        raised = _written(error, None, "") | _written(error, None, "../plugins")
        assert raised, error
        assert raised <= set(CODES), error


def _texts(tree: ast.AST) -> Iterator[str]:
    """Texts that an expression may give: no types, no keys of a table, nothing that a value is only compared with."""
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        yield tree.value
    elif isinstance(tree, ast.Dict):
        for value in tree.values:
            yield from _texts(value)
    elif not isinstance(tree, ast.Compare) and not (
        isinstance(tree, ast.Subscript) and getattr(tree.value, "id", "") == "Literal"
    ):
        for child in ast.iter_child_nodes(tree):
            yield from _texts(child)


def test_every_code_of_the_table_is_raised_somewhere() -> None:
    sources = [*GATEWAY.rglob("*.py"), *(GATEWAY.parent / "plugins").rglob("*.py")]
    elsewhere = {"tests", "sandbox", "cli", "__pycache__"}
    given: set[str] = set()
    for path in sources:
        if elsewhere.isdisjoint(path.parts) and not path.name.startswith("sandbox") and path.name != "codes.py":
            given |= set(_texts(parsed(path)))
    assert set(CODES) - given == set()


def test_every_line_of_a_timeline_has_a_text() -> None:
    events = _written("Event", "code", "cases")
    assert events
    assert {f"event.{code}" for code in events} <= set(read("en"))


def test_every_action_has_a_text() -> None:
    actions = _written("Action", "code", "cases")
    assert actions
    assert {f"action.{code}" for code in actions} <= set(read("en"))


def test_a_placeholder_without_a_value_does_not_break_the_text() -> None:
    assert translate("form.minLength", "en") == "This is too short: at least … characters."


def test_an_unknown_key_is_shown_instead_of_failing() -> None:
    assert translate("no.such.key", "ar") == "no.such.key"


def test_a_language_without_texts_falls_back_to_the_default(messages: Messages) -> None:
    assert messages.translate("status.completed", "de") == "Terminé"


def test_a_language_that_is_not_shipped_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="no texts"):
        Messages.load(("fr", "de"), "fr")


def test_a_language_name_cannot_leave_the_folder() -> None:
    with pytest.raises(ValueError, match="no texts"):
        read("../locale/fr")


def test_a_refusal_without_a_text_still_gets_a_sentence(messages: Messages) -> None:
    assert messages.reason("nobody_knows_this", "en") == "The portal did not accept the request."


def test_a_plugin_brings_the_words_for_its_own_refusals(messages: Messages) -> None:
    messages.add(
        "rokhas", {"plot_unknown": {"ar": "القطعة غير معروفة.", "fr": "Parcelle inconnue.", "en": "Unknown plot."}}
    )
    assert messages.reason("plot_unknown", "fr", "rokhas") == "Parcelle inconnue."
    assert messages.reason("plot_unknown", "ar") == "القطعة غير معروفة."


def test_a_code_that_has_no_text_has_no_reason_of_its_own(messages: Messages) -> None:
    messages.add(
        "rokhas", {"plot_unknown": {"ar": "القطعة غير معروفة.", "fr": "Parcelle inconnue.", "en": "Unknown plot."}}
    )
    assert messages.own_reason("plot_unknown", "fr", "rokhas") == "Parcelle inconnue."
    assert messages.own_reason("stamp_missing", "en", "rokhas") == messages.reason("stamp_missing", "en")
    for code in ("other", "nobody_knows_this"):
        assert messages.own_reason(code, "en", "rokhas") is None


def test_a_plugin_cannot_change_what_others_say(messages: Messages) -> None:
    before = messages.reason("act_not_found", "fr")
    messages.add("rokhas", {"act_not_found": {"fr": "Autre chose."}})
    assert messages.reason("act_not_found", "fr") == before
    assert messages.reason("act_not_found", "fr", "rokhas") == "Autre chose."


def test_a_plugin_text_that_needs_filling_is_refused(messages: Messages) -> None:
    with pytest.raises(ValueError, match="placeholder"):
        messages.add("rokhas", {"x": {"en": "{a.__class__}"}})


def test_plugins_of_one_gateway_leave_another_gateway_alone(messages: Messages) -> None:
    messages.add("rokhas", {"only_here": {"fr": "Ici."}})
    assert Messages.load(LANGUAGES, "fr").reason("only_here", "fr") != "Ici."


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "fr"),
        ("ar", "ar"),
        ("AR-ma", "ar"),
        ("fr-CA, en;q=0.5", "fr"),
        ("de, en;q=0.1, ar;q=0.2", "ar"),
        ("zh-Hant-TW", "fr"),
        ("*", "fr"),
        ("fr;q=0, *", "ar"),
        ("en;q=0", "fr"),
        ("fr-CA, fr;q=0, ar;q=0.1", "ar"),
        ("fr;q=0.2, en;q=0.2", "fr"),
        (";;q=,,x=1, en", "en"),
        ("ar;q=huge, en;q=0.1", "en"),
        ("ar;q=nan, en;q=0.1", "en"),
        ("ar;q=7, en;q=0.1", "en"),
    ],
)
def test_the_language_is_the_one_that_the_caller_prefers(header: str, language: str) -> None:
    assert negotiate(header, SUPPORTED, "fr") == language


@given(st.text(max_size=200) | st.text("arfen;q=,.*-019 ", max_size=200))
def test_no_header_is_bad_enough_to_fail(header: str) -> None:
    assert negotiate(header, SUPPORTED, "fr") in SUPPORTED


def test_a_very_long_header_is_read_at_its_beginning_only() -> None:
    assert negotiate("x," * 100_000 + "ar", SUPPORTED, "fr") == "fr"


def test_arabic_runs_from_right_to_left() -> None:
    assert [direction(language) for language in LANGUAGES] == ["rtl", "ltr", "ltr"]


def test_texts_end_like_sentences_where_they_are_sentences() -> None:
    for language in LANGUAGES:
        for key, text in read(language).items():
            if re.search(r"^(problem\..*\.(detail|remedy)|form\.|reason\.)", key):
                assert text.rstrip("`").endswith("."), (language, key)


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_what_is_said_of_a_refusal_is_in_one_file(language: str) -> None:
    refusals = {key for key in read(language) if key.startswith(("problem.", "reason."))}
    assert refusals
    assert not refusals & read(language, "gateway").keys()
