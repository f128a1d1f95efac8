"""A portal is added without touching the core: nothing in `gateway/` may know of one by name."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
CLICK = re.compile(r"\bclick\.echo\b")
"""The command line's `print`, which is no connector."""


SKIPPED = {"__pycache__", "assets", "samples"}
"""`assets` are others' scripts and fonts; `samples` are shown on the reference page and run against the reference
connector."""


def plugins() -> list[str]:
    return sorted(manifest.parent.name for manifest in (ROOT / "plugins").glob("*/plugin.toml"))


def texts() -> dict[Path, str]:
    files = (path for path in (ROOT / "gateway").rglob("*") if path.is_file() and not SKIPPED & set(path.parts))
    return {
        path: CLICK.sub("", path.read_text(encoding="utf-8")) for path in files if path.suffix not in (".pyc", ".ttf")
    }


def test_no_file_of_the_core_names_a_plugin() -> None:
    names, files = plugins(), texts()
    assert len(names) >= 9
    assert len(files) > 150
    # `_` and capitals count too: WATIQA_URL and `watiqa_order` would be names of one.
    word = re.compile(rf"(?<![a-z])(?:{'|'.join(names)})(?![a-z])", re.IGNORECASE)
    named = {str(path.relative_to(ROOT)): found[0] for path, text in files.items() if (found := word.search(text))}
    assert named == {}


def test_a_name_would_be_seen() -> None:
    assert "echo" in plugins()
    assert CLICK.sub("", "click.echo(x)") == "(x)"
    assert CLICK.sub("", 'portal == "echo"') == 'portal == "echo"'
