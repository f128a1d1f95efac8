"""A form that was filed, and its address: whoever sends it again or looks back sees the case, and files no second one.
What an agent begins at one address for two people are two drafts."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.window.played_gateway import Played, listed, played, refused, told
from tests.window.served_window import form_of

KEY: Final = "k" * 20
FORM: Final = "/services/x.paper/form"
BEGUN: Final = f"{FORM}?key={KEY}"
SEND: Final = "/services/x.paper/send"
PEOPLE: Final = {"mandate_amina": "Amina", "mandate_youssef": "Youssef"}
SERVICE: Final = {
    "id": "x.paper", "portal": "x", "title": "Paper", "acr": "low", "prefill": None, "steps": [], "portal_title": "X",
    "summary": "", "cost": {"text": "Free"}, "deadline_text": "",
    "form": {"type": "object", "properties": {"text": {"type": "string", "title": "Text"}}},
}  # fmt: skip
HELD: Final = {
    "state": "held", "purpose": "", "expires_at": "2027-01-01T00:00:00Z", "scope": ["cases:write"], "services": [],
    "earlier_cases": False,
}  # fmt: skip


@dataclass
class Gateway:
    """Keeps drafts, each for one person, until they are filed."""

    drafts: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    """By id: whose, and what is in it."""
    made: int = 0
    cases: list[str] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response | None:
        whose, path = request.headers.get("mandate", ""), request.url.path
        body = json.loads(request.content) if request.method in ("POST", "PUT") else {}
        if path.startswith("/v1/drafts/"):
            return self._draft(request.method, path.rpartition("/")[2], whose, body)
        match request.method, path:
            case "GET", "/v1/services/x.paper":
                return told(SERVICE)
            case "GET", "/v1/mandates":
                return listed(*({**HELD, "id": id, "person_name": name} for id, name in PEOPLE.items()))
            case "POST", "/v1/cases/validate":
                return told({"valid": True, "findings": [], "fee": None})
            case "POST", "/v1/drafts":
                self.made += 1
                return self._kept(f"draft_{self.made}", whose, body)
            case "POST", "/v1/cases":
                del self.drafts[body["draft"]]
                self.cases.append(body["draft"])
                return told({"id": f"case_of_{body['draft']}"}, 201)
        return None

    def _draft(self, method: str, draft: str, whose: str, body: dict[str, Any]) -> httpx.Response:
        if self.drafts.get(draft, ("nobody",))[0] != whose:
            return refused(404, "draft_not_found")
        return self._kept(draft, whose, body if method == "PUT" else self.drafts[draft][1])

    def _kept(self, draft: str, whose: str, body: dict[str, Any]) -> httpx.Response:
        self.drafts[draft] = (whose, body)
        return told({"id": draft, "service": "x.paper", "form": body["form"]}, etag="W/1")


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
async def window(tmp_path: Path, gateway: Gateway) -> AsyncIterator[Played]:
    async with played(tmp_path, gateway) as found:
        yield found


async def _filed(window: Played, page: httpx.Response) -> str:
    """Where the page before the last button was."""
    checked = await window.send(page, FORM, **{"/text": "Mine", "do": "check"})
    sent = await window.send(await window.web.get(checked.headers["location"]), SEND)
    assert sent.headers["location"] == "/cases/case_of_draft_1?sent=yes"
    return checked.headers["location"]


@pytest.mark.parametrize("does", ["check", "save", "anyway"])
@pytest.mark.parametrize("opened", [BEGUN, f"{FORM}?draft=draft_1"], ids=["by-key", "by-draft"])
async def test_form_sent_again_after_it_was_filed_leads_to_the_case(
    window: Played, gateway: Gateway, does: str, opened: str
) -> None:
    """Of two tabs, the second one."""
    await window.session()
    first = await window.web.get(BEGUN)
    if "draft" in opened:
        await window.send(first, FORM, **{"/text": "Mine", "do": "save"})
    second = await window.web.get(opened)
    await _filed(window, first)
    again = await window.send(second, FORM, **{"/text": "Mine", "do": does})
    assert again.headers.get("location") == "/cases/case_of_draft_1?sent=yes"
    assert (gateway.made, len(gateway.cases)) == (1, 1)


async def test_form_with_another_key_is_another_request(window: Played, gateway: Gateway) -> None:
    await window.session()
    await _filed(window, await window.web.get(BEGUN))
    other = await window.send(await window.web.get(FORM), FORM, **{"/text": "Mine", "do": "check"})
    assert other.headers["location"] == "/services/x.paper/check?draft=draft_2"


async def test_who_looks_back_after_sending_sees_the_case(window: Played) -> None:
    await window.session()
    check = await _filed(window, await window.web.get(BEGUN))
    for back in (check, f"{FORM}?draft=draft_1", BEGUN):
        seen = await window.web.get(back)
        assert (seen.status_code, seen.headers.get("location")) == (303, "/cases/case_of_draft_1"), back


async def test_draft_that_was_not_filed_here_is_not_found(window: Played) -> None:
    await window.session()
    await _filed(window, await window.web.get(BEGUN))
    for path in (f"{FORM}?draft=draft_9", "/services/x.paper/check?draft=draft_9"):
        assert (await window.web.get(path)).status_code == 404


async def test_address_of_a_form_is_one_for_each_person_acted_for(window: Played, gateway: Gateway) -> None:
    await window.session("agent")
    for mandate in PEOPLE:
        await _act(window, mandate)
        page = await window.web.get(BEGUN)
        assert form_of(page.text, FORM)["draft"] == ""
        assert (await window.send(page, FORM, **{"/text": "The same", "do": "save"})).status_code == 303
    for mandate, draft in zip(PEOPLE, ("draft_1", "draft_2"), strict=True):
        await _act(window, mandate)
        assert form_of((await window.web.get(BEGUN)).text, FORM)["draft"] == draft
    keys = [each.headers["idempotency-key"] for each in window.asked("POST", "/v1/drafts")]
    assert len(set(keys)) == gateway.made == 2


async def _act(window: Played, mandate: str) -> None:
    people = await window.web.get("/people")
    assert (await window.send(people, f"/people/{mandate}/act")).status_code == 303
