"""Files of the API as they reach the browser: what kind they are, in which letters, said once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.window.played_gateway import Played, played
from window.handed_on import kind_of

DOCUMENT = "/cases/case_1/documents/doc_1"


class Given:
    kind = ""

    def answer(self, request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(200, content=b"a;b", headers={"content-type": self.kind})


@pytest.fixture
def given() -> Given:
    return Given()


@pytest.fixture
async def window(tmp_path: Path, given: Given) -> AsyncIterator[Played]:
    async with played(tmp_path, given.answer) as found:
        yield found


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("text/plain", "text/plain; charset=utf-8"),
        ("text/plain; charset=utf-8", "text/plain; charset=utf-8"),
        ('Text/Plain; format=flowed; Charset="ISO-8859-6"', "text/plain; charset=iso-8859-6"),
        ("text/plain; charset=x\\y<z", "text/plain; charset=x"),
        ("text/plain; charset=", "text/plain; charset=utf-8"),
        ("text/calendar; charset=utf-8; method=PUBLISH", "text/calendar; charset=utf-8"),
        ("application/pdf; charset=utf-8", "application/pdf"),
        ("text/html; charset=utf-8", "application/octet-stream"),
        ("image/svg+xml; charset=utf-8", "image/svg+xml"),
    ],
)
async def test_document_says_its_letters_once(window: Played, given: Given, told: str, said: str) -> None:
    given.kind = told
    await window.session()
    answer = await window.web.get(DOCUMENT)
    assert (answer.status_code, answer.headers.get_list("content-type")) == (200, [said])


@pytest.mark.parametrize("path", ["/audit/export?format=csv", "/audit/export?format=jsonl"])
async def test_export_says_its_letters_once(window: Played, given: Given, path: str) -> None:
    given.kind = "text/csv; charset=utf-8"
    await window.session("auditor")
    assert (await window.web.get(path)).headers["content-type"] == "text/csv; charset=utf-8"


def test_kind_without_a_character_set_is_in_utf_8() -> None:
    assert kind_of("") == ("", "utf-8")
