"""Habits that keep a session hers: tokens stay on the server, keys change at sign-in, posts come from our own pages."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import Any

import httpx
import pytest

from tests.acceptance.conftest import AMINA, YOUSSEF
from tests.acceptance.shared import IN_ONE_LOOP, shared_world
from tests.window.served_window import Window, form_of, shared_window
from window.session.store import SessionStore
from window.settings import SettingsError, load
from window.sign_in import local_path

pytestmark = IN_ONE_LOOP
world = shared_world()
window = shared_window()

COOKIE = "window-session"
FORM = "/services/watiqa.birth-extract/form"
TOKEN = re.compile(r"eyJ[\w-]+\.eyJ[\w-]+\.")
"""A JWT: head and claims begin so. Random text has three such letters once in some thousand runs."""


async def test_browser_never_holds_a_token(window: Window) -> None:
    one = await window.signed_in()
    page = await one.get("/")
    kept = [*one.cookies.values(), page.text, str(page.headers)]
    assert COOKIE in one.cookies
    assert not any(TOKEN.search(each) for each in kept)


async def test_cookie_is_kept_from_scripts_and_other_sites(window: Window) -> None:
    one = window.visitor()
    begun = await one.get("/sign-in/start")
    (under_way,) = begun.headers.get_list("set-cookie")
    assert under_way.startswith("window-sign-in-")
    back = await window.sign_in(one)
    (cookie,) = [each for each in back.headers.get_list("set-cookie") if each.startswith(COOKIE)]
    for each in (under_way, cookie):
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in each.split(";")}


async def test_key_of_a_session_changes_at_sign_in(window: Window) -> None:
    """Who planted a key in her browser before does not get into her session."""
    planted, one = (await window.signed_in(YOUSSEF)).cookies[COOKIE], window.visitor()
    one.cookies.set(COOKIE, planted, domain="127.0.0.1")
    await window.sign_in(one)
    assert one.cookies[COOKIE] != planted
    other = window.visitor(Cookie=f"{COOKIE}={planted}")
    assert (await other.get("/cases")).status_code == 303


async def test_answer_of_a_sign_in_begun_elsewhere_is_refused(window: Window) -> None:
    """A code of an attacker's own sign-in does not sign the victim in as the attacker."""
    attacker, victim = window.visitor(), window.visitor()
    begun = await attacker.get("/sign-in/start")
    asked = dict(httpx.URL(begun.headers["location"]).params.items())
    chosen = await attacker.post(begun.headers["location"].partition("?")[0], data={**asked, "cnie": YOUSSEF})
    await victim.get("/sign-in/start")
    refused = await victim.get(chosen.headers["location"])
    assert refused.status_code == 400
    assert (await victim.get("/cases")).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {},
    ],
    ids=["other-origin", "no-origin", "cross-site", "neighbour", "unsaid"],
)
async def test_post_from_elsewhere_does_nothing(window: Window, headers: dict[str, str]) -> None:
    one = await window.signed_in()
    data = form_of((await one.get("/")).text, "/sign-out")
    assert (await one.post("/sign-out", data=data, headers=headers)).status_code == 403
    assert (await one.get("/cases")).status_code == 200


async def test_post_needs_the_token_of_its_own_session(window: Window) -> None:
    one, other = await window.signed_in(), await window.signed_in(YOUSSEF)
    theirs = form_of((await other.get("/")).text, "/sign-out")
    ours = {"Origin": window.url}
    assert (await one.post("/sign-out", data=theirs, headers=ours)).status_code == 403
    assert (await one.post("/sign-out", data={}, headers=ours)).status_code == 403
    assert (await one.get("/cases")).status_code == 200


async def test_sign_out_ends_every_copy_of_the_cookie(window: Window) -> None:
    one = await window.signed_in()
    copy = window.visitor(Cookie=f"{COOKIE}={one.cookies[COOKIE]}")
    assert (await copy.get("/cases")).status_code == 200
    assert (await window.send(one, await one.get("/"), "/sign-out")).status_code == 200
    assert (await copy.get("/cases")).status_code == 303


async def test_table_of_sessions_opens_nothing(window: Window) -> None:
    one = await window.signed_in()
    with closing(sqlite3.connect(window.settings.state_dir / "window.sqlite")) as database:
        rows = database.execute("SELECT * FROM window_sessions").fetchall()
    everything = repr(rows)
    assert one.cookies[COOKIE] not in everything
    assert AMINA not in everything
    assert not TOKEN.search(everything)


async def test_page_may_not_be_framed_kept_or_scripted(window: Window) -> None:
    one = await window.signed_in()
    page = await one.get("/")
    policy = page.headers["content-security-policy"]
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'",
            "form-action 'self'"} <= {each.strip() for each in policy.split(";")}  # fmt: skip
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"""\s(style|on[a-z]+)=["']""", page.text)
    assert not re.search(r"<script(?![^>]*src=)", page.text)


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "\\/evil.example", "javascript:alert(1)",
     "/\t/evil.example", "/%0d%0aSet-Cookie:x", "/signed-in?code=1", "", "/x/..//evil.example", "/.//evil.example",
     "/x//evil.example"],
)  # fmt: skip
async def test_no_redirect_leads_away(window: Window, address: str) -> None:
    found = await window.visitor().get("/language", params={"code": "fr", "to": address})
    location = found.headers["location"]
    assert location == local_path(address)
    assert location.startswith("/")
    assert "//" not in location
    assert not location.startswith(("//", "/\\"))
    assert "\n" not in location


@pytest.mark.parametrize("hostile", ['"><script>alert(1)</script>', "{{7*7}}", "<b>x</b>"])
async def test_what_somebody_typed_is_text(window: Window, hostile: str) -> None:
    page = await window.visitor().get("/services", params={"q": hostile})
    assert page.status_code == 200
    assert hostile not in page.text or hostile == "{{7*7}}"
    assert ">49<" not in page.text


@pytest.mark.parametrize("case", ["..%2f..%2fv1%2fme", "x%3Flimit%3D1", "a%23b", "%2e%2e", "x%0aHost:%20y"])
async def test_typed_address_reaches_no_other_call(window: Window, case: str) -> None:
    one = await window.signed_in()
    assert (await one.get(f"/cases/{case}")).status_code in (400, 404)


async def test_another_persons_case_is_not_found(window: Window, world: Any) -> None:
    case = await world.order()
    other = await window.signed_in(YOUSSEF)
    assert (await other.get(f"/cases/{case['id']}")).status_code == 404


async def test_session_outlives_a_crash_and_is_one_for_all_processes(window: Window) -> None:
    one = await window.signed_in()
    store = SessionStore(window.settings)  # as another process has it
    found = await store.find(one.cookies[COOKIE])
    assert found is not None
    assert found.signed_in
    await store.end(found.key)
    await store.close()
    assert (await one.get("/cases")).status_code == 303


@pytest.mark.parametrize("name", ["../../etc/passwd", "%2e%2e%2fsettings.py", "nothing.css"])
async def test_files_are_only_those_that_ship(window: Window, name: str) -> None:
    assert (await window.visitor().get(f"/static/{name}")).status_code == 404


async def test_production_needs_https_and_secrets_by_reference() -> None:
    client = {"person": {"client_id": "w"}}
    with pytest.raises(SettingsError, match="https"):
        load(sign_in=client)
    with pytest.raises(SettingsError, match="https"):
        load(sign_in=client, server={"public_url": "http://window.example"})
    with pytest.raises(SettingsError, match="sign_in"):
        load(sign_in={}, server={"public_url": "https://window.example"})
    with pytest.raises(SettingsError):
        load(
            sign_in={"person": {"client_id": "w", "client_secret": "s3cret"}},
            server={"public_url": "https://w.example"},
        )
    assert load(sign_in=client, server={"public_url": "https://w.example"}).origin == "https://w.example"


@pytest.mark.parametrize("odd", ["{}=[1,2]", "Ü=ö", 'pref="unclosed', "==", "a,b=c"])
async def test_odd_cookie_of_a_neighbour_hides_none_of_ours(window: Window, odd: str) -> None:
    one = await window.signed_in()
    header = f"{odd}; {COOKIE}={one.cookies[COOKIE]}".encode("latin-1")
    other = window.visitor()
    assert (await other.get("/cases", headers={b"Cookie": header})).status_code == 200
