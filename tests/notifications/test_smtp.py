"""E-mail to a real mail server, on a socket: what it takes, refuses, delays and loses."""

from __future__ import annotations

import email
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email import policy
from pathlib import Path

import pytest

from gateway.connectors.contract import Message, Refused, Unavailable, Unknown
from gateway.notifications.messages.bounces import Report, read_report
from gateway.notifications.messages.smtp import SmtpCarrier
from gateway.sandbox.certificates import authority_file, provide, server_context
from gateway.sandbox.context import Clock, Effects, Store
from gateway.sandbox.faults import Fault, Switchboard
from gateway.sandbox.mailbox import Arrivals, Mailbox
from gateway.sandbox.serve import listen
from gateway.secret import Secret
from gateway.settings import Messages, Smtp

ID = "msg_01m8mafrwstk1zmxzgjexp4smw"
LETTER = Message(
    key=ID, to="amina@example.org", language="ar", subject="ملفكم ينتظر", text="السلام\n", html="<p>السلام</p>"
)
NOW = datetime(2026, 11, 29, 10, tzinfo=UTC)


class Server:
    """The sandbox's mail server, with TLS and a login."""

    def __init__(self, folder: Path) -> None:
        provide(folder, ["any"])
        store = Store()
        self.arrivals, self.faults = Arrivals(store), Switchboard(store)
        self.folder, self._socket = folder, listen("127.0.0.1", 0)
        self._address = self._socket.getsockname()
        effects = Effects(store, "mailbox", Clock(store))
        tls, login = server_context(folder), ("gateway", "right")
        self.app = Mailbox(self.arrivals, effects, self.faults, smtp=self._socket, tls=tls, login=login)

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._address
        return host, port

    @property
    def ca(self) -> str:
        return str(authority_file(self.folder))

    def carrier(self, password: str = "right", **smtp: object) -> SmtpCarrier:
        given = {
            "host": "127.0.0.1",
            "port": self._address[1],
            "ca": self.ca,
            "username": "gateway",
            "timeout_seconds": 5.0,
            **smtp,
        }
        settings = Messages(
            from_address="no-reply@services.example",
            bounce_address="bounces@services.example",
            smtp=Smtp.model_validate(given),
        )
        return SmtpCarrier(settings, Secret(password))


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    found = Server(tmp_path)
    await found.app.startup()
    yield found
    await found.app.shutdown()


async def test_mail_arrives_as_it_was_written(server: Server) -> None:
    carrier = server.carrier()
    receipt = await carrier.send(LETTER, NOW)
    (mail,) = server.arrivals.all()
    assert receipt.reference == f"<{ID}@services.example>" == mail["headers"]["Message-ID"]
    assert (mail["subject"], mail["text"], mail["html"].strip()) == ("ملفكم ينتظر", "السلام\n", "<p>السلام</p>")
    assert mail["from"] == f"bounces+{ID}@services.example"
    assert mail["headers"]["From"] == "خدمات مغاربة العالم <no-reply@services.example>"
    assert mail["headers"]["Auto-Submitted"] == "auto-generated"
    await carrier.close()


async def test_mail_sent_twice_is_one_in_the_mailbox(server: Server) -> None:
    carrier = server.carrier()
    for _ in range(2):
        await carrier.send(LETTER, NOW)
    (mail,) = server.arrivals.all()
    assert mail["arrivals"] == 2
    await carrier.close()


@pytest.mark.parametrize(
    ("to", "error", "code"),
    [
        ("refused@example.org", Refused, "address_refused"),
        ("full@example.org", Unavailable, "carrier_busy"),
        ("later@example.org", Unavailable, "carrier_busy"),
        ("نادية@example.org", Refused, "address_unsupported"),
    ],
)
async def test_refusal_is_told_from_a_delay(server: Server, to: str, error: type[Exception], code: str) -> None:
    carrier = server.carrier()
    other = Message(key=ID, to=to, language="ar", subject="x", text="x", html="x")
    with pytest.raises(error, match=code):
        await carrier.send(other, NOW)
    await carrier.send(LETTER, NOW)  # the connection is good for the next one
    await carrier.close()


async def test_lost_answer_leaves_the_outcome_unknown(server: Server) -> None:
    carrier = server.carrier()
    server.faults.set("mailbox", Fault(mode="commit_then_drop"))
    with pytest.raises(Unknown):
        await carrier.send(LETTER, NOW)
    assert len(server.arrivals.all()) == 1
    server.faults.set("mailbox", Fault(mode="none"))
    await carrier.send(LETTER, NOW)
    await carrier.close()


async def test_wrong_password_is_a_denial(server: Server) -> None:
    with pytest.raises(Unavailable, match="carrier_denied_gateway"):
        await server.carrier("wrong").send(LETTER, NOW)


@pytest.mark.parametrize("smtp", [{"security": "tls"}, {"security": "none"}, {"ca": ""}, {"port": 1}])
async def test_nothing_goes_out_but_as_configured(server: Server, smtp: dict[str, object]) -> None:
    """Over another kind of connection than the server's, without encryption, or to a stranger's certificate."""
    with pytest.raises((Unavailable, ssl.SSLError)):
        await server.carrier(**smtp).send(LETTER, NOW)
    assert server.arrivals.all() == []


async def test_report_of_a_bounce_names_the_message(server: Server) -> None:
    carrier = server.carrier()
    lost = Message(key=ID, to="bounce@example.org", language="fr", subject="x", text="x", html="x")
    await carrier.send(lost, NOW)
    (report,) = server.arrivals.all(to=f"bounces+{ID}@services.example")
    raw = report["source"].encode()
    assert read_report(raw) == Report(ID, "5.1.1")
    named = raw.replace(f"bounces+{ID}@services.example".encode(), b"bounces@services.example")
    assert read_report(named) == Report(ID, "5.1.1")  # by the headers that it returns
    assert read_report(raw.replace(b"Action: failed", b"Action: delayed")) is None
    assert read_report(raw.replace(ID.encode(), b"msg_1")) is None
    assert read_report(b"Subject: On holiday\n\nbounces+" + ID.encode()) is None
    await carrier.close()


def test_header_cannot_be_smuggled_into_a_mail(tmp_path: Path) -> None:
    carrier = SmtpCarrier(Messages(smtp=Smtp(host="x", security="none")), None)
    for to in ("a@example.org\r\nBcc: b@example.org", "a@example.org, b@example.org"):
        with pytest.raises(ValueError, match=r".*"):
            carrier.mail(Message(key=ID, to=to, language="fr", subject="x", text="x", html="x"), NOW)
    raw = carrier.mail(LETTER, NOW).as_bytes()
    assert email.message_from_bytes(raw, policy=policy.default)["To"] == "amina@example.org"
