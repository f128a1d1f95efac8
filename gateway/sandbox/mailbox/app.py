"""What arrived, the newest first: pages under `/mailbox/` for people, and `/mailbox/messages` for tests."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Any, Final
from urllib.parse import parse_qs

from gateway.sandbox.answers import answer, json, problem
from gateway.sandbox.context import Effects
from gateway.sandbox.faults import Receive, Scope, Send, Switchboard
from gateway.sandbox.identity_page import language
from gateway.sandbox.mailbox import page
from gateway.sandbox.mailbox.arrivals import Arrivals
from gateway.sandbox.mailbox.smtp_server import MailTaker, protocol

MAILBOX: Final = "mailbox"
"""Where the host has it, and what the switchboard calls it."""


class Mailbox:
    """The ASGI application; `startup` also begins to take e-mail on `smtp`, if the host has a socket for it."""

    def __init__(
        self,
        arrivals: Arrivals,
        effects: Effects,
        faults: Switchboard,
        *,
        smtp: socket.socket | None,
        tls: ssl.SSLContext | None,
        login: tuple[str, str] | None,
    ) -> None:
        self._arrivals = arrivals
        self._taker = MailTaker(arrivals, effects, lambda: faults.get(MAILBOX))
        self._smtp, self._tls, self._login = smtp, tls, login
        self._server: asyncio.Server | None = None

    async def startup(self) -> None:
        if self._smtp is not None:
            make = protocol(self._taker, tls=self._tls, login=self._login)
            self._server = await asyncio.get_running_loop().create_server(make, sock=self._smtp)

    async def shutdown(self) -> None:
        if self._server is not None:
            self._server.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, path = scope["method"], scope["path"]
        query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()}
        to, channel = query.get("to", ""), query.get("channel", "")
        if method not in ("GET", "HEAD"):
            await problem(send, 405, "method_not_allowed", f"{method} is not possible here")
        elif path == "/messages":
            await json(send, {"data": self._arrivals.all(to=to, channel=channel), "boxes": self._arrivals.boxes()})
        elif path == "/":
            found = page.listed(self._arrivals.all(to=to), self._arrivals.boxes(), _language(scope, query), to=to)
            await answer(send, 200, found.encode(), "text/html; charset=utf-8")
        else:
            await self._message(path, _language(scope, query), send)

    async def _message(self, path: str, lang: str, send: Send) -> None:
        _, _, rest = path.partition("/messages/")
        id, _, what = rest.partition("/")
        message = self._arrivals.get(id) if id else None
        if message is None:
            await problem(send, 404, "not_found", "no such message")
        elif what == "":
            await answer(send, 200, page.opened(message, lang).encode(), "text/html; charset=utf-8")
        elif what == "html":
            await answer(send, 200, message.get("html", "").encode(), "text/html; charset=utf-8")
        elif what == "source":
            await answer(send, 200, message.get("source", "").encode(), "text/plain; charset=utf-8")
        else:
            await problem(send, 404, "not_found", "a message has `html` and `source`")


def _language(scope: Scope, query: dict[str, str]) -> str:
    headers: dict[bytes, Any] = dict(scope["headers"])
    return language(query.get("lang", ""), headers.get(b"accept-language", b"").decode("latin-1"))
