"""Lists to choose from that a portal has: without it the form stays, with what was chosen before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.window.played_gateway import listed, played, refused, told
from tests.window.served_window import form_of

FORM = "/services/s/form"
SOURCE = {"list": "posts", "url": "/v1/posts", "value": "id", "title": "name"}
SERVICE: dict[str, Any] = {
    "id": "s", "title": "A paper", "portal": "p", "acr": "low", "prefill": {"post": "lyon"},
    "form": {
        "type": "object", "required": ["post"],
        "properties": {
            "post": {"type": "string", "title": "Post", "x-source": SOURCE},
            "place": {"type": "string", "title": "Place", "x-source": {**SOURCE, "open": True}},
        },
    },
}  # fmt: skip
POST = {"id": "lyon", "name": "Consulate of Lyon"}


async def test_form_opens_without_the_portal_of_a_list(tmp_path: Path) -> None:
    async with _opened(tmp_path, lambda: refused(503, "portal_down", "portal")) as window:
        await window.session(assurance="high")
        page = await window.web.get(FORM)
        assert page.status_code == 200, page.text
        assert "This list cannot be had at the moment." in page.text
        assert "The list cannot be had at the moment: type it." in page.text
        assert form_of(page.text, FORM)["/post"] == "lyon", "what was chosen before is not lost"


async def test_list_that_was_had_once_serves_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lists = [listed(POST)]
    async with _opened(tmp_path, lambda: lists[0]) as window:
        await window.session(assurance="high")
        assert "Consulate of Lyon" in (await window.web.get(FORM)).text
        monkeypatch.setattr("window.forms.sources._KEPT_SECONDS", 0.0)
        lists[0] = refused(503, "portal_down", "portal")
        page = (await window.web.get(FORM)).text
    assert "Consulate of Lyon" in page
    assert "cannot be had" not in page


async def test_list_that_she_may_not_see_is_an_error(tmp_path: Path) -> None:
    async with _opened(tmp_path, lambda: refused(403, "scope_missing")) as window:
        await window.session(assurance="high")
        assert (await window.web.get(FORM)).status_code == 403


def _opened(folder: Path, posts: Any) -> Any:
    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == "/v1/services/s":
            return told(SERVICE)
        return posts() if request.url.path == "/v1/posts" else None

    return played(folder, answer)
