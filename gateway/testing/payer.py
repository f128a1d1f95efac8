"""A payer at the stand-in's card page, and the merchant whom the page tells of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx

from gateway.connectors.contract import Callback, Fee, Paying, PortalError, Verdict
from gateway.sandbox.card_page import NoCardPage, filled_in, form_of
from gateway.sandbox.serve import running
from gateway.testing.harness import Harness


async def card_entered(found: Harness, fee: Fee) -> bool:
    """Whether the stand-in took the card. Its callback, if it has one, is answered as the gateway would."""
    async with _merchant(found) as merchant:
        try:
            checkout = await merchant.call(Paying.checkout, fee)
        except PortalError:
            return False
        return await _filled_in(checkout.url, checkout.fields)


@asynccontextmanager
async def _merchant(found: Harness) -> AsyncIterator[Harness]:
    """The same connector, whose callbacks arrive: a stand-in calls back to this machine only."""
    own: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while (part := await receive())["type"] == "http.request":
            body += part.get("body", b"")
            if not part.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        path = scope["path"].removeprefix(f"/callbacks/{found.plugin.manifest.id}/")
        verdict = Verdict.CAPTURE
        try:
            await own[0].settle(Callback(method=scope["method"], path=path, headers=headers, body=body))
        except PortalError:
            verdict = Verdict.REJECTED
        reply = own[0].answer(verdict)
        sent = [(b"content-type", reply.media_type.encode()), (b"content-length", str(len(reply.body)).encode())]
        await send({"type": "http.response.start", "status": reply.status, "headers": sent})
        await send({"type": "http.response.body", "body": reply.body})

    async with running(app) as address:
        portal = replace(found.connector.portal, callback_url=f"{address}/callbacks/{found.plugin.manifest.id}")
        own.append(found.plugin.connector_class(portal))
        yield replace(found, connector=own[0])


async def _filled_in(url: str, fields: dict[str, str]) -> bool:
    """As the payer's browser does it."""
    async with httpx.AsyncClient(trust_env=False) as browser:
        page = await browser.post(url, data=fields)
        try:
            action, asked = form_of(page.text)
        except NoCardPage:
            return False
        paid = await browser.post(httpx.URL(url).join(action), data=filled_in(asked))
        return paid.status_code < httpx.codes.BAD_REQUEST
