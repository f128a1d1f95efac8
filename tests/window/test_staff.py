"""Pages of those who serve, check and run: each sees what is hers, in each language, and nothing hostile runs in it."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import insert

from gateway.audit.entry import Entry
from gateway.storage.tables import visits
from tests.acceptance.shared import SELDOM
from tests.browser import in_browser
from tests.waiting import PATIENCE

from .staff import Windowed, windowed

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("ignore::litestar.exceptions.LitestarDeprecationWarning"),
]
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
PAGES = {
    "auditor": ("/audit", "/audit/anomalies", "/audit/state"),
    "operator": ("/portals", "/portals/barid", "/operations", "/figures"),
    "agency": ("/portals", "/portals/watiqa", "/figures?by=service"),
    "agent": ("/agenda", "/agenda/late", "/people"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def window(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Windowed]:
    over = {"journeys": SELDOM, "portal_counts": {"share_seconds": 0.05, "sample_seconds": 0.0}}
    async with windowed(tmp_path_factory.mktemp("window"), **over) as found:
        yield found


async def visit(window: Windowed, post: str = "lyon") -> str:
    """A case of Amina's with an appointment now."""
    case = await window.world.order()
    row = {
        "case_id": case["id"],
        "portal": "rendezvous",
        "post": post,
        "timezone": "Europe/Paris",
        "reference": f"RDV-{case['id'][-6:].upper()}",
        "starts_at": datetime.now(UTC),
        "ends_at": datetime.now(UTC) + timedelta(minutes=15),
        "fast_lane": False,
    }
    await window.world.gateway.storage.run_write(lambda tx: tx.execute(insert(visits).values(row)))
    return str(case["id"])


async def hostile_record(window: Windowed) -> int:
    """A record whose words are an attack: as far as the log takes them. Its index."""
    entry = Entry(
        call_id="call_hostile",
        kind="call",
        operation=HOSTILE[:60],
        client=HOSTILE,
        portal=HOSTILE[:40],
        service=HOSTILE,
        case_id=HOSTILE[:40],
        purpose=HOSTILE,
        reason=HOSTILE,
        principal="agent",
    )
    await window.world.gateway.audit.write(entry)
    async with asyncio.timeout(PATIENCE):
        while not (found := await found_records(window)):
            await asyncio.sleep(0.02)
    return found[0]


async def found_records(window: Windowed) -> list[int]:
    answer = await window.world.get("/audit/records?call_id=call_hostile", await window.world.machine("demo-auditor"))
    return [each["index"] for each in answer.json()["data"]]


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
@pytest.mark.parametrize("role", PAGES)
async def test_pages_of_each_role_are_whole(window: Windowed, role: str, language: str) -> None:
    async with window.visitor(role, language=language) as visitor:
        for path in PAGES[role]:
            page = await visitor.get(path)
            assert page.status_code == 200, (path, page.text[:500])
            assert f'<html lang="{language}"' in page.text
            assert page.text.count("<h1") == 1
            assert "unsafe-inline" not in page.headers["content-security-policy"]
            assert not re.search(r"<[^>]+ (style|on[a-z]+)=", page.text), path


@pytest.mark.parametrize("role", [*PAGES, "person"])
async def test_nobody_gets_the_pages_of_another_role(window: Windowed, role: str) -> None:
    async with window.visitor(role) as visitor:
        for other, paths in PAGES.items():
            for path in paths:
                if path in PAGES.get(role, ()) or (role in ("operator", "agency") and other in ("operator", "agency")):
                    continue
                page = await visitor.get(path, follow_redirects=False)
                assert page.status_code in (302, 303, 403), (role, path, page.status_code)


async def test_agency_sees_no_other_portal(window: Windowed) -> None:
    async with window.visitor("agency") as visitor:
        page = await visitor.get("/portals")
        assert re.findall(r'href="/portals/([a-z]+)"', page.text) == ["watiqa"]
        assert (await visitor.get("/portals/barid")).status_code == 403
        assert (await visitor.get("/operations", follow_redirects=False)).status_code in (302, 303, 403)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", {"": "Level", "dependable": "dependable", "exemplary": "exemplary"}),
        ("fr", {"": "Niveau", "dependable": "fiable", "exemplary": "exemplaire"}),
        ("ar", {"": "المستوى", "dependable": "موثوق", "exemplary": "نموذجي"}),
    ],
)
async def test_operator_sees_the_level_of_each_connector(window: Windowed, language: str, words: dict) -> None:
    answer = await window.world.get("/v1/portals", await window.world.machine("demo-operator"))
    levels = [each["level"] for each in answer.json()["data"] if each["quarantine"] is None]
    async with window.visitor("operator", language=language) as visitor:
        shown = re.findall(rf"<dt>{words['']}</dt><dd>([^<]+)</dd>", (await visitor.get("/portals")).text)
        one = (await visitor.get("/portals/echo")).text
    assert set(levels) == {"dependable", "exemplary"}
    assert shown == [words[each] for each in levels]
    assert words["exemplary"] in one


# --- The auditor ----------------------------------------------------------------------------------------------------


async def test_hostile_words_of_the_log_are_shown_and_never_run(window: Windowed) -> None:
    index = await hostile_record(window)
    async with window.visitor("auditor") as visitor:
        for path in ("/audit?call_id=call_hostile", f"/audit/records/{index}", "/audit/anomalies"):
            page = await visitor.get(path)
            assert page.status_code == 200, page.text[:300]
            assert "<script>alert" not in page.text
            assert "<img src=x" not in page.text
        asked = await visitor.get("/audit", params={"client": HOSTILE, "operation": HOSTILE, "since": HOSTILE})
        assert asked.status_code == 200
        assert "<script>alert" not in asked.text


async def test_record_shows_its_call_with_hops_and_its_case(window: Windowed) -> None:
    answer = await window.world.get("/v1/tracking/barid/RR123456785MA")
    assert answer.status_code == 200
    async with window.visitor("auditor") as visitor:
        async with asyncio.timeout(PATIENCE):
            while not (
                links := re.findall(
                    r'href="/audit/records/(\d+)"',
                    (await visitor.get(f"/audit?call_id={answer.headers['call-id']}")).text,
                )
            ):
                await asyncio.sleep(0.05)
        page = await visitor.get(f"/audit/records/{links[0]}")
    assert "barid.track" in page.text
    assert '<rect class="bar good"' in page.text
    assert "data-proof" in page.text


async def test_story_of_a_case_is_on_one_page(window: Windowed) -> None:
    case = await window.world.order()
    async with window.visitor("auditor") as visitor:
        async with asyncio.timeout(PATIENCE):
            while (page := await visitor.get(f"/audit/cases/{case['id']}")).status_code == 404:
                await asyncio.sleep(0.05)
        assert "cases.create" in page.text
        assert (await visitor.get("/audit/cases/case_nobody")).status_code == 404
        assert (await visitor.get("/audit/records/99999999")).status_code == 404


async def test_search_says_what_is_wrong_and_keeps_what_was_typed(window: Windowed) -> None:
    async with window.visitor("auditor") as visitor:
        page = await visitor.get("/audit?since=yesterday&portal=barid")
        assert page.status_code == 200
        assert 'role="alert"' in page.text
        assert 'value="barid"' in page.text
        kept = await visitor.get("/audit?since=2026-11-30T09:00&kind=access")
        assert '<option value="access" selected>' in kept.text


async def test_export_is_a_file_of_what_was_searched(window: Windowed) -> None:
    await window.world.get("/v1/cases")
    async with window.visitor("auditor") as visitor:
        page = await visitor.get("/audit/export?format=csv&operation=cases.list")
        assert page.headers["content-disposition"].startswith("attachment")
        assert page.text.splitlines()[0].startswith("index,")
        assert "nosniff" in page.headers["x-content-type-options"]


async def test_only_hashes_are_passed_on(window: Windowed) -> None:
    async with window.visitor("auditor") as visitor:
        for name in ("entries/000", "0/../../records", "0/000.p/0", "8/000", "0/000%2f..%2f..", "x"):
            assert (await visitor.get(f"/audit/tile/{name}")).status_code in (400, 404), name


async def test_look_of_an_auditor_is_under_his_own_name(window: Windowed) -> None:
    async with window.visitor("auditor") as visitor:
        page = await visitor.get("/audit?client=demo-frontend")
    call = re.search(r"call_[0-9a-z]{26}", page.text[page.text.index("<footer") :])
    assert call is not None
    async with asyncio.timeout(PATIENCE):
        while not (found := await window.world.records(call_id=call[0])):
            await asyncio.sleep(0.02)
    assert (found[0]["kind"], found[0]["operation"], found[0]["client"]) == ("access", "audit.list", "demo-auditors")
    assert found[0]["actor"].startswith("a")


# --- The agent ------------------------------------------------------------------------------------------------------


async def test_agent_checks_in_and_writes_a_note(window: Windowed) -> None:
    case_id = await visit(window)
    async with window.visitor("agent") as visitor:
        page = await visitor.get("/agenda?post=lyon")
        assert case_id in page.text
        assert "El Fassi" not in page.text
        arrived = await visitor.post("/agenda", page, typed=f"rdv-{case_id[-6:]}", post="lyon")
        assert arrived.status_code == 200
        assert "Amina El Fassi" in arrived.text
        unknown = await visitor.post("/agenda", page, typed=HOSTILE, post="lyon")
        assert 'role="alert"' in unknown.text
        assert "<script>alert" not in unknown.text
        notes = await visitor.get(f"/agenda/cases/{case_id}")
        written = await visitor.post(f"/agenda/cases/{case_id}", notes, text=HOSTILE)
        assert written.status_code == 200
        assert "&lt;script&gt;alert" in written.text
        assert "<script>alert" not in written.text


async def test_agent_reaches_no_other_post_and_no_other_case(window: Windowed) -> None:
    elsewhere, plain = await visit(window, "bruxelles"), (await window.world.order())["id"]
    async with window.visitor("agent") as visitor:
        assert (await visitor.get("/agenda?post=bruxelles")).status_code == 403
        assert (await visitor.get(f"/agenda/cases/{elsewhere}")).status_code == 403
        assert (await visitor.get(f"/agenda/cases/{plain}")).status_code == 404


async def test_every_page_says_for_whom_an_agent_acts(window: Windowed) -> None:
    wish = {
        "agent": "demo-agent",
        "scope": ["cases:read", "cases:write"],
        "purpose": HOSTILE,
        "expires_at": (datetime.now(UTC) + timedelta(days=2)).isoformat(),
    }
    given = (await window.world.post("/v1/mandates", wish)).json()
    async with window.visitor("agent") as visitor, window.visitor("agent", "omar") as colleague:
        page = await visitor.get("/people")
        wrong = await visitor.post("/people/take", page, code="000000000")
        assert 'role="alert"' in wrong.text
        held = await visitor.post("/people/take", page, code=given["code"])
        assert "Amina El Fassi" in held.text
        assert "<script>alert" not in held.text
        acting = await visitor.post(f"/people/{given['id']}/act", held)
        assert (acting.status_code, acting.url.path) == (200, "/cases")
        assert "for-whom" in acting.text
        for path in ("/agenda", "/people", "/services"):
            assert "for-whom" in (await visitor.get(path)).text
        assert (await colleague.web.post(f"{colleague.url}/people/{given['id']}/act")).status_code == 403
        people = await visitor.get("/people")
        handed = await visitor.post(f"/people/{given['id']}/hand-over", people)
        code = re.search(r"\d{9}", handed.text[handed.text.index("ds-alert") :])
        assert code is not None
        taken = await colleague.post("/people/take", await colleague.get("/people"), code=code[0])
        assert "Amina El Fassi" in taken.text
        given_up = await visitor.get("/people")
        assert "You do not act for <bdi>Amina El Fassi</bdi> any more." in given_up.text
        assert "for-whom" not in given_up.text
        assert f"/people/{given['id']}/" not in given_up.text
        assert "Amina El Fassi" not in (await visitor.get("/people")).text


# --- In a browser ---------------------------------------------------------------------------------------------------


async def test_pages_fit_a_small_screen_and_a_record_is_proved_there(window: Windowed) -> None:
    """In Arabic, whose lines run the other way; the other languages in `test_every_page.py`. With `MRE_PICTURES` the
    pictures are kept in that folder."""
    case_id = await visit(window)
    await make_traffic(window)
    auditor = await window.world.machine("demo-auditor")
    index = await covered_record(window, auditor)
    head = (await window.world.get("/audit/log/checkpoint")).text
    size = head.split("\n")[1]
    pages = dict(PAGES) | {
        "auditor": (*PAGES["auditor"], f"/audit/records/{index}", f"/audit/cases/{case_id}"),
        "agent": (*PAGES["agent"], f"/agenda/cases/{case_id}"),
    }
    told = await in_browser(
        Path(__file__).with_name("staff_pages.mjs"),
        url=window.url,
        roles=pages,
        languages=["ar"],
        record=index,
        forged=head.replace(f"\n{size}\n", f"\n{int(size) + 1}\n"),
        pictures=os.environ.get("MRE_PICTURES", ""),
    )
    assert told["wrong"] == []
    *said, (hidden, sign_in) = told["said"]
    assert [each[0] for each in said] == ["yes", "no", "no", "no", "yes", "open", "open", "open"]
    assert "does not have this record" in told["said"][1][1]
    assert "signature is false" in told["said"][2][1]
    assert "key is missing" in told["said"][3][1]
    assert ["could not be fetched" in each[1] for each in said[5:]] == [True] * 3
    assert ["session has ended" in each[1] for each in said[5:]] == [False, False, True]
    assert (hidden, sign_in) == (False, f"/sign-in?as=auditor&to=/audit/records/{index}")


async def make_traffic(window: Windowed) -> None:
    """Good and strange answers of a portal."""
    world = window.world
    await world.get("/v1/tracking/barid/RR123456785MA")
    await world.web.put(f"{world.sandbox_url}/_faults/barid", json={"mode": "garbage", "rate": 1.0})
    await world.get("/v1/tracking/barid/RR123456785MA")
    await world.web.put(f"{world.sandbox_url}/_faults/barid", json={"mode": "none"})


async def covered_record(window: Windowed, auditor: str) -> int:
    """The index of a call that went out, once the newest checkpoint covers it."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = await window.world.get("/audit/records?portal=barid&outcome=ok&limit=1", auditor)
            head = (await window.world.get("/audit/log/checkpoint")).text.split("\n")
            if (data := found.json()["data"]) and data[0]["index"] < int(head[1]):
                return int(data[0]["index"])
            await asyncio.sleep(0.1)
