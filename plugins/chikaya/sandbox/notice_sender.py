"""Tells the gateway that a demand has changed. What waits is in the store, so a restart loses nothing.

Each try is signed anew, with a time and a nonce of its own: a notice that arrives late is not an old one. The times of
the tries are real seconds, the demands' own are the stand-in's.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from time import time
from typing import Any, Final

import msgspec

from gateway.sandbox.authoring import NoticeSender, SandboxContext, on_loopback

from .complaints import Complaints

LOOK_SECONDS: Final = 0.1
"""How often demands are looked at that may have changed."""
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 5.0
MOST_TRIES: Final = 50


def signature(secret: str, timestamp: str, nonce: str, body: bytes) -> str:
    """Written apart from `webhook.py`, which checks it, so that a slip in one shows in the other."""
    signed = f"chikaya notice v1\nPOST\nstatus\n{timestamp}\n{nonce}\n".encode() + body
    return f"v1={hmac.digest(secret.encode(), signed, 'sha256').hex()}"


class StatusNotices(NoticeSender):
    def __init__(self, context: SandboxContext, complaints: Complaints) -> None:
        super().__init__()
        self._context = context
        self._complaints = complaints
        self._watched = context.table("watched")
        self._skew = float(context.options.get("skew_seconds", 0))

    def watch(self, number: str, url: str) -> None:
        """From now on, tell `url` of each change of this demand. Notices go to this machine and nowhere else."""
        if on_loopback(url):
            word, _ = self._complaints.news(number)
            self._watched.put(number, {"url": url, "told": word, "tries": 0, "due": 0.0, "still": False})
            self.wake()

    def look_again(self, number: str) -> None:
        """The person did something about this demand."""
        watched = self._watched.get(number)
        if watched is not None:
            self._watched.put(number, {**watched, "still": False})
            self.wake()

    async def go_round(self) -> float | None:
        now = time()
        moving = [(number, row) for number, row in self._watched.items() if not row["still"]]
        await asyncio.gather(*(self._look_at(number, row) for number, row in moving if row["due"] <= now))
        return LOOK_SECONDS if moving else None

    async def _look_at(self, number: str, row: dict[str, Any]) -> None:
        word, can_change = self._complaints.news(number)
        if word == row["told"]:
            if not can_change:
                self._watched.put(number, {**row, "still": True})
            return
        taken = await self._tell(row["url"], {"number": number, "state": word.partition(" ")[0]})
        tries = row["tries"] + 1
        if taken or tries >= MOST_TRIES:
            self._watched.put(number, {**row, "told": word, "tries": 0, "due": 0.0})
        else:
            pause = min(FIRST_PAUSE * 2 ** (tries - 1), LONGEST_PAUSE)
            self._watched.put(number, {**row, "tries": tries, "due": time() + pause})

    async def _tell(self, url: str, notice: dict[str, str]) -> bool:
        body = msgspec.json.encode(notice)
        timestamp, nonce = str(int(time() + self._skew)), secrets.token_urlsafe(18)
        headers = {
            "content-type": "application/json",
            "x-chikaya-timestamp": timestamp,
            "x-chikaya-nonce": nonce,
            "x-chikaya-signature": signature(self._context.secrets["webhook_secret"], timestamp, nonce, body),
        }
        return await self.post(url, body, headers) is not None
