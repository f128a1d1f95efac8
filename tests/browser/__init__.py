"""A real Chromium for tests: `in_browser` runs a script against a page, `pages` serves files from an origin of its own.

A script is a module beside the test that exports one function as default, which gets a puppeteer page and the input::

    export default async function (page, { url }) {
      await page.goto(url);
      return page.title();
    }
"""

from __future__ import annotations

import json
import mimetypes
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from gateway.sandbox.serve import running
from tests.npm import node
from tests.waiting import PATIENCE

_RUN: Final = Path(__file__).with_name("run.mjs")


async def in_browser(script: Path, *, patience: float = PATIENCE, **given: Any) -> Any:
    """What the script's function gives for a page of a fresh browser and `given`, within `patience` seconds."""
    return json.loads(await node(_RUN, script, stdin=json.dumps(given), patience=patience))


@asynccontextmanager
async def pages(files: dict[str, bytes | str]) -> AsyncIterator[str]:
    """Serves `files` by their path (`/`, `/page.js`) and gives the origin. 404 for all else, as any static server."""

    async def served(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = files.get(scope["path"])
        kind = mimetypes.guess_type(scope["path"])[0] or "text/html"
        headers = [(b"content-type", f"{kind}; charset=utf-8".encode())]
        await send({"type": "http.response.start", "status": 404 if body is None else 200, "headers": headers})
        await send({"type": "http.response.body", "body": body.encode() if isinstance(body, str) else body or b""})

    async with running(served) as origin:
        yield origin
