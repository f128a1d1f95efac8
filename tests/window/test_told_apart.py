"""What a person reads of her requests: which is which, in which language, and at which portal."""

from __future__ import annotations

import re
from pathlib import Path

import httpx

from tests.acceptance.conftest import World
from tests.acceptance.shared import IN_ONE_LOOP, shared_world
from tests.browser import in_browser
from tests.window.played_gateway import listed, played, refused, told
from tests.window.served_window import Window, shared_window
from window.case_steps import steps

pytestmark = IN_ONE_LOOP
world = shared_world()
window = shared_window()


async def test_requests_for_the_same_are_told_apart_by_number_and_time(window: Window, world: World) -> None:
    case = await world.until(
        str((await world.order("echo.note"))["id"]), lambda case: case["filing"]["reference"] is not None
    )
    one = await window.signed_in()
    for path in ("/", "/cases"):
        page = (await one.get(path)).text
        assert case["filing"]["reference"] in page
        assert re.search(r"Sent on \d+ \w+ \d{4}, \d\d:\d\d", page)


async def test_receipt_says_in_which_language_it_was_asked_for(window: Window, world: World) -> None:
    """The page around it is the reader's."""
    case = str((await world.order("echo.note"))["id"])
    one = await window.signed_in()
    asked_in = (await one.get(f"/cases/{case}/receipt")).text
    await one.get("/language", params={"code": "ar", "to": "/"})
    read_in = (await one.get(f"/cases/{case}/receipt")).text
    assert "in the language in which you asked" not in asked_in
    assert "محتواه باللغة التي قدمتم بها الطلب." in read_in
    assert '<span lang="en" dir="ltr"><bdi>' in read_in
    crumbs = read_in.partition('<nav class="crumbs"')[2].partition("</nav>")[0]
    assert '<span lang="en"' not in crumbs


async def test_card_shows_in_print_what_its_code_shows(window: Window) -> None:
    one = await window.signed_in()
    listed = await one.get("/me/cards")
    card = (await window.send(one, listed, "/me/cards")).headers["location"]
    page = (await one.get(card)).text
    assert "<strong><bdi>Amina El Fassi</bdi></strong>" in page
    more = (await one.get(f"{card}?chosen=yes&show=national_id_ending")).text
    assert "<strong><bdi>Amina El Fassi</bdi></strong>" not in more
    assert re.search(r"<strong>[^<]*<bdi[^>]*>…\w+</bdi></strong>", more)


def _down(request: httpx.Request) -> httpx.Response:
    if request.url.path == "/v1/services":
        step = {"portal": "passeport", "portal_title": "Passeport : demande et suivi"}
        return told({"data": [{**step, "steps": []}], "categories": [], "suggestions": []})
    return refused(503, "breaker_open", "portal", portal="passeport")


async def test_portal_that_is_away_is_named(tmp_path: Path) -> None:
    """In a sentence, by what stands before the colon of its title; in words for people."""
    async with played(tmp_path, _down) as window:
        await window.session("person")
        page = (await window.web.get("/cases", headers={"Accept-Language": "en"})).text
    assert "This is about the portal: <bdi>Passeport</bdi>. The portal cannot be reached for the moment." in page


async def test_portal_within_a_sentence_is_called_without_its_explanation() -> None:
    planned = [{"step": "delivery", "title": "Delivery", "portal_title": "Barid : suivi des colis"}]
    case = {"status": "completed", "shipment": {"reference": "P", "milestone": "posted"}}
    (step,) = steps(case, planned)
    assert (step.called, step.portal, step.kind) == ("Barid", "Barid : suivi des colis", "delivery")


async def test_who_cancels_her_sign_in_can_go_on_to_where_she_wanted(window: Window) -> None:
    one = window.visitor()
    begun = await one.get("/sign-in/start", params={"as": "person", "to": "/me/cards"})
    state = httpx.URL(begun.headers["location"]).params["state"]
    issuer = str(httpx.URL(begun.headers["location"]).copy_with(path="", query=None)).rstrip("/")
    failed = await one.get("/signed-in", params={"state": state, "error": "access_denied", "iss": issuer})
    assert 'href="/sign-in?as=person&amp;to=%2Fme%2Fcards"' in failed.text, failed.text


def _held(request: httpx.Request) -> httpx.Response:
    posts = [
        {"id": "lyon", "name": "Z Lyon", "city": "Lyon", "country": "AA", "timezone": "Europe/Paris", "address": None},
        {"id": "gent", "name": "A Gent", "city": "Gent", "country": "ZZ", "timezone": "Europe/Paris", "address": None},
    ]
    if request.url.path != "/v1/cases/case_1":
        return listed(*(posts if request.url.path == "/v1/posts" else ()))
    action = {"type": "choose_slot", "title": "Move the appointment", "optional": True, "posts_url": None}
    held = {"state": "booked", "starts_at": "2026-12-01T10:30:00+01:00", "timezone": "Europe/Paris", "post": "lyon",
            "post_name": "Z Lyon", "reference": "R-1"}  # fmt: skip
    case = {"id": "case_1", "service": "s.x", "service_title": "A paper", "actions": [action], "appointment": held}
    return told(case)


async def test_appointment_to_be_moved_is_shown_with_its_post(tmp_path: Path) -> None:
    async with played(tmp_path, _held) as window:
        await window.session("person")
        page = (await window.web.get("/cases/case_1/slots", headers={"Accept-Language": "en"})).text
    assert "Now: Tuesday 1 December 2026, 10:30, <bdi>Z Lyon</bdi>" in page
    assert '<option value="lyon" selected>Z Lyon</option>' in page
    assert page.index(">A Gent<") < page.index(">Z Lyon</option>"), "by name, and not by the code of the country"


async def test_code_of_a_mandate_is_read_in_threes_and_taken_so(window: Window) -> None:
    """The agent types it as she heard it."""
    one = await window.signed_in()
    page = await one.get("/me/mandates/new")
    given = await window.send(one, page, "/me/mandates/new", {"purpose": "A paper", "days": "7"})
    code = re.search(r'class="code">(\d{3}( \d{3})+)<', given.text)
    assert code is not None, given.text
    agent = await window.signed_in("nadia", role="agent")
    taken = await window.send(agent, await agent.get("/people"), "/people/take", {"code": code[1]})
    assert taken.status_code == 303, taken.text


async def test_record_that_no_call_has_is_not_there(window: Window) -> None:
    one = await window.signed_in()
    assert (await one.get("/records/abc")).status_code == 404


async def test_clock_is_chosen_by_its_city(window: Window) -> None:
    """Her own too, though it is none of the usual ones."""
    one = await window.signed_in()
    quiet = {"quiet:start": "22:00", "quiet:end": "07:00", "quiet:timezone": "Asia/Tokyo"}
    path = "/me/preferences"
    assert (await window.send(one, await one.get(path), path, quiet)).status_code == 303
    page = (await one.get(path)).text
    assert '<option value="Asia/Tokyo" selected>Tokyo</option>' in page
    assert '<option value="Europe/Brussels">Brussels</option>' in page


async def test_head_leaves_the_page_to_its_content(window: Window) -> None:
    """Of the 800 pixels of a narrow phone."""
    script = Path(__file__).with_name("head_of_page.mjs")
    found = await in_browser(script, url=window.url, languages=["ar", "fr", "de"])
    assert {language: width for language, (_, width) in found.items()} == dict.fromkeys(found, 320)
    assert [height for height, _ in found.values() if height > 240] == []
