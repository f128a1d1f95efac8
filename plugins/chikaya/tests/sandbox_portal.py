"""Both ends on real sockets: the stand-in, and a gateway that takes its notices through the connector."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from gateway.connectors.contract import Callback, Refused, Requester, Submission
from gateway.sandbox.context import SandboxContext
from gateway.testing import service_tables
from plugins.chikaya.connector import Chikaya
from plugins.chikaya.sandbox import sandbox

SECRETS = {"request_secret": "for réquests", "webhook_secret": "for notices"}
OPTIONS = {"client_id": "mre-gateway"}
SERVICES = service_tables(Path(__file__).parents[1])
DAY = 86400


class Signed(httpx.Auth):
    """What the gateway's scheme `hmac_request` does, written once more. `tamper` changes the request afterwards."""

    requires_request_body = True

    def __init__(
        self,
        *,
        secret: str = SECRETS["request_secret"],
        client: str = "mre-gateway",
        ahead: float = 0.0,
        nonce: str = "",
        leave_out: str = "",
        tamper: Callable[[httpx.Request], httpx.Request] = lambda request: request,
    ) -> None:
        self.secret, self.client, self.ahead, self.nonce = secret, client, ahead, nonce
        self.leave_out, self.tamper = leave_out, tamper

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        headers = request.headers
        digest = hashlib.sha256(request.content).hexdigest()
        headers["x-timestamp"] = str(int(time.time() + self.ahead))
        headers["x-nonce"] = self.nonce or secrets.token_hex(12)
        headers["x-content-sha256"] = digest
        names = sorted(
            {"host", "x-timestamp", "x-nonce", "x-content-sha256"}
            | ({"content-type"} if "content-type" in headers else set()) - {self.leave_out}
        )
        if self.leave_out in names:
            names.remove(self.leave_out)
        path, _, query = request.url.raw_path.decode().partition("?")
        lines = ["HMAC-SHA256", request.method, path, "&".join(sorted(query.split("&")))]
        lines += [f"{name}:{headers[name]}" for name in names] + [";".join(names), digest]
        mac = hmac.new(self.secret.encode(), "\n".join(lines).encode(), hashlib.sha256).hexdigest()
        headers["authorization"] = (
            f"HMAC-SHA256 Credential={self.client}, SignedHeaders={';'.join(names)}, Signature={mac}"
        )
        yield self.tamper(request)


def submission(service: str = "complaint", *, key: str = "key-1", attachments: Any = (), **changes: Any) -> Submission:
    """The service's own example, with changes by name (`message={"subject": "x"}`) laid over it."""
    form = {**SERVICES[service]["example"]}
    for name, change in changes.items():
        form[name] = {**form[name], **change} if isinstance(change, dict) else change
    return Submission(
        case_id="case_1",
        key=key,
        service=f"chikaya.{service}",
        form=form,
        attachments=list(attachments),
        requester=Requester(national_id=form["person"]["cnie"]),
    )


class Behind:
    """An address whose application can be exchanged: a restart of what runs there."""

    app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise RuntimeError("http only")
        await self.app(scope, receive, send)


@dataclass
class Gateway:
    """The gateway's end of the notices. `heard` are those that the connector believed, `refused` the others' codes."""

    chikaya: Any = None
    silent: bool = False
    heard: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    callbacks: list[Callback] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise RuntimeError("http only")
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        callback = Callback(
            method=scope["method"], path=scope["path"].removeprefix("/callbacks/chikaya/"), headers=headers, body=body
        )
        self.callbacks.append(callback)
        status, reply = (503, b"") if self.silent else await self._take(callback)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": reply})

    async def _take(self, callback: Callback) -> tuple[int, bytes]:
        try:
            notice = await self.chikaya.notice(callback)
        except Refused as refused:
            self.refused.append(refused.code)
            return 403, b""
        self.heard.append(notice.reference)
        return notice.reply.status, notice.reply.body


@dataclass
class SandboxPortal:
    context: SandboxContext
    server: Behind
    gateway: Gateway
    chikaya: Chikaya
    http: httpx.AsyncClient

    def days_pass(self, days: float) -> None:
        self.context.clock.set(advance=days * DAY)

    def effects(self) -> list[str]:
        return [each["kind"] for each in self.context.effects.all()]

    async def lodged(self, subject: str = "", **more: Any) -> str:
        """File the example, with this subject, and give its number."""
        changes = {"message": {"subject": subject}} if subject else {}
        return (await self.chikaya.file(submission(**changes, **more))).reference

    async def restart(self) -> None:
        """A new process on the same file."""
        await self.server.app.shutdown()
        self.server.app = sandbox(self.context)
        await self.server.app.startup()


async def eventually(true: Callable[[], object], seconds: float = 8.0) -> None:
    """Wait until `true()`; fails if it never is."""
    async with asyncio.timeout(seconds):
        while not true():  # what is waited for happens in a database
            await asyncio.sleep(0.01)
