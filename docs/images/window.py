"""Take the pictures of the window for the README, from a demo that runs: `python docs/images/window.py [URL]`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.browser import in_browser  # noqa: E402 - found by the line above

PICTURES: Final = (("ar", "/", "window-ar.png"), ("fr", "/services/watiqa.birth-extract/form", "window-fr.png"))


async def take(url: str) -> None:
    for language, path, name in PICTURES:
        await in_browser(
            Path(__file__).with_name("window.mjs"),
            url=url,
            language=language,
            path=path,
            file=str(Path(__file__).with_name(name)),
        )
        print(f"wrote docs/images/{name}")


if __name__ == "__main__":
    asyncio.run(take(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8403"))
