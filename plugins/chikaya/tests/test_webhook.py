"""Who may say that a demand has changed: the portal, about now, once."""

from __future__ import annotations

import hashlib
import hmac
import time

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.connectors.contract import Callback, Portal, Refused
from gateway.secret import Secret
from plugins.chikaya import webhook
from plugins.chikaya.connector import Chikaya
from plugins.chikaya.webhook import NONCE, REMEMBERED, SIGNATURE, TIMESTAMP, WINDOW_SECONDS, Doorkeeper, signature

SECRET = "for notices"
NOW = 1_764_000_000
BODY = b'{"number":"CH-2025-000001","state":"repondue"}'
A_NONCE = "n" * 24


def signed(*, at: float = NOW, nonce: str = A_NONCE, body: bytes = BODY, secret: str = SECRET) -> dict[str, str]:
    timestamp = str(int(at))
    return {TIMESTAMP: timestamp, NONCE: nonce, SIGNATURE: signature(secret, timestamp, nonce, body)}


def admit(door: Doorkeeper, headers: dict[str, str], *, body: bytes = BODY, now: float = NOW) -> str:
    """The code of the refusal, or nothing."""
    try:
        door.admit(headers, body, secret=SECRET, now=now)
    except Refused as refused:
        return refused.code
    return ""


def test_a_signature_made_by_another_program_is_the_same():
    """printf 'chikaya notice v1\\nPOST\\nstatus\\n1764000000\\nnnnnnnnnnnnnnnnnnnnnnnnn\\n{}' |
    openssl dgst -sha256 -hmac 'for notices'"""
    assert (
        signature(SECRET, "1764000000", A_NONCE, b"{}")
        == "v1=be194267da2d682b2be105d013b9cec8d73d4498e7e40975b86f7a7bf5f5e973"
    )


def test_a_signature_that_does_not_say_what_it_is_for_is_none():
    """Over time, nonce and body alone it would fit any message of the two, whoever sent it."""
    text = f"{NOW}\n{A_NONCE}\n".encode() + BODY
    bare = "v1=" + hmac.new(SECRET.encode(), text, hashlib.sha256).hexdigest()
    assert admit(Doorkeeper(), signed() | {SIGNATURE: bare}) == "bad_signature"


def test_an_authentic_notice_comes_in_whatever_the_case_of_its_headers():
    assert admit(Doorkeeper(), {name.upper(): value for name, value in signed().items()}) == ""


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(secret="another"),
        signed(body=b"{}"),
        signed() | {TIMESTAMP: str(NOW + 1)},
        signed() | {NONCE: "m" * 24},
        signed() | {SIGNATURE: ""},
        signed() | {SIGNATURE: "é"},
        signed() | {SIGNATURE: signed()[SIGNATURE].removeprefix("v1=")},
        signed() | {SIGNATURE: signed()[SIGNATURE].upper()},
        signed(nonce="short"),
        signed(nonce="with\nline feeds in it"),
        signed() | {TIMESTAMP: "1e9"},
        signed() | {TIMESTAMP: ""},
        {name: value for name, value in signed().items() if name != NONCE},
    ],
)
def test_what_the_portal_did_not_sign_stays_out(headers):
    assert admit(Doorkeeper(), headers) == "bad_signature"


@given(st.binary(max_size=60))
def test_no_other_body_passes_with_the_signature_of_one(body):
    assert (admit(Doorkeeper(), signed(), body=body) == "") == (body == BODY)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(0, ""), (WINDOW_SECONDS, ""), (-WINDOW_SECONDS, ""), (300, "too_old"), (-300, "too_old")],
)
def test_a_notice_is_good_for_two_minutes_either_way(seconds, code):
    assert admit(Doorkeeper(), signed(), now=NOW + seconds) == code


def test_a_notice_comes_in_once():
    door = Doorkeeper()
    assert [admit(door, signed()), admit(door, signed()), admit(door, signed(nonce="m" * 24))] == ["", "replayed", ""]


def test_a_replay_is_refused_for_as_long_as_its_time_would_let_it_in():
    door = Doorkeeper()
    for seconds in range(-WINDOW_SECONDS, WINDOW_SECONDS + 1, 10):
        admit(door, signed(at=NOW + seconds, nonce=f"{seconds + 500:024}"), now=NOW)
    for seconds in range(-WINDOW_SECONDS, WINDOW_SECONDS + 1, 10):
        last_chance = NOW + seconds + WINDOW_SECONDS
        assert admit(door, signed(at=NOW + seconds, nonce=f"{seconds + 500:024}"), now=last_chance) == "replayed"


def test_a_forged_notice_does_not_use_up_the_nonce_of_a_real_one():
    door = Doorkeeper()
    assert admit(door, signed(secret="another")) == "bad_signature"
    assert admit(door, signed()) == ""


def test_what_is_remembered_has_an_end(monkeypatch):
    assert REMEMBERED == 50_000
    monkeypatch.setattr(webhook, "REMEMBERED", 3)
    door = Doorkeeper()
    nonces = [f"{n:024}" for n in range(4)]
    assert [admit(door, signed(nonce=nonce)) for nonce in nonces] == [""] * 4
    assert [admit(door, signed(nonce=nonce)) for nonce in reversed(nonces)] == ["replayed"] * 3 + [""]


def test_nonces_that_are_over_are_forgotten():
    door = Doorkeeper()
    for hour in range(5):
        assert admit(door, signed(at=NOW + 3600 * hour, nonce=f"{hour:024}"), now=NOW + 3600 * hour) == ""
    assert len(door._fresh._seen) == 1


# --- Through the connector ----------------------------------------------------------------------------------------


@pytest.fixture
def chikaya():
    client = httpx.AsyncClient(base_url="https://portal.invalid")
    return Chikaya(Portal(id="chikaya", http=client, secrets={"webhook_secret": Secret(SECRET)}))


def callback(*, method: str = "POST", path: str = "status", body: bytes = BODY) -> Callback:
    return Callback(method=method, path=path, headers=signed(at=time.time(), body=body), body=body)


async def test_a_notice_names_its_demand_and_is_answered(chikaya):
    notice = await chikaya.notice(callback())
    assert notice.reference == "CH-2025-000001"
    assert (notice.reply.status, notice.reply.media_type) == (200, "application/json")


async def test_the_same_notice_again_is_refused(chikaya):
    told = callback()
    await chikaya.notice(told)
    with pytest.raises(Refused, match="replayed"):
        await chikaya.notice(told)


@pytest.mark.parametrize(("method", "path"), [("GET", "status"), ("POST", "payment"), ("POST", "status/more")])
async def test_there_is_one_address_for_notices(chikaya, method, path):
    with pytest.raises(Refused, match="callback_not_supported"):
        await chikaya.notice(callback(method=method, path=path))


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b'{"number":1}', b'{"number":"../x"}', '{"number":"شكاية"}'.encode("cp1256")]
)
async def test_an_authentic_notice_that_names_no_demand_is_told_so(chikaya, body):
    with pytest.raises(Refused, match="malformed_callback"):
        await chikaya.notice(callback(body=body))
