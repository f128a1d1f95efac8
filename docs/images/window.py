"""Take the pictures of the window, from a demo that runs: `python docs/images/window.py [URL]`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.browser import in_browser  # noqa: E402 - found by the line above

PHONE: Final = {"role": "person", "login": "AB123456", "width": 390, "height": 1180}
PICTURES: Final = (
    {**PHONE, "name": "window-ar.png", "language": "ar", "path": "/"},
    {**PHONE, "name": "window-fr.png", "language": "fr", "path": "/services/watiqa.birth-extract/form"},
    {"name": "window-agenda.png", "language": "en", "path": "/agenda", "role": "agent", "login": "nadia",
     "width": 820, "height": 1160},
    {"name": "window-record.png", "language": "en", "path": "/audit?portal=watiqa&kind=step", "role": "auditor",
     "login": "hassan", "follow": 'main a[href^="/audit/records/"]', "width": 1100, "height": 780},
    {"name": "window-portals.png", "language": "en", "path": "/portals", "role": "operator", "login": "karima",
     "width": 1100, "height": 900},
)  # fmt: skip
"""`follow`: the link of the page that leads to what is shown."""


async def take(url: str) -> None:
    for each in PICTURES:
        file = Path(__file__).with_name(str(each["name"]))
        await in_browser(Path(__file__).with_name("window.mjs"), **each, url=url, file=str(file))
        print(f"wrote docs/images/{file.name}")


if __name__ == "__main__":
    asyncio.run(take(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8403"))
