"""Draw `demo.svg`: run the demo once, and turn what it printed into a picture. `python docs/images/demo.py`."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

COLUMNS: Final = 110
COMMAND: Final = 'make demo ARGS="--once --state demo-state"'


def draw(printed: str) -> str:
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(f"[dim]$[/dim] {COMMAND}\n")
    console.print(Text.from_ansi(printed))
    picture = console.export_svg(title="MRE Gateway")
    return re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)  # nothing is fetched to show it


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "gateway", "demo", "--once", "--state", "demo-state", *sys.argv[1:]],
            cwd=scratch,
            env={**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(COLUMNS), "PYTHONPATH": os.getcwd()},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    Path(__file__).with_suffix(".svg").write_text(draw(done.stdout), encoding="utf-8")
