"""Both ends on real sockets: the stand-in, and a merchant who answers its callbacks through the connector."""

from __future__ import annotations

import asyncio
import re
import secrets
from dataclasses import dataclass, field
from html import unescape

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver, algorithms

from gateway.connectors.contract import Callback, Fee, Money, PaymentState, Verdict
from gateway.sandbox.context import SandboxContext
from plugins.etimbre.connector import ETimbre
from plugins.etimbre.sandbox import sandbox

STORE_KEY = "S7ore|key\\of tests"
OPTIONS = {"clientid": "600000001", "sessiontimeout": "600", "refreshtime": "5"}
GOOD, OTHER_GOOD, SECURED, BAD = "4000000000000010", "5453010000066100", "5191630100004896", "4111111111111111"


class Signed(httpx.Auth):
    """What the gateway's `sign` layer does, by the library."""

    requires_request_body = True

    def __init__(self, key, *, key_id="k1", covered=("@method", "@target-uri"), **fixed):
        resolver = MappingKeyResolver(public_keys={}, private_keys={key_id: key})
        self.signer = HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=resolver)
        self.key_id, self.covered, self.fixed = key_id, covered, fixed

    def auth_flow(self, request):
        self.signer.sign(
            request,
            key_id=self.key_id,
            covered_component_ids=self.covered,
            body=request.content or None,
            **{"nonce": secrets.token_hex(8), **self.fixed},
        )
        yield request


@dataclass
class Merchant:
    """The gateway's end of the callbacks: says `answers` first, one a callback, then the connector's verdict."""

    etimbre: ETimbre | None = None
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)
    silent: bool = False

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            raise RuntimeError("http only")
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.heard.append(body)
        status, reply = self.answers.pop(0) if self.answers else await self._verdict(scope, body)
        if self.silent:
            status, reply = 503, b""
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": reply})

    async def _verdict(self, scope, body):
        callback = Callback(method=scope["method"], path=scope["path"].lstrip("/"), headers={}, body=body)
        settlement = await self.etimbre.settle(callback)
        verdict = Verdict.CAPTURE if settlement.state is PaymentState.PAID else Verdict.NOTED
        return 200, self.etimbre.answer(verdict).body


class Behind:
    """An address whose application can be exchanged: a restart of what runs there."""

    def __init__(self):
        self.app = None

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            raise RuntimeError("http only")
        await self.app(scope, receive, send)


class Browser:
    """A payer: opens the checkout, reads the form of the page, fills it in."""

    def __init__(self, client):
        self.client = client
        self.page = None

    async def open(self, checkout):
        return self._seen(await self.client.post(checkout.url, data=checkout.fields))

    async def fill(self, **answers):
        """Send the page's first form with its hidden fields and these."""
        action, fields = self.form()
        return self._seen(await self.client.post(action, data=fields | answers))

    async def pay(self, pan, *, expiry="12/2040", cvc="000"):
        return await self.fill(pan=pan, expiry=expiry, cvc=cvc)

    def form(self, which=0):
        forms = re.findall(r'<form method="post" action="([^"]*)">(.*?)</form>', self.page.text, re.DOTALL)
        action, inside = forms[which]
        hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', inside)
        return unescape(action), {unescape(name): unescape(value) for name, value in hidden}

    def _seen(self, response):
        self.page = response
        return response


@dataclass
class SandboxPortal:
    context: SandboxContext
    key: Ed25519PrivateKey
    server: Behind
    merchant: Merchant
    etimbre: ETimbre
    browser: Browser
    client: httpx.AsyncClient
    """Signs nothing by itself."""

    def fee(self, oid="", **over):
        values = {
            "case_id": "case_1",
            "oid": oid or f"o_{secrets.token_hex(8)}",
            "amount": Money(amount=4000),
            "payer_name": "Amina <Tazi> & Cie | \\",
            "payer_email": "amina@example.org",
            "return_url": "https://front.example/back?a=1&region=2",
        }
        return Fee(**values | over)

    async def opened(self, **over):
        checkout = await self.etimbre.checkout(self.fee(**over))
        response = await self.browser.open(checkout)
        assert response.status_code == 200, response.text
        return checkout

    async def paid(self, **over):
        checkout = await self.opened(**over)
        await self.browser.pay(GOOD)
        return checkout

    def effects(self, kind=None):
        return [each for each in self.context.effects.all() if kind in (None, each["kind"])]

    async def restart(self):
        """A new process on the same file."""
        await self.server.app.shutdown()
        self.server.app = sandbox(self.context)
        await self.server.app.startup()


async def eventually(true, seconds=8.0):
    """Wait until `true()`; fails if it never is."""
    async with asyncio.timeout(seconds):
        while not true():  # what is waited for happens in a database
            await asyncio.sleep(0.01)
