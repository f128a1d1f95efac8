"""A portal's own words: in the reader's language where that is known, and marked with their own where they stand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.window.played_gateway import played, told
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
            tracking = {"portal_title": "Barid", "reference": "RR1", "status_text": "Under way"}
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
