"""Sessions that end, tokens that are renewed, and what was typed meanwhile."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from tests.acceptance.conftest import YOUSSEF
from tests.acceptance.shared import IN_ONE_LOOP, shared_world
from tests.window.served_window import Window, shared_window
from window.session.store import SessionStore

pytestmark = IN_ONE_LOOP
world = shared_world()
window = shared_window()

COOKIE = "window-session"
FORM = "/services/watiqa.birth-extract/form"


async def _change(window: Window, key: str, **tokens: Any) -> None:
    """As time would have it."""
    store = SessionStore(window.settings)
    found = await store.change(key, lambda data: [setattr(data.tokens, *each) for each in tokens.items()])
    await store.close()
    assert found is not None


async def _tokens(window: Window, key: str) -> Any:
    store = SessionStore(window.settings)
    session = await store.find(key)
    await store.close()
    assert session is not None
    return session.data.tokens


async def test_token_is_renewed_once_for_many_requests(window: Window) -> None:
    """Each refresh token is good once: a second use would end the session."""
    one = await window.signed_in()
    key = one.cookies[COOKIE]
    before = await _tokens(window, key)
    await _change(window, key, access_expires=time.time() + 1)
    answers = await asyncio.gather(*(one.get("/cases") for _ in range(8)))
    assert {each.status_code for each in answers} == {200}
    after = await _tokens(window, key)
    assert after.access != before.access
    assert after.refresh != before.refresh


async def test_session_that_cannot_be_renewed_asks_to_sign_in(window: Window) -> None:
    one = await window.signed_in()
    await _change(window, one.cookies[COOKIE], access_expires=time.time() - 1, refresh="used")
    answer = await one.get("/cases?cursor=x")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?to=%2Fcases%3Fcursor%3Dx&as=person&expired=yes"


async def test_form_of_an_expired_session_comes_back(window: Window) -> None:
    one = await window.signed_in()
    page = await one.get(FORM)
    key = one.cookies[COOKIE]
    store = SessionStore(window.settings)
    await store.end(key)
    await store.close()
    answer = await window.send(one, page, FORM, {"/act/number": "77/1988", "do": "check"})
    assert answer.status_code == 303
    asked = await one.get(answer.headers["location"])
    assert "What you typed is kept" in asked.text
    back = await window.sign_in(one, to=FORM)
    assert back.headers["location"] == FORM
    again = await one.get(FORM)
    assert 'value="77/1988"' in again.text
    assert "What you typed is back" in again.text


async def test_kept_form_is_not_shown_to_somebody_else(window: Window) -> None:
    one = await window.signed_in()
    page = await one.get(FORM)
    store = SessionStore(window.settings)
    await store.end(one.cookies[COOKIE])
    await store.close()
    await window.send(one, page, FORM, {"/act/number": "78/1988", "do": "check"})
    await window.sign_in(one, YOUSSEF, to=FORM)
    assert "78/1988" not in (await one.get(FORM)).text


async def test_language_is_chosen_then_known_then_asked_for(window: Window, world: Any) -> None:
    one = window.visitor(Accept_Language="nl-BE, en;q=0.4")
    assert '<html lang="nl"' in (await one.get("/")).text
    preferences = {"language": "ar"}
    token = await world.citizen(YOUSSEF)
    answer = await world.web.put(
        f"{world.url}/v1/me/preferences",
        json=preferences,
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "window-language"},
    )
    assert answer.status_code == 200, answer.text
    await window.sign_in(one, YOUSSEF)
    assert '<html lang="ar" dir="rtl"' in (await one.get("/")).text
    await one.get("/language", params={"code": "es"})
    assert '<html lang="es" dir="ltr"' in (await one.get("/")).text
