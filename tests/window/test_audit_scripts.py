"""The auditors' scripts in a real browser, before a log, portals and checkpoints whose every word is an attack."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from gateway.audit import cosignature
from gateway.audit.cosignature import WitnessKey
from gateway.sandbox.serve import listen, running
from tests.audit.test_damages import KEY, LOGS
from tests.browser import in_browser
from tests.window.played_gateway import Played, played, told
from tests.window.test_verify_record import SEEN, WITNESS, leaf_in

SCRIPT: Final = Path(__file__).with_name("audit_scripts.mjs")
MARKUP: Final = (
    "</textarea></script><img src=x onerror=ran=1><svg onload=ran=1><iframe srcdoc='<script>ran=1</script>'>"
)
LOG: Final = LOGS[300]
NAME: Final = "<img/src=x/onerror=ran=1>"
"""Of a witness: no blanks, no plus."""
RECORD: Final = {
    "call": MARKUP, "at": "2026-11-30T09:00:00Z", "outcome": "ok", "operation": MARKUP, "portal": MARKUP,
    "service": MARKUP, "case": MARKUP, "purpose": MARKUP, "reason": MARKUP, "duration_us": 5, "kind": "call",
    "__proto__": {"ran": MARKUP}, MARKUP: MARKUP, "constructor": MARKUP,
    "hops": [{"portal": MARKUP, "operation": MARKUP, "outcome": MARKUP, "breaker": MARKUP, "key_id": MARKUP}],
}  # fmt: skip


class Gateway:
    """With a hostile record, or a true one of a log."""

    record: Any = RECORD

    def answer(self, request: httpx.Request) -> httpx.Response | None:
        path = request.url.path
        found = {"index": 7, "leaf_hash": MARKUP, "record": self.record}
        if path.startswith("/audit/records/"):
            return told(found)
        if path == "/audit/records":
            return told({"data": [found], "has_more": True, "next_cursor": MARKUP})
        if path == "/audit/density":
            at = "2026-11-30T09:00:00+00:00"
            return told(
                {"since_at": at, "until_at": at, "seconds": 60, "counts": [3], "total": 3, "counted_from_at": None}
            )
        if path == "/.well-known/mre-gateway":
            return told({"audit": {"vkeys": [MARKUP], "origin": MARKUP}})
        if path == "/audit/log/checkpoint":
            return httpx.Response(200, text=MARKUP)
        if path.startswith("/audit/log/tile/"):
            return httpx.Response(200, content=LOG.get(path.removeprefix("/audit/log/"), b""))
        return None


@asynccontextmanager
async def window_of(folder: Path, gateway: Gateway) -> AsyncIterator[tuple[Played, str]]:
    socket = listen("127.0.0.1", 0)
    server = {"port": socket.getsockname()[1]}
    async with played(folder, gateway.answer, server=server) as window, running(window.app, socket):
        yield window, (await window.session("auditor")).key


def _note_of_hostile_witness() -> tuple[str, str]:
    """A checkpoint that a witness signed whose name is markup, and its key."""
    text = LOG["checkpoint"].decode()
    line = cosignature.cosign(text[: text.index("\n\n") + 1], name=NAME, signer=WITNESS, at=SEEN)
    return text + line.line(), f"{KEY}\n{WitnessKey(name=NAME, public=WITNESS.public)}"


async def test_hostile_words_of_a_log_are_texts_in_a_browser(tmp_path: Path) -> None:
    true = {"record": (leaf_in(LOG, 300, 7) or b"").decode(), "note": LOG["checkpoint"].decode(), "keys": str(KEY)}
    signed, keys = _note_of_hostile_witness()
    twice = true["record"].replace("{", '{"call":"another",', 1)
    given = {
        "as it stands": {},
        "true": true,
        "hostile witness": {**true, "note": signed, "keys": keys},
        "markup for a checkpoint": {**true, "note": MARKUP},
        "markup for keys": {**true, "keys": MARKUP},
        "markup in a key": {**true, "keys": f"{MARKUP}+00000000+AAAA"},
        "prototype": {
            **true,
            "record": json.dumps({"__proto__": {"ran": 1}, "constructor": {"prototype": {"ran": 1}}}),
        },
        "word that is a member of each object": {**true, "note": "constructor\n\n— __proto__ AAAAAAAA\n"},
        "deep": {**true, "record": "[" * 200_000},
        "deep object": {**true, "record": '{"a":' * 20_000 + "1" + "}" * 20_000},
        "endless": {**true, "note": "\n\n" + "— a AAAA\n" * 200_000},
        "member twice": {**true, "record": twice},
    }
    async with window_of(tmp_path, Gateway()) as (window, cookie):
        url = window.settings.origin
        paths = ["/audit", "/audit/records/7", "/audit?portal=%3Cimg%20src=x%20onerror=ran=1%3E", "/audit/cases/x"]
        seen = await in_browser(SCRIPT, url=url, cookie=cookie, paths=paths, given=given)
    assert seen["ran"] == []
    holds = {name for name, (held, *_) in seen["said"].items() if held == "yes"}
    assert holds == {"true", "hostile witness"}, seen["said"]
    assert any(NAME in line for line in seen["said"]["hostile witness"])
