"""For auditors: checkpoint, witnesses and timestamps, as anybody can ask for them."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx
from litestar import get

from window.api import ApiAway
from window.pages.audit import ANY, text_of
from window.visit import Visit

_COSIGNATURE: Final = 4 + 8 + 64
"""Bytes: key id, time, signature."""


@get("/audit/state")
async def state(visit: Visit) -> Any:
    api = await visit.require("auditor")
    about, newest, listed, ready = await asyncio.gather(
        api.get("/.well-known/mre-gateway"),
        api.send("GET", "/audit/log/checkpoint", accept=ANY),
        text_of(api, "/audit/log/anchors"),
        _readiness(visit),
    )
    note = str(newest.data or b"", "utf-8", "replace")
    made = _moment_of(newest.headers.get("last-modified", ""))
    lines = note.split("\n")
    signed = [_signature(line) for line in lines if line.startswith("— ") and line.count(" ") == 2]
    anchors = [_anchor(name) for name in listed.split("\n") if name]
    return visit.page(
        "audit/state.html",
        log=about["audit"],
        note=note,
        size=lines[1] if len(lines) > 1 else "",
        made=made.isoformat() if made else "",
        age=visit.formats.age(max(0.0, (datetime.now(UTC) - made).total_seconds())) if made else "",
        signed=signed,
        anchors=list(reversed(anchors))[:60],
        gaps=ready.get("anchors", []),
    )


async def _readiness(visit: Visit) -> Mapping[str, Any]:
    """503 is an answer here, not a failure of the page. Raises `ApiAway` where there is none."""
    try:
        answer = await visit.services.http.get("/health/ready")
        body = answer.json()
    except httpx.HTTPError as error:
        raise ApiAway(f"GET /health/ready: {type(error).__name__}") from error
    except ValueError:  # a proxy's page
        return {}
    return body if isinstance(body, dict) else {}


def _moment_of(header: str) -> datetime | None:
    try:
        return parsedate_to_datetime(header)
    except ValueError:
        return None


def _signature(line: str) -> dict[str, str]:
    """Who signed by this line of a note and, of a witness, when it saw the checkpoint (C2SP tlog-cosignature)."""
    _, name, signature = line.split(" ")
    try:
        content = base64.b64decode(signature, validate=True)
        seconds = int.from_bytes(content[4:12], "big") if len(content) == _COSIGNATURE else None
        at = datetime.fromtimestamp(seconds, UTC).isoformat() if seconds is not None else ""
    except (ValueError, OverflowError, OSError):  # not ours to judge here: the proof is
        at = ""
    return {"name": name, "at": at}


def _anchor(name: str) -> dict[str, str]:
    """`1234.cosigned`, `1234.<authority>.tsr` and `1234.<authority>.checkpoint` of the listing."""
    size, _, rest = name.partition(".")
    by, _, kind = rest.rpartition(".")
    return {"size": size, "name": by, "kind": kind}


ROUTES = [state]
