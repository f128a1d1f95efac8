"""What somebody types where a number, a day or a pointer belongs; and that the log holds none of it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.window.played_gateway import Played, listed, played, refused, told
from tests.window.served_window import form_of
from window.failures import OneLine
from window.forms.pointers import schema_at, value_at
from window.forms.reading import Posted, read
from window.rendering import Formats

SERVICE: Final = {
    "id": "x.paper", "portal": "x", "title": "Paper", "acr": "low", "prefill": None, "steps": [],
    "portal_title": "X", "summary": "",
    "form": {
        "type": "object",
        "properties": {
            "text": {"type": "string", "title": "Text"},
            "phone": {"type": "integer", "title": "Phone"},
            "children": {
                "type": "array", "title": "Children",
                "items": {"type": "object", "title": "Child", "properties": {"name": {"type": "string", "title": "N"}}},
            },
            "papers": {
                "type": "array", "title": "Papers",
                "items": {"type": "string", "format": "attachment", "title": "Paper"},
            },
        },
    },
}  # fmt: skip
FORM: Final = "/services/x.paper/form"


@pytest.fixture
async def window(tmp_path: Path) -> AsyncIterator[Played]:
    async with played(tmp_path, _gateway) as found:
        yield found


def _gateway(request: httpx.Request) -> httpx.Response | None:
    match request.method, request.url.path:
        case "GET", "/v1/services/x.paper":
            return told(SERVICE)
        case "GET", "/v1/services":
            return told({"object": "list", "data": [], "categories": [], "suggestions": []})
        case "POST", "/v1/mandates":
            return refused(422, "form_invalid")
        case "POST", "/v1/attachments":
            return told({"id": "att_1"}, 201)
        case "GET", "/v1/me":
            return told({"posts": ["lyon"]})
        case "GET", "/v1/agenda":
            return told({"post": "lyon", "held_on": request.url.params.get("on", "2026-11-30"), "visits": []})
        case "GET", "/v1/mandates":
            return listed()
        case "POST", "/v1/drafts":
            try:
                raise KeyError(request.content)
            except KeyError:
                raise ValueError(f"cannot read {request.content!r}")  # noqa: B904
    return None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("--0612345678", "--0612345678"),
        ("-", "-"),
        ("1-2", "1-2"),
        ("²", "²"),
        ("1²", "1²"),
        ("①", "①"),
        ("9" * 5000, "9" * 5000),
        ("-12", -12),
        ("٠٦١٢", 612),
        ("१२", 12),
        ("1_0", "1_0"),
    ],
)
def test_number_is_digits_with_one_sign_or_the_text_as_typed(typed: str, meant: Any) -> None:
    assert read(SERVICE["form"], Posted([("/phone", typed)])) == {"phone": meant}  # type: ignore[arg-type]


@pytest.mark.parametrize("place", ["²", "9" * 5000, "-1", "१", "1_0", ""])
def test_place_in_a_list_is_a_short_number(place: str) -> None:
    posted = Posted([("/children#items", place), (f"/children/{place}/name", "Ali")])
    assert read(SERVICE["form"], posted) == {}  # type: ignore[arg-type]
    assert value_at({"children": [{"name": "Ali"}]}, f"/children/{place}/name") is None
    assert schema_at(SERVICE["form"], f"/children/{place}") is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "do",
    ["add:/children", "add:", "add:/", "add:/text", "add:/text/x", "add:/children/0/name", "add:x", "add:/papers",
     "remove:", "remove:/children/²", "detach:", "detach:/text", "²"],
)  # fmt: skip
async def test_button_that_somebody_made_up_breaks_nothing(window: Played, do: str) -> None:
    await window.session()
    page = await window.web.get(FORM)
    for listed_there in ("0", "²", "9" * 5000):
        fields = {"/text": "Hers", "/children#items": listed_there, "/children/0/name": "Ali", "do": do}
        answer = await window.send(page, FORM, **fields)
        assert answer.status_code == 200
        assert ("Hers" in answer.text) == (do != "detach:/text")


async def test_file_for_a_list_with_a_strange_place_is_taken(window: Played) -> None:
    await window.session()
    page = await window.web.get(FORM)
    sent = {"/papers#file": ("a.pdf", b"%PDF-1.4", "application/pdf")}
    data = {"csrf": _csrf(page), "/papers#items": "²", "do": "refresh"}
    answer = await window.web.post(FORM, data=data, files=sent, headers=window.ours())
    assert answer.status_code == 200
    assert 'value="att_1"' in answer.text


@pytest.mark.parametrize("begun", ["9999-12-31T00:00:00+00:00", "9999-12-31", "²", "", "0001-01-01"])
async def test_mandate_begins_when_the_form_says_or_now(window: Played, begun: str) -> None:
    await window.session()
    page = await window.web.get("/me/mandates/new")
    assert (await window.send(page, "/me/mandates/new", begun=begun, days="90")).status_code == 422


@pytest.mark.parametrize("on", ["0001-01-01", "9999-12-31", "²", "2026-W01-1"])
async def test_agenda_of_any_day_is_a_page(window: Played, on: str) -> None:
    await window.session("agent")
    assert (await window.web.get("/agenda", params={"on": on})).status_code == 200


@pytest.mark.parametrize(
    "typed", ["1988-13-45", "????-03-14", "1988-??-01", "9999-12-31T23:59:59Z", "²-1-1", "0000-01-01"]
)
def test_day_that_there_is_not_is_shown_as_typed(typed: str) -> None:
    assert Formats("fr", "Africa/Casablanca").day(typed)


@pytest.mark.parametrize("path", ["/audit/anomalies?days=²", "/audit/anomalies?days=" + "9" * 5000, "/audit/records/²"])
async def test_number_in_an_address_is_one_or_no_page(window: Played, path: str) -> None:
    await window.session("auditor")
    page = await window.web.get(path)
    assert {400: "could not be read", 404: "was not found"}[page.status_code] in page.text


async def test_error_in_the_log_says_where_and_nothing_that_was_typed(
    window: Played, caplog: pytest.LogCaptureFixture
) -> None:
    """Texts of exceptions repeat what they could not read."""
    await window.session()
    page = await window.web.get(FORM)
    with caplog.at_level(logging.DEBUG, "window"):
        answer = await window.send(page, FORM, **{"/text": "AB123456", "do": "save"})
    assert answer.status_code == 500
    assert "ValueError at test_foreign_text.py" in caplog.text
    assert "after KeyError at" in caplog.text
    assert "AB123456" not in caplog.text


def test_record_of_the_log_is_one_line() -> None:
    try:
        int("AB123456")
    except ValueError as error:
        record = logging.makeLogRecord({"msg": "a\n2026 INFO b\u2028c", "exc_info": (ValueError, error, None)})
    written = OneLine("%(message)s").format(record)
    assert written.startswith(r"a\n2026 INFO b\u2028c\nValueError at test_foreign_text.py:")
    assert "AB123456" not in written


def _csrf(page: httpx.Response) -> str:
    return str(form_of(page.text, FORM)["csrf"])
