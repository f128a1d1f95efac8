"""A person who uses the gateway while somebody attacks it: she reads, searches, hands in a file, files a case."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import httpx

from gateway.sandbox.pdf import page

INNOCENT: Final = "AB123456"
_PAUSE: Final = 0.05
_PATIENCE: Final = 30.0
"""A call that takes longer counts as one that took so long, and as an error."""
_SERVICE: Final = "echo.note"
"""Any service whose form needs no file: its portal is the fastest there is."""


@dataclass(slots=True)
class Spent:
    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def calls(self) -> int:
        return len(self.seconds)

    @property
    def p95_ms(self) -> float:
        found = sorted(self.seconds) or [0.0]
        return found[min(len(found) - 1, int(len(found) * 0.95))] * 1000


class Innocent:
    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
        self._filed: list[str] = []
        self._example: dict[str, Any] = {}

    async def spend(self, seconds: float) -> Spent:
        """Call after call, each after a short pause, for so long."""
        spent, turn = Spent(), 0
        end = time.monotonic() + seconds
        async with httpx.AsyncClient(
            base_url=self._url, headers=self._headers, trust_env=False, timeout=_PATIENCE
        ) as web:
            if not self._example:
                self._example = (await web.get(f"/v1/services/{_SERVICE}")).json()["example"]
            while time.monotonic() < end:
                await self._call(web, spent, turn)
                turn += 1
                await asyncio.sleep(_PAUSE)
        return spent

    async def lost(self) -> int:
        """How many of the cases that she was told were filed are not there."""
        gone = 0
        async with httpx.AsyncClient(
            base_url=self._url, headers=self._headers, trust_env=False, timeout=_PATIENCE
        ) as web:
            for each in self._filed[-50:]:
                try:
                    gone += (await web.get(f"/v1/cases/{each}")).status_code == 404
                except httpx.HTTPError:
                    continue  # slow is not lost
        return gone

    async def _call(self, web: httpx.AsyncClient, spent: Spent, turn: int) -> None:
        method, path, sent = self._next(turn)
        started = time.perf_counter()
        try:
            answer = await web.request(method, path, headers={"Idempotency-Key": str(uuid4())}, **sent)
        except httpx.HTTPError as error:
            spent.errors.append(f"{method} {path}: {type(error).__name__}")
        else:
            if answer.is_error:
                spent.errors.append(f"{method} {path}: {answer.status_code} {answer.text[:120]}")
            elif path == "/v1/cases" and method == "POST":
                self._filed.append(answer.json()["id"])
        spent.seconds.append(time.perf_counter() - started)

    def _next(self, turn: int) -> tuple[str, str, dict[str, Any]]:
        if turn % 20 == 0:
            return "POST", "/v1/cases", {"json": {"service": _SERVICE, "form": self._example}}
        if turn % 10 == 5:
            return "POST", "/v1/attachments", {"files": {"file": ("scan.pdf", page(["Scan"]), "application/pdf")}}
        if turn % 3 == 0:
            return "GET", "/v1/services?q=acte+de+naissance", {}
        if turn % 3 == 1 and self._filed:
            return "GET", f"/v1/cases/{self._filed[-1]}", {}
        return "GET", f"/v1/services/{_SERVICE}", {}
