"""What stands on top of a case: for who is back from the card page, has taken it back, or looks from two devices."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.window.played_gateway import Played, listed, played, refused, told
from tests.window.served_window import form_of

PAY = {
    "type": "pay",
    "title": "Pay the fee",
    "optional": False,
    "amount": None,
    "help": None,
    "expires_at": None,
    "portal_message": None,
}
SLOT = {
    **PAY, "type": "choose_slot", "title": "Choose an appointment", "optional": True,
    "posts_url": "/v1/posts?service=s", "expires_at": "2026-12-01T09:00:00Z",
}  # fmt: skip
FILES = {**PAY, "type": "provide_document", "title": "Add a paper", "choices": []}
POST = {
    "id": "p", "name": "Post", "country": "FR", "city": "Lyon", "address": None, "timezone": "Europe/Paris",
}  # fmt: skip
STEP = {"step": "filing", "title": "Filing", "portal_title": "Passeport"}


def appointment(reference: str) -> dict[str, Any]:
    return {
        "reference": reference, "state": "booked", "starts_at": "2026-12-03T09:00:00+01:00", "post_name": "Post",
        "timezone": "Europe/Paris", "address": None, "calendar_url": None,
    }  # fmt: skip


def case(*actions: Any, **over: Any) -> dict[str, Any]:
    filing = {"reference": None, "filed_at": None, "availability": {"state": "up"}}
    return {
        "id": "case_1", "service": "s", "service_title": "A paper", "status": "in_progress", "status_text": "Begun",
        "created_at": "2026-11-30T10:00:00Z", "fast_lane": False, "reason_text": None, "actions": list(actions),
        "appointment": None, "documents": [], "deadlines": [], "checked_at": None, "payments": [], "filing": filing,
        "shipment": None, "related_case": None, "refusal": None, **over,
    }  # fmt: skip


def gateway(found: dict[str, Any], *codes: str, upload: httpx.Response | None = None) -> Any:
    at = "2026-11-30T10:00:00Z"
    events = [{"id": str(n), "code": code, "text": code, "data": {}, "occurred_at": at} for n, code in enumerate(codes)]
    answers = {
        "/v1/cases/case_1": told(found),
        "/v1/cases/case_1/events": listed(*events),
        "/v1/services/s": told({"steps": [STEP]}),
        "/v1/cases/case_1/notes": listed(),
        "/v1/posts": listed(POST),
        "/v1/slots": listed({"id": "slot_b", "starts_at": "2026-12-04T11:00:00+01:00"}),
        "/v1/cases/case_1/actions/choose_slot": told(found),
        "/v1/attachments": upload,
    }

    def answer(request: httpx.Request) -> httpx.Response | None:
        return answers.get(request.url.path)

    return answer


async def shown(folder: Path, answer: Any, path: str = "/cases/case_1", language: str = "en") -> str:
    async with played(folder, answer) as window:
        await window.session()
        page = await window.web.get(path, headers={"Accept-Language": language})
    assert page.status_code == 200, page.text
    return page.text


@pytest.mark.parametrize(
    ("codes", "said", "other"),
    [
        (("checkout_opened", "payment_declined"), "Nothing was paid", "No payment is known yet"),
        (("payment_declined", "checkout_opened"), "No payment is known yet", "Nothing was paid"),
    ],
)
async def test_who_is_back_from_the_card_page_is_told(tmp_path: Path, codes: Any, said: str, other: str) -> None:
    """A payment whose notice is still under way is not called unpaid."""
    async with played(tmp_path, gateway(case(PAY), *codes)) as window:
        await window.session()
        back = (await window.web.get("/cases/case_1/paid")).headers["location"]
        page = (await window.web.get(back)).text
        assert said in page
        assert other not in page
        assert said not in (await window.web.get("/cases/case_1")).text
    paid = await shown(tmp_path, gateway(case(), "checkout_opened", "paid"), "/cases/case_1?back=card-page")
    assert "Nothing was paid" not in paid
    assert "No payment is known" not in paid


async def test_portal_is_said_to_work_once_it_has_the_request(tmp_path: Path) -> None:
    filed = {"reference": "W-1", "filed_at": "2026-11-30T10:00:00Z", "availability": {"state": "up"}}
    working = "has your request and is working on it"
    assert working in await shown(tmp_path, gateway(case(filing=filed)))
    assert working not in await shown(tmp_path, gateway(case()))


async def test_withdrawal_is_said_to_be_carried_out(tmp_path: Path) -> None:
    filed = {"reference": "W-1", "filed_at": "2026-11-30T10:00:00Z", "availability": {"state": "up"}}
    page = await shown(tmp_path, gateway(case(filing=filed), "withdrawal_asked"), "/cases/case_1?done=yes")
    assert "The withdrawal is being carried out" in page
    assert "on its way to the portal" not in page
    assert "is working on it" not in page
    ended = case(filing=filed, status="withdrawn")
    assert "being carried out" not in await shown(tmp_path, gateway(ended, "withdrawal_asked", "withdrawn"))


@pytest.mark.parametrize(("language", "said"), [("en", "(Casablanca time)"), ("fr", "(heure de Casablanca)")])
async def test_deadline_says_by_which_clock(tmp_path: Path, language: str, said: str) -> None:
    assert said in await shown(tmp_path, gateway(case(SLOT)), language=language)


async def _choose(window: Played, page: httpx.Response, **fields: str) -> httpx.Response:
    return await window.send(page, "/cases/case_1/slots", slot="slot_b", **fields)


async def test_appointment_from_another_device_is_not_moved_unasked(tmp_path: Path) -> None:
    stands = [gateway(case(SLOT))]
    async with played(tmp_path, lambda request: stands[0](request)) as window:
        await window.session()
        page = await window.web.get("/cases/case_1/slots?post=p")
        stands[0] = gateway(case(SLOT, appointment=appointment("R-1")))
        asked = await _choose(window, page)
        assert asked.status_code == 409
        assert "You already have an appointment" in asked.text
        assert re.search(r"Move it to [^<]*4 December 2026, 11:00\?", asked.text)
        assert window.asked("POST", "/v1/cases/case_1/actions/choose_slot") == []
        assert (await window.send(asked, "/cases/case_1/slots")).status_code == 303
        assert len(window.asked("POST", "/v1/cases/case_1/actions/choose_slot")) == 1


async def test_appointment_that_the_page_knew_is_moved(tmp_path: Path) -> None:
    async with played(tmp_path, gateway(case(SLOT, appointment=appointment("R-1")))) as window:
        await window.session()
        page = await window.web.get("/cases/case_1/slots?post=p")
        assert (await _choose(window, page)).status_code == 303


async def test_file_that_is_too_large_is_told_at_its_field(tmp_path: Path) -> None:
    """The other answers stay; in the language that a button of the form asks for."""
    answer = gateway(case(FILES), upload=refused(413, "body_too_large"))
    async with played(tmp_path, answer) as window:
        await window.session()
        page = await window.web.get("/cases/case_1/do/provide_document")
        form = form_of(page.text, "/cases/case_1/do/provide_document")
        sent = await window.web.post(
            "/cases/case_1/do/provide_document", data=form, headers=window.ours(), files={"file": ("a.pdf", b"%PDF")}
        )
    assert sent.status_code == 422
    assert "This file is too large: at most 10 MB." in sent.text
    assert '<a href="#file">' in sent.text


async def test_answer_is_kept_when_the_language_changes(tmp_path: Path) -> None:
    action = {**PAY, "type": "confirm", "title": "Answer", "choices": []}
    async with played(tmp_path, gateway(case(action))) as window:
        await window.session()
        page = await window.web.get("/cases/case_1/do/confirm")
        sent = await window.send(page, "/cases/case_1/do/confirm", text="My words", do="language:fr")
        assert sent.status_code == 200
        assert '<html lang="fr"' in sent.text
        assert "My words</textarea>" in sent.text
        assert window.asked("POST", "/v1/cases/case_1/actions/confirm") == []


async def test_language_changes_without_losing_the_chosen_time(tmp_path: Path) -> None:
    async with played(tmp_path, gateway(case(SLOT))) as window:
        await window.session()
        page = await window.web.get("/cases/case_1/slots?post=p")
        assert '<button form="form" name="do" value="language:ar"' in page.text
        sent = await _choose(window, page, do="language:ar")
        assert sent.status_code == 200
        assert '<html lang="ar" dir="rtl"' in sent.text
        assert re.search(r'value="slot_b"[^>]* checked', sent.text)
        assert window.asked("POST", "/v1/cases/case_1/actions/choose_slot") == []


async def test_time_that_was_not_chosen_is_told_at_the_times(tmp_path: Path) -> None:
    async with played(tmp_path, gateway(case(SLOT))) as window:
        await window.session()
        page = await window.web.get("/cases/case_1/slots?post=p")
        assert "aria-invalid" not in page.text
        sent = await window.send(page, "/cases/case_1/slots")
    assert sent.status_code == 422
    assert "<title>Error: Choose an appointment" in sent.text
    assert '<a href="#slot-1-1">Choose a time first.</a>' in sent.text
    assert re.search(r'id="errors" autofocus', sent.text)
    (radio,) = re.findall(r'<input[^>]* id="slot-1-1"[^>]*>', sent.text)
    assert 'aria-describedby="slot-1-1-wrong" aria-invalid="true"' in radio
    assert 'id="slot-1-1-wrong"' in sent.text


async def test_choice_that_was_not_made_is_told_at_the_choices(tmp_path: Path) -> None:
    choices = [{"value": each, "title": each} for each in ("yes", "no")]
    found = gateway(case({**PAY, "type": "confirm", "title": "Answer", "choices": choices}))
    wrong = refused(422, "form_invalid", errors=[{"pointer": "/choice", "detail": "D", "code": "required"}])

    def answer(request: httpx.Request) -> httpx.Response | None:
        return wrong if request.url.path.endswith("/actions/confirm") else found(request)

    async with played(tmp_path, answer) as window:
        await window.session()
        page = await window.web.get("/cases/case_1/do/confirm")
        sent = await window.send(page, "/cases/case_1/do/confirm")
    assert sent.status_code == 422
    radios = re.findall(r'<input[^>]* type="radio"[^>]*>', sent.text)
    assert ['aria-describedby="choice-1-wrong" aria-invalid="true"' in each for each in radios] == [True, True]
