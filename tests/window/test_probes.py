"""What a probe of a portal found, for its agency and for the operator, in three languages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from gateway.sandbox.serve import running
from tests.browser import in_browser
from tests.window.played_gateway import COOKIE, Played, listed, played, refused, told
from tests.window.test_birth_extract import english
from tests.window.test_every_page import LANGUAGES, SCRIPT, frames

AT: Final = "2026-11-30T08:00:00Z"
DRIFT: Final = (
    {"change": "new", "member": "demande.motif", "expected": None, "found": "text"},
    {"change": "type", "member": "<img src=x>", "expected": "number", "found": "text"},
)
CHANGED: Final = {
    "operation": "track",
    "outcome": "drift",
    "code": None,
    "code_text": None,
    "probed_at": AT,
    "drift": list(DRIFT),
}
FAILED: Final = {
    "operation": "trace",
    "outcome": "failed",
    "code": "portal_timeout",
    "code_text": "X",
    "probed_at": AT,
    "drift": [],
}
GOOD: Final = {
    "operation": "track",
    "outcome": "as_recorded",
    "code": None,
    "code_text": None,
    "probed_at": AT,
    "drift": [],
}


def _portal(id: str, *probes: dict[str, Any]) -> dict[str, Any]:
    outcomes = {each["outcome"] for each in probes}
    worst = next((each for each in ("drift", "failed") if each in outcomes), "as_recorded")
    differences = sum(len(each["drift"]) for each in probes)
    last = {"probed_at": AT, "outcome": worst, "differences": differences} if probes else None
    calls = {"calls": 0, "failed": 0, "refused": 0, "mean_ms": 0, "slowest_ms": 0}
    return {
        "object": "portal", "portal": id, "portal_title": id, "availability": {"state": "up", "retry_at": None},
        "breaker": "closed", "quarantine": None, "level": "dependable", "since_at": AT, "until_at": AT,
        "traffic": calls, "late": [], "last_probe": last, "hours": [], "operations": [], "failures": [],
        "strange_answers": [], "shape_changes": [], "probes": list(probes), "delays": [],
    }  # fmt: skip


PORTALS: Final = {
    "changed": _portal("changed", CHANGED),
    "failed": _portal("failed", GOOD, FAILED),
    "good": _portal("good", GOOD),
    "never": _portal("never"),
}


@pytest.fixture
async def window(tmp_path: Path) -> AsyncIterator[Played]:
    async with played(tmp_path, _gateway) as found:
        yield found


def _gateway(request: httpx.Request) -> httpx.Response | None:
    path = request.url.path
    if path == "/v1/portals":
        return listed(*PORTALS.values())
    if path == "/v1/portals/another":
        return refused(403, "insufficient_scope", "client")
    found = PORTALS.get(path.removeprefix("/v1/portals/"))
    return told(found) if found else None


async def _seen(window: Played, path: str, language: str = "en") -> str:
    page = await window.web.get(path, headers={"Accept-Language": language})
    assert page.status_code == 200, page.text
    return page.text.partition("<main")[2]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("has changed", "a member that was not there", "What to do")),
        ("fr", ("a changé", "un champ qui n’y était pas", "Que faire")),
        ("ar", ("تغيّر", "حقل لم يكن موجودا", "ما العمل")),
    ],
)
async def test_agency_sees_what_has_changed_and_what_to_do(
    window: Played, language: str, words: tuple[str, ...]
) -> None:
    await window.session("agency")
    shown = await _seen(window, "/portals/changed", language)
    assert all(each in shown for each in words)
    assert '<bdi dir="ltr" class="code">demande.motif</bdi>' in shown
    assert "&lt;img src=x&gt;" in shown
    assert "<img" not in shown
    assert "mre-gateway connector probe" not in shown


async def test_operator_sees_how_to_ask_at_once(window: Played) -> None:
    await window.session("operator")
    assert "mre-gateway connector probe changed --live --reference track=" in await _seen(window, "/portals/changed")
    failed = await _seen(window, "/portals/failed")
    assert "It gave no answer that could be compared: X" in failed
    assert "could not be made" in failed


async def test_portal_as_recorded_leaves_nothing_to_do(window: Played) -> None:
    await window.session("operator")
    shown = await _seen(window, "/portals/good")
    assert "as recorded" in shown
    assert "What to do" not in shown


async def test_portal_never_probed_says_how_it_is(window: Played) -> None:
    await window.session("agency")
    assert "The operator of the gateway decides" in await _seen(window, "/portals/never")
    await window.session("operator")
    assert "plugins.probe_hours" in await _seen(window, "/portals/never")


async def test_list_tells_of_each_portal(window: Played) -> None:
    await window.session("operator")
    shown = await _seen(window, "/portals")
    assert [shown.count(each) for each in ("has changed", "could not be made", "as recorded", "none yet")] == [1] * 4


async def test_look_beyond_ones_portal_is_refused(window: Played) -> None:
    await window.session("agency")
    page = await window.web.get("/portals/another")
    assert page.status_code == 403
    assert "Probe" not in page.text


@pytest.mark.soak
async def test_probes_are_for_everybody(window: Played) -> None:
    """By the checks of `test_every_page.py`, whose gateway makes no probes."""
    session = await window.session("operator")

    async def signed_in(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            others = [each for each in scope["headers"] if each[0] != b"cookie"]
            scope["headers"] = [*others, (b"cookie", f"{COOKIE}={session.key}".encode())]
        await window.app(scope, receive, send)

    pages = [{"path": path} for path in ("/portals", *(f"/portals/{each}" for each in PORTALS))]
    async with running(signed_in) as url:
        seen = await in_browser(
            SCRIPT, patience=240, url=url, groups=[{"role": "", "pages": pages}], languages=LANGUAGES,
            english=english(), frames=frames(), alike=[],
        )  # fmt: skip
    assert len(seen["visited"]) == len(pages) * len(LANGUAGES)
    assert seen["problems"] == []
