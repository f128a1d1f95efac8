"""Write `window/static/system.css`: the parts of the design system that the window uses, from its locked npm package.

`python .ci/window_assets.py` writes it; with `--check` it says whether the file is what it would write.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "node_modules/@digdir/designsystemet-css"
TARGET = ROOT / "window/static/system.css"
TEMPLATES = ROOT / "window/templates"


def made() -> str:
    version = json.loads((PACKAGE / "package.json").read_text())["version"]
    sources = PACKAGE / "dist"
    licence = (PACKAGE / "LICENSE").read_text(encoding="utf-8").strip()
    parts = [
        f"/* @digdir/designsystemet-css {version}, written by .ci/window_assets.py. Do not edit.\n\n{licence}\n*/",
        "@layer ds.theme, ds.base, ds.components;",
        (sources / "theme/designsystemet.css").read_text(encoding="utf-8"),
        f"@layer ds.base{{{_source('base')}}}",
        f"@layer ds.components{{{''.join(map(_source, components()))}}}",
    ]
    return "\n".join(parts) + "\n"


def components() -> list[str]:
    """Those that a template names: `ds-field` is of `field.css`."""
    named = set()
    for path in TEMPLATES.rglob("*.html"):
        named |= set(re.findall(r"\bds-([a-z-]+)", path.read_text(encoding="utf-8")))
    return sorted(path.stem for path in (PACKAGE / "dist/src").glob("*.css") if path.stem in named)


def _source(name: str) -> str:
    return (PACKAGE / f"dist/src/{name}.css").read_text(encoding="utf-8").removeprefix("\ufeff")


if __name__ == "__main__":
    if "--check" in sys.argv:
        same = TARGET.exists() and TARGET.read_text(encoding="utf-8") == made()
        sys.exit(0 if same else "window/static/system.css is not what the locked package makes: make assets")
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(made(), encoding="utf-8")
    print(f"wrote {TARGET.relative_to(ROOT)}")
