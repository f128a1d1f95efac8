"""Carries CMI's notices to the merchant until he answers. What waits is in the store, so a restart loses nothing.

All times here are real seconds: the merchant does not live by the stand-in's clock.
"""

from __future__ import annotations

import asyncio
import contextvars
import ssl
from contextlib import suppress
from time import time
from typing import Any, Final

import httpx

from gateway.sandbox.desk import Desk

from . import notices
from .acquirer import Acquirer

CAPTURE: Final = "ACTION=POSTAUTH"
NOTED: Final = "APPROVED"
LONGEST_PAUSE: Final = 5.0
MAX_TRIES: Final = 200
ANSWER_SECONDS: Final = 10.0
LOOK_AGAIN: Final = 1.0
"""How often held money is looked at while no notice waits."""


class Courier:
    def __init__(self, desk: Desk, acquirer: Acquirer) -> None:
        self._desk = desk
        self._acquirer = acquirer
        self._notices = desk.table("notices")
        self._under_way: set[str] = set()
        self._news = asyncio.Event()
        self._client: httpx.AsyncClient | None = None
        self._rounds: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin the rounds. Called at start-up, or by the first request where the host has no start-up."""
        if self._client is None:
            untrusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # plain HTTP only: no trust store to load
            self._client = httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False, verify=untrusting)
        if self._rounds is None or self._rounds.done():
            self._rounds = asyncio.create_task(self._go_round(), context=contextvars.Context())

    async def stop(self) -> None:
        if self._rounds is None or self._client is None:
            return
        self._rounds.cancel()
        with suppress(asyncio.CancelledError):
            await self._rounds
        await self._client.aclose()
        self._rounds = self._client = None

    async def send(self, ids: list[str]) -> None:
        """Try each of these once, now; the rounds go on with what stays unanswered.

        A context of its own: what the merchant's answer brings about is no effect of the payer's request.
        """
        for id in ids:
            await asyncio.create_task(self._deliver(id), context=contextvars.Context())
        self._news.set()

    def look_after_money(self) -> None:
        """Void what was held too long, unless the merchant's answer about it is still to come."""
        unheard = {notice["oid"] for notice in self._notices.where(approval=True, answered=False)}
        self._acquirer.void_stale(except_for=unheard | self._under_way)

    async def _go_round(self) -> None:
        while True:
            self._news.clear()
            self.look_after_money()
            now = time()
            waiting = self._notices.items()
            await asyncio.gather(*(self._deliver(id) for id, notice in waiting if notice["due"] <= now))
            pauses = [
                notice["due"] - time() for _, notice in self._notices.items() if notice["oid"] not in self._under_way
            ]
            if self._acquirer.holding():
                pauses.append(LOOK_AGAIN)
            with suppress(TimeoutError):
                async with asyncio.timeout(max(min(pauses), 0.01) if pauses else None):
                    await self._news.wait()

    async def _deliver(self, id: str) -> None:
        notice = self._notices.get(id)
        if notice is None or notice["oid"] in self._under_way:
            return
        self._under_way.add(notice["oid"])
        try:
            answer = await self._post(notice)
            with self._desk.store.transaction():
                self._heard(id, notice, answer)
        finally:
            self._under_way.discard(notice["oid"])

    async def _post(self, notice: dict[str, Any]) -> str | None:
        """The merchant's words, None if there are none."""
        if self._client is None or not notices.on_loopback(notice["url"]):
            return None
        try:
            response = await self._client.post(
                notice["url"],
                content=notices.body(notice["fields"]),
                headers={"content-type": "application/x-www-form-urlencoded; charset=utf-8"},
            )
        except httpx.HTTPError:
            return None
        return response.text.strip() if response.is_success else None

    def _heard(self, id: str, notice: dict[str, Any], answer: str | None) -> None:
        if answer == CAPTURE and notice["approval"]:
            self._acquirer.capture(notice["oid"])
        notice["tries"] += 1
        notice["answered"] = notice["answered"] or answer is not None
        settled = answer in (CAPTURE, NOTED)
        over = notice["approval"] and self._acquirer.payment(notice["oid"])["status"] in ("voided", "refunded")
        if settled or over or notice["tries"] >= MAX_TRIES:
            self._notices.delete(id)
            return
        notice["pause"] = min(notices.FIRST_PAUSE * 2 ** (notice["tries"] - 1), LONGEST_PAUSE)
        notice["due"] = time() + notice["pause"]
        self._notices.put(id, notice)
