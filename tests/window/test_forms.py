"""A form over HTTP: what is shown and read, drafts, two clicks, lists, files, another device."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

import pytest

from tests.acceptance.conftest import AMINA, PDF
from tests.acceptance.shared import IN_ONE_LOOP, shared_world
from tests.window.served_window import Window, flat, form_of, shared_window
from window.forms.conditions import style_sheet
from window.forms.fields import Drawing, parts
from window.forms.reading import Posted, digits, read

pytestmark = IN_ONE_LOOP
world = shared_world()
window = shared_window()

SERVICE = "watiqa.birth-extract"
FORM = f"/services/{SERVICE}/form"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["who", "born"],
    "properties": {
        "who": {"type": "string", "enum": ["self", "child"], "title": "Who"},
        "name": {"type": "string", "title": "Name", "x-show-when": {"at": "/who", "values": ["child"]}},
        "born": {"type": "string", "format": "birth-date", "title": "Born"},
        "copies": {"type": "integer", "title": "Copies"},
        "court": {"type": "boolean", "title": "Court"},
        "lines": {"type": "array", "items": {"type": "string"}, "title": "Lines"},
        "cnie": {"type": "string", "readOnly": True, "title": "CNIE"},
        "proofs": {
            "type": "array", "title": "Proofs",
            "items": {"type": "object", "properties": {"kind": {"type": "string", "title": "Kind"}}},
        },
    },
}  # fmt: skip


def _posted(**fields: str) -> Posted:
    return Posted([(f"/{name.replace('__', '#')}", value) for name, value in fields.items()])


async def _fill(window: Window, world: Any, one: Any, path: str = FORM, **over: str) -> Any:
    example = (await world.get(f"/v1/services/{SERVICE}")).json()["example"]
    page = await one.get(path)
    fields = {name: value for name, value in flat(example).items() if f'name="{name}"' in page.text}
    return await window.send(one, page, FORM, {**fields, "do": "check", **over})


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({"who": "self", "name": "X"}, {"who": "self"}),
        ({"who": "child", "name": "X"}, {"who": "child", "name": "X"}),
        ({"born__year": "1988"}, {"born": "1988"}),
        ({"born__year": "1988", "born__month": "3"}, {"born": "1988-03"}),
        ({"born__year": "١٩٨٨", "born__month": "٣", "born__day": "١٤"}, {"born": "1988-03-14"}),
        ({"born__month": "3"}, {"born": "????-03"}),
        ({"copies": "٢"}, {"copies": 2}),
        ({"copies": "two"}, {"copies": "two"}),
        ({"copies": "²"}, {"copies": "²"}),
        ({"court": "no"}, {"court": False}),
        ({"lines": "a\r\n\r\n b "}, {"lines": ["a", "b"]}),
        ({"cnie": "XX1"}, {}),
    ],
)
async def test_what_was_posted_is_read(fields: dict[str, str], value: Any) -> None:
    assert read(SCHEMA, _posted(**fields)) == value


async def test_digits_of_any_keyboard_are_digits() -> None:
    assert digits("٠١٢۳4x") == "01234x"[:4] + "4x"


async def test_items_of_a_list_keep_their_order_and_gaps_close() -> None:
    posted = Posted([("/proofs#items", "0"), ("/proofs#items", "2"), ("/proofs/0/kind", "a"), ("/proofs/2/kind", "b")])
    assert read(SCHEMA, posted) == {"proofs": [{"kind": "a"}, {"kind": "b"}]}


async def test_verified_identity_is_not_asked_for() -> None:
    drawn = parts(SCHEMA, Drawing({}, {}, {}, "Yes", "No"))
    assert "/cnie" not in [each.pointer for part in drawn for each in part.fields]


async def test_conditions_are_inside_of_the_page_and_allowed_there(window: Window) -> None:
    page = await (await window.signed_in()).get(FORM)
    (style,) = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
    assert ":has(" in style
    source = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'self' 'sha256-{source}';" in page.headers["content-security-policy"]


async def test_condition_cannot_write_other_rules() -> None:
    hostile = {"at": '/a"] {} * { color: red', "values": ['"}body{x:url(//evil)}', "</style><script>"]}
    sheet = style_sheet({"properties": {"a": {"x-show-when": hostile}}})
    assert sheet.count("{") == 2
    assert "evil)}" not in sheet
    assert "<" not in sheet


async def test_mistakes_stand_at_their_fields_and_nothing_is_lost(window: Window, world: Any) -> None:
    one = await window.signed_in()
    answer = await _fill(window, world, one, **{"/contact/phone": "12", "/parents/father_latin": "Ali <b>"})
    assert answer.status_code == 422
    linked = re.findall(r'<li><a href="#([^"]+)">', answer.text)
    assert linked
    assert all(f'id="{each}"' in answer.text for each in linked)
    assert "f.contact.phone" in linked
    again = form_of(answer.text, FORM)
    assert (again["/contact/phone"], again["/parents/father_latin"]) == ("12", "Ali <b>")


async def test_request_is_filed_once_however_often_it_is_sent(window: Window, world: Any) -> None:
    one = await window.signed_in()
    before = len((await world.get("/v1/cases?limit=100")).json()["data"])
    checked = await one.get((await _fill(window, world, one)).headers["location"])
    assert "MAD" in checked.text
    send = f"/services/{SERVICE}/send"
    answers = [await window.send(one, checked, send) for _ in range(3)]
    assert {each.status_code for each in answers} == {303}
    assert len({each.headers["location"].partition("?")[0] for each in answers}) == 1
    assert len((await world.get("/v1/cases?limit=100")).json()["data"]) == before + 1


async def test_draft_that_changed_elsewhere_is_not_overwritten_unseen(window: Window, world: Any) -> None:
    one, other = await window.signed_in(), await window.signed_in()
    draft = (await _fill(window, world, one)).headers["location"].rpartition("=")[2]
    theirs = await other.get(f"{FORM}?draft={draft}")
    ours = await one.get(f"{FORM}?draft={draft}")
    first = await window.send(other, theirs, FORM, {"/copies": "3", "do": "save"})
    assert first.status_code == 303
    second = await window.send(one, ours, FORM, {"/copies": "4", "do": "save"})
    assert second.status_code == 409
    assert "changed this draft in another window" in second.text
    again = await window.send(one, second, FORM, {"do": "save"})
    assert again.status_code == 303
    assert (await world.get(f"/v1/drafts/{draft}")).json()["form"]["copies"] == 4


async def test_draft_waits_on_the_home_page(window: Window, world: Any) -> None:
    one = await window.signed_in()
    saved = await _fill(window, world, one, **{"do": "save", "/copies": "5"})
    assert "saved=yes" in saved.headers["location"]
    home = await one.get("/")
    draft = re.search(r"draft=(draft_[a-z0-9]+)", saved.headers["location"])
    assert draft is not None
    assert f"{FORM}?draft={draft[1]}" in home.text
    assert form_of((await one.get(saved.headers["location"])).text, FORM)["/copies"] == "5"


async def test_file_goes_to_the_api_and_its_name_is_text(window: Window) -> None:
    one = await window.signed_in()
    path = "/services/chikaya.complaint/form"
    page = await one.get(path)
    sent = {"/evidence#file": ("<img src=x>.pdf", PDF, "application/pdf")}
    answer = await window.send(one, page, path, {"do": "refresh"}, files=sent)
    assert answer.status_code == 200, answer.text
    assert re.search(r'name="/evidence/0" value="att_[a-z0-9]{26}"', answer.text)
    bad = {"/evidence#file": ("virus.exe", b"MZ not a document", "application/pdf")}
    refused = await window.send(one, answer, path, {"do": "refresh"}, files=bad)
    assert refused.status_code == 422
    assert "has-error" in refused.text


async def test_stronger_sign_in_is_asked_for_before_the_form(window: Window, world: Any) -> None:
    wanted = (await world.get(f"/v1/services/{SERVICE}")).json()["acr"]
    assert wanted != "low"
    one = await window.signed_in(AMINA, acr="low")
    answer = await one.get(FORM)
    assert answer.status_code == 303
    assert f"acr={wanted}" in answer.headers["location"]
    assert "stronger sign-in" in (await one.get(answer.headers["location"])).text
    back = await window.sign_in(one, AMINA, acr=wanted, to=FORM)
    assert back.headers["location"] == FORM
    assert (await one.get(FORM)).status_code == 200
