"""The sandbox's door, against messages that the gateway's own scheme made, and each way to fail at it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from lxml import etree

from gateway.connectors.contract import Filing, Unavailable, Unknown
from gateway.outbound.certificate import read_certificate
from gateway.outbound.schemes.ws_message import Identity, seal
from gateway.safe_xml import parse
from gateway.sandbox.certificates import provide
from gateway.settings import Tls
from plugins.alhalalmadania import soap
from plugins.alhalalmadania.sandbox.intake import Objection
from plugins.alhalalmadania.sandbox.message_security import MessageSecurity
from plugins.alhalalmadania.tests.portal import ID, context, misbehaving, shown

IN_ONE_LOOP = pytest.mark.asyncio(loop_scope="module")

MINUTES = timedelta(minutes=1)
MESSAGE = soap.message("Consulter", {"numero": "EC-2026-000001"})


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def security(state):
    return MessageSecurity(context(state))


@pytest.fixture(scope="module")
def identity(state):
    """The gateway's, or that of the gateway at another portal."""

    def make(portal: str = ID) -> Identity:
        ours = read_certificate(Tls(**provide(state, [portal])[portal]))
        return Identity(key=ours.key, certificate=ours.certificate)

    return make


def message(identity: Identity, at: timedelta = timedelta(0)) -> bytes:
    return seal(MESSAGE, identity, now=datetime.now(UTC) + at, life=2 * MINUTES)[0]


def refusal(security: MessageSecurity, content: bytes) -> tuple[str, str]:
    with pytest.raises(Objection) as objection:
        security.admit(parse(content))
    return objection.value.subcode, objection.value.word


def test_what_the_gateway_signs_is_let_in_once(security, identity):
    content = message(identity())
    security.admit(parse(content))
    assert refusal(security, content) == ("InvalidSecurity", "message_rejoue")
    security.admit(parse(message(identity())))


def test_what_is_not_signed_by_the_gateway_stays_outside(security, identity):
    good = message(identity())
    for content, subcode in [
        (MESSAGE, "InvalidSecurity"),
        (message(identity("barid")), "FailedAuthentication"),
        (good.replace(b"EC-2026-000001", b"EC-2026-000002"), "FailedCheck"),
        (re.sub(rb"Created>20(..)", rb"Created>21\1", good), "FailedCheck"),
        (message(identity(), -5 * MINUTES), "MessageExpired"),
        (message(identity(), 5 * MINUTES), "MessageExpired"),
    ]:
        assert refusal(security, content)[0] == subcode
    security.admit(parse(good))


def test_a_body_beside_the_signed_one_stays_outside(security, identity):
    envelope = parse(message(identity()))
    envelope.append(parse(etree.tostring(envelope[1])))
    assert refusal(security, etree.tostring(envelope)) == ("InvalidSecurity", "message_non_signe")


def test_a_signed_body_in_the_wrong_place_stays_outside(security, identity):
    envelope = parse(message(identity()))
    header, body = envelope
    forged = parse(etree.tostring(body).replace(b"EC-2026-000001", b"EC-2026-000002"))
    forged.attrib.clear()
    envelope.replace(body, forged)
    header.append(body)
    assert refusal(security, etree.tostring(envelope)) == ("FailedCheck", "signature_incomplete")


def test_a_certificate_that_has_expired_stays_outside(state, identity):
    later = MessageSecurity(context(state), lambda: datetime.now(UTC) + timedelta(days=91))
    assert refusal(later, message(identity())) == ("InvalidSecurityToken", "certificat_expire")


def test_what_was_seen_is_forgotten_when_it_could_no_longer_come_back(state, identity):
    now = [datetime.now(UTC)]
    security = MessageSecurity(context(state), lambda: now[0])
    for _ in range(3):
        security.admit(parse(message(identity())))
    now[0] += 10 * MINUTES
    security.admit(parse(message(identity(), 10 * MINUTES)))
    assert len(security._seen) == 1


# --- Both sides ---------------------------------------------------------------------------------------------------


@IN_ONE_LOOP
async def test_a_certificate_that_the_portal_no_longer_accepts(running_sandbox, filing):
    [path] = running_sandbox.host.store.execute("PRAGMA database_list").fetchall()
    certificates = Path(path[2]).parent / "certificates"
    known = certificates / f"{ID}.gateway.pem"
    agreed = known.read_bytes()
    known.write_bytes((certificates / "host.pem").read_bytes())
    try:
        with pytest.raises(Unavailable, match="portal_denied_gateway"):
            await running_sandbox.call(Filing.file, filing("birth-copy"))
    finally:
        known.write_bytes(agreed)
    assert running_sandbox.effects() == []


@IN_ONE_LOOP
async def test_a_message_that_somebody_sends_again_has_no_second_effect(running_sandbox, filing, monkeypatch):
    sent = []
    real = httpx.Request

    def kept(*args, **kwargs):
        request = real(*args, **kwargs)
        sent.append(request)
        return request

    monkeypatch.setattr("gateway.outbound.schemes.ws_security.httpx.Request", kept)
    await running_sandbox.call(Filing.file, filing("birth-copy"))
    monkeypatch.undo()
    async with httpx.AsyncClient(trust_env=False, verify=False) as stranger:
        again = await stranger.post(sent[-1].url, content=sent[-1].content, headers=sent[-1].headers)
    assert again.status_code == 400
    assert "message_rejoue" in again.text
    assert len(running_sandbox.effects()) == 1


@pytest.mark.parametrize("apart", [-5 * MINUTES, 5 * MINUTES])
async def test_clocks_five_minutes_apart(plugin, tmp_path, filing, apart):
    """Neither side believes the other; nothing is lodged, and nothing is taken for an answer."""
    async with misbehaving(plugin, tmp_path) as portal:
        portal.signed(shown(), at=datetime.now(UTC) + apart)
        with pytest.raises(Unavailable, match="portal_answer_not_authentic"):
            await portal.call()
        with pytest.raises(Unknown):
            await portal.call(Filing.file, filing("birth-copy"))


async def test_a_recorded_answer_played_again(plugin, tmp_path):
    async with misbehaving(plugin, tmp_path) as portal:
        portal.signed(shown())
        await portal.call()
        first = portal.reply
        recorded = first("signature of an earlier request")
        portal.reply = lambda _: recorded
        with pytest.raises(Unavailable, match="portal_answer_not_authentic"):
            await portal.call()


@pytest.mark.parametrize("other", ["barid", "gateway"])
async def test_an_answer_signed_by_somebody_else_of_the_same_authority(plugin, tmp_path, other):
    async with misbehaving(plugin, tmp_path) as portal:
        if other == "gateway":
            provide(tmp_path, [ID])
            own = portal.security._certificates
            name = own.gateway
            pair = type(own.own)(cert=name, key=name.with_suffix(".key"))
            portal.security._certificates = type(own)(ca=own.ca, own=pair, gateway=own.gateway)
        else:
            portal.security = MessageSecurity(context(tmp_path, other))
        portal.signed(shown())
        with pytest.raises(Unavailable, match="portal_answer_not_authentic"):
            await portal.call()


@IN_ONE_LOOP
async def test_the_door_answers_bad_messages_with_a_signed_fault(running_sandbox):
    url = f"{running_sandbox.url}/{ID}/services/etat-civil"
    async with httpx.AsyncClient(trust_env=False, verify=False) as stranger:
        for content in (b"", b"<!DOCTYPE a><a/>", b"<a/>", b"{}", MESSAGE):
            answer = await stranger.post(url, content=content, headers=soap.headers("Consulter"))
            assert answer.status_code == 400
            assert b"Fault" in answer.content
            assert b"SignatureValue" in answer.content
        contract = await stranger.get(url)
    assert contract.content == soap.WSDL.read_bytes()
