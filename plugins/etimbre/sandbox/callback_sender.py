"""Carries CMI's notices to the merchant until he answers. What waits is in the store, so a restart loses nothing.

All times here are real seconds: the merchant does not live by the stand-in's clock.
"""

from __future__ import annotations

import asyncio
import contextvars
from time import time
from typing import Any, Final

from gateway.sandbox.authoring import NoticeSender, SandboxContext

from . import callbacks
from .card_payments import CardPayments

CAPTURE: Final = "ACTION=POSTAUTH"
NOTED: Final = "APPROVED"
LONGEST_PAUSE: Final = 5.0
MAX_TRIES: Final = 200
FORM: Final = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
LOOK_AGAIN: Final = 1.0
"""How often held money is looked at while no notice waits."""


class CallbackSender(NoticeSender):
    def __init__(self, context: SandboxContext, payments: CardPayments) -> None:
        super().__init__()
        self._context = context
        self._payments = payments
        self._notices = context.table("notices")
        self._under_way: set[str] = set()

    async def send(self, ids: list[str]) -> None:
        """Try each of these once, now; the rounds go on with what stays unanswered.

        A context of its own: what the merchant's answer brings about is no effect of the payer's request.
        """
        for id in ids:
            await asyncio.create_task(self._deliver(id), context=contextvars.Context())
        self.wake()

    def look_after_money(self) -> None:
        """Void what was held too long, unless the merchant's answer about it is still to come."""
        unheard = {notice["oid"] for notice in self._notices.where(approval=True, answered=False)}
        self._payments.void_stale(except_for=unheard | self._under_way)

    async def go_round(self) -> float | None:
        self.look_after_money()
        now = time()
        waiting = self._notices.items()
        await asyncio.gather(*(self._deliver(id) for id, notice in waiting if notice["due"] <= now))
        pauses = [notice["due"] - time() for _, notice in self._notices.items() if notice["oid"] not in self._under_way]
        if self._payments.holding():
            pauses.append(LOOK_AGAIN)
        return max(min(pauses), 0.01) if pauses else None

    async def _deliver(self, id: str) -> None:
        notice = self._notices.get(id)
        if notice is None or notice["oid"] in self._under_way:
            return
        self._under_way.add(notice["oid"])
        try:
            answer = await self.post(notice["url"], callbacks.body(notice["fields"]), FORM)
            with self._context.store.transaction():
                self._heard(id, notice, answer)
        finally:
            self._under_way.discard(notice["oid"])

    def _heard(self, id: str, notice: dict[str, Any], answer: str | None) -> None:
        if answer == CAPTURE and notice["approval"]:
            self._payments.capture(notice["oid"])
        notice["tries"] += 1
        notice["answered"] = notice["answered"] or answer is not None
        settled = answer in (CAPTURE, NOTED)
        over = notice["approval"] and self._payments.payment(notice["oid"])["status"] in ("voided", "refunded")
        if settled or over or notice["tries"] >= MAX_TRIES:
            self._notices.delete(id)
            return
        notice["pause"] = min(callbacks.FIRST_PAUSE * 2 ** (notice["tries"] - 1), LONGEST_PAUSE)
        notice["due"] = time() + notice["pause"]
        self._notices.put(id, notice)
