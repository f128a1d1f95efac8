"""A form that was begun: one draft however often she looks back, in whatever language, until it is thrown away."""

from __future__ import annotations

import re
from typing import Any

from tests.acceptance.shared import IN_ONE_LOOP, shared_world
from tests.window.served_window import Window, flat, form_of, shared_window

pytestmark = IN_ONE_LOOP
world = shared_world()
window = shared_window()

SERVICE = "watiqa.birth-extract"
FORM = f"/services/{SERVICE}/form"
PROOFS = "/services/echo.visit/form"


async def _drafts(world: Any) -> list[str]:
    return [each["id"] for each in (await world.get("/v1/drafts?limit=50")).json()["data"]]


async def _filled(world: Any, page: Any) -> dict[str, str]:
    example = (await world.get(f"/v1/services/{SERVICE}")).json()["example"]
    return {name: value for name, value in flat(example).items() if f'name="{name}"' in page.text}


async def test_form_that_is_looked_back_to_stays_one_draft(window: Window, world: Any) -> None:
    """The browser shows the first page as it was, without its draft: she changes something and goes on."""
    one, before = await window.signed_in(), await _drafts(world)
    page = await one.get(FORM)
    fields = await _filled(world, page)
    places = []
    for copies in ("2", "3", "3"):
        sent = await window.send(one, page, FORM, {**fields, "/copies": copies, "do": "check"})
        places.append(sent.headers["location"])
    assert len(set(places)) == 1
    (draft,) = set(await _drafts(world)) - set(before)
    assert (await world.get(f"/v1/drafts/{draft}")).json()["form"]["copies"] == 3


async def test_address_of_a_begun_form_leads_back_to_it(window: Window, world: Any) -> None:
    """Where the browser asks for the page again, it has what she had filled in; once sent, the case."""
    one = await window.signed_in()
    begin = re.search(rf'href="({FORM}\?key=[^"]+)"', (await one.get(f"/services/{SERVICE}")).text)
    assert begin is not None
    page = await one.get(begin[1])
    sent = await window.send(one, page, FORM, {**await _filled(world, page), "/copies": "4", "do": "check"})
    again = form_of((await one.get(begin[1])).text, FORM)
    assert again["/copies"] == "4"
    assert sent.headers["location"].endswith(again["draft"])
    checked = await one.get(sent.headers["location"])
    filed = (await window.send(one, checked, f"/services/{SERVICE}/send")).headers["location"]
    assert (await one.get(begin[1])).headers["location"] == filed.partition("?")[0]


async def test_change_from_elsewhere_is_still_seen(window: Window, world: Any) -> None:
    one, other = await window.signed_in(), await window.signed_in()
    page = await one.get(FORM)
    fields = {**await _filled(world, page), "do": "check"}
    draft = (await window.send(one, page, FORM, fields)).headers["location"].rpartition("=")[2]
    theirs = await other.get(f"{FORM}?draft={draft}")
    assert (await window.send(other, theirs, FORM, {"/copies": "5", "do": "save"})).status_code == 303
    conflict = await window.send(one, page, FORM, fields)
    assert conflict.status_code == 409
    assert (await window.send(one, conflict, FORM, {"do": "check"})).status_code == 303


async def test_draft_is_thrown_away_once_or_twice(window: Window, world: Any) -> None:
    one = await window.signed_in()
    page = await one.get(FORM)
    saved = await window.send(one, page, FORM, {**await _filled(world, page), "do": "save"})
    draft = re.findall(r"draft_[a-z0-9]+", saved.headers["location"])[0]
    home = await one.get("/")
    away = f"/drafts/{draft}/throw-away"
    assert "<summary>Throw away" in home.text
    for _ in range(2):
        assert (await window.send(one, home, away)).headers["location"] == "/?thrown=yes"
    told = (await one.get("/?thrown=yes")).text
    assert re.search(r'role="status">\s*<div class="ds-alert"[^>]*>\s*<h2[^>]*>Thrown away', told)
    assert draft not in told
    assert "Thrown away" not in (await one.get("/")).text
    assert draft not in await _drafts(world)


async def test_language_is_changed_with_all_that_was_typed(window: Window, world: Any) -> None:
    """By a button of the form, so without scripts; nothing is kept or checked for it."""
    one, before = await window.signed_in(), await _drafts(world)
    page = await one.get(FORM)
    assert '<button form="form" name="do" value="language:ar" formnovalidate lang="ar" dir="rtl">' in page.text
    sent = await window.send(one, page, FORM, {"/copies": "4", "/contact/phone": "12", "do": "language:ar"})
    assert sent.status_code == 200
    assert '<html lang="ar" dir="rtl"' in sent.text
    assert "lang=ar" in sent.headers["set-cookie"]
    again = form_of(sent.text, FORM)
    assert (again["/copies"], again["/contact/phone"]) == ("4", "12")
    assert await _drafts(world) == before
    assert '<html lang="ar" dir="rtl"' in (await one.get("/")).text


async def test_enter_goes_on_and_changes_no_language(window: Window) -> None:
    """Enter in a field presses the first button that belongs to the form, wherever it stands."""
    page = await (await window.signed_in()).get(FORM)
    first = re.findall(r'<button[^>]*(?:form="form"|name="do")[^>]*>', page.text)[0]
    assert 'value="check"' in first


async def test_longer_list_is_gone_on_with_where_it_grew(window: Window) -> None:
    one = await window.signed_in()
    path, where = await _with_list(one)
    page = await one.get(path)
    items = len(re.findall(rf'name="{where}#items"', page.text))
    grown = await window.send(one, page, path, {"do": f"add:{where}"})
    if not items:
        assert re.findall(r'name="([^"#]+)[^>]* autofocus', grown.text)[0].startswith(f"{where}/0/")
    twice = await window.send(one, grown, path, {"do": f"add:{where}"})
    assert "Fill in this one first" in twice.text
    assert len(re.findall(rf'name="{where}#items"', twice.text)) == len(re.findall(f'name="{where}#items"', grown.text))
    fewer = await window.send(one, grown, path, {"do": f"remove:{where}/0"})
    assert re.findall(r" autofocus", fewer.text)


async def _with_list(one: Any) -> tuple[str, str]:
    for service in ("alhalalmadania.birth-declaration",):
        path = f"/services/{service}/form"
        if found := re.search(r'value="add:([^"]+)"', (await one.get(path)).text):
            return path, found[1]
    raise AssertionError("no form has a list")
