"""What a person has beside her cases: who looked, card, mandates, messages. Hers alone, and safe from hostile texts."""

from __future__ import annotations

import csv
import io
import re
from types import SimpleNamespace
from typing import cast

import pytest

from gateway.api.http.route_rules import rule_of
from tests.acceptance.conftest import YOUSSEF, World
from tests.acceptance.shared import IN_ONE_LOOP, shared_world
from tests.acceptance.test_messages import codes
from tests.window.served_window import Window, shared_window
from window.pages.me import _by_herself, _cell, _purposes
from window.visit import PageVisit

pytestmark = IN_ONE_LOOP
world = shared_world()
window = shared_window()

HOSTILE = '=1+1"><img src=x onerror=alert(1)>'
GIVE = "/me/mandates/new"
TELL = "/me/preferences"


async def test_pages_about_a_person_need_her_sign_in(window: Window) -> None:
    for path in (
        "/me",
        "/me/accesses",
        "/me/accesses.csv",
        "/me/cards",
        "/me/mandates",
        "/me/messages",
        TELL,
        "/me/family",
    ):
        answer = await window.visitor().get(path)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/sign-in?")


async def test_mandate_is_given_once_and_its_texts_are_texts(window: Window) -> None:
    one = await window.signed_in()
    page = await one.get(GIVE)
    given = {"purpose": HOSTILE, "days": "7"}
    first, second = [await window.send(one, page, GIVE, given) for _ in range(2)]
    code = first.text.partition("big-code")[2].partition("</p>")[0]
    assert code
    assert second.text.partition("big-code")[2].partition("</p>")[0] == code, "a second click gives no second mandate"
    listed = await one.get("/me/mandates")
    assert listed.text.count("&lt;img src=x") == 1
    assert "<img src=x" not in listed.text
    action = listed.text.partition('action="/me/mandates/')[2].partition('"')[0]
    other = await window.signed_in(YOUSSEF)
    theirs = await other.get("/me/cards")
    stolen = await window.send(other, theirs, "/me/cards")
    assert stolen.status_code == 303
    ended = await window.send(one, listed, f"/me/mandates/{action}")
    assert ended.headers["location"] == "/me/mandates"
    assert "End this mandate" not in (await one.get("/me/mandates")).text


async def test_mandate_that_is_not_taken_keeps_what_was_typed(window: Window) -> None:
    one = await window.signed_in()
    page = await one.get(GIVE)
    wrong = await window.send(one, page, GIVE, {"purpose": HOSTILE, "agent": "nobody-known"})
    assert wrong.status_code == 422
    assert "&lt;img src=x" in wrong.text
    assert 'value="nobody-known"' in wrong.text


async def test_card_shows_the_name_alone_and_to_its_holder(window: Window) -> None:
    one = await window.signed_in()
    listed = await one.get("/me/cards")
    first, second = [await window.send(one, listed, "/me/cards") for _ in range(2)]
    card = first.headers["location"]
    assert second.headers["location"] == card
    assert "disclose=name" in (await one.get(card)).text
    code = await one.get(f"{card}/code.svg", params={"disclose": "name"})
    assert code.headers["content-type"].startswith("image/svg+xml")
    assert "sandbox" in code.headers["content-security-policy"]
    other = await window.signed_in(YOUSSEF)
    assert (await other.get(card)).status_code == 404
    assert (await other.get(f"{card}/code.svg")).status_code == 404


async def test_preferences_changed_elsewhere_are_not_overwritten_unseen(window: Window) -> None:
    one = await window.signed_in()
    early, late = await one.get(TELL), await one.get(TELL)
    saved = await window.send(one, early, TELL, {"email:consent": "yes", "email:address": "amina@example.org"})
    assert saved.headers["location"] == f"{TELL}?saved=yes"
    again = await window.send(one, late, TELL, {"sms:consent": "yes", "sms:address": "+212600000000"})
    assert again.status_code == 409
    assert 'value="+212600000000"' in again.text
    assert (await window.send(one, again, TELL)).status_code == 303
    wrong = await window.send(one, await one.get(TELL), TELL, {"email:consent": "yes", "email:address": "no address"})
    assert wrong.status_code == 422
    assert 'value="no address"' in wrong.text


async def test_address_is_verified_by_the_code_that_came(window: Window, world: World) -> None:
    one = await window.signed_in(YOUSSEF)
    typed = {"email:consent": "yes", "email:address": "youssef.autre@example.org"}
    assert (await window.send(one, await one.get(TELL), TELL, typed)).status_code == 303
    page = await one.get(TELL)
    assert "not verified yet" in page.text
    for _ in range(2):  # the button is pressed twice
        assert (await window.send(one, page, f"{TELL}/code")).headers["location"] == TELL
    page = await one.get(TELL)
    code, _ = await codes(world, "youssef.autre@example.org", 2)
    wrong = await window.send(one, page, f"{TELL}/verify", {"code": f"{(int(code) + 1) % 10**6:06}"})
    assert wrong.status_code == 422
    assert "This is not the code that was sent." in wrong.text
    for _ in range(2):
        assert (await window.send(one, wrong, f"{TELL}/verify", {"code": code})).headers["location"] == TELL
    page = await one.get(TELL)
    assert "not verified yet" not in page.text
    assert f"{TELL}/code" not in page.text
    assert "A code to verify an address" in (await one.get("/me/messages")).text


async def test_looks_are_a_table_that_runs_nothing(window: Window) -> None:
    one = await window.signed_in()
    await one.get("/me/accesses")
    saved = await one.get("/me/accesses.csv")
    rows = list(csv.reader(io.StringIO(saved.text.removeprefix("\ufeff"))))
    assert rows[0][0] == "When"
    assert any("me.accesses" in row for row in rows)
    assert _cell(HOSTILE) == f"'{HOSTILE}"
    assert _cell(["a", "b"]) == "a b"


async def test_each_mistake_is_named_and_leads_to_its_field(window: Window) -> None:
    """In words about the field and not about texts of any form; the summary has the focus."""
    one = await window.signed_in()
    page = await one.get(TELL)
    wrong = await window.send(one, page, TELL, {"quiet:start": "22:00", "quiet:timezone": "Nowhere/Else"})
    assert wrong.status_code == 422
    summary = wrong.text.partition('id="errors" autofocus>')[2].partition("</div>")[0]
    assert '<a href="#quiet-end">No messages from … to …: Fill in both times, or none of them.</a>' in summary
    assert 'aria-describedby="quiet-end-wrong" aria-invalid="true"' in wrong.text
    for field, title in (("agent", "Code of the consulate or call centre"), ("purpose", "What for?")):
        typed = {"agent": "demo-agent", "purpose": "A paper", field: " "}
        given = await window.send(one, await one.get(GIVE), GIVE, typed)
        assert given.status_code == 422
        summary = given.text.partition('id="errors" autofocus>')[2].partition("</div>")[0]
        assert f'<a href="#{field}">{title}: This has to be filled in.</a>' in summary
        assert f'aria-describedby="{field}-help {field}-wrong" aria-invalid="true"' in given.text


@pytest.mark.parametrize(("path", "field"), [(TELL, "email:address"), (GIVE, "purpose")])
async def test_language_changes_with_what_was_typed(window: Window, path: str, field: str) -> None:
    one = await window.signed_in()
    sent = await window.send(one, await one.get(path), path, {field: "typed", "do": "language:fr"})
    assert sent.status_code == 200
    assert '<html lang="fr"' in sent.text
    assert re.search(r'(?:value="|>)typed[<"]', sent.text)


async def test_looks_of_others_are_told_from_her_own(window: Window) -> None:
    one = await window.signed_in()
    for _ in range(3):
        await one.get("/me/cards")
    assert "by you" in (await one.get("/me/accesses")).text
    others = (await one.get("/me/accesses?by=others")).text
    assert "by you" not in others
    assert "The personal data were read" not in others


async def test_look_is_hers_where_nobody_else_had_it() -> None:
    def hers(**over: object) -> bool:
        return _by_herself({"kind": "call", "agent": None, "reason": None} | over)

    assert hers()
    assert hers(kind="refusal", reason="revoked")
    assert not hers(kind="step")
    assert not hers(kind="access")
    assert not hers(agent="a_1")
    assert not hers(kind="refusal", reason="tried_by_another_person")


async def test_purposes_of_the_log_have_words(world: World) -> None:
    """Those of every route that a person is told of, and of every service."""
    handlers = [each for route in world.gateway.routes().routes for each in getattr(route, "route_handlers", ())]
    asked = {rule_of(each).purpose for each in handlers if each.fn.__module__.startswith("gateway.")}
    asked |= {each.purpose for each in world.gateway.catalogue.services()}
    said = _purposes(cast("PageVisit", SimpleNamespace(_=str)))
    assert len(asked) > 20
    assert sorted(asked - set(said) - {""}) == []
