"""Tells the gateway that a demand has changed. What waits is in the store, so a restart loses nothing.

Each try is signed anew, with a time and a nonce of its own: a notice that arrives late is not an old one. The times of
the tries are real seconds, the demands' own are the stand-in's.
"""

from __future__ import annotations

import asyncio
import contextvars
import ipaddress
import secrets
import ssl
from contextlib import suppress
from time import time
from typing import Any, Final

import httpx
import msgspec

from gateway.sandbox.desk import Desk

from . import webhook
from .sandbox_office import Office

LOOK_SECONDS: Final = 0.1
"""How often demands are looked at that may have changed."""
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 5.0
MOST_TRIES: Final = 50
ANSWER_SECONDS: Final = 10.0


class Courier:
    def __init__(self, desk: Desk, office: Office) -> None:
        self._desk = desk
        self._office = office
        self._watched = desk.table("watched")
        self._skew = float(desk.options.get("skew_seconds", 0))
        self._work = asyncio.Event()
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

    def watch(self, number: str, url: str) -> None:
        """From now on, tell `url` of each change of this demand. Notices go to this machine and nowhere else."""
        if _on_loopback(url):
            word, _ = self._office.news(number)
            self._watched.put(number, {"url": url, "told": word, "tries": 0, "due": 0.0, "still": False})
            self._work.set()

    def look_again(self, number: str) -> None:
        """The person did something about this demand."""
        watched = self._watched.get(number)
        if watched is not None:
            self._watched.put(number, {**watched, "still": False})
            self._work.set()

    async def _go_round(self) -> None:
        while True:
            self._work.clear()
            now = time()
            moving = [(number, row) for number, row in self._watched.items() if not row["still"]]
            await asyncio.gather(*(self._look_at(number, row) for number, row in moving if row["due"] <= now))
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS if moving else None):  # unlike wait_for, never eats a cancel
                    await self._work.wait()

    async def _look_at(self, number: str, row: dict[str, Any]) -> None:
        word, can_change = self._office.news(number)
        if word == row["told"]:
            if not can_change:
                self._watched.put(number, {**row, "still": True})
            return
        taken = await self._post(row["url"], {"number": number, "state": word.partition(" ")[0]})
        tries = row["tries"] + 1
        if taken or tries >= MOST_TRIES:
            self._watched.put(number, {**row, "told": word, "tries": 0, "due": 0.0})
        else:
            pause = min(FIRST_PAUSE * 2 ** (tries - 1), LONGEST_PAUSE)
            self._watched.put(number, {**row, "tries": tries, "due": time() + pause})

    async def _post(self, url: str, notice: dict[str, str]) -> bool:
        body = msgspec.json.encode(notice)
        timestamp, nonce = str(int(time() + self._skew)), secrets.token_urlsafe(18)
        headers = {
            "content-type": "application/json",
            webhook.TIMESTAMP: timestamp,
            webhook.NONCE: nonce,
            webhook.SIGNATURE: webhook.signature(self._desk.secrets["webhook_secret"], timestamp, nonce, body),
        }
        assert self._client is not None
        try:
            answer = await self._client.post(url, content=body, headers=headers)
        except httpx.HTTPError:
            return False
        return answer.is_success


def _on_loopback(url: str) -> bool:
    try:
        target = httpx.URL(url)
        if target.scheme != "http":
            return False
        return target.host == "localhost" or ipaddress.ip_address(target.host).is_loopback
    except (httpx.InvalidURL, ValueError):
        return False
