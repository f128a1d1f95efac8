"""Makes a case of the demo reach a point: does what the person would, and lets the portals' time pass.

For developers of frontends, who want to see the page of a case that has been decided without living through it. It uses
the gateway as any frontend does, with the person's own token, and the sandboxes' clock. It does nothing that a person
could not do, and it is there in the demo profile only.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Annotated, Any, Final

import httpx
import msgspec

from gateway.sandbox.card_page import APPROVED
from gateway.sandbox.context import Clock
from gateway.sandbox.notice_sender import on_loopback
from gateway.sandbox.person import Person, Stuck, body_of

ENDED: Final = ("completed", "rejected", "withdrawn", "failed")
_STATUSES: Final = ("received", "action_required", "in_progress", *ENDED)
_DAY: Final = 86_400.0
_PAUSE: Final = 0.1
_SETTLED: Final = 1.0
"""Seconds in which a case that only waits for its portal would have changed."""


class Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    case: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    until: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    """A status of the case, the type of an action that is open then, or the code of an event that has happened."""
    answers: dict[str, dict[str, Any]] = {}
    """What the person says when asked, by the action's type; else the first thing that is possible."""
    card: Annotated[str, msgspec.Meta(max_length=30)] = APPROVED
    days: Annotated[float, msgspec.Meta(gt=0, le=30)] = 1.0
    """How far the portals' clock jumps at a time while there is nothing to do."""
    seconds: Annotated[float, msgspec.Meta(gt=0, le=120)] = 60.0
    """When to give up."""


class NotReached(Exception):
    """`status` is that of the answer; the text says where the case stands instead."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Reach:
    def __init__(self, gateway_url: str, clock: Clock) -> None:
        self._gateway, self._clock = gateway_url, clock

    async def run(self, wish: Wish, authorization: str) -> dict[str, Any]:
        """The case, once it is there. Raises `NotReached`."""
        if not on_loopback(self._gateway):
            raise NotReached(403, f"{self._gateway} is not on this machine")
        headers = {"Authorization": authorization, "Accept-Language": "en"}
        async with httpx.AsyncClient(trust_env=False, timeout=20.0) as web:
            api = httpx.AsyncClient(base_url=self._gateway, headers=headers, trust_env=False, timeout=20.0)
            async with api:
                try:
                    return await _Case(wish, api, web, self._clock).bring()
                except Stuck as stuck:
                    raise NotReached(stuck.status, str(stuck)) from stuck


class _Case:
    def __init__(self, wish: Wish, api: httpx.AsyncClient, web: httpx.AsyncClient, clock: Clock) -> None:
        self._wish, self._api, self._clock = wish, api, clock
        self._path = f"/v1/cases/{wish.case}"
        self._person = Person(wish.case, api, web, answers=wish.answers, card=wish.card, may_reach=on_loopback)

    async def bring(self) -> dict[str, Any]:
        end, seen, since = time.monotonic() + self._wish.seconds, "", time.monotonic()
        while time.monotonic() < end:
            answer = await self._api.get(self._path)
            case, version = body_of(answer), answer.headers["etag"]
            if await self._there(case):
                return case if self._wish.until in _STATUSES else body_of(await self._api.get(self._path))
            if case["status"] in ENDED:
                raise NotReached(409, f"the case has ended as {case['status']} and was never {self._wish.until}")
            if version != seen:
                seen, since = version, time.monotonic()
            asked = next((each for each in case["actions"] if not each["optional"]), None)
            if asked is not None:
                await self._person.answer(asked)
            elif time.monotonic() - since > _SETTLED:
                self._clock.set(advance=self._wish.days * _DAY)
                since = time.monotonic()
            await asyncio.sleep(_PAUSE)
        raise NotReached(504, f"the case is {case['status']} after {self._wish.seconds:g} s")

    async def _there(self, case: Mapping[str, Any]) -> bool:
        until = self._wish.until
        if until == case["status"] or any(until == each["type"] for each in case["actions"]):
            return True
        if until in _STATUSES:
            return False
        events = body_of(await self._api.get(f"{self._path}/events"))["data"]
        return any(until == each["code"] for each in events)
