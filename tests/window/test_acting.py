"""For whom an agent acts: what was opened for one person is never done for another, and her cases are seen."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.window.played_gateway import Played, listed, played, refused, told

AMINA: Final = "mandate_amina"
YOUSSEF: Final = "mandate_youssef"
PEOPLE: Final = {AMINA: "Amina El Fassi", YOUSSEF: "Youssef Alaoui"}
FORM: Final = "/services/x.paper/form"
SERVICE: Final = {
    "id": "x.paper", "portal": "x", "title": "Paper", "acr": "low", "prefill": None, "steps": [],
    "portal_title": "X", "summary": "",
    "form": {"type": "object", "properties": {"text": {"type": "string", "title": "Text"}}},
}  # fmt: skip
HELD: Final = {
    "state": "held", "purpose": "", "expires_at": "2027-01-01T00:00:00Z", "scope": ["cases:read"], "services": [],
    "earlier_cases": False,
}  # fmt: skip
CASE: Final = {
    "id": "case_1", "service": "x.paper", "service_title": "Paper", "filing": {"reference": None},
    "status": "submitted", "status_text": "Sent",
    "created_at": "2026-11-30T09:00:00Z",
}  # fmt: skip
DRAFT: Final = {
    "id": "draft_1", "service": "x.paper", "service_title": "Paper", "updated_at": "2026-11-30T09:00:00Z",
    "expires_at": "2027-01-01T00:00:00Z",
}  # fmt: skip


@pytest.fixture
async def window(tmp_path: Path) -> AsyncIterator[Played]:
    async with played(tmp_path, _gateway) as found:
        yield found


def _gateway(request: httpx.Request) -> httpx.Response | None:
    """Has cases for who names a mandate, and notes of Amina's case with her mandate or at the post without any."""
    mandate = request.headers.get("mandate", "")
    match request.method, request.url.path:
        case "GET", "/v1/mandates":
            held: list[dict[str, Any]] = [{**HELD, "id": id, "person_name": name} for id, name in PEOPLE.items()]
            if not request.url.params.get("cursor"):  # the newer ones have all ended
                ended = {**held[0], "id": "mandate_ended", "state": "ended", "person_name": ""}
                return told({"object": "list", "data": [ended], "has_more": True, "next_cursor": "older"})
            return listed(*held)
        case "GET", "/v1/cases":
            return listed(CASE) if mandate == AMINA else refused(403, "mandate_needed")
        case _, "/v1/cases/case_1/notes":
            if mandate == YOUSSEF:
                return refused(404, "case_not_found")
            return listed() if request.method == "GET" else told({"id": "note_1"}, 201)
        case "GET", "/v1/agenda/late":
            late = {**CASE, "case": "case_1", "due_on": "2026-11-01", "mandate": AMINA, "post": None}
            return listed(late)
        case "GET", "/v1/services/x.paper":
            return told(SERVICE)
        case "POST", "/v1/cases/validate":
            return told({"valid": True, "findings": [], "fee": None})
        case "GET", "/v1/drafts/draft_1":
            return told({**DRAFT, "form": {}})
        case "GET", "/v1/drafts":
            return listed(DRAFT) if mandate == AMINA else listed()
        case "DELETE", "/v1/drafts/draft_1":
            return httpx.Response(204)
        case "POST", "/v1/drafts":
            return told({"id": "draft_1"}, 201)
    return None


async def _act(window: Played, mandate: str) -> None:
    """In another tab."""
    people = await window.web.get("/people")
    assert (await window.send(people, f"/people/{mandate}/act")).status_code == 303


@pytest.mark.parametrize("then", [YOUSSEF, ""], ids=["another-person", "nobody"])
async def test_form_opened_for_one_person_is_not_sent_for_another(window: Played, then: str) -> None:
    await window.session("agent")
    await _act(window, AMINA)
    page = await window.web.get(FORM)
    if then:
        await _act(window, then)
    else:
        await window.send(await window.web.get("/people"), "/people/stop")
    before = len(window.calls)
    answer = await window.send(page, FORM, **{"/text": "Hers", "do": "check"})
    assert answer.status_code == 409
    assert "opened for somebody else" in answer.text
    assert "Nothing was sent" in answer.text
    assert len(window.calls) == before, "nothing was asked of the gateway"


async def test_form_that_names_nobody_is_not_sent_for_somebody(window: Played) -> None:
    """A page of before the change, or one that somebody made smaller."""
    await window.session("agent")
    await _act(window, AMINA)
    page = await window.web.get(FORM)
    answer = await window.send(page, FORM, **{"/text": "Whose?", "do": "save", "acting_for": ""})
    assert answer.status_code == 409
    assert window.asked("POST", "/v1/drafts") == []


async def test_form_opened_for_her_is_sent_for_her(window: Played) -> None:
    await window.session("agent")
    await _act(window, AMINA)
    page = await window.web.get(FORM)
    answer = await window.send(page, FORM, **{"/text": "Hers", "do": "save"})
    assert answer.status_code == 303
    (sent,) = window.asked("POST", "/v1/drafts")
    assert sent.headers["mandate"] == AMINA
    assert json.loads(sent.content)["form"] == {"text": "Hers"}


async def test_what_was_typed_for_one_person_waits_for_that_person(window: Played) -> None:
    """The session ended while she acted for Amina: nobody finds it while she acts for Youssef."""
    ended = await window.session("agent")
    await _act(window, AMINA)
    page = await window.web.get(FORM)
    await window.store.end(ended.key)
    await window.send(page, FORM, **{"/text": "Amina's words", "do": "check"})
    kept = await window.store.find(window.web.cookies["window-session"])
    assert kept is not None
    await window.session("agent", kept=kept.data.kept)
    people = await window.web.get("/people")
    assert "What you typed for Amina El Fassi is kept" in people.text.replace("<bdi>", "").replace("</bdi>", "")
    await _act(window, YOUSSEF)
    assert "Amina&#39;s words" not in (await window.web.get(FORM)).text
    back = await window.send(await window.web.get("/people"), f"/people/{AMINA}/act")
    assert back.headers["location"] == FORM
    assert "Amina&#39;s words" in (await window.web.get(FORM)).text


async def test_agent_sees_the_cases_of_whom_she_acts_for(window: Played) -> None:
    await window.session("agent")
    people = await window.web.get("/people")
    acting = await window.send(people, f"/people/{AMINA}/act")
    page = await window.web.get(acting.headers["location"])
    assert page.status_code == 200, page.headers.get("location")
    assert '<h1 class="ds-heading" data-size="lg">Requests: <bdi>Amina El Fassi</bdi></h1>' in page.text
    assert "/cases/case_1" in page.text
    assert 'href="/cases"' in (await window.web.get("/services")).text.split("<main")[0], "a link to them on each page"


async def test_agent_finds_what_she_began_for_whom_she_acts_for(window: Played) -> None:
    """And throws it away there."""
    await window.session("agent")
    await _act(window, AMINA)
    page = await window.web.get("/cases")
    assert "Begun, not sent yet" in page.text
    assert f'href="{FORM}?draft=draft_1"' in page.text
    thrown = await window.send(page, "/drafts/draft_1/throw-away")
    assert (thrown.status_code, thrown.headers["location"]) == (303, "/cases?thrown=yes")
    assert "Thrown away" in (await window.web.get(thrown.headers["location"])).text
    (deleted,) = window.asked("DELETE", "/v1/drafts/draft_1")
    assert deleted.headers["mandate"] == AMINA


async def test_kept_draft_says_where_it_is_found(window: Played) -> None:
    await window.session("agent")
    await _act(window, AMINA)
    kept = await window.web.get(f"{FORM}?draft=draft_1&saved=yes")
    assert "among the requests of this person" in kept.text
    assert "on the home page" not in kept.text


async def test_agent_who_acts_for_nobody_is_asked_for_whom(window: Played) -> None:
    await window.session("agent")
    page = await window.web.get("/cases")
    assert (page.status_code, page.headers["location"]) == (303, "/people?to=%2Fcases")


@pytest.mark.parametrize("acting", ["", YOUSSEF])
async def test_notes_are_read_and_written_under_the_mandate_of_the_case(window: Played, acting: str) -> None:
    """Of the agenda without one, of what is late with that of the case; whomever she acts for just now."""
    await window.session("agent", mandate=acting, mandate_name=PEOPLE.get(acting, ""))
    late = await window.web.get("/agenda/late")
    path = f"/agenda/cases/case_1?mandate={AMINA}"
    assert f'href="{path}"' in late.text
    for address, mandate in ((path, AMINA), ("/agenda/cases/case_1", "")):
        page = await window.web.get(address)
        assert page.status_code == 200
        written = await window.send(page, "/agenda/cases/case_1", text="She called.")
        assert (written.status_code, written.headers["location"]) == (303, address)
        assert {each.headers.get("mandate", "") for each in window.calls[-2:]} == {mandate}
