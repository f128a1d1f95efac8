"""Attacks by work: one request that costs the gateway much more than its sender.

Notes with a thousand signatures are not among them: no route of the gateway reads a note. The witness (a process of its
own) and the verifier do, by `gateway.audit.note` or the same rules; `tests/audit/test_note.py` counts what they check.
"""

from __future__ import annotations

import asyncio
import os
from uuid import uuid4

from benchmarks.attacks import Target, attack, senders

_SIZE = 10_000_000


@attack("pdf", "10 MB of stream markers, by four at once")
async def pdf(target: Target) -> None:
    markers = b"/ObjStm >> stream\n"
    content = b"%PDF-1.7\n" + markers * (_SIZE // len(markers)) + b"%%EOF"

    async with target.client(timeout=600.0) as web:

        async def send() -> None:
            await web.post(
                "/v1/attachments",
                headers=target.headers(),
                files={"file": ("a.pdf", content + os.urandom(8) + b"%%EOF", "application/pdf")},
            )

        await senders(4, send)


@attack("search", "the longest search texts, by sixteen at once")
async def search(target: Target) -> None:
    words = " ".join(f"acte naissance extrait passeport {number}" for number in range(400))
    async with target.client() as web:

        async def send() -> None:
            for text in (words[:4000], "ا" * 4000, "\u0301" * 4000, "a" * 200, "zzz qqq www " * 16):
                await web.get("/v1/services", params={"q": text}, headers=target.headers())
                await web.get("/guide", params={"q": text})

        await senders(16, send)


@attack("metrics", "the metrics page, by sixteen at once")
async def metrics(target: Target) -> None:
    async with target.client() as web:
        await senders(16, lambda: web.get("/metrics"))


@attack("forms", "forms as large as a body may be, by eight at once")
async def forms(target: Target) -> None:
    body = {"service": "echo.note", "form": {f"member{number}": "x" * 90 for number in range(2_300)}}
    async with target.client() as web:
        await senders(8, lambda: web.post("/v1/cases", json=body, headers=target.headers()))


@attack("json", "JSON and callbacks of as many members as fit, by eight at once")
async def many_members(target: Target) -> None:
    lists = b'{"service": "echo.note", "form": {"text": [' + b"[]," * 2_400 + b"[]]}}"
    form = b"&".join(b"a%d=b" % number for number in range(7_000))
    async with target.client() as web:

        async def send() -> None:
            json = {"Content-Type": "application/json"}
            await web.post("/v1/cases", content=lists, headers=target.headers() | json)
            encoded = {"Content-Type": "application/x-www-form-urlencoded"}
            await web.post("/callbacks/etimbre/payment", content=form, headers=encoded)

        await senders(8, send)


@attack("slow portal", "300 cases of one person at a portal that hangs")
async def slow_portal(target: Target) -> None:
    async with target.client() as web:
        await web.put(f"{target.sandbox}/_faults/watiqa", json={"mode": "hang", "rate": 1.0})
        service = "watiqa.birth-extract"
        example = (await web.get(f"/v1/services/{service}")).json()["example"]
        for _ in range(300):
            headers = target.headers() | {"Idempotency-Key": str(uuid4())}
            await web.post("/v1/cases", json={"service": service, "form": example}, headers=headers)
        await asyncio.Event().wait()
