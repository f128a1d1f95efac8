"""How much anybody can make the window read, parse and keep."""

from __future__ import annotations

import base64
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from litestar._parsers import parse_url_encoded_form_data
from litestar.datastructures import FormMultiDict

from tests.window.played_gateway import COOKIE, Played, listed, played, told
from tests.window.served_window import form_of
from tests.window.test_foreign_text import SERVICE
from window import csrf, rendering, request_body
from window.session.model import KeptForm, Session, SessionData
from window.session.store import SessionStore

IDP: Final = "https://idp.example"
KEY: Final = {"kty": "OKP", "crv": "Ed25519", "kid": "1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
FORM: Final = "/services/x.paper/form"
FORM_BYTES: Final = 65_536
BODY_BYTES: Final = 300_000


@pytest.fixture
async def window(tmp_path: Path) -> AsyncIterator[Played]:
    server = {"form_bytes": FORM_BYTES, "body_bytes": BODY_BYTES}
    async with played(
        tmp_path, _gateway, server=server, sessions={"kept_forms_per_person": 3, "most_per_person": 4}
    ) as found:
        yield found


def _gateway(request: httpx.Request) -> httpx.Response | None:
    match request.method, request.url.path:
        case "GET", "/v1/services/x.paper":
            return told(SERVICE)
        case "GET", "/v1/mandates":
            return listed()
        case "GET", "/.well-known/oauth-protected-resource":
            return told({"authorization_servers": [IDP]})
        case "GET", "/.well-known/openid-configuration":
            return told({"issuer": IDP, "authorization_endpoint": IDP, "token_endpoint": IDP, "jwks_uri": f"{IDP}/k"})
        case "GET", "/k":
            return told({"keys": [KEY]})
        case "POST", "/v1/attachments":
            return told({"id": "att_1"}, 201)
        case "POST", "/v1/drafts":
            return told({"id": "draft_1"}, 201)
    return None


async def _post(window: Played, path: str, size: int, **sent: Any) -> httpx.Response:
    """A form of about this size; `files` make it one with files."""
    page = await window.web.get(FORM)
    csrf = form_of(page.text, FORM)["csrf"] if page.status_code == 200 else ""
    return await window.web.post(path, data={"csrf": csrf, "/text": "x" * size}, headers=window.ours(), **sent)


async def test_form_without_files_is_small(window: Played) -> None:
    await window.session()
    assert (await _post(window, FORM, FORM_BYTES - 500)).status_code == 200
    refused = await _post(window, FORM, FORM_BYTES)
    assert refused.status_code == 413
    assert "at most 64 kB" in refused.text


async def test_size_that_was_not_announced_is_counted(window: Played) -> None:
    await window.session()

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(9):
            yield b"x" * 8192

    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await window.web.post(FORM, content=pieces(), headers={**window.ours(), **kind})
    assert answer.status_code == 413


async def test_files_may_be_large_where_they_belong(window: Played) -> None:
    await window.session()
    files = {"/papers#file": ("a.pdf", b"x" * 200_000, "application/pdf")}
    assert (await _post(window, FORM, 10, files=files)).status_code == 200
    assert (await _post(window, "/people/take", 10, files=files)).status_code == 413
    refused = await _post(window, FORM, 200_000, files=files)
    assert refused.status_code == 413


async def test_nobody_sends_much(window: Played) -> None:
    """With files or without, the answer is the sign-in; nothing of it is kept."""
    await window.session()
    page = await window.web.get(FORM)
    csrf = form_of(page.text, FORM)["csrf"]
    session = await window.store.find(window.web.cookies[COOKIE])
    assert session is not None
    await window.store.end(session.key)
    for sent in ({"data": {"csrf": csrf, "/text": "x" * FORM_BYTES}}, {"files": {"f": ("a", b"x" * FORM_BYTES)}}):
        answer = await window.web.post(FORM, headers=window.ours(), **sent)  # type: ignore[arg-type]
        assert (answer.status_code, httpx.URL(answer.headers["location"]).path) == (303, "/sign-in")
        assert "set-cookie" not in answer.headers


async def test_form_has_so_many_fields(window: Played) -> None:
    await window.session()
    page = await window.web.get(FORM)
    csrf = form_of(page.text, FORM)["csrf"]
    many = "&".join([f"csrf={csrf}", *(["a="] * 2000)])
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await window.web.post(FORM, content=many, headers={**window.ours(), **kind})).status_code == 413


async def test_what_was_typed_is_remembered_nowhere(window: Played) -> None:
    """Litestar's own parser keeps the last 1,024 forms, of whomever."""
    before = parse_url_encoded_form_data.cache_info().currsize
    await window.session()
    await _post(window, FORM, 100)
    assert parse_url_encoded_form_data.cache_info().currsize == before


async def test_large_form_is_parsed_beside_the_event_loop(window: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[bool] = []
    real = request_body.parse_qsl

    def noted(*args: Any, **named: Any) -> Any:
        threads.append(threading.current_thread() is threading.main_thread())
        return real(*args, **named)

    monkeypatch.setattr(request_body, "parse_qsl", noted)
    await window.session()
    await _post(window, FORM, 100)
    await _post(window, FORM, 40_000)
    assert threads == [True, False]


async def test_empty_fields_and_any_letters_arrive_as_they_were_typed(window: Played) -> None:
    await window.session()
    page = await window.web.get(FORM)
    answer = await window.send(page, FORM, **{"/text": "فاس & Fès = +%", "/phone": ""})
    assert form_of(answer.text, FORM)["/text"] == "فاس & Fès = +%"


async def test_sign_in_that_is_begun_takes_no_place(window: Played) -> None:
    """Nobody can push out what others have begun: it is in their browsers, sealed."""
    for _ in range(20):
        assert (await window.web.get("/sign-in/start")).status_code == 303
    assert await _rows(window) == 0
    jar = [value for name, value in window.web.cookies.items() if name.startswith("window-sign-in-")]
    assert len(jar) == 5
    assert all(b"verifier" not in base64.urlsafe_b64decode(each) for each in jar)


@pytest.mark.parametrize("owner", ["", "o" * 32, "forged"])
async def test_form_of_nobody_who_was_signed_in_is_not_kept(window: Played, owner: str) -> None:
    """Posts that only look as if a session had just ended fill nothing."""
    sent = {"csrf": csrf.token("k"), "owner": owner, "/text": "x"}
    window.web.cookies.set(COOKIE, "k", domain="127.0.0.1")
    answer = await window.web.post(FORM, data=sent, headers=window.ours())
    assert (answer.status_code, await _rows(window)) == (303, 0)


async def test_kept_forms_of_one_person_make_room_among_themselves(window: Played) -> None:
    other = await _kept(window.store, "youssef", 0)
    kept = [await _kept(window.store, "amina", number) for number in range(4)]
    assert [await window.store.find(each.key) is not None for each in kept] == [False, *[True] * 3]
    assert await window.store.find(other.key) is not None


async def test_sessions_of_one_person_end_by_their_number(window: Played) -> None:
    """The oldest, and nobody else's: whoever signs in over and over fills no table."""
    other = await window.session(owner="y" * 32)
    mine = [await window.session() for _ in range(6)]
    assert [await window.store.find(each.key) is not None for each in mine] == [False] * 2 + [True] * 4
    assert await window.store.find(other.key) is not None
    assert await _rows(window) == 5


async def _kept(store: SessionStore, owner: str, number: int) -> Session:
    form = KeptForm(path="/", fields=[("a", str(number))], owner=owner)
    session = Session.new(SessionData(kept=form))
    await store.add(session, 3600)
    return session


async def _rows(window: Played) -> int:
    with closing(sqlite3.connect(window.settings.state_dir / "window.sqlite")) as database:
        return int(database.execute("SELECT count(*) FROM window_sessions").fetchone()[0])


def test_forms_are_read_in_the_order_in_which_they_were_sent() -> None:
    """`multi_items` of the framework goes through a set of names: what is given back would be in any order."""
    sent = FormMultiDict([(name, "1") for name in "gfedcba"] + [("a", "2")])
    assert list(sent.items()) == [*((name, "1") for name in "gfedcba"), ("a", "2")]
    modules = Path(rendering.__file__).parent.rglob("*.py")
    assert [path.name for path in modules if "multi_items" in path.read_text(encoding="utf-8")] == []
