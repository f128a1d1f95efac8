"""Receivers of webhooks on loopback, over TLS: those that behave, and those that do not."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import ssl
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

NAME: Final = "receiver.test"

Answer = Callable[["Received", asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


def status(code: int, *, body: bytes = b"", headers: str = "") -> Answer:
    async def answer(_: Received, writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 {code} Whatever\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    return answer


async def hang(_: Received, writer: asyncio.StreamWriter) -> None:
    """Take the request, and never answer."""
    await asyncio.Event().wait()


async def endless(_: Received, writer: asyncio.StreamWriter) -> None:
    """Success, and then garbage for as long as it is read."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    while True:
        writer.write(b"\x00garbage" * 4096)
        await writer.drain()


async def no_http(_: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")
    await writer.drain()


async def challenged(received: Received, writer: asyncio.StreamWriter) -> None:
    """What a receiver does to be verified; any other event is taken."""
    challenge = received.event["data"].get("challenge", "")
    await status(200, body=json.dumps({"challenge": challenge}).encode())(received, writer)


OK = status(204)


@dataclass
class Receiver:
    """By path: what came, how it is answered."""

    url: str = ""
    ca: Path = Path()
    received: dict[str, list[Received]] = field(default_factory=lambda: defaultdict(list))
    """What was answered with success, so that the sender takes it as delivered."""
    tries: Counter[str] = field(default_factory=Counter)
    answers: dict[str, Answer] = field(default_factory=dict)
    otherwise: Answer = OK
    under_way: Counter[str] = field(default_factory=Counter)
    most_at_once: Counter[str] = field(default_factory=Counter)

    def ids(self, path: str) -> list[str]:
        return [each.id for each in self.received[path]]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-2])}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            found = Received(head[0].split(" ")[1], headers, body)
            await self._answer(found, writer)
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def _answer(self, found: Received, writer: asyncio.StreamWriter) -> None:
        path = found.path
        self.tries[path] += 1
        self.under_way[path] += 1
        self.most_at_once[path] = max(self.most_at_once[path], self.under_way[path])
        try:
            answer = self.answers.get(path, self.otherwise)
            if answer in (OK, challenged, endless):
                self.received[path].append(found)
            await answer(found, writer)
        finally:
            self.under_way[path] -= 1


def certificate(folder: Path) -> tuple[Path, Path]:
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")]),
    )
    names = [x509.DNSName(NAME), x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    moment = datetime.now(UTC)
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(moment - timedelta(hours=1))
        .not_valid_after(moment + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, private = folder / "receiver.pem", folder / "receiver.key"
    cert.write_bytes(built.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return cert, private


@asynccontextmanager
async def receiving(folder: Path) -> AsyncIterator[Receiver]:
    """`https://127.0.0.1:<port>`, for which, and for the name `NAME`, it has a certificate that vouches for itself."""
    cert, key = certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    found, tasks = Receiver(ca=cert), set[asyncio.Task[None]]()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(found.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context, backlog=1024)
    found.url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield found
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
