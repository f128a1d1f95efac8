"""An attacker's hour at a running window, as `docs/security.md` tells it: what no other test here asks."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.acceptance.conftest import PDF, YOUSSEF
from tests.acceptance.shared import IN_ONE_LOOP, shared_world
from tests.waiting import PATIENCE
from tests.window.served_window import Window, form_of, shared_window

pytestmark = IN_ONE_LOOP
world = shared_world()
window = shared_window(
    sign_in={
        "person": {"client_id": "demo-window"},
        "agent": {"client_id": "demo-agent"},
        "agency": {"client_id": "demo-agencies"},
    }
)


@pytest.mark.parametrize("typed", ["x%0d%0aSet-Cookie:%20lang=de", "%0d%0a%0d%0a%3Cscript%3E", "%5C%5Cevil.example"])
async def test_typed_address_ends_no_header_of_the_answer(window: Window, typed: str) -> None:
    one = await window.signed_in()
    found = await one.get(f"/cases/{typed}/paid")
    assert found.status_code == 303
    assert found.headers["location"].lower() == f"/cases/{typed}?back=card-page".lower()
    assert "set-cookie" not in found.headers


async def test_page_that_is_live_ends_with_the_session(window: Window, world: Any) -> None:
    """She signs out elsewhere: the page that is still open on a shared machine is told nothing more."""
    case_id = (await world.order("echo.note", behave="never"))["id"]
    await world.until(case_id, lambda case: case["filing"]["portal_status"] == "in_hand")  # its last word by itself
    one = await window.signed_in()
    copy = window.visitor(Cookie=f"window-session={one.cookies['window-session']}")
    last = (await world.events(case_id))[-1]["id"]
    async with copy.stream("GET", f"/cases/{case_id}/live", params={"after": last}) as live:
        assert live.status_code == 200
        parts = live.aiter_text()
        assert "retry" in await anext(parts)
        await window.send(one, await one.get("/"), "/sign-out")
        assert (await world.post(f"/v1/cases/{case_id}/actions/withdraw", {})).status_code == 200
        async with asyncio.timeout(PATIENCE):
            assert "data:" not in "".join([part async for part in parts])


async def test_sign_out_on_all_devices_ends_each_session_of_hers(window: Window) -> None:
    here, lost, other = await window.signed_in(), await window.signed_in(), await window.signed_in(YOUSSEF)
    me = await here.get("/me")
    wanted = form_of(me.text.partition("<main")[2], "/sign-out")
    assert wanted["everywhere"] == "yes"
    done = await here.post("/sign-out", data=wanted, headers={"Origin": window.url})
    assert done.status_code == 200
    assert [(await each.get("/cases")).status_code for each in (here, lost, other)] == [303, 303, 200]


async def test_agent_acts_for_nobody_whose_mandate_a_colleague_holds(window: Window, world: Any) -> None:
    """With a form of her own, and the address of a mandate that she saw over a shoulder."""
    wish = {
        "agent": "demo-agent",
        "scope": ["cases:read", "cases:write"],
        "purpose": "x",
        "expires_at": (datetime.now(UTC) + timedelta(days=2)).isoformat(),
    }
    given = (await world.post("/v1/mandates", wish)).json()
    nadia = await window.signed_in("nadia", role="agent")
    taken = await window.send(nadia, await nadia.get("/people"), "/people/take", {"code": given["code"]})
    assert taken.status_code == 303
    omar = await window.signed_in("omar", role="agent")
    own = await omar.get("/people")
    for what in ("act", "hand-over", "give-back"):
        refused = await posted(window, omar, own, f"/people/{given['id']}/{what}")
        assert refused.status_code in (403, 404), what
    assert "Amina" not in (await omar.get("/people")).text
    case = (await world.order())["id"]
    away = await omar.get(f"/cases/{case}")
    assert (away.status_code, away.headers["location"].partition("?")[0]) == (303, "/people"), "acts for nobody"
    assert f"/people/{given['id']}/act" in (await nadia.get("/people")).text


@pytest.mark.parametrize("path", ["/portals/barid", "/portals/etimbre?hours=720", "/portals/..%2foperations"])
async def test_agency_reaches_nothing_beyond_its_portal(window: Window, path: str) -> None:
    agency = await window.signed_in("driss", role="agency")
    assert (await agency.get("/portals/watiqa")).status_code == 200
    found = await agency.get(path)
    assert found.status_code in (400, 403, 404)
    assert "calls" not in found.text.partition("<main")[2].lower()


async def test_page_offers_a_proof_to_who_can_have_it(window: Window) -> None:
    """The gateway gives one to whoever a call was for, and to auditors; an agency's page names its record alone."""
    agency, person = await window.signed_in("driss", role="agency"), await window.signed_in()
    named = await agency.get("/portals")
    assert "call_" in named.text.partition("<footer")[2]
    assert "/records/" not in named.text
    assert "/records/" in (await person.get("/cases")).text


@pytest.mark.parametrize("path", ["/operations", "/agenda", "/people", "/audit", "/cases", "/me", "/audit/export"])
async def test_agency_has_no_page_of_another_role(window: Window, path: str) -> None:
    agency = await window.signed_in("driss", role="agency")
    assert (await agency.get(path)).status_code == 303


async def test_file_name_is_a_text(window: Window, world: Any) -> None:
    """In the answer to the script, and on the page where the file is listed."""
    name = '"><img src=x onerror=alert(1)>\r\nSet-Cookie: a=b;.pdf'
    one = await window.signed_in()
    page = await one.get("/services/chikaya.complaint/form")
    data = {"csrf": form_of(page.text, "/services/chikaya.complaint/form")["csrf"]}
    told = await one.post(
        "/services/chikaya.complaint/files",
        data=data,
        files={"file": (name, PDF, "application/pdf")},
        headers={"Origin": window.url},
    )
    assert told.headers["content-type"].startswith("application/json")
    assert told.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in told.headers


@pytest.mark.parametrize("path", ["/", "/cases", "/me", "/me/accesses.csv", "/nothing"])
async def test_personal_answer_is_kept_nowhere_and_framed_by_nobody(window: Window, path: str) -> None:
    one = await window.signed_in()
    found = await one.get(path)
    assert found.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in found.headers["content-security-policy"]


async def test_form_of_another_person_is_not_shown_to_who_signs_in_next(window: Window) -> None:
    """Amina's session is over while she types, and Youssef signs in at the same machine."""
    one = await window.signed_in()
    page = await one.get("/me/mandates/new")
    copy = window.visitor(Cookie=f"window-session={one.cookies['window-session']}")
    await window.send(copy, await copy.get("/"), "/sign-out")
    sent = await window.send(one, page, "/me/mandates/new", {"purpose": "For my eyes alone", "days": "7"})
    assert sent.status_code == 303
    await window.sign_in(one, YOUSSEF)
    assert "my eyes" not in (await one.get("/me/mandates/new")).text


async def posted(window: Window, one: httpx.AsyncClient, page: httpx.Response, path: str) -> httpx.Response:
    """A form of the page, sent to another address."""
    data = form_of(page.text, "/people/take")
    return await one.post(path, data=data, headers={"Origin": window.url, "Sec-Fetch-Site": "same-origin"})
