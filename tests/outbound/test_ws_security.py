"""The WS-Security scheme against a portal that signs, badly in every way it can."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from lxml import etree

from gateway.connectors.contract import CaseStatus, Connector, Filing, Portal, Progress, Unavailable, Unknown
from gateway.outbound.errors import AnswerNotAuthentic, CredentialsFailed
from gateway.outbound.invoke import Callee, invoke
from gateway.outbound.schemes import SCHEMES, SchemeError, Setup, ws_message
from gateway.outbound.schemes.ws_message import DS, SOAP, Identity, NotAuthentic, Trust, check, seal
from gateway.safe_xml import parse
from gateway.settings import Tls
from tests.outbound.raw import answer

NOW = datetime.now(UTC)
MINUTE = timedelta(minutes=1)
ENVELOPE = (
    f'<s:Envelope xmlns:s="{SOAP}" xmlns="urn:x"><s:Body><Salut>é<!-- c --></Salut></s:Body></s:Envelope>'.encode()
)
HEADERS = {"content-type": "application/soap+xml; charset=utf-8"}


class Authority:
    def __init__(self, name: str = "authority") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._build(self.name, self.key.public_key(), NOW - 60 * MINUTE, NOW + 60 * MINUTE, ca=True)

    def issue(self, name: str, *, start: timedelta = -5 * MINUTE, end: timedelta = 60 * MINUTE, kind: str = "ec"):
        key = ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else rsa.generate_private_key(65537, 2048)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        return Identity(key=key, certificate=self._build(subject, key.public_key(), NOW + start, NOW + end))

    def _build(self, subject, public, start, end, *, ca=False):
        other = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
        usage = dict.fromkeys((*other, "encipher_only", "decipher_only"), False)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(
                x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, **usage), critical=True
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
            )
            .sign(self.key, hashes.SHA256())
        )  # fmt: skip


AUTHORITY, STRANGERS = Authority(), Authority("strangers")
OURS, PORTAL = AUTHORITY.issue("mre-gateway"), AUTHORITY.issue("portal")
TRUST = Trust(authorities=(AUTHORITY.certificate,), signer="portal")


def sealed(identity: Identity = PORTAL, *, at: datetime = NOW, confirms: str | None = "request") -> bytes:
    return seal(ENVELOPE, identity, now=at, life=2 * MINUTE, confirms=confirms)[0]


def reason(content: bytes, *, now: datetime = NOW, confirms: str = "request") -> str:
    try:
        check(content, TRUST, now=now, window=2 * MINUTE, confirms=confirms)
    except NotAuthentic as error:
        return error.reason
    return ""


# --- One message --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_what_the_portal_signed_is_believed(kind):
    assert reason(sealed(AUTHORITY.issue("portal", kind=kind))) == ""


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (ENVELOPE, "unsigned"),
        (b"<html>", "not_readable"),
        (b"<!DOCTYPE a><a/>", "not_readable"),
        (sealed().replace("é".encode(), b"e"), "bad_signature"),
        (re.sub(rb"Created>20(..)", rb"Created>21\1", sealed()), "bad_signature"),
        (sealed().replace(b'Value="request"', b'Value="another"'), "bad_signature"),
        (re.sub(rb"(<ds:SignatureValue>.{4})", rb"\1AAAA", sealed()), "bad_signature"),
        (sealed(STRANGERS.issue("portal")), "certificate_unknown"),
        (sealed(AUTHORITY.issue("other-portal")), "certificate_of_another"),
        (sealed(OURS), "certificate_of_another"),
        (sealed(AUTHORITY.issue("portal", start=-60 * MINUTE, end=-MINUTE)), "certificate_expired"),
        (sealed(AUTHORITY.issue("portal", start=MINUTE)), "certificate_expired"),
        (re.sub(rb"(Token [^>]*>)[^<]*", rb"\1AAAA", sealed()), "certificate_unknown"),
        (sealed(at=NOW - 5 * MINUTE), "too_old"),
        (sealed(at=NOW + 5 * MINUTE), "too_new"),
        (sealed(confirms=None), "answers_another_request"),
        (sealed(confirms="earlier request"), "answers_another_request"),
    ],
)  # fmt: skip
def test_what_is_not_the_portals_answer_to_this_request_is_not_believed(content, why):
    assert reason(content) == why


@pytest.mark.parametrize(("apart", "why"), [(115, ""), (125, "too_old"), (-115, ""), (-125, "too_new")])
def test_clocks_may_be_two_minutes_apart(apart, why):
    assert reason(sealed(), now=NOW + timedelta(seconds=apart)) == why


def test_the_certificate_beside_the_signature_has_to_be_the_signers():
    """The token is under the signature, so it cannot be changed for another one with the same name."""
    token = re.compile(rb"(BinarySecurityToken [^>]*>)([^<]*)")
    other = token.search(sealed(AUTHORITY.issue("portal"))).group(2)
    assert reason(token.sub(rb"\g<1>" + other, sealed())) == "bad_signature"


def test_base64_that_is_wrapped_at_76_characters_is_believed(monkeypatch):
    """White space in Base64 means nothing to XML (XML Schema 1.1 part 2 section 3.3.16, XML Signature section 4.3)."""
    confirmed = base64.b64encode(bytes(range(96))).decode()
    wrapped = base64.encodebytes(bytes(range(96))).decode()
    assert "\n" in wrapped.strip()
    monkeypatch.setattr(ws_message.base64, "b64encode", base64.encodebytes)
    content = sealed(confirms=wrapped)
    monkeypatch.undo()
    envelope = etree.fromstring(content)
    value = next(envelope.iter(f"{{{DS}}}SignatureValue"))
    value.text = base64.encodebytes(base64.b64decode(value.text or "")).decode()
    content = etree.tostring(envelope)
    assert content.count(b"\n") > 4
    check(content, TRUST, now=NOW, window=2 * MINUTE, confirms=confirmed)


@pytest.mark.parametrize("form", ["%Y%m%dT%H%M%SZ", "%G-W%V-%uT%H:%M:%SZ", "%Y-%m-%d %H:%M:%SZ", "%Y-%m-%dT%H:%M:%S"])
def test_a_time_that_xml_schema_does_not_know_is_none(monkeypatch, form):
    monkeypatch.setattr(ws_message, "_written", lambda at: at.astimezone(UTC).strftime(form))
    assert reason(sealed()) == "too_old"


def moved(content: bytes) -> bytes:
    """Signature wrapping: the signed Body goes into the header, a forged one takes its place."""
    envelope = parse(content)
    body = envelope.find(f"{{{SOAP}}}Body")
    forged = parse(b'<s:Body xmlns:s="%b"><Salut xmlns="urn:x">forged</Salut></s:Body>' % SOAP.encode())
    envelope.replace(body, forged)
    envelope[0].append(body)
    return _text(envelope)


def doubled(content: bytes) -> bytes:
    """A second Body with the Id of the first."""
    envelope = parse(content)
    twin = parse(_text(envelope[1]))
    twin[0].text = "forged"
    envelope.append(twin)
    return _text(envelope)


def twin_outside(content: bytes) -> bytes:
    """The Body has the Id of the signed element, which stands elsewhere."""
    envelope = parse(moved(content))
    identifier = f"{{{ws_message.WSU}}}Id"
    envelope[1].set(identifier, envelope[0][-1].get(identifier))
    return _text(envelope)


def less_signed(content: bytes) -> bytes:
    """Signed by the portal, but not the Body."""
    envelope = parse(content)
    for old in envelope.iter(f"{{{DS}}}Signature"):
        old.getparent().remove(old)
    security = envelope[0][0]
    names = [each.get(f"{{{ws_message.WSU}}}Id") for each in security]
    uris = [f"#{name}" for name in names]
    signature = ws_message._signer(PORTAL.key).sign(
        envelope, key=PORTAL.key, reference_uri=uris, key_info=ws_message._key_info(names[0].partition("-")[2])
    )
    security.append(signature)
    return _text(envelope)


def _text(element: Any) -> bytes:
    from lxml import etree

    return etree.tostring(element)


@pytest.mark.parametrize(
    ("attack", "why"),
    [
        (moved, {"not_all_signed"}),
        (doubled, {"unsigned"}),
        (twin_outside, {"bad_signature"}),
        (less_signed, {"not_all_signed"}),
    ],
)
def test_a_signature_over_something_else_is_no_signature(attack, why):
    assert reason(attack(sealed())) in why


def test_the_same_message_never_has_the_same_signature():
    rsa_key = AUTHORITY.issue("portal", kind="rsa")  # whose signatures are not random by themselves
    assert len({seal(ENVELOPE, rsa_key, now=NOW, life=MINUTE)[1] for _ in range(3)}) == 3


def test_only_an_envelope_is_signed():
    for content in (b"<a/>", f'<s:Envelope xmlns:s="{SOAP}"/>'.encode()):
        with pytest.raises(ValueError, match="envelope"):
            seal(content, OURS, now=NOW, life=MINUTE)


# --- Through the layers -------------------------------------------------------------------------------------------


@dataclass
class Answers:
    """What the portal answers with; `make` gets the request's signature."""

    seen: list[str]
    make: Any = None
    status: int = 200

    async def respond(self, request):
        assert request.headers["content-type"] == HEADERS["content-type"]
        envelope = parse(request.body)
        check_request(request.body)
        value = envelope.findtext(f".//{{{DS}}}SignatureValue")
        self.seen.append(value)
        content = self.make(value) if self.make else sealed(confirms=value, at=datetime.now(UTC))
        return answer(self.status, content, content_type="application/soap+xml")


def check_request(content: bytes) -> None:
    """As the portal does: signed by the gateway. Nothing is confirmed in a request."""
    trust = Trust(authorities=(AUTHORITY.certificate,), signer="mre-gateway")
    with pytest.raises(NotAuthentic, match="answers_another_request"):
        check(content, trust, now=datetime.now(UTC), window=MINUTE, confirms="")


@pytest.fixture
def files(tmp_path):
    def write(identity: Identity = OURS) -> Tls:
        (tmp_path / "ca.pem").write_bytes(AUTHORITY.certificate.public_bytes(Encoding.PEM))
        (tmp_path / "our.pem").write_bytes(identity.certificate.public_bytes(Encoding.PEM))
        (tmp_path / "our.key").write_bytes(
            identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        return Tls(ca=str(tmp_path / "ca.pem"), cert=str(tmp_path / "our.pem"), key=str(tmp_path / "our.key"))

    return write


AUTH = {"scheme": "ws_security"}


@pytest.fixture
def soap(portal):
    answers = Answers(seen=[])
    portal.respond = answers.respond
    return answers


@pytest.fixture
def portal_client(portal, client_to, files):
    return client_to(portal.url, auth=AUTH, options={"signer": "portal"}, tls=files().model_dump())


class Clerk(Connector, Filing):
    async def file(self, filing):
        return await self.http.post("/x", content=ENVELOPE, headers=HEADERS)

    async def progress(self, reference, **access):
        self.answer = await self.http.post("/x", content=ENVELOPE, headers=HEADERS)
        return Progress(reference=reference, status=CaseStatus.IN_PROGRESS, portal_status="")

    async def find(self, idempotency_key):
        return None


@pytest.fixture
def clerk(portal_client):
    return Clerk(Portal(id="barid", http=portal_client.client, secrets={}))


async def test_a_signed_question_gets_a_signed_answer(soap, clerk, entry):
    await invoke(Callee("barid", clerk, hops=entry.hops), Filing.progress, "x")
    assert clerk.answer.status_code == 200
    (hop,) = entry.hops
    assert re.fullmatch(r"x509-[0-9a-f]{16}", hop.key_id)
    assert b"SignatureValue" in hop.request or len(hop.request) == 16_384


async def test_each_attempt_is_signed_anew(soap, clerk):
    soap.status = 503
    await invoke(Callee("barid", clerk), Filing.progress, "x")
    assert clerk.answer.status_code == 503
    assert len(soap.seen) == len(set(soap.seen)) == 3


async def test_a_replayed_answer_is_refused_however_authentic(soap, clerk):
    kept = {}
    soap.make = lambda value: kept.setdefault("first", sealed(confirms=value, at=datetime.now(UTC)))
    await invoke(Callee("barid", clerk), Filing.progress, "x")
    with pytest.raises(Unavailable, match="portal_answer_not_authentic"):
        await invoke(Callee("barid", clerk), Filing.progress, "x")


@pytest.mark.parametrize(
    "make",
    [
        lambda _: ENVELOPE,
        lambda value: sealed(STRANGERS.issue("portal"), confirms=value),
        lambda value: sealed(confirms=value, at=datetime.now(UTC) - 5 * MINUTE),
        lambda value: sealed(confirms=value).replace("é".encode(), b"e"),
    ],
)
async def test_an_answer_that_is_not_authentic_leaves_a_creation_unknown_and_is_not_asked_for_again(soap, clerk, make):
    soap.make = make
    with pytest.raises(Unknown):
        await invoke(Callee("barid", clerk), Filing.file, None)
    soap.status = 400
    with pytest.raises(Unknown):  # an unsigned refusal too: whoever wrote it may not have been the portal
        await invoke(Callee("barid", clerk), Filing.file, None)
    with pytest.raises(Unavailable, match="portal_answer_not_authentic"):
        await invoke(Callee("barid", clerk), Filing.progress, "x")
    assert len(soap.seen) == 3


async def test_what_does_not_say_it_is_soap_passes_for_its_status_to_be_judged(portal, portal_client):
    async def respond(_):
        return answer(503, b"<html>Maintenance</html>", content_type="text/html")

    portal.respond = respond
    assert (await portal_client.client.post("/x", content=ENVELOPE, headers=HEADERS)).status_code == 503


async def test_large_messages_take_the_same_way(soap, clerk, monkeypatch):
    large = ENVELOPE.replace(b"<Salut>", b"<Salut>" + b"QUJD" * 200_000)
    monkeypatch.setattr("tests.outbound.test_ws_security.ENVELOPE", large)
    await invoke(Callee("barid", clerk), Filing.progress, "x")
    assert len(clerk.answer.content) > 800_000


async def test_nothing_leaves_with_a_certificate_that_has_expired_since(soap, portal, client_to, files):
    tls = files(AUTHORITY.issue("mre-gateway"))
    scheme = SCHEMES["ws_security"](setup(tls))
    scheme._now = lambda: NOW + 61 * MINUTE
    with pytest.raises(CredentialsFailed) as failed:
        await anext(scheme.async_auth_flow(httpx.Request("POST", "http://x/", content=ENVELOPE, headers=HEADERS)))
    assert failed.value.denied
    assert soap.seen == []


async def test_only_soap_is_signed(soap, portal_client):
    with pytest.raises(CredentialsFailed):
        await portal_client.client.get("/x")
    assert soap.seen == []


# --- Settings -----------------------------------------------------------------------------------------------------


def setup(tls: Tls, table: dict[str, Any] | None = None, **options: str) -> Setup:
    return Setup(
        table=AUTH | (table or {}),
        secrets={},
        options={"signer": "portal"} | options,
        base_url=httpx.URL("http://x"),
        send=None,
        tls=tls,
    )


def test_the_authority_of_signatures_may_be_another_than_that_of_connections(files, tmp_path):
    tls = files()
    other = tmp_path / "other.pem"
    other.write_bytes(STRANGERS.certificate.public_bytes(Encoding.PEM))
    assert SCHEMES["ws_security"](setup(tls, signer_ca=str(other)))._trust.authorities == (STRANGERS.certificate,)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"cert": ""}, r"tls\.cert"),
        ({"key": "missing.key"}, r"tls\.key"),
        ({"ca": ""}, "signer_ca"),
        ({"ca": "missing.pem"}, r"tls\.ca"),
        ({"window_seconds": 0}, "window_seconds"),
        ({"window_seconds": 300}, "window_seconds"),
        ({"signer": ""}, "signer"),
    ],
)
def test_settings_that_cannot_work_are_named(files, change, says):
    tls = files().model_copy(update={name: value for name, value in change.items() if name in Tls.model_fields})
    table = {name: value for name, value in change.items() if name == "window_seconds"}
    options = {name: value for name, value in change.items() if name == "signer"}
    with pytest.raises(SchemeError, match=says):
        SCHEMES["ws_security"](setup(tls, table, **options))


def test_the_word_for_such_an_answer_is_one_of_the_closed_set():
    assert AnswerNotAuthentic.word == "answer_not_authentic"
