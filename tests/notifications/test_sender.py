"""One request to a receiver: by names that lie, and what is made of its answer."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway.notifications.webhooks.addresses import AddressRules
from gateway.notifications.webhooks.names import AddressRefused, NameResolver
from gateway.notifications.webhooks.reply import Reply
from gateway.notifications.webhooks.sender import Sender
from gateway.settings import Webhooks

from .receiver import NAME, Receiver, hang, status

_A, _AAAA = 1, 28


class NameServer(asyncio.DatagramProtocol):
    """A real one, over UDP, which gives each question the next of its answers; the last one stays."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.silent = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, peer: tuple[str, int]) -> None:
        if self.silent:
            return
        end = data.index(b"\0", 12) + 5
        (kind,) = struct.unpack("!H", data[end - 4 : end - 2])
        found = self._next() if kind == _A else []
        head = data[:2] + struct.pack("!HHHHH", 0x8180, 1, len(found), 0, 0)
        records = b"".join(struct.pack("!HHHIH", 0xC00C, _A, 1, 0, 4) + socket.inet_aton(address) for address in found)
        self.transport.sendto(head + data[12:end] + records, peer)  # type: ignore[attr-defined]

    def _next(self) -> list[str]:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer.split()


@asynccontextmanager
async def sending(
    receiver: Receiver, server: NameServer, *, patience: float = 5.0, **over: object
) -> AsyncIterator[Sender]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: server, ("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    settings = Webhooks(**{"loopback": True, "ca": str(receiver.ca), **over})
    rules = AddressRules(loopback=settings.loopback)
    resolver = NameResolver(rules, servers=["127.0.0.1"], udp_port=port, lookups="b", timeout=patience, tries=2)
    sender = Sender(settings, resolver=resolver)
    try:
        yield sender
    finally:
        await sender.close()
        transport.close()


async def post(
    sender: Sender, receiver: Receiver, path: str = "/a", server: NameServer | None = None, name: str = NAME
) -> Reply:
    """On a busy machine c-ares says now and then that there is no such name: then it is asked again. `server.asked`
    counts the questions of the last attempt."""
    url = f"https://{name}:{receiver.url.rpartition(':')[2]}{path}"
    reply = Reply(outcome="name_unknown")
    for _ in range(10):
        if server is not None:
            server.asked = 0
        reply = await sender.post(url, b"{}", {"webhook-id": "evt_1"})
        if server is None or reply.outcome != "name_unknown":
            break
    return reply


async def test_name_is_looked_up_once_for_each_connection(receiver: Receiver) -> None:
    server = NameServer("127.0.0.1")
    async with sending(receiver, server) as sender:
        assert (await post(sender, receiver, server=server)).outcome == "delivered"
        assert server.asked == 1  # what was looked at is what was connected to
        server.answers = ["10.0.0.1"]
        assert (await post(sender, receiver, server=server)).outcome == "address_refused"
        assert server.asked == 1
    assert receiver.tries["/a"] == 1


@pytest.mark.parametrize("inside", ["169.254.169.254", "10.0.0.1", "127.0.0.1 192.168.1.1", "0.0.0.0", "100.64.0.1"])
async def test_name_that_leads_inside_is_refused(receiver: Receiver, inside: str) -> None:
    async with sending(receiver, server := NameServer(inside)) as sender:
        assert (await post(sender, receiver, server=server)).outcome == "address_refused"
    assert not receiver.tries


async def test_this_machine_is_refused_without_the_setting(receiver: Receiver) -> None:
    async with sending(receiver, server := NameServer("127.0.0.1"), loopback=False) as sender:
        assert (await post(sender, receiver, server=server)).outcome == "address_refused"
        literal = await sender.post(receiver.url + "/a", b"{}", {})
    assert literal.outcome == "address_refused"
    assert not receiver.tries


async def test_socket_to_an_address_inside_is_never_made(receiver: Receiver) -> None:
    """Should anything but our resolver have found the address."""
    sender = Sender(Webhooks(ca=str(receiver.ca)))
    for address in ("127.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1"):
        with pytest.raises(AddressRefused):
            sender._socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, 443)))


async def test_name_server_that_is_silent_costs_no_thread(receiver: Receiver) -> None:
    server = NameServer("127.0.0.1")
    server.silent = True
    async with sending(receiver, server, patience=0.2) as sender:
        replies = await asyncio.gather(*(post(sender, receiver) for _ in range(50)))
    assert {each.outcome for each in replies} == {"name_unknown"}


async def test_name_that_is_not_the_certificates_is_refused(receiver: Receiver) -> None:
    async with sending(receiver, server := NameServer("127.0.0.1")) as sender:
        reply = await post(sender, receiver, server=server, name="other.test")
    assert reply.outcome == "tls_failed"
    assert not receiver.tries


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


@pytest.mark.usefixtures("proxied")
async def test_answers_are_what_they_are(receiver: Receiver) -> None:
    """And no proxy of the environment is used."""
    receiver.answers |= {
        "/204": status(204), "/404": status(404), "/301": status(301, headers="Location: /204\r\n"),
        "/429": status(429, headers="Retry-After: 7\r\n"), "/date": status(503, headers="Retry-After: tomorrow\r\n"),
        "/410": status(410), "/hang": hang,
    }  # fmt: skip
    async with sending(receiver, server := NameServer("127.0.0.1"), seconds=2.0) as sender:
        found = {path: await post(sender, receiver, path, server) for path in receiver.answers}
    told = {path: (reply.outcome, reply.status, reply.retry_after) for path, reply in found.items()}
    assert told == {
        "/204": ("delivered", 204, 0.0), "/404": ("refused", 404, 0.0), "/301": ("redirected", 301, 0.0),
        "/429": ("refused", 429, 7.0), "/date": ("refused", 503, 0.0), "/410": ("refused", 410, 0.0),
        "/hang": ("timeout", 0, 0.0),
    }  # fmt: skip
    assert found["/410"].gone
