"""The button that files is pressed again after its first answer was lost, and the draft is gone meanwhile."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.window.played_gateway import Played, listed, played, refused, told
from window.csrf import FIELD, token

SEND = "/services/x.paper/send"
POSTED = {"draft": "draft_1", "version": "W/1"}


@dataclass
class Gateway:
    """Files at the first attempt, deletes the draft, and its answer is lost."""

    again: httpx.Response
    filed: bool = False
    bodies: list[tuple[str, object]] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response | None:
        asked = (request.method, request.url.path)
        if asked == ("GET", "/v1/drafts/draft_1"):
            if self.filed:
                return refused(404, "draft_not_found")
            return told({"id": "draft_1", "service": "x.paper", "form": {"copies": 2}}, etag="W/1")
        if asked == ("POST", "/v1/cases"):
            self.bodies.append((request.headers["idempotency-key"], json.loads(request.content)))
            if self.filed:
                return self.again
            self.filed = True
            return httpx.Response(502)
        return None


async def _pressed_twice(window: Played) -> tuple[httpx.Response, httpx.Response]:
    session = await window.session()
    fields = {**POSTED, FIELD: token(session.key), "owner": session.data.owner, "acting_for": ""}
    return (
        await window.web.post(SEND, data=fields, headers=window.ours()),
        await window.web.post(SEND, data=fields, headers=window.ours()),
    )


@pytest.fixture(autouse=True)
def _asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("window.api._ATTEMPTS", 1)


async def test_pressing_again_leads_to_the_case_that_was_filed(tmp_path: Path) -> None:
    gateway = Gateway(told({"id": "case_1"}, 201))
    async with played(tmp_path, gateway) as window:
        first, second = await _pressed_twice(window)
    assert first.status_code == 503
    assert second.headers["location"] == "/cases/case_1?sent=yes"
    assert gateway.bodies[0] == gateway.bodies[1], "the same request under the same key"


async def test_draft_that_somebody_deleted_leads_to_the_list(tmp_path: Path) -> None:
    async with played(tmp_path, Gateway(refused(422, "form_invalid"))) as window:
        _, second = await _pressed_twice(window)
    assert second.headers["location"] == "/cases"


async def test_what_was_sent_is_forgotten_with_its_answer(tmp_path: Path) -> None:
    async with played(tmp_path, Gateway(told({"id": "case_1"}, 201))) as window:
        session = await window.session()
        fields = {**POSTED, FIELD: token(session.key), "owner": session.data.owner, "acting_for": ""}
        await window.web.post(SEND, data=fields, headers=window.ours())
        kept = await window.store.find(session.key)
        await window.web.post(SEND, data=fields, headers=window.ours())
        after = await window.store.find(session.key)
    assert kept is not None
    assert kept.data.more["sending"]["body"]["form"] == {"copies": 2}
    assert after is not None
    assert "sending" not in after.data.more


async def test_note_that_is_sent_twice_is_written_once(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response | None:
        return listed() if request.method == "GET" else told({"id": "note_1"}, 201)

    async with played(tmp_path, answer) as window:
        await window.session("agent")
        page = await window.web.get("/agenda/cases/case_1")
        for _ in range(2):
            sent = await window.send(page, "/agenda/cases/case_1", text="Bring the card")
            assert sent.status_code == 303, sent.text
        keys = [each.headers["idempotency-key"] for each in window.asked("POST", "/v1/cases/case_1/notes")]
    assert len(keys) == 2
    assert len(set(keys)) == 1
