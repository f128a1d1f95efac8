"""A case in the window: whose it is, what is done about it, and what happens when something else came first."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.acceptance.conftest import PDF, YOUSSEF, World
from tests.acceptance.shared import IN_ONE_LOOP, shared_world
from tests.window.served_window import Window, shared_window

pytestmark = IN_ONE_LOOP
world = shared_world(journeys={"poll_seconds": 0.2, "embedded": True})
window = shared_window()

PAPER = ("proof.pdf", PDF, "application/pdf")
WORDS = "Je ne suis pas d'accord \"><img src=x onerror=alert(1)>"


async def note(world: World, behave: str) -> str:
    return str((await world.order("echo.note", behave=behave))["id"])


async def offered(world: World, case_id: str, kind: str) -> None:
    await world.until(case_id, lambda case: any(each["type"] == kind for each in case["actions"]))


def links(page: httpx.Response) -> str:
    return str(page.headers.get("location", ""))


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/do/withdraw",
        "/slots",
        "/parcel",
        "/receipt",
        "/receipt.pdf",
        "/documents/recu",
        "/appointment.ics",
        "/live",
    ],
)
async def test_case_is_shown_to_its_person_alone(window: Window, world: World, path: str) -> None:
    case_id = await note(world, "never")
    other = await window.signed_in(YOUSSEF)
    assert (await other.get(f"/cases/{case_id}{path}")).status_code == 404
    nobody = await window.visitor().get(f"/cases/{case_id}{path}")
    assert nobody.status_code == 303
    assert links(nobody).startswith("/sign-in?")


@pytest.mark.parametrize(
    "path",
    ["/cases/x%3Fa=b", "/cases/..%5C..%5Cv1", "/records/x%3Fy/proof", "/cases/x%23/receipt.pdf", "/me/cards/a%3Fb"],
)
async def test_address_names_nothing_else_of_the_gateway(window: Window, path: str) -> None:
    one = await window.signed_in()
    assert (await one.get(path)).status_code in (400, 404)


async def test_two_clicks_take_a_case_back_once(window: Window, world: World) -> None:
    case_id = await note(world, "never")
    one = await window.signed_in()
    action = f"/cases/{case_id}/do/withdraw"
    page = await one.get(action)
    first, second = [await window.send(one, page, action) for _ in range(2)]
    assert (first.status_code, second.status_code) == (303, 303)
    await world.ended(case_id)
    codes = await world.codes(case_id)
    assert codes.count("withdrawal_asked") + codes.count("withdrawn") <= 2
    assert "withdrawn" in codes


async def test_answer_of_a_case_that_moved_on_is_shown_not_lost(window: Window, world: World) -> None:
    """She answers in one window what she has answered in another."""
    case_id = await note(world, "appeal")
    await offered(world, case_id, "appeal")
    one = await window.signed_in()
    action = f"/cases/{case_id}/do/appeal"
    early, late = await one.get(action), await one.get(action)
    given: dict[str, Any] = {"text": WORDS}
    if 'name="choice"' in early.text:
        given["choice"] = early.text.partition('name="choice" value="')[2].partition('"')[0]
    assert (await window.send(one, early, action, given)).status_code == 303
    refused = await window.send(one, late, action, given)
    assert refused.status_code == 409
    assert "Je ne suis pas d&#39;accord" in refused.text
    assert "<img src=x" not in refused.text


async def test_document_is_handed_in_and_an_empty_answer_is_not(window: Window, world: World) -> None:
    case_id = await note(world, "ask_document")
    await offered(world, case_id, "provide_document")
    one = await window.signed_in()
    action = f"/cases/{case_id}/do/provide_document"
    page = await one.get(action)
    empty = await window.send(one, page, action, files={"file": ("", b"", "application/octet-stream")})
    assert empty.status_code == 422
    strange = await window.send(one, page, action, files={"file": ("x.exe", b"MZ\x90\x00", "application/pdf")})
    assert strange.status_code == 422
    assert 'role="alert"' in strange.text
    sent = await window.send(one, page, action, files={"file": PAPER})
    assert links(sent) == f"/cases/{case_id}?done=yes"
    assert "answered" in await world.codes(case_id)


async def test_slot_that_somebody_took_is_said_and_nothing_booked(window: Window, world: World) -> None:
    pages = []
    for who in (await window.signed_in(), await window.signed_in()):
        case_id = str((await world.order("echo.meeting"))["id"])
        await offered(world, case_id, "choose_slot")
        action = f"/cases/{case_id}/slots"
        page = await who.get(action)
        if 'name="slot"' not in page.text:
            page = await who.get(action, params={"post": "lyon"})
        pages.append((who, case_id, action, page))
    slot = pages[0][3].text.partition('name="slot" value="')[2].partition('"')[0]
    assert slot
    (one, first, action, page), (other, second, later, seen) = pages
    none = await window.send(one, page, action)
    assert none.status_code == 422
    assert links(await window.send(one, page, action, {"slot": slot})) == f"/cases/{first}"
    assert links(await window.send(one, page, action, {"slot": slot})) == f"/cases/{first}", "a second click"
    taken = await window.send(other, seen, later, {"slot": slot})
    assert taken.status_code == 409
    assert "Somebody was faster" in taken.text
    assert f'value="{slot}"' not in taken.text
    assert "appointment_booked" not in await world.codes(second)
    assert (await world.codes(first)).count("appointment_booked") == 1


async def test_what_happens_is_told_without_compression(window: Window, world: World) -> None:
    """A compressed stream would keep each event until the next."""
    case_id = await note(world, "never")
    one = await window.signed_in()
    async with one.stream("GET", f"/cases/{case_id}/live", headers={"Accept-Encoding": "gzip"}) as told:
        assert told.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in told.headers
        async for line in told.aiter_lines():
            if line.startswith("data:"):
                break
    assert case_id in line


async def test_receipt_and_documents_are_saved_never_run(window: Window, world: World) -> None:
    case_id = await note(world, "complete")
    await world.ended(case_id)
    one = await window.signed_in()
    paper = await one.get(f"/cases/{case_id}/receipt.pdf")
    assert paper.content.startswith(b"%PDF")
    assert "sandbox" in paper.headers["content-security-policy"]
    case = (await world.get(f"/v1/cases/{case_id}")).json()
    for each in case["documents"]:
        document = await one.get(f"/cases/{case_id}/documents/{each['id']}")
        assert document.headers["content-disposition"].startswith("attachment")
        assert document.headers["x-content-type-options"] == "nosniff"
    page = await one.get(f"/cases/{case_id}")
    record = page.text.partition('href="/records/')[2].partition('"')[0]
    assert f"/records/{record}/proof" in (await one.get(f"/records/{record}")).text
