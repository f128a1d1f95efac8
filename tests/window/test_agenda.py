"""An agent's pages: the post's day, who comes, what is late, notes, and the people she may act for."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.window.played_gateway import Played, listed, played, refused, told
from tests.window.served_window import form_of
from window.rendering import STATIC

DAY: Final = "2026-11-30"


def visit(number: int, *, here: bool = False) -> dict[str, Any]:
    return {
        "case": f"case_{number}", "service_title": "Passport", "status_text": "Sent", "reference": f"RDV-{number}",
        "starts_at": "2026-11-30T09:10:00+01:00", "timezone": "Europe/Paris", "fast_lane": False,
        "checked_in_at": "2026-11-30T08:05:00Z" if here else None,
    }  # fmt: skip


def mandate(id: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": id, "state": "held", "person_name": name, "purpose": "One line\nand another", "scope": ["cases:read"],
        "services": [], "earlier_cases": False, "expires_at": "2027-01-01T00:00:00Z", **more,
    }  # fmt: skip


class Gateway:
    """The post of Lyon, and two people's mandates."""

    def __init__(self) -> None:
        self.posts = ["lyon"]
        self.visits = [visit(1), visit(2, here=True)]
        self.late: list[dict[str, Any]] = []
        self.mandates = [
            mandate("mnd_1", "Amina", services=["x.paper", "y"], scope=["cases:read", "cases:write"]),
            mandate("mnd_2", "Youssef", earlier_cases=True),
        ]
        self.check_in: httpx.Response = refused(404, "visit_not_found")
        self.take: httpx.Response = refused(422, "mandate_code_wrong")
        self.codes = 0

    def __call__(self, request: httpx.Request) -> httpx.Response | None:
        match request.method, request.url.path:
            case "GET", "/v1/me":
                return told({"posts": self.posts})
            case "GET", "/v1/posts":
                return listed({"id": "lyon", "portal": "x", "name": "Consulate of Lyon"})
            case "GET", "/v1/agenda":
                on = request.url.params.get("on") or "2026-12-01"
                return told({"held_on": on, "visits": self.visits})
            case "POST", "/v1/agenda/check-ins":
                return self.check_in
            case "GET", "/v1/agenda/late":
                return listed(*self.late)
            case "GET", "/v1/mandates":
                return listed(*self.mandates)
            case "POST", "/v1/mandates/take":
                return self.take
            case "POST", "/v1/mandates/mnd_1/hand-over":
                self.codes += 1
                until = (datetime.now(UTC) + timedelta(minutes=10)).isoformat()
                return told({"code": f"00000000{self.codes}", "code_expires_at": until})
            case "GET", "/v1/services":
                service = {"id": "x.paper", "title": "A paper", "portal": "y", "portal_title": "The portal Y"}
                return told({"object": "list", "data": [service], "categories": [], "suggestions": []})
            case "GET", path if path.endswith("/notes"):
                note = {"text": "One line\nand another", "agency_name": "A", "created_at": "2026-11-30T09:00:00Z"}
                return listed(note)
        return None


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
async def window(tmp_path: Path, gateway: Gateway) -> AsyncIterator[Played]:
    async with played(tmp_path, gateway) as found:
        await found.session("agent", name="Nadia")
        yield found


# --- The day --------------------------------------------------------------------------------------------------------


async def test_agenda_says_of_which_post_it_is(window: Played) -> None:
    page = await window.web.get(f"/agenda?post=lyon&on={DAY}")
    heading = re.search(r"<h1[^>]*>(.*?)</h1>", page.text)
    assert heading is not None
    assert heading[1] == "Agenda – <bdi>Consulate of Lyon</bdi> – 30 November 2026"
    assert "<title>Agenda – Consulate of Lyon – 30 November 2026 – " in page.text


async def test_day_can_be_typed(window: Played) -> None:
    page = await window.web.get(f"/agenda?post=lyon&on={DAY}")
    form = re.search(r'<form method="get" action="/agenda".*?</form>', page.text)
    assert form is not None
    assert f'type="date" id="on" name="on" value="{DAY}"' in form[0]
    assert '<input type="hidden" name="post" value="lyon">' in form[0]


async def test_agenda_shows_those_who_are_here_or_not_yet(window: Played) -> None:
    for who, cases in (("all", ["case_1", "case_2"]), ("here", ["case_2"]), ("not-yet", ["case_1"])):
        page = await window.web.get(f"/agenda?post=lyon&on={DAY}&who={who}")
        assert re.findall(r'data-case="(case_\d)"', page.text) == cases
        (marked,) = re.findall(r'who=([a-z-]+)" aria-current="true"', page.text)
        assert marked == who


async def test_agenda_says_that_it_does_not_show_all(window: Played, gateway: Gateway) -> None:
    assert "which are not shown" not in (await window.web.get("/agenda")).text
    gateway.visits = [visit(each) for each in range(500)]
    assert "the first 500 of the day. There are more, which are not shown." in (await window.web.get("/agenda")).text


def test_chosen_one_of_several_links_is_marked() -> None:
    style = (STATIC / "window.css").read_text(encoding="utf-8")
    assert re.search(r"\.ds-link\[aria-current\] \{[^}]*font-weight", style)


async def test_agent_without_a_post_is_led_to_her_people(window: Played, gateway: Gateway) -> None:
    gateway.posts = []
    assert '<a class="ds-button" href="/people">' in (await window.web.get("/agenda")).text


# --- Who comes ------------------------------------------------------------------------------------------------------


async def _check_in(window: Played, typed: str, on: str = DAY) -> httpx.Response:
    page = await window.web.get(f"/agenda?post=lyon&on={on}")
    return await window.send(page, "/agenda", typed=typed)


async def test_check_in_stays_on_its_day_with_the_field_ready(window: Played, gateway: Gateway) -> None:
    """So that a scanner needs no click."""
    gateway.check_in = told({**visit(1, here=True), "name": "Amina"})
    page = await _check_in(window, "RDV-1")
    assert "30 November 2026" in page.text
    assert form_of(page.text, "/agenda")["on"] == DAY
    assert re.search(r'<input [^>]*id="typed"[^>]* autofocus ', page.text)
    assert 'data-color="success" role="status"' in page.text
    assert "checked in before" not in page.text


async def test_second_check_in_says_since_when_she_is_here(window: Played, gateway: Gateway) -> None:
    gateway.check_in = told({**visit(2, here=True), "name": "Amina"})
    page = await _check_in(window, "RDV-2")
    assert 'Was checked in before: is here since <bdi dir="ltr" class="code">09:05</bdi>.' in page.text
    assert 'data-color="info" role="status"' in page.text


@pytest.mark.parametrize("typed", ["RDV-9", "eyJ~scanned~"])
async def test_wrong_card_or_number_is_said_at_the_field(window: Played, gateway: Gateway, typed: str) -> None:
    card = "~" in typed
    gateway.check_in = refused(404, "card_not_found" if card else "visit_not_found", detail="You have no card")
    page = await _check_in(window, typed)
    field = re.search(r'<input [^>]*id="typed"[^>]*>', page.text)
    assert field is not None
    assert 'aria-invalid="true"' in field[0]
    assert 'aria-describedby="hint typed-wrong"' in field[0]
    assert f'value="{"" if card else typed}"' in field[0]
    said = re.search(r'<p class="wrong" id="typed-wrong"><span class="ds-sr-only">Error: </span>(.*?)</p>', page.text)
    assert said is not None
    assert said[1] == (
        "This card does not count: it has run out, was ended, or was not read whole. "
        "Scan it again, or type the number of the booking."
        if card
        else "You have no card"
    ), "what the API says of a card, it says to its holder"


# --- What is late ---------------------------------------------------------------------------------------------------


def late(number: int, mandate: str = "") -> dict[str, Any]:
    found = {**visit(number), "due_on": "2026-11-01", "mandate": mandate or None, "post": None if mandate else "lyon"}
    return {name: value for name, value in found.items() if name != "reference"}


async def test_late_says_of_whom_and_opens_the_case(window: Played, gateway: Gateway) -> None:
    gateway.late = [late(1, "mnd_1"), late(2)]
    page = await window.web.get("/agenda/late")
    assert "<bdi>Amina</bdi>" in page.text
    assert "Consulate of Lyon" in page.text
    acting = await window.send(page, "/people/mnd_1/act")
    assert (acting.status_code, acting.headers["location"]) == (303, "/cases/case_1")
    assert '<a class="ds-link" href="/cases/case_1">Passport</a>' in (await window.web.get("/agenda/late")).text


async def test_late_says_that_there_may_be_more(window: Played, gateway: Gateway) -> None:
    gateway.late = [late(each) for each in range(99)]
    assert "There may be more" not in (await window.web.get("/agenda/late")).text
    gateway.late.append(late(99))
    assert "These are the 100 that have waited longest." in (await window.web.get("/agenda/late")).text


# --- Notes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [f"/agenda/cases/case_1?post=lyon&on={DAY}", "/agenda/cases/case_1"])
async def test_notes_say_which_request_and_keep_their_lines(window: Played, gateway: Gateway, path: str) -> None:
    gateway.late = [late(1)]
    page = await window.web.get(path)
    assert ">Notes – Passport</h1>" in page.text
    assert '<p class="typed"><bdi>One line\nand another</bdi></p>' in page.text
    back = f"/agenda?post=lyon&amp;on={DAY}" if "?" in path else "/agenda"
    assert f'<a href="{back}">' in page.text


async def test_refused_note_is_said_at_its_field(window: Played) -> None:
    page = await window.web.get("/agenda/cases/case_1")
    answer = await window.send(page, "/agenda/cases/case_1", text="  ")
    field = re.search(r"<textarea[^>]*>", answer.text)
    assert field is not None
    assert 'aria-invalid="true"' in field[0]
    assert 'aria-describedby="hint text-wrong"' in field[0]
    assert 'id="text-wrong"' in answer.text


# --- People ---------------------------------------------------------------------------------------------------------


async def test_two_mandates_differ_by_what_they_allow(window: Played) -> None:
    page = await window.web.get("/people")
    hers, his = page.text.partition("<main")[2].split('<li class="stack">')[1:]
    for said in ("Read requests · Send and answer requests", "Only for: A paper · The portal Y", "from the mandate on"):
        assert said in hers
    for said in ("<li>Read requests</li>", "For all services", "Also what was asked for before the mandate"):
        assert said in his


async def test_giving_back_is_asked_again(window: Played) -> None:
    """Its button is not there before she opened the question."""
    page = await window.web.get("/people")
    asked = re.search(r"<details[^>]*><summary>Give back …</summary>(.*?)</details>", page.text, re.DOTALL)
    assert asked is not None
    assert 'action="/people/mnd_1/give-back"' in asked[1]
    assert "ends for good" in asked[1]
    assert page.text.count("/people/mnd_1/give-back") == 1


async def test_wrong_code_is_said_at_its_field_and_kept(window: Played) -> None:
    page = await window.web.get("/people")
    answer = await window.send(page, "/people/take", code="12345")
    field = re.search(r'<input [^>]*id="code"[^>]*>', answer.text)
    assert field is not None
    for said in ('value="12345"', 'aria-invalid="true"', 'aria-describedby="code-wrong"'):
        assert said in field[0]


async def test_code_for_a_colleague_outlives_a_reload(window: Played, gateway: Gateway) -> None:
    """And the choice of another language; there is one code, until the colleague has it or it is too old."""
    handed = await window.send(await window.web.get("/people"), "/people/mnd_1/hand-over")
    assert (handed.status_code, handed.headers["location"]) == (303, "/people")
    for language in ("en", "fr"):
        page = await window.web.get("/people", headers={"Accept-Language": language})
        assert "000000001" in page.text
    assert gateway.codes == 1
    gateway.mandates = gateway.mandates[1:]
    assert "000000001" not in (await window.web.get("/people")).text


async def test_code_that_is_too_old_is_not_shown(window: Played) -> None:
    old = {"mandate": "mnd_1", "code": "000000009", "code_expires_at": "2026-01-01T00:00:00Z"}
    await window.session("agent", more={"handed": old})
    assert "000000009" not in (await window.web.get("/people")).text


async def test_mandate_that_is_gone_ends_acting_and_says_so(window: Played, gateway: Gateway) -> None:
    session = await window.session("agent", mandate="mnd_9", mandate_name="Karim")
    page = await window.web.get("/people")
    assert "You do not act for <bdi>Karim</bdi> any more." in page.text
    assert "for-whom" not in page.text
    found = await window.store.find(session.key)
    assert found is not None
    assert found.data.mandate == ""
    assert "Karim" not in (await window.web.get("/people")).text


async def test_every_page_lets_an_agent_stop_acting(window: Played) -> None:
    await window.session("agent", mandate="mnd_1", mandate_name="Amina")
    page = await window.web.get("/agenda")
    bar = page.text.partition("<main")[0]
    stopped = await window.web.post("/people/stop", data=form_of(bar, "/people/stop"), headers=window.ours())
    assert (stopped.status_code, stopped.headers["location"]) == (303, "/people")
    assert "for-whom" not in (await window.web.get("/agenda")).text


async def test_agent_is_offered_no_proof_that_she_cannot_have(window: Played) -> None:
    """The API gives it to the person, whatever the mandate."""
    await window.session("agent", mandate="mnd_1", mandate_name="Amina")
    assert "/records/" not in (await window.web.get("/agenda")).text
    asked = await window.web.get("/records/call_1")
    assert (asked.status_code, httpx.URL(asked.headers["location"]).path) == (303, "/sign-in")


@pytest.mark.parametrize("path", ["/services/x.paper/form", "/cases/case_1/do/appeal"])
async def test_page_of_a_person_asks_an_agent_for_whom_first(window: Played, path: str) -> None:
    """And opens then."""
    asked = await window.web.get(path)
    people = await window.web.get(asked.headers["location"])
    assert "Choose first for whom you act" in people.text
    acting = await window.send(people, "/people/mnd_1/act")
    assert (acting.status_code, acting.headers["location"]) == (303, path)


async def test_what_she_asked_for_waits_until_she_has_a_mandate(window: Played, gateway: Gateway) -> None:
    """A code that is wrong, and one that is right, and then the page that she asked for."""
    held, gateway.mandates = gateway.mandates, []
    asked = await window.web.get("/cases/case_1?done=yes")
    people = await window.web.get(asked.headers["location"])
    wrong = await window.send(people, "/people/take", code="12345")
    assert "Choose first for whom you act" in wrong.text
    gateway.take, gateway.mandates = told(held[0], 201), held
    taken = await window.send(wrong, "/people/take", code="123456789")
    assert taken.headers["location"] == asked.headers["location"]
    acting = await window.send(await window.web.get(taken.headers["location"]), "/people/mnd_1/act")
    assert acting.headers["location"] == "/cases/case_1?done=yes"


async def test_code_leads_to_no_other_site(window: Played, gateway: Gateway) -> None:
    gateway.take = told(gateway.mandates[0], 201)
    page = await window.web.get("/people?to=/cases")
    taken = await window.send(page, "/people/take", code="123456789", to="https://evil.example/")
    assert taken.headers["location"] == "/people?to=%2F"


# --- Mistakes, and another language, on each page with a field ------------------------------------------------------

FIELDS: Final = [
    (f"/agenda?post=lyon&on={DAY}", "/agenda", "typed"),
    ("/agenda/cases/case_1", "/agenda/cases/case_1", "text"),
    ("/people?to=/cases", "/people/take", "code"),
]


@pytest.mark.parametrize(("path", "action", "name"), FIELDS)
async def test_mistake_is_said_in_title_summary_and_status(window: Played, path: str, action: str, name: str) -> None:
    answer = await window.send(await window.web.get(path), action, **{name: " "})
    assert answer.status_code == 422
    assert "<title>Error: " in answer.text
    summary = re.search(r'<div class="ds-error-summary.*?</div>', answer.text, re.DOTALL)
    assert summary is not None
    assert f'<a href="#{name}">' in summary[0]
    assert answer.text.count(" autofocus") == 1, "of the field that a scanner fills in, or of the summary"


@pytest.mark.parametrize(("path", "action", "name"), FIELDS)
async def test_another_language_keeps_what_was_typed(window: Played, path: str, action: str, name: str) -> None:
    page = await window.web.get(path)
    assert re.search(r'<button form="form" name="do" value="language:fr"', page.text)
    before = [each for each in window.calls if each.method == "POST"]
    answer = await window.send(page, action, **{name: "Typed words", "do": "language:fr"})
    assert answer.status_code == 200
    assert '<html lang="fr"' in answer.text
    assert "Typed words" in answer.text
    assert [each for each in window.calls if each.method == "POST"] == before, "nothing was done"
    hidden, then = form_of(page.text, action), form_of(answer.text, action)
    for kept in {"post", "on", "mandate", "key", "to"} & set(hidden):
        assert then[kept] == hidden[kept]


async def test_agenda_without_a_form_has_links_to_the_languages(window: Played, gateway: Gateway) -> None:
    gateway.posts = []
    page = await window.web.get("/agenda")
    assert 'form="form"' not in page.text
    assert "/language?code=fr" in page.text


async def test_script_is_told_that_nobody_is_acted_for(window: Played) -> None:
    """It cannot follow to another page; she is signed in all the same."""
    answer = await window.web.get("/cases/case_1/live", headers={"Sec-Fetch-Mode": "cors"})
    assert answer.status_code == 409
    assert "or for nobody any more" in answer.text
    assert "signed out" not in answer.text


async def test_act_leads_to_no_other_site(window: Played) -> None:
    people = await window.web.get("/people?to=//elsewhere.example/")
    acting = await window.send(people, "/people/mnd_1/act", to="//elsewhere.example/")
    assert acting.headers["location"] == "/"


# --- Where she begins -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "first"),
    [("agent", "/agenda"), ("auditor", "/audit"), ("operator", "/portals"), ("agency", "/portals")],
)
async def test_who_serves_or_checks_begins_on_her_own_page(window: Played, role: str, first: str) -> None:
    await window.session(role)
    home = await window.web.get("/")
    assert (home.status_code, home.headers["location"]) == (303, first)
    lost = await window.web.get("/nothing/here")
    assert f'href="{first}"' in lost.text.partition("<main")[2]
    assert "Your requests and drafts" not in lost.text


@pytest.mark.parametrize("role", ["person", "agent", "auditor", "operator", "agency"])
async def test_sign_in_says_where_each_role_signs_in(window: Played, role: str) -> None:
    window.web.cookies.clear()
    page = await window.web.get(f"/sign-in?as={role}")
    assert ("national identity provider" in page.text) == (role == "person")
    assert ("provider of your institution" in page.text) == (role != "person")
    assert "signed in as another role" not in page.text


async def test_page_of_another_role_says_as_what_she_is_signed_in(window: Played) -> None:
    asked = await window.web.get("/portals")
    page = await window.web.get(asked.headers["location"])
    assert "You are signed in as: An agent of a post or call centre (<bdi>Nadia</bdi>)." in page.text
    assert "The page that you asked for is for: An operator." in page.text
    assert '<a class="ds-button" data-variant="secondary" href="/agenda">Agenda</a>' in page.text


async def test_gateway_is_asked_for_what_was_typed(window: Played, gateway: Gateway) -> None:
    gateway.check_in = told({**visit(1, here=True), "name": "Amina"})
    await _check_in(window, "RDV-1")
    (sent,) = window.asked("POST", "/v1/agenda/check-ins")
    assert json.loads(sent.content) == {"post": "lyon", "shown": "RDV-1"}
