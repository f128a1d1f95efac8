"""How soon somebody with a phone on a slow network sees a page of the window, and how much she loads for it.

`make demo` runs meanwhile: `python -m benchmarks.first_paint [URL]`. It is the tests' Chromium, as a phone: the network
as Lighthouse and puppeteer have it (`Slow 4G`, once called `Fast 3G`: 150 ms there and back and 1.6 Mbit/s, which are
562.5 ms for each request and 1.44 Mbit/s; `Slow 3G`: 400 ms, 0.4 Mbit/s), a processor four times slower than this one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
from pathlib import Path
from typing import Any, Final

from benchmarks.processes import ROOT

_LOGIN: Final = "AB123456"
_PAGES: Final = (
    {"name": "home", "path": "/", "signedIn": False},
    {"name": "home, signed in", "path": "/", "signedIn": True},
    {"name": "sign-in", "path": "/sign-in", "signedIn": False},
    {"name": "a form", "path": "/services/watiqa.birth-extract/form", "signedIn": True},
    {"name": "a case", "path": "a case", "signedIn": True},
)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.first_paint",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:8403")
    parser.add_argument("--network", default="Slow 4G", choices=("Slow 3G", "Slow 4G", "Fast 4G"))
    parser.add_argument("--processor", type=float, default=4.0, help="how many times slower than this one")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    print(f"{given.network}, processor / {given.processor:g}; load average {os.getloadavg()[0]:.1f}")
    found = asyncio.run(_loaded(vars(given)))
    print(f"{'median, ms':<18}{'kept':<7}{'answer':>8}{'first':>8}{'largest':>9}{'loaded':>8}{'kB':>7}{'requests':>10}")
    for name, kinds in found.items():
        for kind, rounds in kinds.items():
            told = {key: statistics.median(each[key] for each in rounds) for key in rounds[0]}
            kept = "none" if kind == "first" else "files"
            print(
                f"{name:<18}{kept:<7}{told['answer']:>8.0f}{told['firstPaint']:>8.0f}{told['largestPaint']:>9.0f}"
                f"{told['loaded']:>8.0f}{told['bytes'] / 1000:>7.1f}{told['requests']:>10.0f}"
            )


async def _loaded(given: dict[str, Any]) -> dict[str, dict[str, list[dict[str, float]]]]:
    from tests.npm import node

    script = Path(__file__).with_suffix(".mjs")
    asked = {**given, "pages": _PAGES, "login": _LOGIN}
    told = await node(ROOT / "tests/browser/run.mjs", script, stdin=json.dumps(asked), patience=1_200)
    found: dict[str, dict[str, list[dict[str, float]]]] = json.loads(told)
    return found


if __name__ == "__main__":
    main()
