"""A form whose portals do not answer, or refuse: it opens all the same, and nothing that was typed is lost."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from tests.window.played_gateway import listed, played, refused, told
from tests.window.served_window import form_of
from window.forms.sources import Sources

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


@pytest.mark.parametrize("language", ["ar", "fr"])
async def test_refusal_is_told_in_words_and_in_the_portals_own(tmp_path: Path, language: str) -> None:
    """The reader's language first, at the field; below it what the portal wrote, marked with its language."""
    finding = {"blocks": True, "pointer": "/form/post", "code": "post_shut", "detail": "D", "remedy": None}
    checked = told({"valid": False, "fee": None, "findings": [{**finding, "portal_message": "Poste fermé"}]})
    async with _opened(tmp_path, lambda: listed(POST), checked) as window:
        await window.session(assurance="high")
        page = await window.web.get(FORM, headers={"Accept-Language": language})
        sent = await window.web.post(
            FORM, data={**form_of(page.text, FORM), "do": "check"},
            headers={**window.ours(), "Accept-Language": language},
        )  # fmt: skip
    assert sent.status_code == 422
    wrong = sent.text.partition('id="f.post-wrong"')[2].partition("</div>")[0]
    assert '<bdi lang="fr" dir="ltr">Poste fermé</bdi>' in wrong
    assert wrong.index("D</p>") < wrong.index("Poste fermé")
    assert "Poste fermé" not in sent.text.partition('id="errors"')[2].partition("</div>")[0]


async def test_form_that_no_portal_looks_at_now_is_said_to_be_unsent(tmp_path: Path) -> None:
    async with _opened(tmp_path, lambda: listed(POST), refused(503, "portal_down", "portal")) as window:
        await window.session(assurance="high")
        sent = await window.send(await window.web.get(FORM), FORM, do="check", **{"/place": "typed"})
    assert sent.status_code == 503
    assert "has not been sent yet" in sent.text
    assert "that you have already sent" not in sent.text
    assert 'name="/place" value="typed"' in sent.text


def _opened(folder: Path, posts: Any, checked: httpx.Response | None = None) -> Any:
    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == "/v1/services/s":
            return told(SERVICE)
        if request.url.path == "/v1/cases/validate":
            return checked
        return posts() if request.url.path == "/v1/posts" else None

    return played(folder, answer)


async def test_title_of_a_province_narrows_its_communes() -> None:
    """Typed in Arabic, as the list shows it, or as the portal knows it."""
    lists: dict[str, list[dict[str, str]]] = {
        "/v1/provinces": [{"name": "Rabat", "title": "الرباط"}, {"name": "Salé", "title": "سلا"}],
        "/v1/communes": [{"name": "Agdal", "province": "Rabat"}, {"name": "Bettana", "province": "Salé"}],
    }

    async def get(path: str, **_: Any) -> dict[str, Any]:
        return {"data": lists[path]}

    province = {"list": "provinces", "url": "/v1/provinces", "value": "name", "title": "title", "open": True}
    commune = {"list": "communes", "url": "/v1/communes", "value": "name", "filter": {"province": "/province"}}
    schema = {"properties": {"province": {"x-source": province}, "commune": {"x-source": commune}}}
    api: Any = SimpleNamespace(get=get, language="ar")
    for typed, wanted in (("الرباط", ["Agdal"]), ("Rabat", ["Agdal"]), ("سلا", ["Bettana"]), ("Nowhere", [])):
        found = await Sources().choices(api, "s", schema, {"province": typed})
        assert [each.value for each in found.listed["/commune"]] == wanted
