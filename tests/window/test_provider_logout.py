"""An identity provider ends a session of its own, and the window's sessions end with it: OpenID Connect Back-Channel
Logout 1.0. Which tokens do, and which do not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from sqlalchemy import text

from tests.window.played_gateway import Played, listed, played, told
from window.session import tables
from window.session.model import Session, SessionData, Tokens, owner_of
from window.session.sign_ins import SECONDS
from window.session.store import EndedAtProvider, ProviderLogout, SessionStore, UsedBefore
from window.settings import load

ISSUER: Final = "https://idp.example"
OTHER: Final = "https://other.example"
PATH: Final = "/backchannel-logout"
EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
CLIENTS: Final = {
    "person": {"client_id": "people", "issuer": ISSUER},
    "agent": {"client_id": "agents", "issuer": ISSUER},
    "auditor": {"client_id": "auditors", "issuer": OTHER},
}


class Keys:
    """Of both providers, which name them alike."""

    def __init__(self) -> None:
        self.kid = "1"
        self.of = {issuer: generate_private_key(SECP256R1()) for issuer in (ISSUER, OTHER)}
        self.strange = generate_private_key(SECP256R1())
        self.away = False

    def answer(self, request: httpx.Request) -> httpx.Response | None:
        issuer = f"https://{request.url.host}"
        if issuer in self.of and self.away:
            raise httpx.ConnectError("refused", request=request)
        if issuer in self.of and request.url.path == "/.well-known/openid-configuration":
            named = {f"{each}_endpoint": f"{issuer}/{each}" for each in ("authorization", "token")}
            return told({"issuer": issuer, "jwks_uri": f"{issuer}/keys", **named})
        if issuer in self.of and request.url.path == "/keys":
            public = jwt.algorithms.ECAlgorithm.to_jwk(self.of[issuer].public_key(), as_dict=True)
            return told({"keys": [{**public, "kid": self.kid, "alg": "ES256"}]})
        return listed() if request.url.path == "/v1/cases" else None


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
async def window(tmp_path: Path, keys: Keys) -> AsyncIterator[Played]:
    async with played(tmp_path, keys.answer, sign_in=CLIENTS) as found:
        yield found


def claims(**over: Any) -> dict[str, Any]:
    """Of a good token; a member that is None is left out."""
    now = int(time.time())
    good = {
        "iss": ISSUER, "aud": "people", "iat": now, "exp": now + 120, "jti": "t1", "events": {EVENT: {}},
        "sub": "amina", "sid": "s1", **over,
    }  # fmt: skip
    return {name: value for name, value in good.items() if value is not None}


def signed(key: EllipticCurvePrivateKey, content: dict[str, Any], **header: Any) -> str:
    return jwt.encode(content, key, algorithm="ES256", headers={"kid": "1", "typ": "logout+jwt", **header})


async def session(window: Played, sid: str = "s1", subject: str = "amina", client: str = "people") -> Session:
    tokens = Tokens(access="access", access_expires=time.time() + 600)
    role = {each["client_id"]: role for role, each in CLIENTS.items()}[client]
    data = SessionData(
        role=role, tokens=tokens, issuer=ISSUER, client_id=client, provider_session=sid,
        owner=owner_of(ISSUER, subject), sign_in_begun_at=time.time(),
    )  # fmt: skip
    found = Session.new(data)
    await window.store.add(found)
    return found


async def alive(window: Played, *sessions: Session) -> list[bool]:
    return [await window.store.find(each.key) is not None for each in sessions]


async def send(window: Played, token: str) -> httpx.Response:
    return await window.web.post(PATH, data={"logout_token": token})


async def test_session_that_is_named_ends(window: Played, keys: Keys) -> None:
    hers, phone, other = await session(window), await session(window, "s2"), await session(window, "s3", "youssef")
    answer = await send(window, signed(keys.of[ISSUER], claims()))
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["cache-control"] == "no-store"
    assert await alive(window, hers, phone, other) == [False, True, True]


async def test_person_without_a_session_ends_on_all_devices(window: Played, keys: Keys) -> None:
    """At the client that the token is for: as an agent she has another."""
    hers, phone, other = await session(window), await session(window, "s2"), await session(window, "s3", "youssef")
    as_agent = await session(window, "s1", client="agents")
    assert (await send(window, signed(keys.of[ISSUER], claims(sid=None)))).status_code == 200
    assert await alive(window, hers, phone, other, as_agent) == [False, False, True, True]


async def test_session_alone_is_enough(window: Played, keys: Keys) -> None:
    hers, phone = await session(window), await session(window, "s2")
    assert (await send(window, signed(keys.of[ISSUER], claims(sub=None)))).status_code == 200
    assert await alive(window, hers, phone) == [False, True]


async def test_browser_is_asked_to_sign_in_again(window: Played, keys: Keys) -> None:
    hers = await session(window)
    window.web.cookies.set("window-session", hers.key, domain="127.0.0.1")
    assert (await window.web.get("/cases")).status_code == 200
    assert (await send(window, signed(keys.of[ISSUER], claims()))).status_code == 200
    assert (await window.web.get("/cases")).headers["location"].startswith("/sign-in")


@pytest.mark.parametrize(
    "over",
    [
        {"iss": "https://evil.example"}, {"iss": None}, {"iss": OTHER}, {"aud": "nobody"}, {"aud": None},
        {"aud": "auditors"}, {"iat": None}, {"iat": 2**34}, {"iat": "yesterday"}, {"exp": None}, {"exp": 1_700_000_000},
        {"exp": 2**34}, {"exp": float("inf")}, {"jti": None}, {"jti": ""}, {"jti": 7}, {"events": None},
        {"events": [EVENT]}, {"events": {}},
        {"events": {EVENT: None}}, {"events": {"https://schemas.openid.net/secevent/other": {}}}, {"nonce": "n"},
        {"nonce": ""}, {"sub": None, "sid": None}, {"sub": "", "sid": ""}, {"sid": 5}, {"sub": ["amina"]},
        {"sid": "s" * 300}, {"sub": "youssef"},
    ],
    ids=str,
)  # fmt: skip
async def test_token_that_says_something_else_ends_nothing(window: Played, keys: Keys, over: dict[str, Any]) -> None:
    hers = await session(window)
    answer = await send(window, signed(keys.of[ISSUER], claims(**over)))
    if over != {"sub": "youssef"}:  # a good token: of him there is no such session
        assert answer.status_code == 400
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json()["error"] == "invalid_request"
    assert await alive(window, hers) == [True]


@pytest.mark.parametrize("wrong", ["key", "none", "symmetric", "typ", "id-token", "cut", "other", "unknown", "jwk"])
async def test_token_that_is_not_signed_by_the_provider_ends_nothing(window: Played, keys: Keys, wrong: str) -> None:
    hers, key, good = await session(window), keys.of[ISSUER], claims()
    public = jwt.algorithms.ECAlgorithm.to_jwk(keys.strange.public_key(), as_dict=True)
    token = {
        "key": signed(keys.strange, good),
        "none": jwt.encode(good, "", algorithm="none", headers={"typ": "logout+jwt"}),
        "symmetric": jwt.encode(good, "k" * 64, algorithm="HS256", headers={"kid": "1"}),
        "typ": signed(key, good, typ="at+jwt"),
        "id-token": signed(key, {**good, "nonce": "n", "events": None}, typ="JWT"),
        "cut": signed(key, good)[:-4],
        "other": signed(keys.of[OTHER], good),
        "unknown": signed(keys.strange, good, kid="9"),
        "jwk": signed(keys.strange, good, jwk=public, kid="9"),
    }[wrong]
    answer = await send(window, token)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert await alive(window, hers) == [True]


async def test_token_is_good_once(window: Played, keys: Keys) -> None:
    """Who recorded one does not sign her out again and again."""
    token = signed(keys.of[ISSUER], claims(sid=None))
    assert (await send(window, token)).status_code == 200
    again = await session(window)
    refused = await send(window, token)
    assert (refused.status_code, "used before" in refused.text) == (400, True)
    assert await alive(window, again) == [True]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"logout_token=", "application/x-www-form-urlencoded"),
        (b"logout_token=a.b.c&logout_token=d.e.f", "application/x-www-form-urlencoded"),
        (b"logout_token=%ff.%00.%fe", "application/x-www-form-urlencoded"),
        (b"logout_token=" + b"e" * 65_536, "application/x-www-form-urlencoded"),
        (b"&" * 60_000, "application/x-www-form-urlencoded"),
        (b'{"logout_token": "a.b.c"}', "application/json"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
    ],
    ids=["nothing", "empty", "twice", "bytes", "large", "bomb", "json", "multipart"],
)
async def test_request_that_is_no_logout_is_refused(window: Played, content: bytes, kind: str) -> None:
    answer = await window.web.post(PATH, content=content, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert "set-cookie" not in answer.headers


async def test_logout_is_posted(window: Played) -> None:
    assert (await window.web.get(PATH)).status_code == 405


async def test_keys_that_changed_are_asked_for_once_in_a_while(
    window: Played, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider's new one is found; of others that nobody knows it hears a few times at most."""
    monkeypatch.setattr("window.provider_logout._KEYS_SECONDS", 3600.0)
    hers = await session(window)
    assert (await send(window, signed(keys.of[ISSUER], claims(sid="elsewhere")))).status_code == 200
    keys.kid, keys.of[ISSUER] = "2", generate_private_key(SECP256R1())
    assert (await send(window, signed(keys.of[ISSUER], claims(jti="t2"), kid="2"))).status_code == 200
    assert await alive(window, hers) == [False]
    for number in range(5):
        assert (await send(window, signed(keys.strange, claims(), kid=f"9{number}"))).status_code == 400
    assert len(window.asked("GET", "/keys")) == 2


async def test_provider_whose_keys_are_away_is_told_so(window: Played, keys: Keys) -> None:
    keys.away = True
    answer = await send(window, signed(keys.of[ISSUER], claims()))
    assert (answer.status_code, answer.json()["error"]) == (400, "temporarily_unavailable")


async def test_log_has_nothing_of_the_token(window: Played, keys: Keys, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    await send(window, signed(keys.of[ISSUER], claims(sub="amina-subject", sid=7)))
    assert "refused" in caplog.text
    assert "amina-subject" not in caplog.text


async def _store(folder: Path, url: str) -> SessionStore:
    settings = load(state_dir=folder, profile="demo", sign_in={"person": {"client_id": "people"}},
                    sessions={"store_url": url})  # fmt: skip
    store = SessionStore(settings)
    await store.open()
    return store


def _logout(number: int, sid: str = "s1") -> ProviderLogout:
    return ProviderLogout(issuer=ISSUER, client_id="people", sid=sid, token_id=f"t{number}", expires_at=2**40)


def _of(sid: str) -> Session:
    return Session.new(SessionData(issuer=ISSUER, client_id="people", provider_session=sid, owner="o"))


async def test_logout_ends_sessions_of_every_process(tmp_path: Path, empty_url: str) -> None:
    one, other = await _store(tmp_path, empty_url), await _store(tmp_path, empty_url)
    hers, second = _of("s1"), _of("s2")
    await one.add(hers)
    await other.add(second)
    await other.end_at_provider(_logout(1))
    assert await one.find(hers.key) is None
    assert await one.change(hers.key, lambda data: None) is None
    assert await one.find(second.key) is not None
    with pytest.raises(UsedBefore):
        await one.end_at_provider(_logout(1))
    await one.close()
    await other.close()


async def test_logout_that_was_broken_off_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies in the middle; the provider sends the same token once more."""
    store = await _store(tmp_path, f"sqlite:///{tmp_path / 'sessions.sqlite'}")
    hers = _of("s1")
    await store.add(hers)

    def die(which: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(store, "_delete", die)
        with pytest.raises(SystemExit):
            store._end_at_provider(_logout(1))
    await store.end_at_provider(_logout(1))
    assert await store.find(hers.key) is None
    with pytest.raises(UsedBefore):
        await store.end_at_provider(_logout(1))
    await store.close()


async def test_sign_in_that_is_late_finds_its_session_ended(tmp_path: Path, empty_url: str) -> None:
    """The token was given, and while she is on her way back with it the provider's session ends."""
    store = await _store(tmp_path, empty_url)
    await store.end_at_provider(_logout(1))
    late = _of("s1")
    with pytest.raises(EndedAtProvider):
        await store.add(late)
    assert await store.find(late.key) is None
    await store.close()


def _back(begun_at: float, subject: str = "amina", client: str = "people") -> Session:
    """Of somebody who set out for the provider at this time, and is back."""
    owner = owner_of(ISSUER, subject)
    return Session.new(SessionData(issuer=ISSUER, client_id=client, owner=owner, sign_in_begun_at=begun_at))


def _everywhere(number: int) -> ProviderLogout:
    return ProviderLogout(
        issuer=ISSUER, client_id="people", subject="amina", token_id=f"t{number}", expires_at=2**40
    )  # fmt: skip


async def test_sign_in_begun_before_all_ended_is_refused(tmp_path: Path, empty_url: str) -> None:
    """A provider that names no session says `sub` alone. Others, other clients and whoever begins anew are let in."""
    one, other = await _store(tmp_path, empty_url), await _store(tmp_path, empty_url)
    before = time.time()
    await one.end_at_provider(_everywhere(1))
    late = _back(before)
    with pytest.raises(EndedAtProvider):
        await other.add(late)
    assert await other.find(late.key) is None
    anew = _back(time.time())
    for good in (_back(before, subject="youssef"), _back(before, client="agents"), anew):
        await other.add(good)
        assert await other.find(good.key) is not None
    between = time.time()
    await other.end_at_provider(_everywhere(2))
    assert await one.find(anew.key) is None
    with pytest.raises(EndedAtProvider):
        await one.add(_back(between))
    await one.close()
    await other.close()


async def test_end_of_all_is_forgotten_after_a_sign_in_can_be_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await _store(tmp_path, f"sqlite:///{tmp_path / 'sessions.sqlite'}")
    await store.end_at_provider(_everywhere(1))
    later = time.time() + SECONDS + 1
    monkeypatch.setattr("window.session.store.time.time", lambda: later)
    await store.add(_back(later - 1))
    with store._engine.begin() as connection:
        kept = connection.execute(text("SELECT expires_at FROM window_ended")).scalars().all()
    assert [each for each in kept if each < 2**40] == []
    await store.close()


async def test_sign_in_and_end_of_all_at_once_leave_no_session(tmp_path: Path, empty_url: str) -> None:
    one, other = await _store(tmp_path, empty_url), await _store(tmp_path, empty_url)
    for number in range(8):
        hers = _back(time.time())
        await asyncio.gather(one.add(hers), other.end_at_provider(_everywhere(number)), return_exceptions=True)
        assert await one.find(hers.key) is None
    await one.close()
    await other.close()


async def test_sign_in_and_logout_at_once_leave_no_session(tmp_path: Path, empty_url: str) -> None:
    one, other = await _store(tmp_path, empty_url), await _store(tmp_path, empty_url)
    for number in range(8):
        hers = _of(f"s{number}")
        await asyncio.gather(
            one.add(hers), other.end_at_provider(_logout(number, f"s{number}")), return_exceptions=True
        )
        assert await one.find(hers.key) is None
    await one.close()
    await other.close()


async def test_table_of_an_older_window_is_completed(tmp_path: Path, empty_url: str) -> None:
    """It goes on beside the newer one, which is what happens while processes are replaced one by one."""
    engine = tables.engine(empty_url)
    kind = "BLOB" if empty_url.startswith("sqlite") else "BYTEA"
    columns = (
        f"id VARCHAR(64) PRIMARY KEY, owner VARCHAR(32) NOT NULL, sealed {kind} NOT NULL, version INTEGER NOT NULL, "
        "expires_at FLOAT NOT NULL, ends_at FLOAT NOT NULL, refreshing_until FLOAT NOT NULL"
    )
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE window_sessions ({columns})"))
    store = await _store(tmp_path, empty_url)
    hers = _of("s1")
    await store.add(hers)
    await store.end_at_provider(_logout(1))
    assert await store.find(hers.key) is None
    with engine.begin() as connection:
        older = "INSERT INTO window_sessions VALUES ('i', 'o', :sealed, 0, 9e9, 9e9, 0)".replace(
            " VALUES", " (id, owner, sealed, version, expires_at, ends_at, refreshing_until) VALUES"
        )
        connection.execute(text(older), {"sealed": b"x"})
    engine.dispose()
    await store.close()
