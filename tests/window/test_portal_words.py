"""A portal's own words: in the reader's language where that is known, and marked with their own where they stand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.window.played_gateway import listed, played, told
from window.rendering import portal_word

STEP = {"occurred_at": "2026-11-30T10:00:00Z", "place": None}
KNOWN = {**STEP, "text": "Delivered", "label": "Livraison effectuée", "milestone": "delivered"}
UNKNOWN = {**STEP, "text": "Au dédouanement", "label": "Au dédouanement", "milestone": None}


def _gateway(history: list[dict[str, Any]]) -> Any:
    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == "/v1/cases/case_1":
            shipment = {"tracking_url": "/v1/tracking/barid/RR1"}
            return told({"id": "case_1", "service_title": "A paper", "shipment": shipment})
        if request.url.path == "/v1/tracking/barid/RR1":
            tracking = {"portal_title": "Barid", "reference": "RR1", "status_text": "Under way", "milestone": None}
            return told({**tracking, "history": history})
        return None

    return answer


async def _parcel(folder: Path, *history: dict[str, Any]) -> str:
    async with played(folder, _gateway(list(history))) as window:
        await window.session()
        page = await window.web.get("/cases/case_1/parcel")
    assert page.status_code == 200, page.text
    return page.text


async def test_event_is_told_in_words_and_in_the_portals_own(tmp_path: Path) -> None:
    page = await _parcel(tmp_path, KNOWN)
    assert ">Delivered</span>" in page, "and not in the word for any request that is finished"
    assert '<p class="subtle small"><bdi lang="fr" dir="ltr">Livraison effectuée</bdi></p>' in page
    assert page.index("Delivered") < page.index("Livraison effectuée")


async def test_word_that_nobody_knows_stands_once_and_marked(tmp_path: Path) -> None:
    page = await _parcel(tmp_path, UNKNOWN)
    assert page.count("Au dédouanement") == page.count('<bdi lang="fr" dir="ltr">Au dédouanement</bdi>') == 1


async def test_parcel_without_events_is_said_to_have_none(tmp_path: Path) -> None:
    assert "The post has told nothing about it yet." in await _parcel(tmp_path)


@pytest.mark.parametrize(("word", "marks"), [("Prêt", 'lang="fr" dir="ltr"'), ("جاهز", 'lang="ar" dir="rtl"')])
def test_portal_word_is_marked_by_its_letters(word: str, marks: str) -> None:
    assert str(portal_word(word)) == f"<bdi {marks}>{word}</bdi>"


def test_portal_word_is_no_markup() -> None:
    assert "<b>" not in portal_word("<b>")


CASE: dict[str, Any] = {
    "id": "case_1", "service": "permis.exchange", "service_title": "A licence", "status": "rejected",
    "status_text": "Rejected", "reason": "wrong", "reason_text": "It was refused.", "refusal": None,
    "created_at": "2026-11-30T10:00:00Z", "checked_at": None, "fast_lane": False, "deadlines": [], "actions": [],
    "payments": [], "appointment": None, "related_case": None, "shipment": None, "documents": [],
    "filing": {
        "portal": "permis", "portal_title": "Permis", "reference": None, "availability": {"state": "up"},
        "filed_at": None, "portal_status": None,
    },
}  # fmt: skip
ASKED: dict[str, Any] = {
    "type": "confirm", "code": "go_on", "title": "Say yes or no", "url": "", "options": [], "choices": [],
    "amount": None, "expires_at": None, "optional": False, "help": None, "posts_url": None, "slots_url": None,
    "attachments_url": None, "portal_message": "Merci de <b>confirmer</b>",
}  # fmt: skip
FORM = {"properties": {"licence": {"title": "Licence", "properties": {"number": {"title": "Licence number"}}}}}


async def _page(folder: Path, path: str, **case: Any) -> str:
    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == "/v1/cases/case_1":
            return told({**CASE, **case})
        if request.url.path == "/v1/services/permis.exchange":
            return told({"steps": [], "form": FORM})
        return listed() if request.url.path.endswith(("/events", "/notes")) else None

    async with played(folder, answer) as window:
        await window.session()
        page = await window.web.get(path)
    assert page.status_code == 200, page.text
    return page.text


async def test_refusal_is_told_in_the_portals_words_and_by_field(tmp_path: Path) -> None:
    said = {"code": "wrong", "text": "It was refused.", "portal_message": "Déjà <échangé>"}
    errors = [
        {"pointer": "/form/licence/number", "code": "wrong", "detail": "It was refused."},
        {"pointer": "/form/licence/number", "code": "unfit", "detail": "Copy it as it stands."},
        {"pointer": "/form/gone", "code": "unfit", "detail": "Copy it as it stands."},
    ]
    page = await _page(tmp_path, "/cases/case_1", refusal={**said, "portal": "permis", "errors": errors})
    assert '<blockquote class="ds-card"><p class="typed"><bdi lang="fr" dir="ltr">Déjà &lt;échangé&gt;</bdi>' in page
    assert "<li>Licence number</li><li>Licence number: Copy it as it stands.</li><li>Copy it as it stands.</li>" in page
    assert page.count("It was refused.") == 1


async def test_refused_answer_is_told_while_the_case_goes_on(tmp_path: Path) -> None:
    refusal = {"code": "wrong", "text": "It was refused.", "portal_message": None, "portal": "permis", "errors": []}
    page = await _page(tmp_path, "/cases/case_1", status="in_progress", reason_text=None, refusal=refusal)
    assert "<p>It was refused.</p>" in page
    assert "<blockquote" not in page


@pytest.mark.parametrize("path", ["/cases/case_1", "/cases/case_1/do/confirm"])
async def test_question_is_told_in_the_portals_words(tmp_path: Path, path: str) -> None:
    page = await _page(tmp_path, path, status="action_required", reason_text=None, actions=[ASKED])
    assert "<blockquote" in page
    assert "Merci de &lt;b&gt;confirmer&lt;/b&gt;" in page
