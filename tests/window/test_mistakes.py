"""What is wrong with a form, in words that fit the boxes in which it is mended."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.window.played_gateway import played, refused, told
from window.api import ApiProblem
from window.forms.fields import Drawing, parts, unplaced
from window.forms.mistakes import Mistake, by_pointer, of_file
from window.forms.reading import Posted, read
from window.settings import load
from window.translations import Texts
from window.translations import load as load_texts

FILE: dict[str, Any] = {
    "type": "string", "format": "attachment", "title": "Scan", "x-max-bytes": 5_000_000,
    "x-media-types": ["application/pdf", "image/jpeg"],
}  # fmt: skip
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["born", "until"],
    "properties": {
        "born": {"type": "string", "format": "birth-date", "title": "Born"},
        "until": {"type": "string", "format": "date", "title": "Until"},
        "scan": FILE,
        "guardian": {
            "type": "object", "title": "Guardian",
            "properties": {
                "cnie": {"type": "string", "readOnly": True, "title": "CNIE"},
                "consent": {"type": "boolean", "const": True, "title": "Consent"},
            },
        },
    },
}  # fmt: skip
MOST = 10_485_760


def texts(language: str = "en") -> Texts:
    return load_texts("fr")[language]


def error(pointer: str, code: str, **more: Any) -> dict[str, Any]:
    return {"pointer": f"/form{pointer}", "code": code, "detail": "D", **more}


@pytest.mark.parametrize(
    ("member", "boxes", "said"),
    [
        ("born", "31.02.1990", "This day does not exist."),
        ("born", "31..1990", "Add the month."),
        ("born", "..1990", "D"),
        ("born", ".13.1990", "This month does not exist: write a number from 1 to 12."),
        ("born", ".2.", "Add the year."),
        ("born", "2..", "Add the month and the year."),
        ("born", "..90", "Write the year with four digits."),
        ("born", "x.2.1990", "Write the day, the month and the year in digits."),
        ("until", "..2030", "Add the day and the month."),
        ("until", ".2.2030", "Add the day."),
        ("until", "٣٠.٢.٢٠٣٠", "This day does not exist."),
    ],
)
def test_date_says_which_box_is_wrong(member: str, boxes: str, said: str) -> None:
    """`D` is the API's own text, for what the boxes cannot explain."""
    day, month, year = boxes.split(".")
    posted = Posted([(f"/{member}#day", day), (f"/{member}#month", month), (f"/{member}#year", year)])
    found = by_pointer([error(f"/{member}", "format")], SCHEMA, read(SCHEMA, posted), texts())
    assert [each.text for each in found[f"/{member}"]] == [said]


def test_two_errors_that_say_the_same_are_one() -> None:
    form = {"until": "2030-02-30"}
    found = by_pointer([error("/until", "format"), error("/until", "pattern")], SCHEMA, form, texts())
    assert found == {"/until": [Mistake("This day does not exist.")]}


def test_portal_words_stand_below_the_readers_own() -> None:
    finding = error("/scan", "scan_unreadable", portal_message="Illisible")
    assert by_pointer([finding], SCHEMA, {}, texts()) == {"/scan": [Mistake("D", "Illisible")]}
    same = error("/scan", "scan_unreadable", portal_message="D")
    assert by_pointer([same], SCHEMA, {}, texts()) == {"/scan": [Mistake("D")]}


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (413, "proxied", "This file is too large: at most 5 MB."),
        (413, "body_too_large", "This file is too large: at most 5 MB."),
        (422, "attachment_too_large", "This file is too large: at most 5 MB."),
        (422, "attachment_type_refused", "Only plain files of these kinds can be taken here: PDF, JPEG. "),
        (415, "unsupported_media_type", "Only plain files of these kinds can be taken here: PDF, JPEG. "),
        (422, "attachment_locked", "locked, unlock it"),
    ],
)
def test_file_that_is_not_taken_says_why(status: int, code: str, said: str) -> None:
    problem = ApiProblem(status, {"code": code, "detail": "locked,", "remedy": "unlock it"}, {})
    assert of_file(problem, FILE, MOST, texts()).startswith(said)


def test_file_without_a_limit_of_its_own_has_that_of_all() -> None:
    problem = ApiProblem(413, {"code": "body_too_large"}, {})
    assert "10" in of_file(problem, {}, MOST, texts("ar"))


def test_kinds_of_a_file_are_no_media_types() -> None:
    found = by_pointer([error("/scan", "media_type")], SCHEMA, {}, texts("fr"))
    assert "PDF, JPEG" in found["/scan"][0].text
    assert "application/" not in found["/scan"][0].text


def drawn_with(errors: dict[str, list[Mistake]]) -> list[tuple[str, str]]:
    drawn = parts(SCHEMA, Drawing({}, errors, {}, "Yes", "No"))
    return [(title, mistake.text) for title, mistake in unplaced(errors, drawn, SCHEMA)]


def test_verified_identity_is_no_error_that_she_can_mend() -> None:
    wrong = [Mistake("Fill it in.")]
    assert drawn_with({"/guardian/cnie": wrong, "/born": wrong}) == []
    assert drawn_with({"/guardian/cnie": wrong, "/guardian/x": wrong}) == [("Guardian", "Fill it in.")]
    assert drawn_with({"/guardian/cnie": wrong}) == [("CNIE", "Fill it in.")], "an error page says some error"


def test_largest_file_is_a_setting(tmp_path: Any) -> None:
    one = load(state_dir=tmp_path, profile="demo", sign_in={"person": {"client_id": "w"}}, gateway={"file_bytes": 7})
    assert one.gateway.file_bytes == 7


async def test_mandate_for_nothing_is_told_at_what_it_may_be_for(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST":
            return refused(422, "form_invalid", errors=[{"pointer": "/scope", "detail": "D", "code": "minItems"}])
        return told({"object": "list", "data": [], "categories": [], "suggestions": []})

    async with played(tmp_path, answer) as window:
        await window.session()
        sent = await window.send(await window.web.get("/me/mandates/new"), "/me/mandates/new")
    assert sent.status_code == 422
    boxes = re.findall(r'<input[^>]* name="scope:[^>]*>', sent.text)
    assert ['aria-describedby="scope-1-wrong" aria-invalid="true"' in each for each in boxes] == [True] * 3
