"""What puts the end of a session off: what she does, and nothing that an open page does by itself."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.window.played_gateway import Played, listed, played
from window import csrf
from window.session import store
from window.session.model import Session

IDLE_SECONDS: Final = 1800.0
STEP: Final = 600.0
SCRIPT: Final = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}
HERS: Final = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin"}


class Clock:
    """That of the store of sessions, moved by hand."""

    def __init__(self) -> None:
        self.now = time.time()

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(store, "time", found)
    return found


@pytest.fixture
async def window(tmp_path: Path, clock: Clock) -> AsyncIterator[Played]:
    async with played(tmp_path, _gateway, sessions={"idle_minutes": IDLE_SECONDS / 60}) as found:
        yield found


def _gateway(request: httpx.Request) -> httpx.Response | None:
    if request.url.path.endswith("/events"):
        return httpx.Response(200, content=b": \n\n", headers={"content-type": "text/event-stream"})
    return listed() if request.url.path == "/v1/cases" else None


async def _after(
    window: Played, clock: Clock, session: Session, path: str, method: str = "GET", **request: Any
) -> bool:
    """Whether the session lives when twice the idle time has passed with this request again and again."""
    for _ in range(6):
        clock.now += STEP
        await window.web.request(method, path, **request)
    return await window.store.lives(session.key)


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/cases/case_1/live", SCRIPT),
        ("/cases/case_1/live?after=evt_1", {}),
        ("/cases/case_1", SCRIPT),
        ("/me/cards/card_1/code.svg", {"Sec-Fetch-Mode": "no-cors"}),
    ],
    ids=["stream", "stream-of-an-old-browser", "page-read-again", "picture"],
)
async def test_page_that_is_left_open_ends_with_its_session(
    window: Played, clock: Clock, path: str, headers: dict[str, str]
) -> None:
    """Its stream comes back by itself, for as long as the browser runs."""
    session = await window.session()
    assert not await _after(window, clock, session, path, headers=headers)


@pytest.mark.parametrize("headers", [HERS, {}], ids=["link", "link-of-an-old-browser"])
async def test_link_that_she_follows_puts_the_end_off(window: Played, clock: Clock, headers: dict[str, str]) -> None:
    session = await window.session()
    assert await _after(window, clock, session, "/cases", headers=headers)


async def test_what_she_chooses_in_a_form_puts_the_end_off(window: Played, clock: Clock) -> None:
    """A script sends it, a file or a choice that others follow from, and she is there."""
    session = await window.session()
    sent = {"csrf": csrf.token(session.key)}
    headers = {**SCRIPT, **window.ours()}
    assert await _after(window, clock, session, "/services/x.paper/choices", "POST", headers=headers, data=sent)


async def test_renewing_tokens_is_no_use_of_a_session(window: Played, clock: Clock) -> None:
    """A stream that comes back has them renewed."""
    session = await window.session()
    await window.store.change(session.key, lambda data: setattr(data.tokens, "access_expires", 0.0))
    assert not await _after(window, clock, session, "/cases/case_1/live", headers=SCRIPT)
