"""A sign-in that somebody else begins, joins or finishes: a code, a state, a key of his is worth nothing."""

from __future__ import annotations

from typing import Any, Final

import httpx
import pytest

from tests.acceptance.conftest import AMINA, YOUSSEF
from tests.acceptance.shared import IN_ONE_LOOP, shared_world
from tests.window.served_window import Window, shared_window

pytestmark = IN_ONE_LOOP
world = shared_world()
window = shared_window()

COOKIE: Final = "window-session"


async def _begun(one: httpx.AsyncClient, **query: str) -> httpx.URL:
    begun = await one.get("/sign-in/start", params=query)
    assert begun.status_code == 303
    return httpx.URL(begun.headers["location"])


async def _answer(one: httpx.AsyncClient, asked: httpx.URL, cnie: str, **over: str) -> httpx.URL:
    """The address with which the provider sends the browser back."""
    data = {**dict(asked.params.items()), "cnie": cnie, **over}
    chosen = await one.post(str(asked).partition("?")[0], data=data)
    assert chosen.status_code == 303, chosen.text
    return httpx.URL(chosen.headers["location"])


async def _signed_in(one: httpx.AsyncClient) -> bool:
    return (await one.get("/cases")).status_code == 200


async def test_code_of_another_sign_in_is_refused_under_ones_own_state(window: Window) -> None:
    """Code injection: he puts his code into an answer to hers, or hers, which he saw, into his. PKCE and nonce."""
    hers, his = window.visitor(), window.visitor()
    asked, other = await _begun(hers), await _begun(his)
    code = (await _answer(his, other, YOUSSEF)).params["code"]
    answer = await _answer(hers, asked, AMINA)
    swapped = await hers.get(str(answer.copy_set_param("code", code)))
    assert swapped.status_code == 400
    assert not await _signed_in(hers)
    stolen = (await _answer(hers, asked, AMINA)).params["code"]
    refused = await his.get(str(answer.copy_set_param("code", stolen).copy_set_param("state", other.params["state"])))
    assert refused.status_code == 400
    assert not await _signed_in(his)


async def test_answer_is_good_once(window: Window) -> None:
    """Who reads it in a history, or repeats it, gets no session; and hers goes on."""
    one = window.visitor()
    answer = str(await _answer(one, await _begun(one), AMINA))
    assert (await one.get(answer)).status_code == 303
    key = one.cookies[COOKIE]
    assert (await one.get(answer)).status_code == 400
    assert (one.cookies[COOKIE], await _signed_in(one)) == (key, True)


@pytest.mark.parametrize("damage", ["state", "none", "twice", "cookie"])
async def test_answer_needs_the_state_of_this_browser(window: Window, damage: str) -> None:
    one = window.visitor()
    answer = await _answer(one, await _begun(one), AMINA)
    state = answer.params["state"]
    match damage:
        case "state":
            answer = answer.copy_set_param("state", state[:-1] + ("A" if state[-1] != "A" else "B"))
        case "none":
            answer = answer.copy_remove_param("state")
        case "twice":
            answer = answer.copy_add_param("state", "x")
        case "cookie":
            name = next(each for each in one.cookies if each.startswith("window-sign-in-"))
            value = one.cookies[name]
            one.cookies.set(name, value[:-6] + "AAAAAA", domain="127.0.0.1")
    assert (await one.get(str(answer))).status_code == 400
    assert not await _signed_in(one)


async def test_cookie_of_another_sign_in_does_not_fit_its_name(window: Window) -> None:
    """A sealed sign-in of his, under the name of hers: login CSRF by a planted cookie."""
    his, hers = window.visitor(), window.visitor()
    asked = await _begun(his)
    answer = await _answer(his, asked, YOUSSEF)
    state = (await _begun(hers)).params["state"]
    (own,) = [each for each in hers.cookies if each.startswith("window-sign-in-")]
    (value,) = [value for name, value in his.cookies.items() if name.startswith("window-sign-in-")]
    hers.cookies.set(own, value, domain="127.0.0.1")
    assert (await hers.get(str(answer.copy_set_param("state", state)))).status_code == 400
    assert not await _signed_in(hers)


async def test_challenge_hides_its_verifier(window: Window) -> None:
    asked = await _begun(window.visitor())
    assert asked.params["code_challenge_method"] == "S256"
    assert len(asked.params["code_challenge"]) == 43
    other = await _begun(window.visitor())
    for each in ("code_challenge", "state", "nonce"):
        assert asked.params[each] != other.params[each]


@pytest.mark.parametrize("over", [{"code_challenge": ""}, {"code_challenge": "A" * 43}, {"nonce": "his"}])
async def test_sign_in_that_was_changed_on_its_way_is_refused(window: Window, over: dict[str, str]) -> None:
    """He makes her browser ask the provider with his challenge or nonce, to use the code himself."""
    one = window.visitor()
    asked = await _begun(one)
    data = {**dict(asked.params.items()), "cnie": AMINA, **over}
    chosen = await one.post(str(asked).partition("?")[0], data=data)
    if chosen.status_code == 303:
        assert (await one.get(chosen.headers["location"])).status_code == 400
    assert not await _signed_in(one)


@pytest.mark.parametrize("role", ["auditor", "operator", "Agent", "", "person\x00"])
async def test_role_that_has_no_client_is_a_persons(window: Window, role: str) -> None:
    assert (await _begun(window.visitor(), **{"as": role})).params["client_id"] == "demo-window"


async def test_person_does_not_sign_in_as_an_agent(window: Window) -> None:
    """The role is that of the client which she signed in to, and sealed: the answer cannot choose it."""
    one = window.visitor()
    asked = await _begun(one)
    answer = await _answer(one, asked, AMINA)
    await one.get(str(answer.copy_add_param("as", "agent").copy_add_param("role", "agent")))
    assert (await one.get("/agenda")).status_code == 303
    assert await _signed_in(one)


@pytest.mark.parametrize(
    "to",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "/%5c%5cevil.example", "/signed-in?code=x",
     "/a/..//b", "/\u2028/evil.example", "/%2f%2fevil.example/%2e%2e", "javascript:alert(1)", "/?to=//evil.example",
     "/@evil.example"],
)  # fmt: skip
async def test_sign_in_leads_to_no_other_host(window: Window, to: str) -> None:
    one = window.visitor()
    back = await window.sign_in(one, to=to)
    location = back.headers["location"]
    assert httpx.URL(window.url).join(location).netloc == httpx.URL(window.url).netloc
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))


async def test_key_of_hers_that_he_knows_is_none_after_she_signs_in(window: Window) -> None:
    """Fixation: by a cookie that he planted, of a form that is kept, or of a session of his."""
    planted: dict[str, Any] = {
        "a made-up key": "k" * 43,
        "his session": (await window.signed_in(YOUSSEF)).cookies[COOKIE],
    }
    for what, key in planted.items():
        one = window.visitor()
        one.cookies.set(COOKIE, key, domain="127.0.0.1")
        await window.sign_in(one)
        assert one.cookies[COOKIE] != key, what
        assert not await _signed_in(window.visitor(Cookie=f"{COOKIE}={key}")), what


async def test_sign_out_by_a_link_does_nothing(window: Window) -> None:
    """Logout CSRF: neither a link, nor a form of another site, ends her session."""
    one = await window.signed_in()
    assert (await one.get("/sign-out")).status_code == 405
    assert (await one.post("/sign-out", headers={"Origin": "https://evil.example"})).status_code == 403
    assert await _signed_in(one)
