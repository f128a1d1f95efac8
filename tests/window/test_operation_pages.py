"""What an agency and the operator read: trouble first, in words, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final, get_args, get_type_hints

import httpx
import pytest

from gateway.api.operations.shapes import MessageFailureView
from gateway.api.portals.shapes import FailureView
from gateway.connectors.registry import Stage
from gateway.notifications.webhooks.model import DisabledReason, EndpointState
from tests.window.played_gateway import Played, listed, played, told
from tests.window.test_probes import AT, _portal
from window.rendering import Renderer
from window.settings import load

LANGS: Final = ("ar", "fr")
OUTCOMES: Final = get_args(get_type_hints(FailureView)["outcome"])
STRANGE: Final = ("portal_answer_unexpected", "portal_answer_not_authentic", "unknown_word")
MESSAGE_STATES: Final = get_args(get_type_hints(MessageFailureView)["state"])
MESSAGE_REASONS: Final = (
    "address_unsupported", "address_refused", "message_refused", "carrier_unavailable", "carrier_busy",
    "carrier_denied_gateway", "number_unreachable", "number_opted_out", "mailbox_full",
)  # fmt: skip


def _webhook(**more: Any) -> dict[str, Any]:
    return {"id": "wh_1", "client": "c", "host": "hooks.example", "state": "enabled", "reason": None,
            "failed_rounds": 3, "failing_since_at": AT, "succeeded_at": None, "waiting": 25_500, **more}  # fmt: skip


@pytest.fixture
async def window(tmp_path: Path) -> AsyncIterator[Played]:
    failed = {**_portal("busy"), "failures": [
        {"operation": "track", "outcome": each, "code": "portal_timeout", "code_text": "X", "count": 25_500}
        for each in OUTCOMES
    ], "strange_answers": [
        {"operation": "track", "code": each, "status": 200, "shape": [], "count": 1, "first_seen_at": AT,
         "last_seen_at": AT} for each in STRANGE
    ]}  # fmt: skip
    states = {"calm": "up", "slow": "degraded", "out": "quarantined", "dead": "down", "busy": "up"}
    portals = [{**_portal(name), "availability": {"state": state, "retry_at": None}} for name, state in states.items()]
    why = {"stage": "secrets", "reason": "r", "remedy": "m"}
    portals = [{**each, "quarantine": why if each["portal"] == "out" else None} for each in portals]
    webhooks = [_webhook(state=each.value) for each in EndpointState]
    webhooks += [_webhook(state="disabled", reason=each.value) for each in DisabledReason]
    messages = [{"channel": "email", "state": "refused", "reason": each, "count": 1} for each in MESSAGE_REASONS]
    messages += [{"channel": "sms", "state": each, "reason": None, "count": 1} for each in MESSAGE_STATES]
    report = {"queues": [], "workers": [], "message_failures": messages, "webhooks": webhooks}

    def answer(request: httpx.Request) -> httpx.Response | None:
        answers = {"/v1/portals/busy": told(failed), "/v1/operations": told(report), "/v1/portals": listed(*portals)}
        return answers.get(request.url.path)

    async with played(tmp_path, answer) as found:
        await found.session("operator")
        yield found


async def _seen(window: Played, path: str, language: str = "en") -> str:
    page = await window.web.get(path, headers={"Accept-Language": language})
    assert page.status_code == 200, page.text
    return page.text.partition("<main")[2].partition("</main>")[0]


def _texts(html: str) -> list[str]:
    """That are not marked as code."""
    html = re.sub(r'<bdi dir="ltr" class="code">.*?</bdi>', "", html, flags=re.DOTALL)
    return [each.strip() for each in re.findall(r">([^<]+)<", html) if each.strip()]


async def test_portals_in_trouble_come_first(window: Played) -> None:
    shown = await _seen(window, "/portals")
    assert re.findall(r'href="/portals/(\w+)"', shown) == ["out", "dead", "slow", "calm", "busy"]


@pytest.mark.parametrize("language", LANGS)
async def test_errors_of_a_portal_are_told_in_words(window: Played, language: str) -> None:
    texts = _texts(await _seen(window, "/portals/busy", language))
    assert texts.count("X") == len(OUTCOMES)
    assert [each for each in (*OUTCOMES, *STRANGE, "portal_timeout") if each in texts] == []


@pytest.mark.parametrize("language", LANGS)
async def test_what_fails_is_told_in_words(window: Played, language: str) -> None:
    html = await _seen(window, "/operations", language)
    texts = _texts(html)
    raw = (*MESSAGE_STATES, *MESSAGE_REASONS, *EndpointState, *DisabledReason, "email", "sms")
    assert len(texts) > 30
    assert set(map(str, raw)) & set(re.findall(r'class="code">([^<]+)<', html)) == set()
    assert [each for each in raw if any(str(each) in re.split(r"[\s:·]+", text) for text in texts)] == []


@pytest.mark.parametrize("language", LANGS)
def test_what_keeps_a_connector_out_is_told_in_words(tmp_path: Path, language: str) -> None:
    renderer = Renderer(load(state_dir=tmp_path, profile="demo", sign_in={"person": {"client_id": "c"}}))
    template = '{% import "portals/words.html" as words with context %}{{ words.stage(stage) }}'
    words = {renderer._environments[language].from_string(template).render(stage=each) for each in get_args(Stage)}
    assert len(words) == len(get_args(Stage)) > 10
    assert words & set(get_args(Stage)) == set()


async def test_unknown_reason_is_called_another_reason(window: Played) -> None:
    assert "the mailbox is full" in (shown := await _seen(window, "/operations"))
    assert "for another reason" not in shown


async def test_failing_webhook_says_where_since_when_and_what_to_do(window: Played) -> None:
    shown = await _seen(window, "/operations")
    assert "hooks.example" in shown
    assert '<time datetime="2026-11-30T08:00:00Z">30 November 2026' in shown
    assert shown.count("enable the webhook again") == 3, "one that is disabled"
    assert "25,500" in shown
